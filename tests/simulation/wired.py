"""
The loop with a network: asyncio's servers and aiohttp's clients meet in it without a socket.

What runs in it may use them as ever: `SimLoop.create_server` listens on the run's own network, and
`wired` has aiohttp connect through it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import aiohttp
import aiohttp.client
from aiohttp.client_proto import ResponseHandler

from tests.simulation.loop import SimLoop
from tests.simulation.network import Network, Server


class WiredLoop(SimLoop):
    """
    A loop of one run, with its network.

    Attributes:
        connectors: All that were made; those of the killed were never closed.
    """

    def __init__(self, seed: int | str) -> None:
        super().__init__(seed)
        self.network = Network(self, self.random)
        self.connectors: list[Connector] = []

    async def create_server(  # type: ignore[override]  # asyncio's can do much more
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str,
        port: int,
        **_: Any,
    ) -> Server:
        """Listen on the network of this run."""
        return self.network.listen(host, port, protocol_factory)

    def bury(self) -> None:
        """Let go of everything; the pools of the killed complain no more."""
        super().bury()
        for connector in self.connectors:
            connector.drop()


class Connector(aiohttp.BaseConnector):
    """aiohttp's pool of connections, over the network of the loop that it was made in."""

    def __init__(self, *, limit: int = 100, force_close: bool = False, **_: Any) -> None:
        super().__init__(limit=limit, force_close=force_close)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, WiredLoop)
        self._network = loop.network
        loop.connectors.append(self)

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: Any,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # aiohttp's name and place for it
    ) -> ResponseHandler:
        host, port = req.url.raw_host, req.url.port
        assert host is not None
        assert port is not None
        try:
            async with asyncio.timeout(timeout.sock_connect):
                made = await self._network.connect(host, port, self._factory)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        assert isinstance(made, ResponseHandler)
        return made

    def drop(self) -> None:
        """Forget everything, as what happened to a process that was killed."""
        self._conns.clear()
        self._closed = True


@contextmanager
def wired() -> Iterator[None]:
    """Have whatever uses aiohttp connect over the network of the loop that it runs in."""
    with ExitStack() as stack:
        for module in (aiohttp, aiohttp.client):
            stack.enter_context(mock.patch.object(module, "TCPConnector", Connector))
        yield
