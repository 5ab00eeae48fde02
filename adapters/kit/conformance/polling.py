# ruff: noqa: S101
"""Hints that are polled: no changed case is left out, however many pages there are."""

from __future__ import annotations

import pytest

from adapters.kit.conformance._suite import Suite, a_register, need, need_fault, opened, started
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from contracts.adapter import Adapter, Capabilities, Intake, Polls
from contracts.errors import AdapterError, Garbled
from contracts.ids import CaseRef, Cursor

ENOUGH = 12
"""Cases that are more than one page of a harness whose pages are small."""


class Polling(Suite):
    """What `poll` goes through."""

    async def test_first_poll_finds_every_case(self, harness: Harness) -> None:
        """Without a cursor all cases come, over all pages."""
        async with started(harness) as (adapter, can):
            polls = _polls(adapter, can)
            refs = {await opened(harness, can) for _ in range(ENOUGH)}
            found, _ = await _all(polls, None)
        assert refs <= set(found)

    async def test_poll_finds_what_changed_since(self, harness: Harness) -> None:
        """Edited and new cases are found from the cursor on, also after a restart."""
        async with started(harness) as (adapter, can):
            refs = [await opened(harness, can) for _ in range(ENOUGH)]
            _, cursor = await _all(_polls(adapter, can), None)
        changed = refs[::2]
        for ref in changed:
            await harness.set(ref, a_register(harness, can), None)
        new = await opened(harness, can)
        async with started(harness) as (restarted, _):
            found, _ = await _all(_polls(restarted, can), cursor)
        assert {*changed, new} <= set(found)

    async def test_cursor_of_a_page_goes_on_after_that_page(self, harness: Harness) -> None:
        """A poll that was broken off goes on where its last durable page ended."""
        async with started(harness) as (adapter, can):
            polls = _polls(adapter, can)
            refs = {await opened(harness, can) for _ in range(ENOUGH)}
            first: list[CaseRef] = []
            cursor: Cursor | None = None
            async for page in polls.poll(None):
                first, cursor = list(page.refs), page.cursor
                break
            rest, _ = await _all(polls, cursor)
        assert refs <= {*first, *rest}

    async def test_quiet_system_gives_nothing_new_to_do(self, harness: Harness) -> None:
        """Polling again from the last cursor ends, and moves no cursor back."""
        async with started(harness) as (adapter, can):
            polls = _polls(adapter, can)
            await opened(harness, can)
            _, cursor = await _all(polls, None)
            _, again = await _all(polls, cursor)
            found, _ = await _all(polls, again or cursor)
        assert len(found) <= ENOUGH

    async def test_poll_changes_nothing(self, harness: Harness) -> None:
        """Looking is free."""
        async with started(harness) as (adapter, can):
            await opened(harness, can)
            await _all(_polls(adapter, can), None)
        assert not await harness.effects()

    async def test_poll_that_is_unreachable_says_so(self, harness: Harness) -> None:
        """No cases found is another thing than no answer."""
        need_fault(harness, Fault.UNREACHABLE)
        async with started(harness) as (adapter, can):
            polls = _polls(adapter, can)
            await opened(harness, can)
            async with harness.breaking(Fault.UNREACHABLE):
                with pytest.raises(AdapterError):
                    await _all(polls, None)

    async def test_poll_that_loops_ends(self, harness: Harness) -> None:
        """A next page that is the page itself is an answer that makes no sense."""
        need_fault(harness, Fault.LIST_LOOPS)
        async with started(harness) as (adapter, can):
            polls = _polls(adapter, can)
            for _ in range(ENOUGH):
                await opened(harness, can)
            async with harness.breaking(Fault.LIST_LOOPS):
                with pytest.raises(Garbled):
                    await _all(polls, None)


def _polls(adapter: Adapter, can: Capabilities) -> Polls:
    need(Intake.POLL in can.intake, "polling")
    assert isinstance(adapter, Polls), "polling is promised, and there is no method"
    return adapter


async def _all(polls: Polls, since: Cursor | None) -> tuple[list[CaseRef], Cursor | None]:
    found: list[CaseRef] = []
    cursor = since
    pages = 0
    async for page in polls.poll(since):
        found += page.refs
        cursor = page.cursor if page.cursor is not None else cursor
        pages += 1
        assert pages < 1000, "the poll does not end"
    return found, cursor
