"""
What the conformance suite asks of whoever tests an adapter: a system, people in it, and faults.

Subclass `Harness` and write the methods below. What your system has no counterpart for may stay
as it is: it raises `CannotDo`, and the cases that need it are skipped with that reason. Everything
here must look at the system itself, by its own screens or tables, never through the adapter under
test: what a broken adapter says about itself proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import NoReturn, Protocol

from pydantic import JsonValue

from adapters.kit.contents import Source
from adapters.kit.faults import Fault
from adapters.kit.samples import Item, Samples
from contracts.adapter import Adapter, Push
from contracts.case import Cells
from contracts.ids import CaseRef, Mark


class CannotDo(Exception):
    """The harness, or its system, has no such thing; the case that asked is skipped."""


def cannot(what: str) -> NoReturn:
    """Say that this harness cannot do *what*."""
    raise CannotDo(what)


class Harness(Protocol):
    """
    One running system, fresh for each case, and an adapter for it.

    Attributes:
        samples: Words that the system understands.
        callback_url: Where pushes are to go; the harness takes what comes there.
        secrets: Credentials that must never show in an error or a ``repr``.
        big_bytes: Size of the document that must not fit into memory.
        memory_bytes: How much memory a transfer of that document may take.
    """

    samples: Samples
    callback_url: str = "http://127.0.0.1/hints"
    secrets: Sequence[str] = ()
    big_bytes: int = 50 * 1024 * 1024
    memory_bytes: int = 16 * 1024 * 1024

    # The adapter under test

    def adapter(self) -> Adapter:
        """Give a new adapter, not yet entered; each is a restart of the last."""
        ...

    # What people do

    async def open_case(self, cells: Cells) -> CaseRef:
        """Let a person open a case that shows *cells*; keys of items may become others."""
        ...

    async def set(self, ref: CaseRef, path: str, value: JsonValue) -> None:
        """Let a person change a register, or an item that is there; ``None`` empties, removes."""
        ...

    async def add(self, ref: CaseRef, field: str, item: Item) -> None:
        """Let a person add an item."""
        cannot("add items")

    async def attach(self, ref: CaseRef, document: Item, content: Source) -> None:
        """Let a person attach a document with its content."""
        cannot("attach documents")

    async def delete(self, ref: CaseRef) -> None:
        """Let a person delete a case."""
        cannot("delete cases")

    async def show_more(self, ref: CaseRef) -> None:
        """Let a person add something that a Case cannot carry."""
        cannot("show something that a Case cannot carry")

    # What there is

    async def shows(self, ref: CaseRef) -> Cells:
        """Give what people see: all sampled registers that are not empty, all items."""
        ...

    async def others(self, ref: CaseRef) -> JsonValue:
        """Give what of a case is neither ours nor in a Case: references of other applications."""
        cannot("show what belongs to other applications")

    async def content_digest(self, ref: CaseRef, title: str) -> str:
        """Give the SHA-256 in hex of what the system holds as the newest content of a document."""
        cannot("look at contents")

    async def bearing(self, mark: Mark) -> Sequence[CaseRef]:
        """Give all cases that bear *mark*, findable or not."""
        ...

    async def effects(self) -> Sequence[str]:
        """Give one line for every effect that our account had on the system, from its own log."""
        ...

    async def leftovers(self) -> Sequence[str]:
        """Give what nobody may leave behind: locks, unfinished uploads."""
        return ()

    # Hints

    async def pushes(self) -> Sequence[Push]:
        """Give what came to ``callback_url`` since the last call, once all of it has come."""
        cannot("push")

    def sign(self, body: bytes) -> Push:
        """Give the push that the system would make of *body*, signed as it does."""
        cannot("push")

    # Time and trouble

    async def wait(self, duration: timedelta) -> None:
        """Let time pass at the system."""
        cannot("let time pass")

    def supports(self, fault: Fault) -> bool:
        """Tell whether `breaking` can do this."""
        return False

    def breaking(
        self, fault: Fault, *, path: str = "", value: JsonValue = None
    ) -> AbstractAsyncContextManager[None]:
        """
        Let things go wrong for as long as the context lasts.

        *path* and *value* say where, and what a person types, for the faults that ask for it.
        """
        cannot(f"break: {fault}")

    async def heard_elsewhere(self) -> int:
        """Tell how many calls came to the place to which a redirect leads."""
        cannot("redirect")

    def renders(self, path: str, value: JsonValue) -> JsonValue:
        """Give what the system is known to make of *value* when it is stored at *path*."""
        return value
