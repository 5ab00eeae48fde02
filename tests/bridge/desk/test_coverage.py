"""Words without a counterpart: those that cases wait for, that cases use, and that nobody uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bridge.desk.coverage import Uncovered, uncovered
from bridge.engine.parked import Gap, Reason
from bridge.rules.tables import tables_of
from bridge.store.matters import Course, Matter
from bridge.store.usage import WordUse
from bridge.store.views import ParkedGroup
from contracts.ids import AgencyId
from tests.bridge.engine.demo import rules

ODRU, RUD = AgencyId("odru"), AgencyId("rud-utrecht")
NOW = datetime(2024, 6, 3, tzinfo=UTC)


def found(uses: Sequence[WordUse], *waiting: Gap) -> dict[tuple[str, str], Uncovered]:
    groups = [
        ParkedGroup(
            Matter(gap.word, ODRU, Reason.NO_COUNTERPART, gap, ""),
            Course(NOW, NOW),
            "",
            4,
            3,
            0,
            NOW,
        )
        for gap in waiting
    ]
    gaps = uncovered(ODRU, tables_of(rules(), ODRU), rules(), groups, uses)
    return {(gap.table, gap.word): gap for gap in gaps}


def test_a_status_counts_in_the_process_of_its_case_alone() -> None:
    """The same shared status is written in one process of an agency, and not in another."""
    uses = [
        WordUse(ODRU, "status", "besloten", False, "CTL-BOD", 5),
        WordUse(ODRU, "status", "besloten", False, "weg", 7),
        WordUse(RUD, "status", "besloten", False, "CTL-BOD", 9),
    ]
    gaps = found(uses)
    assert gaps["statuses.ctl", "besloten"].used == 5
    assert ("statuses.adv", "besloten") not in gaps or gaps["statuses.adv", "besloten"].used == 0


def test_what_holds_up_most_comes_first_then_what_most_use() -> None:
    uses = [WordUse(ODRU, "result", "verleend", False, "CTL-BOD", 40)]
    gaps = list(found(uses, Gap("crosswalk-odru.yaml: results", "geweigerd")).values())
    assert [(gap.word, gap.held_up, gap.used) for gap in gaps[:2]] == [
        ("geweigerd", 3, 0),
        ("verleend", 0, 40),
    ]


def test_a_word_that_the_catalogue_does_not_know_yet_is_told_when_a_case_waits_for_it() -> None:
    """A system got a new word; the first case with it waits. Properties are not counted."""
    gaps = found(
        [WordUse(ODRU, "result", "Nieuw", True, "CTL-BOD", 2)],
        Gap("crosswalk-odru.yaml: results", "Nieuw"),
        Gap("crosswalk-odru.yaml: properties.iw", "misschien"),
    )
    new, maybe = gaps["results", "Nieuw"], gaps["properties.iw", "misschien"]
    assert (new.is_local, new.held_up, new.used) == (True, 3, 2)
    assert (maybe.is_local, maybe.held_up, maybe.used) == (True, 3, None)
