"""Cases: how they stand, and where each value came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, JsonValue

from bridge.console.access import LOOKING, OVERSEEING
from bridge.console.api.journal import JournalAsked, JournalTold, journal_answer
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Asked,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Limit, Word
from bridge.console.seeing import seen_link
from bridge.desk import Explained, Standing, State, state_of
from bridge.engine.link import Mode
from bridge.store import StoredLink
from bridge.store.views import CaseRow, CaseState
from contracts.ids import AgencyId, CaseRef, LinkId


class SideTold(Told):
    """One side of a case."""

    agency: AgencyId
    ref: CaseRef | None
    number: str | None
    facts: str
    documents: str
    parked: int
    checked_at: datetime | None


class CaseTold(Told):
    """A case, as it is linked."""

    link: LinkId
    state: State
    agreement: str
    route: str
    home: AgencyId
    mode: Mode
    number: str | None
    title: str | None
    is_equal: bool
    is_released: bool
    parked: int
    in_flight: int
    waiting: int
    unsettled_since: datetime | None
    updated_at: datetime
    sides: tuple[SideTold, ...]

    @classmethod
    def of(cls, row: CaseRow, paused: Collection[AgencyId]) -> CaseTold:
        """Tell of one row, with some agencies paused."""
        told = {name: getattr(row, name) for name in cls.model_fields if name != "state"}
        sides = tuple(SideTold.model_validate(side) for side in row.sides)
        return cls.model_validate(told | {"state": state_of(row, paused), "sides": sides})


class CasesTold(Told):
    """Cases, latest change first."""

    items: tuple[CaseTold, ...]


class CasesAsked(Asked):
    """Which cases."""

    text: Annotated[
        Word, Field(description="Stands somewhere in a number, a reference or the title.")
    ] = ""
    agency: Annotated[Word | None, Field(description="Has a side in it.")] = None
    state: CaseState = CaseState.ALL
    limit: Limit = 50
    after: Annotated[Word | None, Field(description="As the link to the next page has it.")] = None


async def list_cases(call: Call[CasesAsked, Nothing]) -> Answer:
    """Give a page of cases."""
    asked = call.query
    page = await call.supply.store.cases(
        text=asked.text,
        agency=AgencyId(asked.agency) if asked.agency else None,
        state=asked.state,
        limit=asked.limit,
        after=asked.after,
    )
    paused = await call.supply.desk.sides.pauses()
    told = CasesTold(items=tuple(CaseTold.of(row, paused) for row in page.rows))
    return Answer(told, {"after": page.after} if page.after else None)


async def show_case(call: Call[Nothing, Nothing]) -> Answer:
    """Give one case, and its version."""
    stored = await may_see(call)
    return await case_answer(call, stored)


class ShownTold(Told):
    """How one field stands on one side: what stands there, and what that means."""

    agency: AgencyId
    shows: JsonValue
    stands_for: JsonValue
    standing: Standing
    how: str


class FieldTold(Told):
    """One field: what is agreed, where that came from, and how each side stands."""

    path: str
    agreed: JsonValue
    origin: str
    sides: tuple[ShownTold, ...]


class FieldsTold(Told):
    """All fields of a case."""

    items: tuple[FieldTold, ...]


async def explain_case(call: Call[Nothing, Nothing]) -> Answer:
    """Give every field of a case, with where its value came from."""
    stored = await may_see(call)
    await call.supply.desk.note_seen(stored.link, by=call.person.id)
    found: Iterable[Explained] = await call.supply.desk.explain(stored.link)
    return Answer(
        FieldsTold(items=tuple(FieldTold.model_validate(each) for each in found)),
        version=stored.version,
    )


async def case_journal(call: Call[JournalAsked, Nothing]) -> Answer:
    """Give what happened to a case."""
    stored = await may_see(call)
    await call.supply.desk.note_seen(stored.link, by=call.person.id)
    rows = await call.supply.store.journal_of(
        stored.link.id, limit=call.query.limit, before=call.query.before
    )
    return journal_answer(rows, call.query.limit)


async def may_see(call: Call[Asked, Asked]) -> StoredLink:
    """Load the case that the path names, if whoever asks may see it."""
    return await seen_link(call.request, LinkId(call.place("link")))


async def case_answer(call: Call[Asked, Asked], stored: StoredLink) -> Answer:
    """Tell of a case as it stands now, and of its version."""
    row = await call.supply.store.case(stored.link.id)
    if row is None:
        raise web.HTTPNotFound
    paused = await call.supply.desk.sides.pauses()
    return Answer(CaseTold.of(row, paused), version=stored.version)


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/cases",
        name="listCases",
        told="Cases that are linked, latest change first",
        tag="cases",
        roles=OVERSEEING,
        run=list_cases,
        query=CasesAsked,
        gives=CasesTold,
    ),
    Operation(
        method="GET",
        path="/cases/{link}",
        name="showCase",
        told="One case; its ETag is what If-Match takes",
        tag="cases",
        roles=LOOKING,
        run=show_case,
        gives=CaseTold,
        is_versioned=True,
    ),
    Operation(
        method="GET",
        path="/cases/{link}/fields",
        name="explainCase",
        told="Every field: what is agreed, where that came from, how each side stands",
        tag="cases",
        roles=LOOKING,
        run=explain_case,
        gives=FieldsTold,
        is_versioned=True,
    ),
    Operation(
        method="GET",
        path="/cases/{link}/journal",
        name="caseJournal",
        told="What happened to a case, latest first",
        tag="cases",
        roles=LOOKING,
        run=case_journal,
        query=JournalAsked,
        gives=JournalTold,
    ),
)
