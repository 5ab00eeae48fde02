"""
One connection to RabbitMQ that is opened when it is needed and again when it was lost.

The robust classes of aio-pika are not used: they restore declarations behind our back, and have
lost consumers and hung publishes. Here whoever needs a channel asks for one; when the connection
is gone that opens a new one, not more often than the pauses allow.
"""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from aio_pika import connect
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelInvalidStateError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ProbableAuthenticationError,
)
from aiormq.exceptions import ChannelAccessRefused, ConnectionNotAllowed, InvalidFrameError
from yarl import URL

from bridge.broker.base import BrokerError, BrokerMisconfigured, BrokerUnreachable

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS: Final = 10
"""A silent peer is noticed after about three of them."""

SHORTEST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0


class Line:
    """A connection for one purpose; publishing and consuming never share one.

    An alarm in the broker freezes a connection that publishes and everything else on it.
    """

    def __init__(
        self,
        url: URL,
        *,
        purpose: str,
        connect_seconds: float,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self.where = f"RabbitMQ at {url.host}:{url.port} vhost {url.path[1:] or '/'}"
        self._url = url if "heartbeat" in url.query else url % {"heartbeat": HEARTBEAT_SECONDS}
        self._purpose = purpose
        self._connect_seconds = connect_seconds
        self._ssl_context = ssl_context
        self._connection: AbstractConnection | None = None
        self._opening = asyncio.Lock()
        self._failures = 0
        self._not_before = 0.0
        self._closed = False

    async def channel(self, *, confirms: bool) -> AbstractChannel:
        """
        Open a channel, on a new connection if need be.

        Raises:
            BrokerUnreachable: Not within the configured time.
            BrokerMisconfigured: The broker refuses the account, the vhost or our certificate.
        """
        connection = await self._connected()
        with speaking(self.where):
            async with asyncio.timeout(self._connect_seconds):
                try:
                    return await connection.channel(
                        publisher_confirms=confirms, on_return_raises=confirms
                    )
                except RuntimeError as exc:
                    # How the library says that the connection was closed meanwhile.
                    self._forget(connection)
                    raise ConnectionResetError(str(exc)) from exc

    async def close_channel(self, channel: AbstractChannel) -> None:
        """Close a channel; where the broker does not agree, the connection goes with it."""
        if not channel.is_closed and not await self._ends(channel.close()):
            await self._drop()

    async def close(self) -> None:
        self._closed = True
        await self._drop()

    async def _connected(self) -> AbstractConnection:
        async with self._opening:
            if self._closed:
                msg = "it was closed"
                raise BrokerUnreachable(msg, where=self.where, way_out="start again")
            if self._connection is None:
                await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
                self._connection = await self._connect()
            return self._connection

    async def _connect(self) -> AbstractConnection:
        try:
            with speaking(self.where), _vhost_refused():
                connection = await connect(
                    self._url,
                    timeout=self._connect_seconds,
                    ssl_context=self._ssl_context,
                    client_properties={"connection_name": f"casebridge {self._purpose}"},
                )
        except BrokerError as error:
            if not self._failures:
                log.warning("broker_not_reached", purpose=self._purpose, why=str(error))
            self._put_off()
            raise
        self._failures = 0
        log.info("broker_reached", purpose=self._purpose, where=self.where)
        connection.close_callbacks.add(self._report_loss)
        return connection

    def _put_off(self) -> None:
        pause = min(LONGEST_PAUSE_SECONDS, SHORTEST_PAUSE_SECONDS * 2.0**self._failures)
        self._failures += 1
        # Jitter: all services lose the broker at the same moment.
        pause *= random.uniform(0.5, 1.0)  # noqa: S311  # no secret
        self._not_before = asyncio.get_running_loop().time() + pause

    def _report_loss(self, sender: object, error: BaseException | None) -> None:
        self._forget(sender)
        if not self._closed:
            log.warning("broker_connection_lost", purpose=self._purpose, why=repr(error))

    def _forget(self, connection: object) -> None:
        if self._connection is connection:
            self._connection = None

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._ends(connection.close())

    async def _ends(self, closing: Awaitable[None]) -> bool:
        """
        Close something within bounds, and tell whether the other end agreed.

        A broker in alarm does not read, a channel of a lost queue does not answer, and the library
        may go on waiting when it is cancelled: so it is not awaited then.
        """
        task = asyncio.ensure_future(closing)
        try:
            done, _ = await asyncio.wait([task], timeout=self._connect_seconds)
        finally:
            task.cancel()
        return bool(done) and task.exception() is None


class _ClosedAtVhostError(AMQPError):
    """The connection was closed in answer to the name of the vhost."""


@contextmanager
def _vhost_refused() -> Iterator[None]:
    try:
        yield
    except InvalidFrameError as exc:
        if "Connection.Close" in str(exc):
            raise _ClosedAtVhostError(str(exc)) from exc
        raise


@contextmanager
def speaking(where: str) -> Iterator[None]:
    """Turn what the client library raises into what our caller can act upon."""
    try:
        yield
    except (AuthenticationError, ProbableAuthenticationError) as exc:
        msg = "the broker refuses the account"
        raise BrokerMisconfigured(msg, where=where, way_out="check user name and password") from exc
    except (ConnectionNotAllowed, _ClosedAtVhostError) as exc:
        msg = f"the broker refuses the vhost ({exc})"
        raise BrokerMisconfigured(
            msg,
            where=where,
            way_out="create the vhost, grant the account permissions on it, see its limits",
        ) from exc
    except ChannelAccessRefused as exc:
        msg = f"the account may not do this ({exc})"
        raise BrokerMisconfigured(
            msg,
            where=where,
            way_out="use the account meant for it, or correct its permissions",
        ) from exc
    except ChannelNotFoundEntity as exc:
        msg = f"something is missing ({exc})"
        raise BrokerMisconfigured(msg, where=where, way_out="run `casebridge provision`") from exc
    except ChannelPreconditionFailed as exc:
        msg = f"it exists, but otherwise ({exc})"
        raise BrokerMisconfigured(
            msg,
            where=where,
            way_out="drain and delete it, then run `casebridge provision`; arguments are for life",
        ) from exc
    except ssl.SSLError as exc:
        msg = f"no trusted connection ({exc.reason})"
        raise BrokerMisconfigured(
            msg,
            where=where,
            way_out="check host name, certificate authority and expiry",
        ) from exc
    except (AMQPError, ChannelInvalidStateError, OSError) as exc:
        msg = f"no answer ({type(exc).__name__}: {exc})"
        raise BrokerUnreachable(
            msg,
            where=where,
            way_out="see whether it runs, and whether the address is right",
        ) from exc
