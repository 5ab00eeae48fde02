"""What may give way to a change, where an earlier try may have come in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from bridge.edge.compare import Look, by_others
from contracts.case import Case, Cells
from contracts.ids import CaseRef
from contracts.patch import Change
from contracts.snapshot import Author, Snapshot

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)

WANTED: dict[str, JsonValue] = {"key": "zuid~a", "title": "Nieuw", "mark": "CB1"}
NEW = Change(path="documents/zuid~a", become=WANTED)


def shown(mark: str | None, key: str = "n1") -> Cells:
    return {f"documents/{key}": {"key": key, "title": "Oud", "mark": mark}}


def test_no_second_document_is_made_where_an_earlier_try_stands_under_another_title() -> None:
    """It bears our mark: the hub is to see it, and has its title changed."""
    assert not Look(shown("CB1"), {"documents"}).may_give_way(NEW)


def test_a_document_of_somebody_else_is_in_nobodys_way() -> None:
    assert Look(shown(None), {"documents"}).may_give_way(NEW)
    assert Look(shown("CB2"), {"documents"}).may_give_way(NEW)


def test_a_document_that_stood_there_when_this_was_planned_is_another_one() -> None:
    assert Look(shown("CB1"), {"documents"}, known=("documents/n1",)).may_give_way(NEW)


def test_no_second_document_is_made_of_a_content_that_somebody_filed_meanwhile() -> None:
    """One that stood there before is another one, and one of ours was brought for another."""
    bringing = NEW.model_copy(update={"become": {**WANTED, "digest": "d1"}})
    filed: Cells = {"documents/n1": {"key": "n1", "title": "Scan", "mark": None, "digest": "d1"}}
    ours: Cells = {"documents/n1": {"key": "n1", "title": "Oud", "mark": "CB2", "digest": "d1"}}
    other: Cells = {"documents/n1": {"key": "n1", "title": "Scan", "mark": None, "digest": "d2"}}
    assert not Look(filed, {"documents"}).may_give_way(bringing)
    assert Look(filed, {"documents"}, known=("documents/n1",)).may_give_way(bringing)
    assert Look(ours, {"documents"}).may_give_way(bringing)
    assert Look(other, {"documents"}).may_give_way(bringing)


def test_what_was_not_read_gives_way_to_nothing() -> None:
    """Its list was left out of a reading: what stands there is not known to be as expected."""
    assert not Look({}, {"title"}).may_give_way(NEW)
    assert not Look({}, {"title"}).stands(NEW.model_copy(update={"become": None}))


@pytest.mark.parametrize("told", ["case_type", "registered"])
def test_what_somebody_else_wrote_is_known_by_who_made_the_case(told: str) -> None:
    """Neither who made it, nor the one on whose behalf we write, is somebody else."""
    wrote = {told: "maker", "title": "maker", "status": "z-1", "result": "z-2", "start": None}
    authors = {path: Author(by=by, at=NOW) for path, by in wrote.items()}
    snapshot = Snapshot(ref=CaseRef("zuid-1"), case=Case(), authors=authors)
    assert by_others(snapshot, "z-1") == {"result"}
    del authors[told]
    unsaid = snapshot.model_copy(update={"authors": authors})
    assert by_others(unsaid, "z-1") == set()
