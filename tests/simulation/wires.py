"""
Wires: connections between processes of the simulation, in memory and in virtual time.

A connection is a pair of wires, one at each end. What is written on one arrives at the other, in
order, after a while, and often in pieces. Only one arrival is ever under way in a direction, so
that a loop which runs what is ready in any order cannot mix up what was sent.

A wire belongs to the process that holds it: what arrives runs there, and is not run any more once
that process was killed. Then its wires are cut, without anybody there being told.
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.loop import PROCESS, WORLD

if TYPE_CHECKING:
    from tests.simulation.network import Network

_KERNEL: Final = 64 * 1024
"""So much is under way at most before a writer's own buffer grows."""
_HIGH: Final = 64 * 1024
_CUT_UP: Final = 0.1
"""How often less than all arrives at once."""


class Wire(asyncio.Transport):
    """One end of a connection, as asyncio's protocols know it."""

    peer: Wire

    def __init__(self, network: Network, context: contextvars.Context, where: str) -> None:
        super().__init__({"peername": (where, 0)})
        self.process = context.get(PROCESS, WORLD)
        self._network, self._context = network, context
        self._make: Callable[[], asyncio.BaseProtocol] | None = None
        self._protocol: Any = None
        self._sent = bytearray()
        self._has_ended = False
        self._is_due = False
        self._is_reading = True
        self._is_closing = False
        self._is_gone = False
        self._is_full = False

    def begin(self, make: Callable[[], asyncio.BaseProtocol]) -> None:
        """Have this end handled by what *make* gives, in its own process, before all else."""
        self._make = make
        self._soon(self._begun)

    def _begun(self) -> Any:
        if self._make is not None:
            make, self._make = self._make, None
            self._protocol = make()
            self._protocol.connection_made(self)
        return self._protocol

    # What a protocol asks of its transport

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def is_closing(self) -> bool:
        return self._is_closing

    def is_reading(self) -> bool:
        return self._is_reading and not self._is_closing

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True
        self.peer._go()

    def get_write_buffer_size(self) -> int:
        return max(0, len(self._sent) - _KERNEL)

    def can_write_eof(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_closing or self._has_ended:
            return
        self._sent += data
        if self.get_write_buffer_size() > _HIGH and not self._is_full:
            self._is_full = True
            self._protocol.pause_writing()
        self._go()

    def write_eof(self) -> None:
        self._has_ended = True
        self._go()

    def close(self) -> None:
        """Say nothing more, and hear nothing more; what was written still arrives."""
        if not self._is_closing:
            self._is_closing = True
            self.write_eof()
            self._soon(self._lose)

    def abort(self) -> None:
        """Let go at once; what is under way is lost."""
        if not self._is_gone:
            self._is_closing = True
            self._soon(self._lose)
            self.peer._break_later(self)

    # What the network does with it

    def cut(self) -> None:
        """Let go of it as the system does for a process that was killed: nobody here is told."""
        if self._is_gone:
            return
        self._is_closing = self._is_gone = True
        self._network.forget(self)
        if self._network.random.random() < 0.5:
            self.write_eof()
        else:
            self.peer._break_later(self)

    def _go(self) -> None:
        """See that what was written comes to arrive."""
        if not self._is_due and self.peer._is_reading and (self._sent or self._has_ended):
            self._is_due = True
            self._network.later(self._arrive, self.peer._context)

    def _arrive(self) -> None:
        """Hand over a piece of what was written; this runs at the other end."""
        self._is_due = False
        peer = self.peer
        protocol = peer._begun()
        if peer._is_closing:
            self._sent.clear()
            return
        if not peer._is_reading:
            return
        if self._sent:
            piece = self._piece()
            if self._is_full and self.get_write_buffer_size() == 0:
                self._is_full = False
                self._soon(self._resume)
            protocol.data_received(piece)
        elif self._has_ended:
            if not protocol.eof_received():
                peer.close()
            return
        self._go()

    def _piece(self) -> bytes:
        random, length = self._network.random, min(len(self._sent), _KERNEL)
        if length > 1 and random.random() < _CUT_UP:
            length = random.randint(1, length - 1)
        piece = bytes(self._sent[:length])
        del self._sent[:length]
        self._network.heard.update(piece)
        return piece

    def _resume(self) -> None:
        if not self._is_gone:
            self._protocol.resume_writing()

    def _break_later(self, other: Wire) -> None:
        """Have this end learn that the other one is gone."""
        other._sent.clear()
        self._network.later(self._break, self._context)

    def _break(self) -> None:
        self._begun()
        self._is_closing = True
        self._sent.clear()
        self._lose(ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))

    def _lose(self, error: Exception | None = None) -> None:
        if not self._is_gone:
            self._is_gone = True
            self._network.forget(self)
            self._begun().connection_lost(error)

    def _soon(self, work: Callable[[], Any]) -> None:
        self._network.loop.call_soon(work, context=self._context)
