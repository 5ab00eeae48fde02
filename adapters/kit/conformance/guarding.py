# ruff: noqa: S101
"""Guarding: an edit that nobody saw is never overwritten, as far as the system can promise."""

from __future__ import annotations

from contextlib import suppress

import pytest

from adapters.kit.conformance._suite import (
    Suite,
    a_register,
    cells_read,
    need,
    need_fault,
    opened,
    started,
    two_registers,
    write,
)
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from adapters.kit.samples import carries, change
from contracts.adapter import UpdateGuard
from contracts.errors import AdapterError, Conflict


class Guarding(Suite):
    """What becomes of a write whose expectation does not hold."""

    async def test_expectation_that_does_not_hold_is_a_conflict(self, harness: Harness) -> None:
        """Somebody was there first: nothing is written, not even the changes that could be."""
        async with started(harness) as (adapter, can):
            field, other = two_registers(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            first, second = harness.samples.registers[field]
            await harness.set(ref, field, None)
            shown, effects = await harness.shows(ref), await harness.effects()
            with pytest.raises(Conflict):
                await write(
                    adapter,
                    ref,
                    change(other, harness.samples.registers[other][1], expect=read[other]),
                    change(field, second, expect=first),
                )
            assert await harness.shows(ref) == shown
            assert await harness.effects() == effects
            assert not await harness.leftovers()

    async def test_old_token_is_a_conflict(self, harness: Harness) -> None:
        """A token from before somebody's edit of the same field does not open the case."""
        async with started(harness) as (adapter, can):
            need(can.update_guard is UpdateGuard.TOKEN, "an update guard by token")
            field = a_register(harness, can)
            ref = await opened(harness, can)
            old = await adapter.read(ref)
            typed = harness.samples.registers[field][1]
            await harness.set(ref, field, typed)
            with pytest.raises(Conflict):
                await write(
                    adapter,
                    ref,
                    change(field, None, expect=harness.renders(field, typed)),
                    token=old.token,
                )
            shown = await harness.shows(ref)
        assert carries(shown.get(field), harness.renders(field, typed))

    async def test_edit_between_read_and_write_is_not_overwritten(self, harness: Harness) -> None:
        """With a guard, what a person types while we write survives; they may have to wait."""
        need_fault(harness, Fault.EDIT_BETWEEN)
        async with started(harness) as (adapter, can):
            need(can.update_guard is not UpdateGuard.NONE, "an update guard")
            field = a_register(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            first, second = harness.samples.registers[field]
            assert isinstance(first, str)
            typed = f"{first} (gewijzigd)" if field in ("title", "explanation") else None
            async with harness.breaking(Fault.EDIT_BETWEEN, path=field, value=typed):
                with suppress(Conflict):  # somebody was there first, or had to wait
                    await write(adapter, ref, change(field, second, expect=read[field]))
            shown = await harness.shows(ref)
        if can.update_guard is UpdateGuard.LOCK:
            return  # the person was kept out, and typed afterwards or not at all
        assert carries(shown.get(field), harness.renders(field, typed))

    async def test_edit_of_another_field_meanwhile_survives(self, harness: Harness) -> None:
        """With a guard or without: a write sends what the patch names, and not the whole case."""
        need_fault(harness, Fault.EDIT_BETWEEN)
        async with started(harness) as (adapter, can):
            field, other = two_registers(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            value, typed = (harness.samples.registers[name][1] for name in (field, other))
            async with harness.breaking(Fault.EDIT_BETWEEN, path=other, value=typed):
                with suppress(Conflict):
                    await write(adapter, ref, change(field, value, expect=read[field]))
            shown = await harness.shows(ref)
        if can.update_guard is UpdateGuard.LOCK:
            return  # the person was kept out, and typed afterwards or not at all
        assert carries(shown.get(other), harness.renders(other, typed))

    async def test_conflict_leaves_no_lock(self, harness: Harness) -> None:
        """A case that we could not write is free for everybody else."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            with pytest.raises(Conflict):
                await write(adapter, ref, change(field, None, expect="iets heel anders"))
            assert not await harness.leftovers()

    async def test_write_without_an_answer_leaves_no_lock(self, harness: Harness) -> None:
        """Whatever went wrong under the lock, the lock is given back."""
        need_fault(harness, Fault.LOST_AFTER)
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            value = harness.samples.registers[field][1]
            async with harness.breaking(Fault.LOST_AFTER):
                with pytest.raises(AdapterError):
                    await write(adapter, ref, change(field, value, expect=read[field]))
            assert not await harness.leftovers()
