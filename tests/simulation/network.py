"""
The network of a run: who listens where, and who is connected with whom.

A host is a name, and belongs to whoever listens there; a connection takes a while to come about.
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.loop import PROCESS
from tests.simulation.wires import Wire

_SLOWEST: Final = 0.004
_DAWDLES: Final = 0.02
"""How often something is under way for ten times as long."""


@dataclass(frozen=True, slots=True)
class Ear:
    """What stands for the socket of a server: it knows at which address it listens."""

    place: tuple[str, int]

    def getsockname(self) -> tuple[str, int]:
        """Give that address."""
        return self.place


class Server:
    """What listens at one address, as far as `asyncio.Server` is used; it has no real socket."""

    def __init__(
        self, network: Network, place: tuple[str, int], make: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self.place, self.make, self.sockets = place, make, (Ear(place),)
        self.process = PROCESS.get()
        self._network, self._context = network, contextvars.copy_context()

    def wire(self) -> Wire:
        """Make this side's end of a connection."""
        return Wire(self._network, self._context.copy(), "client")

    def close(self) -> None:
        self._network.stop(self)

    def is_serving(self) -> bool:
        return self._network.servers.get(self.place) is self

    async def wait_closed(self) -> None:
        pass


@dataclass(slots=True)
class Network:
    """
    Who listens where, and who is connected.

    Attributes:
        heard: Of every byte that arrived anywhere, in the order of all arrivals.
    """

    loop: asyncio.AbstractEventLoop
    random: Random
    servers: dict[tuple[str, int], Server] = field(default_factory=dict)
    heard: hashlib._Hash = field(default_factory=hashlib.sha256)
    _wires: dict[Wire, None] = field(default_factory=dict)

    def listen(self, host: str, port: int, make: Callable[[], asyncio.BaseProtocol]) -> Server:
        """Listen at an address; that of a process that was killed is free again."""
        place = (host, port)
        if place in self.servers:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        self.servers[place] = server = Server(self, place, make)
        return server

    async def connect(
        self, host: str, port: int, make: Callable[[], asyncio.BaseProtocol]
    ) -> asyncio.BaseProtocol:
        """
        Connect the process that asks with whoever listens there.

        Raises:
            ConnectionRefusedError: Nobody does.
        """
        await asyncio.sleep(self._latency())
        server = self.servers.get((host, port))
        if server is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        near, far = Wire(self, contextvars.copy_context(), host), server.wire()
        near.peer, far.peer = far, near
        self._wires[near] = self._wires[far] = None
        far.begin(server.make)
        near.begin(make)
        protocol: asyncio.BaseProtocol = near._begun()
        return protocol

    def cut(self, process: str) -> None:
        """Let go of all that a killed process held."""
        for server in [each for each in self.servers.values() if each.process == process]:
            self.stop(server)
        for wire in [each for each in self._wires if each.process == process]:
            wire.cut()

    def stop(self, server: Server) -> None:
        """Let nobody connect any more."""
        if server.is_serving():
            del self.servers[server.place]

    def forget(self, wire: Wire) -> None:
        """Let go of a wire that is gone."""
        self._wires.pop(wire, None)

    def later(self, work: Callable[[], None], context: contextvars.Context) -> None:
        """Have something happen at an end, after as long as it takes to get there."""
        self.loop.call_later(self._latency(), work, context=context)

    def _latency(self) -> float:
        slow = 10 if self.random.random() < _DAWDLES else 1
        return slow * self.random.uniform(_SLOWEST / 20, _SLOWEST)
