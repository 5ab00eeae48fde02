"""Whoever is at work on a store is known there, for as long as it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bridge.presence import WITHIN, present, process_name
from bridge.store import MemoryState, MemoryStore, Presence, StoreInUse, StoreUnreachable

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Flaky(MemoryStore):
    """A store that cannot be reached at first."""

    tries = 0

    async def attend(self, presence: Presence, at: datetime) -> None:
        self.tries += 1
        if self.tries == 1:
            msg = "it is away"
            raise StoreUnreachable(msg, where="here", way_out="wait")
        await super().attend(presence, at)


async def test_who_is_at_work_is_known_until_it_ends() -> None:
    """And a store cannot be declared restored meanwhile."""
    store = MemoryStore(MemoryState(), environment="test")
    async with present(store, "host-7", "hub", now=lambda: NOW):
        await asyncio.sleep(0)
        assert [(each.process, each.runs) for each in await store.at_work(NOW)] == [
            ("host-7", "hub")
        ]
        with pytest.raises(StoreInUse, match=r"host-7 \(hub\)"):
            await store.restored(NOW)
    assert await store.at_work(NOW) == ()


async def test_a_process_that_was_killed_is_forgotten_by_itself() -> None:
    """After more than the time in which who lives tells it again."""
    store = MemoryStore(MemoryState(), environment="test")
    async with present(store, "host-7", "hub", now=lambda: NOW):
        await asyncio.sleep(0)
        assert await store.at_work(NOW + WITHIN)
        assert not await store.at_work(NOW + timedelta(minutes=1))


async def test_a_store_that_was_put_back_hears_of_who_is_at_work_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command waits so long; the store being away for a moment ends nobody."""
    monkeypatch.setattr("bridge.presence._EVERY", timedelta(milliseconds=5))
    store = Flaky(MemoryState(), environment="test")
    async with present(store, "host-7", "hub", now=lambda: NOW):
        async with asyncio.timeout(5):
            while not await store.at_work(NOW):
                await asyncio.sleep(0.005)
    assert store.tries > 1


def test_no_two_processes_have_one_name() -> None:
    """Not even where the machine numbers its processes anew."""
    assert process_name() != process_name()
