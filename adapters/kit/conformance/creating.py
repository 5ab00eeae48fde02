# ruff: noqa: S101
"""Creating: one case, that bears our mark, and never a second."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.kit.conformance._suite import (
    Suite,
    a_register,
    cells_read,
    creatable_cells,
    created,
    need,
    need_fault,
    started,
    write,
)
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from adapters.kit.samples import carries, change
from contracts.adapter import Capabilities, CreateGuard
from contracts.errors import AdapterError, Rejected, Uncertain
from contracts.ids import Mark

MARK = Mark("01JMARK0000000000000000001")
OTHER = Mark("01JMARK0000000000000000002")


class Creating(Suite):
    """What becomes of a create."""

    async def test_created_case_shows_what_was_given(self, harness: Harness) -> None:
        """What can be given at once is there; what is not, the edge writes afterwards."""
        async with started(harness) as (adapter, can):
            _creates(can)
            ref = await created(adapter, harness, can)
            read = await cells_read(adapter, ref)
            given = creatable_cells(harness, can)
            for field in {"case_type"} & set(given):
                assert carries(read.get(field), harness.renders(field, given[field])), field
            for field, value in given.items():
                if read.get(field) is not None:
                    assert carries(read[field], harness.renders(field, value)), field

    async def test_created_case_can_be_completed(self, harness: Harness) -> None:
        """What a create did not take, a write that follows does."""
        async with started(harness) as (adapter, can):
            _creates(can)
            field = a_register(harness, can)
            ref = await created(adapter, harness, can)
            shown = (await cells_read(adapter, ref)).get(field)
            value = harness.samples.registers[field][1]
            await write(adapter, ref, change(field, value, expect=shown))
            read = await cells_read(adapter, ref)
        assert carries(read[field], harness.renders(field, value))

    async def test_created_case_bears_our_mark(self, harness: Harness) -> None:
        """A read of it shows the mark, also after a restart."""
        async with started(harness) as (adapter, can):
            _creates(can)
            ref = await created(adapter, harness, can, MARK)
        async with started(harness) as (restarted, _):
            assert (await restarted.read(ref)).mark == MARK
        assert list(await harness.bearing(MARK)) == [ref]

    async def test_find_sees_the_mark(self, harness: Harness) -> None:
        """As soon as the create is done, or has settled; also after a restart."""
        async with started(harness) as (adapter, can):
            _creates(can)
            need(CreateGuard.MARK in can.create_guard, "a create guard by mark")
            ref = await created(adapter, harness, can, MARK)
        if can.settles_within > timedelta(0):
            await harness.wait(can.settles_within)
        async with started(harness) as (restarted, _):
            assert list(await restarted.find(MARK)) == [ref]

    async def test_find_tells_marks_apart(self, harness: Harness) -> None:
        """A mark that nobody bears is found nowhere; one that begins alike is another."""
        async with started(harness) as (adapter, can):
            _creates(can)
            await created(adapter, harness, can, MARK)
            assert list(await adapter.find(OTHER)) == []
            assert list(await adapter.find(Mark(MARK[:-1]))) == []

    async def test_same_key_creates_one_case(self, harness: Harness) -> None:
        """A create that is repeated with its key gives the same case again."""
        async with started(harness) as (adapter, can):
            _creates(can)
            need(CreateGuard.KEY in can.create_guard, "a create guard by key")
            first = await created(adapter, harness, can, MARK)
        async with started(harness) as (restarted, _):
            assert await created(restarted, harness, can, MARK) == first
        assert len(await harness.bearing(MARK)) == 1

    @pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.ERROR_AFTER])
    async def test_create_without_an_answer_makes_one_case(
        self, harness: Harness, fault: Fault
    ) -> None:
        """It is told as Uncertain, and never repeated by the adapter itself."""
        need_fault(harness, fault)
        async with started(harness) as (adapter, can):
            _creates(can)
            async with harness.breaking(fault):
                with pytest.raises(Uncertain):
                    await created(adapter, harness, can, MARK)
            assert len(await harness.bearing(MARK)) == 1
            need(CreateGuard.MARK in can.create_guard, "a create guard by mark")
            if can.settles_within > timedelta(0):
                await harness.wait(can.settles_within)
            assert list(await adapter.find(MARK)) == list(await harness.bearing(MARK))

    async def test_create_that_is_not_findable_yet_settles(self, harness: Harness) -> None:
        """It may be missed for as long as is declared, and not longer."""
        need_fault(harness, Fault.UNFINDABLE)
        async with started(harness) as (adapter, can):
            _creates(can)
            need(CreateGuard.MARK in can.create_guard, "a create guard by mark")
            async with harness.breaking(Fault.UNFINDABLE):
                ref = await created(adapter, harness, can, MARK)
                await harness.wait(can.settles_within)
                assert list(await adapter.find(MARK)) == [ref]

    async def test_refused_create_leaves_no_case(self, harness: Harness) -> None:
        """A refusal is told as such, and nothing half is left that bears the mark."""
        need_fault(harness, Fault.REFUSES)
        async with started(harness) as (adapter, can):
            _creates(can)
            async with harness.breaking(Fault.REFUSES):
                with pytest.raises(Rejected):
                    await created(adapter, harness, can, MARK)
        assert not await harness.bearing(MARK)

    async def test_unreachable_create_makes_no_case(self, harness: Harness) -> None:
        """Nobody answered, so nothing is there."""
        need_fault(harness, Fault.UNREACHABLE)
        async with started(harness) as (adapter, can):
            _creates(can)
            async with harness.breaking(Fault.UNREACHABLE):
                with pytest.raises(AdapterError):
                    await created(adapter, harness, can, MARK)
        assert not await harness.bearing(MARK)


def _creates(can: Capabilities) -> None:
    need(can.writable | can.creatable, "creating cases")
