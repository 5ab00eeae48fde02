# ruff: noqa: S101
"""Laws: what holds for any value, and for any two adapters of one system."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.conformance._suite import (
    Suite,
    a_register,
    cells_read,
    need,
    opened,
    started,
    writable_registers,
    write,
)
from adapters.kit.harness import Harness
from adapters.kit.samples import carries, change
from contracts.adapter import Capabilities
from contracts.case import case_of, cells_of
from contracts.snapshot import Snapshot

T = TypeVar("T")

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1
).filter(lambda text: bool(text.strip()))


class Laws(Suite):
    """Properties, tried with many values."""

    async def test_any_text_that_is_written_reads_back(self, harness: Harness) -> None:
        """Write then read shows it, or its declared rendering, whatever the text is."""
        async with started(harness) as (adapter, can):
            field = next((f for f in ("explanation", "title") if f in can.writable), "")
            need(field, "a writable text")
            ref = await opened(harness, can)
            longest = _longest(can, field)

            async def holds(text: str) -> None:
                before = (await cells_read(adapter, ref)).get(field)
                await write(adapter, ref, change(field, text, expect=before))
                after = (await cells_read(adapter, ref)).get(field)
                assert (after or "") == (harness.renders(field, text) or "")

            await for_any(TEXT.map(lambda text: text[:longest].strip() or "x"), holds)

    async def test_any_order_of_writes_ends_in_the_last(self, harness: Harness) -> None:
        """Each write with its expectation; the last one stands, and none but its field moved."""
        async with started(harness) as (adapter, can):
            fields = [
                f
                for f in writable_registers(harness, can)
                if f in {"title", "explanation", "deadline", "planned_end"}
            ]
            need(fields, "writable registers")
            ref = await opened(harness, can)
            choice = st.tuples(st.sampled_from(fields), st.integers(0, 1))

            async def holds(steps: list[tuple[str, int]]) -> None:
                wanted = await cells_read(adapter, ref)
                for field, which in steps:
                    value = harness.samples.registers[field][which]
                    await write(adapter, ref, change(field, value, expect=wanted.get(field)))
                    wanted[field] = harness.renders(field, value)
                read = await cells_read(adapter, ref)
                assert all(carries(read.get(f), wanted.get(f)) for f in fields)

            await for_any(st.lists(choice, max_size=4), holds)

    async def test_snapshot_survives_the_wire(self, harness: Harness) -> None:
        """What is read is the same after it was written as JSON and read again, or laid flat."""
        async with started(harness) as (adapter, can):
            snapshot = await adapter.read(await opened(harness, can, items=True))
        again = Snapshot.model_validate_json(snapshot.model_dump_json())
        assert again == snapshot
        flat = cells_of(snapshot.case)
        assert cells_of(case_of(flat, read=can.readable)) == flat

    async def test_nothing_that_matters_is_kept_in_the_adapter(self, harness: Harness) -> None:
        """A restarted adapter reads, writes and finds what the one before it did."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            ref = await opened(harness, can)
            before = await adapter.read(ref)
            shown = (await cells_read(adapter, ref))[field]
        value = harness.samples.registers[field][1]
        async with started(harness) as (restarted, _):
            assert await restarted.read(ref) == before
            await write(
                restarted, ref, change(field, value, expect=shown), token=before.token or None
            )
        async with started(harness) as (again, _):
            assert carries((await cells_read(again, ref))[field], harness.renders(field, value))

    async def test_cases_do_not_get_in_each_others_way(self, harness: Harness) -> None:
        """Calls for different cases, all at once, each do their own."""
        async with started(harness) as (adapter, can):
            field = a_register(harness, can)
            refs = [await opened(harness, can) for _ in range(5)]
            value = harness.samples.registers[field][1]

            async def one(number: int) -> None:
                snapshot = await adapter.read(refs[number])
                assert snapshot.ref == refs[number]
                if number % 2:
                    shown = cells_of(snapshot.case)[field]
                    await write(adapter, refs[number], change(field, value, expect=shown))

            async with asyncio.TaskGroup() as group:
                for number in range(len(refs)):
                    group.create_task(one(number))
            shown = [(await harness.shows(ref)).get(field) for ref in refs]
        first = harness.renders(field, harness.samples.registers[field][0])
        second = harness.renders(field, value)
        assert all(
            carries(seen, second if number % 2 else first) for number, seen in enumerate(shown)
        )


async def for_any(
    strategy: st.SearchStrategy[T], holds: Callable[[T], Coroutine[None, None, None]]
) -> None:
    """
    Try a law with many values, the same ones each time.

    Hypothesis is not async: it chooses in a thread, and each try runs in our loop.
    """
    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, print_blob=False)
    @given(value=strategy)
    def tried(value: T) -> None:
        asyncio.run_coroutine_threadsafe(holds(value), loop).result(timeout=30)

    await asyncio.to_thread(tried)


def _longest(can: Capabilities, field: str) -> int:
    limit = can.limits.get(field)
    return (limit.max_length if limit else None) or 200
