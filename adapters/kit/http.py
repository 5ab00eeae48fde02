"""
HTTP as every adapter needs it: what silence means, how long to wait, what may be tried again.

A request that left and got no usable answer may have been done. Only where no connection was made
is it sure that a change was not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, TypeVar

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from contracts.errors import Uncertain, Unreachable

PATIENCE: Final = timedelta(seconds=30)
"""How long to wait where a system asks to wait and does not say how long."""

_LONGEST: Final = timedelta(hours=1)
_ATTEMPTS: Final = 3

T = TypeVar("T")


class NotSent(Unreachable):
    """No connection was made: even a change may be sent again at once."""


@contextmanager
def on_the_line(what: str, *, wrote: bool) -> Iterator[None]:
    """
    Turn what goes wrong on the line into our errors.

    Args:
        what: What is tried on what, for the message: ``GET zaken/…``.
        wrote: The request may change something, so that silence is `Uncertain`.

    Raises:
        NotSent: Nobody was there to send it to.
        Uncertain: It may have changed something.
        Unreachable: It asked something, and no usable answer came.
    """
    try:
        yield
    except aiohttp.ClientConnectorCertificateError as error:
        why = getattr(error.certificate_error, "verify_message", error.certificate_error)
        msg = f"{what}: the server's certificate is refused: {why}; is it renewed, and known here?"
        raise NotSent(msg) from error
    except (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.InvalidURL,
    ) as error:
        msg = f"{what}: no connection ({type(error).__name__}); is the address right?"
        raise NotSent(msg) from error
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        msg = f"{what}: no usable answer ({type(error).__name__})"
        raise (Uncertain(msg) if wrote else Unreachable(msg)) from error


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """
    Tell how long an answer with 429 or 503 asks to wait, an hour at most.

    Only seconds are understood: a date would be one of their clock.
    """
    wait = headers.get("Retry-After", "")
    return min(timedelta(seconds=int(wait[:9])), _LONGEST) if wait.isdigit() else PATIENCE


async def repeated(once: Callable[[], Awaitable[T]], passing: Callable[[BaseException], bool]) -> T:
    """
    Do something up to three times, a moment apart, while what it raises is *passing*.

    For questions, and for changes that surely did not arrive; never for others.
    """
    async for attempt in AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        retry=retry_if_exception(passing),
        reraise=True,
    ):
        with attempt:
            return await once()
    raise AssertionError  # pragma: no cover - tenacity returns or raises
