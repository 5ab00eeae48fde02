"""Rounds: often where something moves, seldom where nothing does, never all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bridge.edge.patrol import Patrol
from bridge.store.records import Known
from contracts.ids import AgencyId, CaseRef

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFTEN, SELDOM = timedelta(minutes=5), timedelta(hours=1)
ZUID = AgencyId("zuid")


def known(ref: str = "Z-1", seen_at: datetime = NOW, digest: str = "a") -> Known:
    return Known(ZUID, CaseRef(ref), seen_at, digest)


def looks(patrol: Patrol, until: timedelta, change_at: timedelta | None = None) -> list[timedelta]:
    """Go the rounds for a while; give when one case was looked at."""
    found: list[timedelta] = []
    seen, digest, at = NOW, "a", timedelta(0)
    while at < until:
        at += patrol.pace
        if patrol.due([known(seen_at=seen, digest=digest)], NOW + at):
            found.append(at)
            seen = NOW + at
            if change_at is not None and at >= change_at:
                digest = "b"
    return found


def test_a_case_that_stays_as_it_is_is_looked_at_ever_more_seldom() -> None:
    patrol = Patrol(often=OFTEN, seldom=SELDOM)
    found = looks(patrol, timedelta(days=2))
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert gaps[0] <= OFTEN * 1.5
    assert gaps[-1] >= SELDOM * 0.75
    assert max(gaps) <= SELDOM * 1.25, "and never more seldom than a sweep"


def test_a_case_that_changed_is_looked_at_often_again() -> None:
    patrol = Patrol(often=OFTEN, seldom=SELDOM)
    moment = timedelta(days=1)
    found = [at for at in looks(patrol, timedelta(days=1, hours=4), moment) if at >= moment]
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert min(gaps) <= OFTEN * 1.5


def test_many_cases_are_not_looked_at_all_at_once() -> None:
    patrol = Patrol(often=OFTEN, seldom=SELDOM)
    cases = [known(f"Z-{number}") for number in range(1000)]
    assert patrol.due(cases, NOW) == []
    rounds = [len(patrol.due(cases, NOW + OFTEN * share)) for share in (0.7, 0.9, 1.0, 1.1, 1.3)]
    assert rounds[0] == 0
    assert 0 < rounds[1] < rounds[2] < rounds[3] < rounds[4] == 1000


def test_a_restart_looks_soon_and_forgets_nothing_that_matters() -> None:
    patrol = Patrol(often=OFTEN, seldom=SELDOM)
    assert patrol.due([known(seen_at=NOW - timedelta(hours=2))], NOW) == [CaseRef("Z-1")]


def test_cases_that_are_no_longer_known_are_forgotten() -> None:
    patrol = Patrol(often=OFTEN, seldom=SELDOM)
    patrol.due([known("Z-1"), known("Z-2")], NOW)
    patrol.forget([CaseRef("Z-2")])
    assert set(patrol._calm) == {"Z-2"}
