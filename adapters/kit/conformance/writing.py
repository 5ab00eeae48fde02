# ruff: noqa: S101
"""Writing: a patch becomes true, once, and nothing else is touched."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

import pytest
from pydantic import JsonValue

from adapters.kit.conformance._suite import (
    BY_NATURE,
    NOTHING,
    Suite,
    a_register,
    cells_read,
    filled,
    need,
    need_fault,
    opened,
    others_of,
    started,
    two_registers,
    writable_registers,
    write,
)
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from adapters.kit.samples import carries, change, item_path, patch, shown_in
from contracts.adapter import Capabilities, Limit, Refusals
from contracts.case import COLLECTIONS, FIELDS, cells_of
from contracts.errors import Conflict, Rejected, Uncertain

_LONG: Final = 5000
"""Code points of a text that is longer than most columns that somebody forgot to declare."""


class Writing(Suite):
    """What one write does."""

    async def test_what_was_written_reads_back(self, harness: Harness) -> None:
        """Each writable register shows what was written, or the system's known rendering of it."""
        async with started(harness) as (adapter, can):
            fields = writable_registers(harness, can)
            need(fields, "writable registers")
            ref = await opened(harness, can)
            for field in fields:
                before = await cells_read(adapter, ref)
                value = harness.samples.registers[field][1]
                await write(adapter, ref, change(field, value, expect=before.get(field)))
                await _settled(harness, can)
                wanted = harness.renders(field, value)
                assert carries((await cells_read(adapter, ref)).get(field), wanted), field
                assert carries((await harness.shows(ref)).get(field), wanted), field

    async def test_item_that_was_added_is_there_once(self, harness: Harness) -> None:
        """Each kind of item arrives whole, under a key of the system's own."""
        async with started(harness) as (adapter, can):
            fields = _item_fields(harness, can)
            ref = await opened(harness, can)
            for field in fields:
                item = harness.samples.items[field][1]
                await write(adapter, ref, change(item_path(field, item), dict(item)))
                await _settled(harness, can)
                shown = await harness.shows(ref)
                rendered = harness.renders(item_path(field, item), dict(item))
                assert isinstance(rendered, dict)
                found = shown_in(shown, field, rendered, by_nature=field in BY_NATURE)
                assert len(found) == 1, f"{field}: there {len(found)} times"

    async def test_item_that_was_removed_is_gone(self, harness: Harness) -> None:
        """Each keyed item can be taken away again, and only that one."""
        async with started(harness) as (adapter, can):
            fields = [f for f in _item_fields(harness, can) if f in {"roles", "properties"}]
            need(fields, "items that can be removed")
            both = {
                item_path(field, item): dict(item)
                for field in fields
                for item in harness.samples.items[field][:2]
            }
            sample = harness.samples.only(can.readable).cells(items=False)
            ref = await harness.open_case({**sample, **both})
            for field in fields:
                read = await cells_read(adapter, ref)
                path = next(path for path in read if path.startswith(field + "/"))
                await write(adapter, ref, change(path, None, expect=read[path]))
                after = await cells_read(adapter, ref)
                assert set(read) - set(after) == {path}

    async def test_register_that_was_emptied_is_empty(self, harness: Harness) -> None:
        """Writing None empties a register; it is not left as it was."""
        async with started(harness) as (adapter, can):
            field = "explanation"
            need(field in writable_registers(harness, can), "a writable explanation")
            ref = await opened(harness, can)
            before = (await cells_read(adapter, ref))[field]
            await write(adapter, ref, change(field, None, expect=before))
            assert not (await cells_read(adapter, ref))[field]

    async def test_second_identical_write_has_no_effect(self, harness: Harness) -> None:
        """After a write nothing is left to write: repeating it changes nothing at all."""
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            changes = [
                change(field, harness.samples.registers[field][1], expect=read.get(field))
                for field in writable_registers(harness, can)
            ]
            for field in _item_fields(harness, can, needed=False):
                item = harness.samples.items[field][1]
                changes.append(change(item_path(field, item), dict(item)))
            await write(adapter, ref, *changes)
            await _settled(harness, can)
            shown, effects = await harness.shows(ref), await harness.effects()
            with suppress(Conflict):  # what the system rendered otherwise no longer fits
                await write(adapter, ref, *changes)
            again = (await harness.effects())[len(effects) :]
            assert not again, f"the second write was not needed, and did: {again}"
            assert await harness.shows(ref) == shown

    async def test_only_what_the_patch_names_is_changed(self, harness: Harness) -> None:
        """All other fields, and what belongs to other applications, stay as they are."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can, items=True)
            before = await cells_read(adapter, ref)
            value = harness.samples.registers[field][1]
            await write(adapter, ref, change(field, value, expect=before[field]))
            after = await cells_read(adapter, ref)
        assert others_of(after, field) == others_of(before, field)

    async def test_what_belongs_to_others_is_not_disturbed(self, harness: Harness) -> None:
        """References of other applications, and members that we do not know, survive a write."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            before = await harness.others(ref)
            read = await cells_read(adapter, ref)
            value = harness.samples.registers[field][1]
            await write(adapter, ref, change(field, value, expect=read[field]))
            assert await harness.others(ref) == before

    async def test_edit_elsewhere_on_the_case_survives_a_write(self, harness: Harness) -> None:
        """What a person changed meanwhile in another field is not written back to what it was."""
        async with started(harness) as (adapter, can):
            field, other = two_registers(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            typed = harness.samples.registers[other][1]
            await harness.set(ref, other, typed)
            value = harness.samples.registers[field][1]
            await write(adapter, ref, change(field, value, expect=read[field]))
            shown = await harness.shows(ref)
        assert carries(shown.get(other), harness.renders(other, typed))

    async def test_refused_change_stands_alone(self, harness: Harness) -> None:
        """The other changes are made; the refused one is named with the system's own words."""
        need_fault(harness, Fault.REFUSES)
        async with started(harness) as (adapter, can):
            field, other = two_registers(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            changes = [
                change(name, harness.samples.registers[name][1], expect=read[name])
                for name in (field, other)
            ]
            async with harness.breaking(Fault.REFUSES, path=field):
                with pytest.raises(Refusals) as caught:
                    await write(adapter, ref, *changes)
            shown = filled(await harness.shows(ref))
        assert set(caught.value.refused) == {field}
        assert caught.value.refused[field].strip()
        assert carries(shown[field], harness.renders(field, read[field]))
        wanted = harness.renders(other, harness.samples.registers[other][1])
        assert carries(shown[other], wanted)

    async def test_field_that_cannot_be_written_is_refused_by_name(self, harness: Harness) -> None:
        """A change that the system has no place for never vanishes silently."""
        async with started(harness) as (adapter, can):
            closed = sorted(set(FIELDS) - can.writable - can.creatable - COLLECTIONS)
            need(closed, "a register that cannot be written")
            ref = await opened(harness, can)
            value = harness.samples.registers.get(closed[0], ("x", "x"))[1]
            read = await cells_read(adapter, ref)
            with pytest.raises((Refusals, Rejected)) as caught:
                await write(adapter, ref, change(closed[0], value, expect=read.get(closed[0])))
        assert closed[0] in str(getattr(caught.value, "refused", caught.value))

    async def test_half_done_write_becomes_whole_when_repeated(self, harness: Harness) -> None:
        """What was done stays, what was not is done, and no item is there twice."""
        need_fault(harness, Fault.HALF)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            changes = [
                change(item_path(field, item), dict(item))
                for field in _item_fields(harness, can)
                for item in harness.samples.items[field][:2]
            ]
            need(len(changes) > 1, "two items that can be added")
            async with harness.breaking(Fault.HALF):
                with pytest.raises(Uncertain):  # a part was made: "nothing was done" is untrue
                    await write(adapter, ref, *changes)
            await write(adapter, ref, *changes)
            shown = await harness.shows(ref)
        for field in _item_fields(harness, can):
            for item in harness.samples.items[field][:2]:
                rendered = harness.renders(item_path(field, item), dict(item))
                assert isinstance(rendered, dict)
                found = shown_in(shown, field, rendered, by_nature=field in BY_NATURE)
                assert len(found) == 1, f"{field}: there {len(found)} times"

    async def test_repeated_status_is_one_step(self, harness: Harness) -> None:
        """The patch says when; so the same step, written again, is recognised."""
        async with started(harness) as (adapter, can):
            need("status" in writable_registers(harness, can), "a writable status")
            need("status_history" in can.readable, "a status history")
            ref = await opened(harness, can)
            before = await cells_read(adapter, ref)
            step = change("status", harness.samples.registers["status"][1], expect=before["status"])
            await write(adapter, ref, step)
            await write(adapter, ref, step)
            after = await cells_read(adapter, ref)
        steps = [
            path for path in after if path.startswith("status_history/") and path not in before
        ]
        assert len(steps) == 1

    async def test_text_within_the_declared_limit_is_taken_whole(self, harness: Harness) -> None:
        """As many code points as are declared fit, be they of more than one byte."""
        async with started(harness) as (adapter, can):
            lengths = {
                field: limit.max_length
                for field, limit in can.limits.items()
                if limit.max_length is not None and field in ("title", "explanation")
            }
            need(lengths, "a longest text")
            ref = await opened(harness, can)
            for field, length in lengths.items():
                before = await cells_read(adapter, ref)
                text = ("één Ł-vormige uitbouw " * length)[: length - 1] + "é"
                await write(adapter, ref, change(field, text, expect=before[field]))
                assert (await cells_read(adapter, ref))[field] == harness.renders(field, text)

    async def test_long_text_is_never_cut_in_silence(self, harness: Harness) -> None:
        """It is there whole as far as is declared; where nothing is declared, whole or refused."""
        async with started(harness) as (adapter, can):
            fields = [f for f in ("title", "explanation") if f in writable_registers(harness, can)]
            notes = [f for f in _item_fields(harness, can, needed=False) if f == "notes"]
            need(fields or notes, "a writable text")
            ref = await opened(harness, can)
            for field in fields + notes:
                limit = can.limits.get("notes/text" if field in notes else field, Limit())
                text = ("één lange tekst " * _LONG)[
                    : min(limit.max_length or _LONG, _LONG) - 1
                ] + "."
                path = field
                become: JsonValue = text
                before = (await cells_read(adapter, ref)).get(field)
                if field in notes:
                    item = {**harness.samples.items[field][1], "text": text}
                    path, become = item_path(field, item), item
                try:
                    await write(adapter, ref, change(path, become, expect=before))
                except (Rejected, Refusals):
                    assert limit.max_length is None, f"{field}: refused within its limit"
                    continue
                await _settled(harness, can)
                read, wanted = await cells_read(adapter, ref), harness.renders(path, become)
                if isinstance(wanted, dict):
                    found = shown_in(read, field, {"text": wanted["text"]}, by_nature=False)
                    assert found, f"{field}: {len(text)} code points were cut; declare a limit"
                else:
                    assert read[field] == wanted, f"{field}: was cut; declare a limit"

    async def test_same_words_as_a_persons_are_added_beside_them(self, harness: Harness) -> None:
        """What stood there at planning (`Patch.known`) is not what is added, however alike."""
        async with started(harness) as (adapter, can):
            need("notes" in _item_fields(harness, can), "writable notes")
            item = harness.samples.items["notes"][0]
            ref = await opened(harness, can)
            await harness.add(ref, "notes", item)
            read = await adapter.read(ref)
            known = tuple(path for path in cells_of(read.case) if path.startswith("notes/"))
            one = patch(change(item_path("notes", item), dict(item)))
            one = one.model_copy(update={"known": known})
            for _ in range(2):  # repeated, it finds what it did before
                token = (await adapter.read(ref)).token
                await adapter.write(ref, one, token=token, contents=NOTHING, key="command-1")
                await _settled(harness, can)
            after = await cells_read(adapter, ref)
        there = len([path for path in after if path.startswith("notes/")])
        assert there == len(known) + 1, f"{there} notes: the person's and ours are two"

    async def test_nothing_is_left_behind(self, harness: Harness) -> None:
        """After a write no lock and nothing unfinished is left."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            value: JsonValue = harness.samples.registers[field][1]
            await write(adapter, ref, change(field, value, expect=read[field]))
            assert not await harness.leftovers()


def _item_fields(harness: Harness, can: Capabilities, *, needed: bool = True) -> list[str]:
    fields = [f for f in harness.samples.items if f in can.writable & can.readable]
    if needed:
        need(fields, "writable items")
    return fields


async def _settled(harness: Harness, can: Capabilities) -> None:
    if can.read_lag > timedelta(0):
        await harness.wait(can.read_lag)
