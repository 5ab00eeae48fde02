"""The journal, as it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, JsonValue

from bridge.console.api.operation import Answer, Asked, Told
from bridge.console.api.words import Limit, Number
from bridge.engine.decision import What
from bridge.store.views import JournalEntry
from contracts.ids import AgencyId, CaseRef, LinkId


class EntryTold(Told):
    """A row of the journal."""

    id: int
    at: datetime
    what: What
    link: LinkId | None
    agency: AgencyId | None
    ref: CaseRef | None
    path: str
    value: JsonValue
    other: JsonValue
    rule: str
    why: str
    by: str | None
    cause: str


class JournalTold(Told):
    """Rows of the journal, latest first."""

    items: tuple[EntryTold, ...]


class JournalAsked(Asked):
    """Which rows."""

    limit: Limit = 100
    before: Annotated[
        Number | None, Field(description="Only rows older than the one with this id.")
    ] = None


def journal_answer(rows: tuple[JournalEntry, ...], limit: int) -> Answer:
    """Tell rows of the journal, and where the next page begins."""
    told = JournalTold(items=tuple(EntryTold.model_validate(row) for row in rows))
    return Answer(told, {"before": str(rows[-1].id)} if len(rows) == limit else None)
