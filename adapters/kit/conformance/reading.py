# ruff: noqa: S101
"""Reading: a snapshot shows the case whole, as it is now, and says what it cannot show."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from pydantic import BaseModel

from adapters.kit.conformance._suite import (
    BY_NATURE,
    Suite,
    a_register,
    cells_read,
    filled,
    need,
    need_fault,
    opened,
    started,
)
from adapters.kit.faults import Fault
from adapters.kit.harness import CannotDo, Harness
from adapters.kit.samples import carries, item_path, shown_in
from contracts.case import COLLECTIONS, FIELDS, moment, split_path
from contracts.errors import AdapterError, Gone, NotFound
from contracts.ids import CaseRef


class Reading(Suite):
    """What one read tells."""

    async def test_read_shows_what_people_see(self, harness: Harness) -> None:
        """Every register and item of the sample case is there, in the agency's own words."""
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can, items=True)
            read = filled(await cells_read(adapter, ref))
            seen = filled(await harness.shows(ref))
            samples = harness.samples.only(can.readable)
            for field in samples.registers:
                assert carries(read.get(field), seen.get(field)), field
                assert carries(read.get(field), harness.renders(field, samples.cells()[field]))
            for field, items in samples.items.items():
                wanted = harness.renders(item_path(field, items[0]), dict(items[0]))
                assert isinstance(wanted, dict)
                found = shown_in(read, field, wanted, by_nature=field in BY_NATURE)
                assert len(found) == 1, f"{field}: shown {len(found)} times; moments are in UTC?"

    async def test_read_gives_declared_fields_only(self, harness: Harness) -> None:
        """A field that is not readable is not set, be it there or not."""
        async with started(harness) as (adapter, can):
            snapshot = await adapter.read(await opened(harness, can, items=True))
        assert snapshot.case.model_fields_set <= can.readable

    async def test_absent_empty_and_unsupported_are_told_apart(self, harness: Harness) -> None:
        """What is not there is empty; what the system cannot hold is unsupported, not empty."""
        async with started(harness) as (adapter, can):
            needed = {"case_type", "participant"} & set(harness.samples.registers)
            ref = await harness.open_case(harness.samples.only(needed & can.readable).cells())
            snapshot = await adapter.read(ref)
        assert snapshot.unsupported == frozenset(FIELDS) - can.readable
        assert not snapshot.unsupported & snapshot.case.model_fields_set
        for field in can.readable & COLLECTIONS - {"status_history", "roles"}:
            assert field in snapshot.case.model_fields_set, f"{field} is empty, not absent"
            assert getattr(snapshot.case, field) == ()

    async def test_value_that_a_person_emptied_is_empty(self, harness: Harness) -> None:
        """After a person empties a register it is set, and None."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            await harness.set(ref, field, None)
            snapshot = await adapter.read(ref)
        assert field in snapshot.case.model_fields_set
        assert getattr(snapshot.case, field) is None

    async def test_edit_of_a_person_shows_in_the_next_read(self, harness: Harness) -> None:
        """A read is of now: nothing is remembered from an earlier one."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            before = await adapter.read(ref)
            value = harness.samples.registers[field][1]
            await harness.set(ref, field, value)
            after = await adapter.read(ref)
        assert carries(getattr(after.case, field), harness.renders(field, value))
        if before.token is not None:
            assert before.token != after.token, "the token must tell the two states apart"

    async def test_status_history_tells_what_happened_when(self, harness: Harness) -> None:
        """Its last step is the status, and each step stands at the moment that people see."""
        async with started(harness) as (adapter, can):
            need({"status", "status_history"} <= can.readable, "a status history")
            need("status" in harness.samples.registers, "two statuses")
            ref = await opened(harness, can)
            with suppress(CannotDo):
                await harness.wait(timedelta(minutes=1))
            await harness.set(ref, "status", harness.samples.registers["status"][1])
            case = (await adapter.read(ref)).case
            seen = await harness.shows(ref)
        steps = sorted(case.status_history, key=lambda step: step.at)
        assert steps
        assert steps[-1].status == case.status, "the newest step is another status"
        shown = {
            (moment(split_path(path)[1]), step["status"])
            for path, step in seen.items()
            if path.startswith("status_history/") and isinstance(step, dict)
        }
        assert not shown or {(step.at, step.status) for step in steps} == shown

    async def test_every_page_of_items_is_read(self, harness: Harness) -> None:
        """A field with more items than one page holds is read to its end."""
        async with started(harness) as (adapter, can):
            field, count = _many(harness, can.readable)
            ref = await opened(harness, can)
            for number in range(count):
                await harness.add(ref, field, _numbered(harness, field, number))
            read = await cells_read(adapter, ref)
            seen = await harness.shows(ref)
        found = {path for path in read if path.startswith(f"{field}/")}
        assert len(found) == len([path for path in seen if path.startswith(f"{field}/")])
        assert len(found) >= count

    @pytest.mark.parametrize("fault", [Fault.LIST_SHORT, Fault.LIST_LOOPS])
    async def test_list_cut_short_is_not_taken_for_deletion(
        self, harness: Harness, fault: Fault
    ) -> None:
        """A list that ends early or never ends gives an error, or all that there is."""
        need_fault(harness, fault)
        async with started(harness) as (adapter, can):
            field, count = _many(harness, can.readable)
            ref = await opened(harness, can)
            for number in range(count):
                await harness.add(ref, field, _numbered(harness, field, number))
            async with harness.breaking(fault):
                try:
                    read = await cells_read(adapter, ref)
                except AdapterError as exc:
                    if isinstance(exc, NotFound):
                        pytest.fail("what is not shown is not gone")
                    return
        assert len([path for path in read if path.startswith(f"{field}/")]) >= count

    async def test_what_a_case_cannot_carry_is_named(self, harness: Harness) -> None:
        """Nothing is left out silently; the place is named, and the reason, never the value."""
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            before = await adapter.read(ref)
            await harness.show_more(ref)
            after = await adapter.read(ref)
        assert len(after.unmapped) > len(before.unmapped)
        assert all(one.where and one.why for one in after.unmapped)

    async def test_every_moment_knows_its_offset(self, harness: Harness) -> None:
        """A moment without an offset means another hour to every reader."""
        async with started(harness) as (adapter, can):
            snapshot = await adapter.read(await opened(harness, can, items=True))
        naive = [where for where, at in _moments("snapshot", snapshot) if at.tzinfo is None]
        assert not naive, f"without an offset: {', '.join(naive)}"

    async def test_partial_date_keeps_its_precision(self, harness: Harness) -> None:
        """A month is not its first day."""
        async with started(harness) as (adapter, can):
            dates = harness.samples.only(can.readable).partial_dates
            need(dates, "dates known in part")
            ref = await harness.open_case({**harness.samples.cells(items=False), **dates})
            read = await cells_read(adapter, ref)
        assert {field: read[field] for field in dates} == dates

    async def test_case_of_a_person_bears_no_mark(self, harness: Harness) -> None:
        """Only what we created is ours."""
        async with started(harness) as (adapter, can):
            snapshot = await adapter.read(await opened(harness, can))
        assert snapshot.mark is None

    async def test_snapshot_is_of_the_case_that_was_asked_for(self, harness: Harness) -> None:
        """Of two cases each read gives its own."""
        async with started(harness) as (adapter, can):
            one, other = await opened(harness, can), await opened(harness, can)
            assert (await adapter.read(one)).ref == one
            assert (await adapter.read(other)).ref == other

    async def test_unknown_case_is_not_found(self, harness: Harness) -> None:
        """A reference like a real one, to a case that never was."""
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            with pytest.raises(NotFound) as caught:
                await adapter.read(_unlike(ref))
            assert not isinstance(caught.value, Gone), "it was never there"

    async def test_deleted_case_is_gone(self, harness: Harness) -> None:
        """Gone only where the system can tell; NotFound is always right."""
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            await adapter.read(ref)
            await harness.delete(ref)
            with pytest.raises(NotFound) as caught:
                await adapter.read(ref)
        assert can.sees_deletion or not isinstance(caught.value, Gone)


def _many(harness: Harness, readable: frozenset[str]) -> tuple[str, int]:
    many = harness.samples.only(readable).many
    need(many, "a list of more than one page")
    return next(iter(many.items()))


def _numbered(harness: Harness, field: str, number: int) -> dict[str, object]:
    item = dict(harness.samples.items[field][0])
    item["key"] = f"{item['key']}-{number}"
    if field == "roles":
        item["identity"] = f"{item['identity']}-{number}"
    else:
        item["text"] = f"{item.get('text', '')} ({number})"
    return item


def _unlike(ref: CaseRef) -> CaseRef:
    head, tail = ref[:-4], ref[-4:]
    return CaseRef(head + tail.translate(str.maketrans("0123456789abcdef", "9876543210fedcba")))


def _moments(where: str, value: object) -> list[tuple[str, datetime]]:
    if isinstance(value, datetime):
        return [(where, value)]
    if isinstance(value, BaseModel):
        members = [(name, getattr(value, name)) for name in type(value).model_fields]
    elif isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, tuple | list):
        members = [(str(number), one) for number, one in enumerate(value)]
    else:
        members = []
    return [found for name, one in members for found in _moments(f"{where}.{name}", one)]
