"""Versions of the rules: each recorded once when it comes in force, and again when it returns."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bridge.store import RulesVersion, Store
from tests.bridge.store.conftest import NOW
from tests.bridge.store_sites import Site


def rules(version: str, by: str = "", minutes: int = 0) -> RulesVersion:
    files = {"crosswalk-odru.yaml": f"version: {version} # é\n"}
    return RulesVersion(version, NOW + timedelta(minutes=minutes), by, "rij erbij", files)


async def test_a_version_is_recorded_once_and_again_when_it_returns(store: Store) -> None:
    """Who published it is who recorded it first."""
    assert await store.record_rules(rules("a"))
    assert await store.record_rules(rules("b", "els"))
    assert not await store.record_rules(rules("b", minutes=1))
    assert await store.record_rules(rules("a", "jan", minutes=2))
    found = await store.rules_versions(10)
    assert [(each.version, each.by) for each in found] == [("a", "jan"), ("b", "els"), ("a", "")]
    assert [each.number for each in found] == [3, 2, 1]
    assert found[1].files == {"crosswalk-odru.yaml": "version: b # é\n"}
    assert (found[0].seen_at, found[0].reason) == (NOW + timedelta(minutes=2), "rij erbij")
    assert await store.rules_version(2) == found[1]
    assert await store.rules_version(9) is None
    assert len(await store.rules_versions(1)) == 1


async def test_of_hubs_that_see_the_same_change_one_records_it(site: Site) -> None:
    stores = [await site.open() for _ in range(4)]
    recorded = await asyncio.gather(*(each.record_rules(rules("a")) for each in stores))
    assert sorted(recorded) == [False, False, False, True]
    assert len(await stores[0].rules_versions(10)) == 1
