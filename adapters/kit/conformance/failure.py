# ruff: noqa: S101
"""Failure: each trouble is told by the name of what is to be done next."""

from __future__ import annotations

import asyncio

import pytest

from adapters.kit.conformance._suite import (
    Suite,
    a_register,
    cells_read,
    need_fault,
    opened,
    started,
    write,
)
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from adapters.kit.samples import carries, change
from contracts.errors import AdapterError, Denied, Garbled, Throttled, Uncertain, Unreachable
from contracts.ids import Mark


class Failure(Suite):
    """What an adapter raises when its system misbehaves."""

    async def test_nobody_there_is_unreachable(self, harness: Harness) -> None:
        """Reads, writes and finds all say that nothing was done."""
        need_fault(harness, Fault.UNREACHABLE)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.UNREACHABLE):
                with pytest.raises(Unreachable):
                    await adapter.read(ref)
                with pytest.raises(Unreachable):
                    await adapter.find(Mark("01JMARK0000000000000000001"))
            await adapter.read(ref)

    async def test_nobody_there_fails_the_check(self, harness: Harness) -> None:
        """A wrong address is found before the first case."""
        need_fault(harness, Fault.UNREACHABLE)
        async with harness.breaking(Fault.UNREACHABLE):
            with pytest.raises(Unreachable):
                async with started(harness):
                    pass

    async def test_write_that_reaches_nobody_does_nothing(self, harness: Harness) -> None:
        """It may be repeated at leisure."""
        need_fault(harness, Fault.UNREACHABLE)
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            read = await adapter.read(ref)
            value = harness.samples.registers[field][1]
            shown = (await cells_read(adapter, ref))[field]
            async with harness.breaking(Fault.UNREACHABLE):
                with pytest.raises(Unreachable):
                    await write(
                        adapter, ref, change(field, value, expect=shown), token=read.token or None
                    )
            assert not await harness.effects()

    async def test_throttling_tells_how_long_to_wait(self, harness: Harness) -> None:
        """The system's own wish reaches the edge."""
        need_fault(harness, Fault.THROTTLED)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.THROTTLED):
                with pytest.raises(Throttled) as caught:
                    await adapter.read(ref)
        assert caught.value.retry_after.total_seconds() > 0

    async def test_error_on_a_read_is_unreachable(self, harness: Harness) -> None:
        """A system that fails inside is away for a while; it refused nothing."""
        need_fault(harness, Fault.ERROR_ON_READ)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.ERROR_ON_READ):
                with pytest.raises(Unreachable):
                    await adapter.read(ref)

    @pytest.mark.parametrize(
        "fault", [Fault.ERROR_AFTER, Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.GARBLED_WRITE]
    )
    async def test_write_without_a_usable_answer_is_uncertain(
        self, harness: Harness, fault: Fault
    ) -> None:
        """It may have been done: never refused, never fine, never repeated by itself."""
        need_fault(harness, fault)
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            before = (await cells_read(adapter, ref))[field]
            value = harness.samples.registers[field][1]
            async with harness.breaking(fault):
                with pytest.raises(Uncertain):
                    await write(adapter, ref, change(field, value, expect=before))
            wanted = before if fault is Fault.LOST_BEFORE else harness.renders(field, value)
            assert carries((await harness.shows(ref)).get(field), wanted)
            assert len(await harness.effects()) <= 1, "an unanswered write was repeated"

    async def test_answer_that_makes_no_sense_is_garbled(self, harness: Harness) -> None:
        """HTML with a status of 200 is no case, and no empty one either."""
        need_fault(harness, Fault.GARBLED_READ)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.GARBLED_READ):
                with pytest.raises(Garbled) as caught:
                    await adapter.read(ref)
        assert caught.value.body, "the bytes are kept for a person"

    async def test_wrong_secret_is_denied(self, harness: Harness) -> None:
        """It concerns our account, not the case: nothing is refused, and nothing missing."""
        need_fault(harness, Fault.WRONG_SECRET)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.WRONG_SECRET):
                with pytest.raises(Denied):
                    await adapter.read(ref)
                with pytest.raises(Denied):
                    await adapter.check()
            await adapter.read(ref)

    async def test_redirect_is_not_followed(self, harness: Harness) -> None:
        """Our credentials go to the address in the settings, and nowhere else."""
        need_fault(harness, Fault.REDIRECT)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.REDIRECT):
                with pytest.raises(AdapterError):
                    await adapter.read(ref)
            assert await harness.heard_elsewhere() == 0

    async def test_call_that_hangs_can_be_cancelled(self, harness: Harness) -> None:
        """The edge's deadline ends it at once, and no lock is left."""
        need_fault(harness, Fault.HANGS)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can)
            async with harness.breaking(Fault.HANGS):
                reading = asyncio.create_task(_read(adapter, ref))
                await asyncio.sleep(0.05)
                reading.cancel()
                done, _ = await asyncio.wait([reading], timeout=2)
                assert done, "cancellation was held up"
                assert reading.cancelled(), "cancellation was swallowed"
            assert not await harness.leftovers()


async def _read(adapter: object, ref: object) -> None:
    await adapter.read(ref)  # type: ignore[attr-defined]
