"""What is counted as it is saved: crossings, and who was heard."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bridge.store import Crossing, Store, Work
from bridge.store.tally import KEPT_FOR
from bridge.store.views import bucket_of
from contracts.ids import AgencyId
from tests.bridge.store.conftest import NOW, a_link
from tests.bridge.store_sites import Site

NOORD, ZUID = AgencyId("noord"), AgencyId("zuid")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def crossed(seconds: float, at: timedelta = timedelta()) -> Work:
    took = timedelta(seconds=seconds)
    return Work(NOW + at, crossings=(Crossing(NOORD, ZUID, took),))


async def test_crossings_are_counted_by_pair_hour_and_bucket(store: Store) -> None:
    await store.commit([crossed(0.7), crossed(0.8), crossed(50)])
    await store.commit([crossed(0.9, HOUR)])
    first, second = await store.crossings(NOW)
    assert (first.from_, first.to, first.hour, second.hour) == (NOORD, ZUID, NOW, NOW + HOUR)
    assert {bucket: count for bucket, count in enumerate(first.counts) if count} == {
        bucket_of(0.7 * SECOND): 2,
        bucket_of(50 * SECOND): 1,
    }
    assert sum(second.counts) == 1
    assert await store.crossings(NOW + HOUR) == (second,)


async def test_being_heard_is_counted_by_hour_with_the_last_moment(store: Store) -> None:
    for minutes in (1, 5, 61):
        await store.commit([Work(NOW + timedelta(minutes=minutes), heard=NOORD)])
    first, second = await store.heard(NOW)
    assert (first.agency, first.count, first.last_at) == (NOORD, 2, NOW + timedelta(minutes=5))
    assert (second.hour, second.count) == (NOW + HOUR, 1)


async def test_hubs_at_once_count_everything_once(store: Store, site: Site) -> None:
    """Each in its own rows, or one after another in the same: none is lost, none doubled."""
    stores = [store, await site.open(), await site.open()]
    await asyncio.gather(
        *(each.commit([crossed(1), Work(NOW, heard=ZUID)]) for each in stores for _ in range(5))
    )
    (row,) = await store.crossings(NOW)
    (heard,) = await store.heard(NOW)
    assert (sum(row.counts), heard.count) == (15, 15)


async def test_what_a_stale_work_brings_is_not_counted(store: Store) -> None:
    """It is decided again, and counted then."""
    link = a_link("L1")
    await store.commit([Work(NOW, link)])
    stale = Work(NOW, link, 5, crossings=(Crossing(NOORD, ZUID, SECOND),))
    assert await store.commit([stale]) == (False,)
    assert await store.crossings(NOW) == ()


async def test_what_is_old_is_forgotten(store: Store, site: Site) -> None:
    """A hub that counts in a new hour forgets what nobody asks for any more."""
    await store.commit([crossed(1)])
    later = await site.open()
    await later.commit([crossed(1, KEPT_FOR + HOUR)])
    assert [row.hour for row in await later.crossings(NOW - HOUR)] == [NOW + KEPT_FOR + HOUR]
