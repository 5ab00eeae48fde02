"""What people see, made of the columns of the tables; pure, the same on every store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, Protocol

from bridge.engine.decision import What
from bridge.engine.link import Mode
from bridge.engine.parked import Gap, Reason, Way
from bridge.store.matters import Course, Matter
from bridge.store.views import (
    CaseRow,
    JournalEntry,
    PairFigures,
    ParkedGroup,
    ParkedRow,
    SideRow,
)


class Columns(Protocol):
    """A row of a table, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


_OF_SIDE: Final = tuple(field.name for field in fields(SideRow))
_OF_CASE: Final = tuple(
    field.name for field in fields(CaseRow) if field.name not in {"link", "mode", "sides"}
)
_OF_PARKED: Final = ("agency", "ref", "number", "path", "why", "since", "matter")
_OF_COURSE: Final = tuple(field.name for field in fields(Course))
_OF_ENTRY: Final = tuple(
    field.name for field in fields(JournalEntry) if field.name not in {"link", "what"}
)


def case_row(columns: Columns, sides: Sequence[SideRow]) -> CaseRow:
    """Show a Link in a list."""
    return CaseRow(
        link=columns["id"],
        mode=Mode(columns["mode"]),
        sides=tuple(sides),
        **{name: columns[name] for name in _OF_CASE},
    )


def side_row(columns: Columns) -> SideRow:
    """Show a side of a Link."""
    return SideRow(**{name: columns[name] for name in _OF_SIDE})


def parked_row(columns: Columns) -> ParkedRow:
    """Show one thing that waits for a person; ``ref`` and ``number`` are those of its side."""
    return ParkedRow(
        link=columns["link_id"],
        reason=Reason(columns["reason"]),
        ways=tuple(map(Way, columns["ways"])),
        gap=_gap(columns),
        **{name: columns[name] for name in _OF_PARKED},
    )


def matter(columns: Columns) -> Matter:
    """Show what is the matter."""
    agency, reason = columns["agency"], Reason(columns["reason"])
    return Matter(columns["id"], agency, reason, _gap(columns), columns["field"])


def course(columns: Columns) -> Course:
    """Show how a matter went."""
    return Course(**{name: columns[name] for name in _OF_COURSE})


def parked_group(columns: Columns) -> ParkedGroup:
    """Show what waits for one matter."""
    counts = {name: columns[name] for name in ("why", "count", "cases", "recent", "oldest")}
    return ParkedGroup(matter(columns), course(columns), **counts)


def journal_entry(columns: Columns) -> JournalEntry:
    """Show a row of the journal."""
    return JournalEntry(
        link=columns["link_id"],
        what=What(columns["what"]),
        **{name: columns[name] for name in _OF_ENTRY},
    )


def _gap(columns: Columns) -> Gap | None:
    return Gap(columns["gap"], columns["word"]) if columns["gap"] is not None else None


def place_after(row: CaseRow) -> str:
    """Write down where the page ends whose last row this is."""
    return f"{row.updated_at.isoformat()}_{row.link}"


class NoSuchPlace(ValueError):
    """Nothing that a page was said to end with."""

    def __init__(self) -> None:
        super().__init__("no page ends there; take `after` as the page before gave it")


def place_from(after: str) -> tuple[datetime, str]:
    """
    Read where a page ends, as `place_after` wrote it: only what sorts lower follows.

    Raises:
        NoSuchPlace: It did not write that.
    """
    at, _, link = after.partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise NoSuchPlace from None
    if moment.tzinfo is None:
        raise NoSuchPlace
    return moment, link


def total_of(pairs: Iterable[PairFigures]) -> PairFigures:
    """Add up the figures of all pairs."""
    every = tuple(pairs)
    unsettled = [pair.oldest_unsettled for pair in every if pair.oldest_unsettled is not None]
    return PairFigures(
        agencies=tuple(sorted({agency for pair in every for agency in pair.agencies})),
        links=sum(pair.links for pair in every),
        equal=sum(pair.equal for pair in every),
        parked=sum(pair.parked for pair in every),
        in_flight=sum(pair.in_flight for pair in every),
        waiting=sum(pair.waiting for pair in every),
        oldest_unsettled=min(unsettled, default=None),
    )
