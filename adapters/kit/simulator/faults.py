"""
Failures on demand, around the whole of a request.

A fault names what goes wrong, for which requests, and how often. The first that matches wins.
How a false answer looks is the protocol's affair: the system that is simulated words it.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from aiohttp import web

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
GARBAGE: Final = (
    "<html><head><title>Onderhoud</title></head><body>Even geduld&hellip;</body></html>"
)


class FaultKind(StrEnum):
    """What can go wrong."""

    ERROR_BEFORE = "error-before"
    """500, nothing applied."""
    ERROR_AFTER = "error-after"
    """500, though it was applied."""
    HANG_BEFORE = "hang-before"
    """Never answered, nothing applied."""
    HANG_AFTER = "hang-after"
    """Applied, and never answered."""
    UNAVAILABLE = "unavailable"
    """503 with Retry-After."""
    DROP = "drop"
    """The connection is broken off unread, as good as refused."""
    DROP_AFTER = "drop-after"
    """Applied; then the connection breaks off."""
    SLOW = "slow"
    """Answered rightly, after `seconds`."""
    DRIP = "drip"
    """Answered rightly, a few bytes at a time, over `seconds`."""
    GARBAGE = "garbage"
    """200 with an HTML page, nothing applied."""
    GARBAGE_AFTER = "garbage-after"
    """Applied; 200 with an HTML page."""
    DENIED = "denied"
    """Answered as if the credentials were revoked."""
    REDIRECT = "redirect"
    """307 to `location`, nothing applied."""
    REFUSED = "refused"
    """Understood and refused with the error that `code` names, nothing applied."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    `method` and `path` are regular expressions searched for; `times` None is for ever.

    `path` is searched for in the address with its query, and in the name of the operation where
    the protocol has one beside the address.
    """

    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int | None = None
    share: float = 1.0
    seconds: float = 1.0
    client_id: str | None = None
    """Only for requests of this client, as it names itself."""
    code: str = ""
    """Which error, for kinds that give one."""
    location: str = ""
    """Where a redirect leads."""

    def __post_init__(self) -> None:
        re.compile(self.method)
        re.compile(self.path)


FalseAnswer = Callable[[web.Request, Fault], web.Response]
"""Gives the answer of a fault that answers at all: errors, denials, nonsense."""


class Faults:
    """
    The faults in force, and carrying them out.

    Attributes:
        injected: How often one struck.
        on_strike: Told of each request that one strikes, before anything is done.
    """

    def __init__(self, chance: random.Random, false_answer: FalseAnswer) -> None:
        self._chance = chance
        self._false_answer = false_answer
        self._rules: dict[int, Fault] = {}
        self._next = 1
        self._stopping = asyncio.Event()
        self.injected = 0
        self.on_strike: Callable[[web.Request, Fault], None] | None = None

    def add(self, fault: Fault) -> int:
        """Put *fault* in force; returns its number."""
        number, self._next = self._next, self._next + 1
        self._rules[number] = fault
        return number

    def remove(self, number: int) -> bool:
        return self._rules.pop(number, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def any(self) -> bool:
        return bool(self._rules)

    def in_force(self) -> dict[int, Fault]:
        return dict(self._rules)

    def stop(self) -> None:
        """Let go of all requests that hang."""
        self._stopping.set()

    def _take(self, request: web.Request, client_id: str | None, operation: str) -> Fault | None:
        for number, fault in self._rules.items():
            if fault.client_id is not None and fault.client_id != client_id:
                continue
            if not re.search(fault.method, request.method):
                continue
            if not re.search(fault.path, f"{request.path_qs} {operation}".rstrip()):
                continue
            if self._chance.random() >= fault.share:
                continue
            if fault.times is not None:
                if fault.times <= 1:
                    del self._rules[number]
                else:
                    self._rules[number] = replace(fault, times=fault.times - 1)
            return fault
        return None

    async def around(
        self, request: web.Request, handle: Handle, client_id: str | None, operation: str = ""
    ) -> web.StreamResponse:
        """Answer *request* by *handle*, or as the fault in force would have it."""
        fault = self._take(request, client_id, operation)
        if fault is None:
            return await handle(request)
        self.injected += 1
        if self.on_strike is not None:
            self.on_strike(request, fault)
        if fault.kind in _APPLIED:
            # What was applied is put down in the access log with the status it really had.
            await handle(request)
        match fault.kind:
            case FaultKind.HANG_BEFORE | FaultKind.HANG_AFTER:
                await self._stopping.wait()
                return _broken(request)
            case FaultKind.DROP | FaultKind.DROP_AFTER:
                return _broken(request)
            case FaultKind.SLOW:
                await self._pause(fault.seconds)
                return await handle(request)
            case FaultKind.DRIP:
                return await self._drip(request, await handle(request), fault.seconds)
            case _:
                return self._false_answer(request, fault)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _drip(
        self, request: web.Request, answer: web.StreamResponse, seconds: float
    ) -> web.StreamResponse:
        if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
            return answer
        body = answer.body
        slow = web.StreamResponse(status=answer.status, headers=answer.headers)
        slow.content_length = len(body)
        await slow.prepare(request)
        step = max(1, len(body) // 20)
        for start in range(0, len(body), step):
            await slow.write(body[start : start + step])
            await self._pause(seconds / 20)
        await slow.write_eof()
        return slow


_APPLIED: Final = frozenset(
    {
        FaultKind.ERROR_AFTER,
        FaultKind.HANG_AFTER,
        FaultKind.DROP_AFTER,
        FaultKind.GARBAGE_AFTER,
    }
)


def _broken(request: web.Request) -> web.StreamResponse:
    """Break the connection off; the answer returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
