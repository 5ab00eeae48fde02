"""A case from where somebody stands: their own side, and whether the other has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.console.names import Named, Names
from bridge.console.pages._case_view import URGENCY, CaseView, FieldView, SideValue, SideView
from bridge.desk import Standing
from bridge.engine.decision import What
from bridge.engine.rules import Rules
from bridge.store.views import JournalEntry

_LATEST: Final = 5


@dataclass(frozen=True, slots=True)
class Done:
    """Something done on the own side, as it shows there, and whether the other side has it."""

    entry: JournalEntry
    field: FieldView
    shows: Named
    standing: Standing


@dataclass(frozen=True, slots=True)
class MineView:
    """What somebody sees of a case from their own side."""

    own: SideView
    others: tuple[SideView, ...]
    fields: tuple[FieldView, ...]
    done: tuple[Done, ...]

    def shows(self, field: FieldView) -> SideValue:
        """Give how a field stands on the own side."""
        return _shown_at(field, self.own)

    def elsewhere(self, field: FieldView) -> Standing:
        """Say how a field stands on the other sides, in one word."""
        return _elsewhere(field, self.own)


def mine_of(view: CaseView, rules: Rules, staff: str | None) -> MineView:
    """Look at a case from the side of somebody's employer: that is the system that they know."""
    employer = rules.employer_of(staff) if staff else None
    at = employer if employer in view.link.sides else view.link.home
    own = next(side for side in view.sides if side.agency == at)
    fields = {field.path: field for field in (*view.fields, *view.documents)}
    edits = [
        row
        for row in view.timeline
        if row.what is What.EDITED and row.agency == at and row.path in fields
    ]
    latest = {row.path: row for row in reversed(edits)}
    done = sorted(latest.values(), key=lambda row: row.id, reverse=True)[:_LATEST]
    return MineView(
        own=own,
        others=tuple(side for side in view.sides if side.agency != at),
        # What this side has no place for, somebody who works there does not miss.
        fields=tuple(
            each
            for each in view.fields
            if _shown_at(each, own).standing is not Standing.UNSUPPORTED
        ),
        done=tuple(_done(row, fields[row.path], own, view.names) for row in done),
    )


def _shown_at(field: FieldView, own: SideView) -> SideValue:
    return next(side for side in field.sides if side.agency == own.agency)


def _done(row: JournalEntry, field: FieldView, own: SideView, names: Names) -> Done:
    side = _shown_at(field, own)
    # What the side shows now is in its own words; what it showed then is known in shared ones.
    is_still_so = side.shown.stands_for == row.value
    shows = side.shows if is_still_so else names.shared(row.path, row.value)
    return Done(row, field, shows, _elsewhere(field, own))


def _elsewhere(field: FieldView, own: SideView) -> Standing:
    # What this side itself still lacks, the other cannot be said to have from here.
    lacking = URGENCY[: URGENCY.index(Standing.UNDER_WAY) + 1]
    found = [
        side.standing
        for side in field.sides
        if side.agency != own.agency or side.standing in lacking
    ]
    return min(found, key=URGENCY.index, default=Standing.OWN)
