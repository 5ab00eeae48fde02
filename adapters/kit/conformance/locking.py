# ruff: noqa: S101
"""Locking: what a write locks is written down, and is given back where the write was killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.kit.conformance._documents import attached
from adapters.kit.conformance._suite import (
    Suite,
    cells_read,
    need,
    opened,
    started,
    writable_registers,
    write,
)
from adapters.kit.contents import these
from adapters.kit.harness import Harness
from adapters.kit.locks import WrittenDown
from adapters.kit.samples import change
from contracts.adapter import Adapter, Capabilities, Unlocks
from contracts.case import path_of
from contracts.ids import CaseRef
from contracts.patch import Change


class Locking(Suite):
    """What becomes of locks when nobody is left to release them."""

    async def test_what_a_write_locks_is_written_down_until_it_is_released(
        self, harness: Harness
    ) -> None:
        """Before it is locked, and no longer than that: what stands there is given back."""
        async with started(harness) as (adapter, can):
            unlocker_of(adapter)
            ref, edit = await an_edit(harness, adapter, can)
            contents = WrittenDown()
            await write(adapter, ref, edit, contents=contents)
            need(contents.has_lock.is_set(), "a lock around this write")
            assert contents.kept == {}
            assert not await harness.leftovers()

    async def test_what_a_killed_write_locked_is_given_back(self, harness: Harness) -> None:
        """By another process, which knows no more than what was written down; a second time too."""
        async with started(harness) as (adapter, can), started(harness) as (other, _):
            unlocker = unlocker_of(other)
            ref, edit = await an_edit(harness, adapter, can)
            async with killed_under_lock(adapter, ref, edit) as kept:
                assert await harness.leftovers(), "nothing is locked"
                for _ in range(2):
                    for place, lock in kept.items():
                        assert await unlocker.unlock(place, lock, for_good=True, key="command-1")
                assert not await harness.leftovers()

    async def test_what_was_left_locked_does_not_keep_the_next_try_out(
        self, harness: Harness
    ) -> None:
        """The same Command is taken up again, and finds its own lock in the way."""
        async with started(harness) as (adapter, can), started(harness) as (other, _):
            unlocker_of(other)
            ref, edit = await an_edit(harness, adapter, can)
            async with killed_under_lock(adapter, ref, edit) as kept:
                contents = WrittenDown()
                contents.kept = dict(kept)
                await write(other, ref, edit, contents=contents)
                assert contents.kept == {}
                assert not await harness.leftovers()


def unlocker_of(adapter: Adapter) -> Unlocks:
    """Skip the case where the adapter locks nothing."""
    need(isinstance(adapter, Unlocks), "giving back locks")
    assert isinstance(adapter, Unlocks)
    return adapter


async def an_edit(harness: Harness, adapter: Adapter, can: Capabilities) -> tuple[CaseRef, Change]:
    """Make the change that is most likely to want a lock: of a document, else of a register."""
    if can.documents is None or "documents" not in can.writable:
        field = writable_registers(harness, can)[0]
        ref = await opened(harness, can)
        expect = (await cells_read(adapter, ref))[field]
        return ref, change(field, harness.samples.registers[field][1], expect=expect)
    ref, document = await attached(harness, adapter, can, these(b"%PDF-1.7 plattegrond"))
    path = path_of("documents", document.key)
    shown = (await cells_read(adapter, ref))[path]
    assert isinstance(shown, dict)
    return ref, change(path, {**shown, "description": "Nieuwe omschrijving"}, expect=shown)


@asynccontextmanager
async def killed_under_lock(
    adapter: Adapter, ref: CaseRef, edit: Change
) -> AsyncIterator[dict[str, str]]:
    """Let a write stand still as soon as it has a lock; give what was written down by then."""
    contents = WrittenDown(stops=True)
    writing = asyncio.create_task(write(adapter, ref, edit, contents=contents))
    waiting = asyncio.create_task(contents.has_lock.wait())
    try:
        await asyncio.wait((writing, waiting), return_when=asyncio.FIRST_COMPLETED)
        need(contents.has_lock.is_set(), "a lock around this write")
        yield dict(contents.kept)
    finally:
        waiting.cancel()
        writing.cancel()
        await asyncio.gather(writing, waiting, return_exceptions=True)
