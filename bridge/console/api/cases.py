"""Cases: how they stand, where each value came from, and what a person can do about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from bridge.console.access import LOOKING, OPERATING, OVERSEEING
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Asked,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Limit, Number, Why, Word
from bridge.console.seeing import seen_link
from bridge.desk import Explained, Overtaken, Standing, State, state_of
from bridge.engine.decision import What
from bridge.engine.link import Mode
from bridge.engine.operate import Choose, Recreate, Resume, Skip, Unlink
from bridge.engine.operate import Operation as Deed
from bridge.store import StoredLink
from bridge.store.views import CaseRow, CaseState, JournalEntry
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
    return await _told(call, stored)


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


async def case_journal(call: Call[JournalAsked, Nothing]) -> Answer:
    """Give what happened to a case."""
    stored = await may_see(call)
    await call.supply.desk.note_seen(stored.link, by=call.person.id)
    rows = await call.supply.store.journal_of(
        stored.link.id, limit=call.query.limit, before=call.query.before
    )
    return journal_answer(rows, call.query.limit)


def journal_answer(rows: tuple[JournalEntry, ...], limit: int) -> Answer:
    """Tell rows of the journal, and where the next page begins."""
    told = JournalTold(items=tuple(EntryTold.model_validate(row) for row in rows))
    return Answer(told, {"before": str(rows[-1].id)} if len(rows) == limit else None)


class ActionAsked(Asked):
    """What is to be done with what waits at a case; each kind needs what the reference says."""

    kind: Literal["resume", "choose", "skip", "recreate"]
    agency: Annotated[Word | None, Field(description="Only at this agency.")] = None
    path: Annotated[Word | None, Field(description="Only this field.")] = None
    value: Annotated[
        JsonValue, Field(description="For *choose*: what is to hold, in shared terms.")
    ] = None
    reason: Why = ""

    def deed(self, by: str) -> Deed:
        """
        Give what the engine is to do.

        Raises:
            HTTPBadRequest: Something is missing that this kind needs.
        """
        agency = AgencyId(self.agency) if self.agency else None
        match self.kind, agency, self.path:
            case "resume", _, _:
                return Resume(by, self.reason, agency, self.path)
            case "choose", _, str(path) if self.value is not None:
                return Choose(by, self.reason, path, self.value)
            case "skip", str(at), str(path):
                return Skip(by, self.reason, AgencyId(at), path)
            case "recreate", str(at), _:
                return Recreate(by, self.reason, AgencyId(at))
        needs = {"choose": "path and value", "skip": "agency and path", "recreate": "agency"}
        raise web.HTTPBadRequest(text=f"{self.kind} needs {needs[self.kind]}")


async def act(call: Call[Nothing, ActionAsked]) -> Answer:
    """Do something about what waits at a case, once; give the case as it is after."""
    stored = await may_see(call)
    deed = call.body.deed(call.person.id)
    if not isinstance(deed, Resume):
        _see_reason(call.body.reason)
    return await _operate(call, stored, deed)


class ReleaseAsked(Asked):
    """Why the cases go their own way."""

    reason: Annotated[Why, Field(min_length=1)]


async def release(call: Call[Nothing, ReleaseAsked]) -> Answer:
    """Let the cases go their own way; nothing is undone on either side."""
    stored = await may_see(call)
    _see_reason(call.body.reason)
    return await _operate(call, stored, Unlink(call.person.id, call.body.reason))


async def may_see(call: Call[Asked, Asked]) -> StoredLink:
    """Load the case that the path names, if whoever asks may see it."""
    return await seen_link(call.request, LinkId(call.place("link")))


async def _operate(call: Call[Asked, Asked], stored: StoredLink, deed: Deed) -> Answer:
    try:
        await call.supply.desk.operate(stored.link.id, deed, version=call.version)
    except Overtaken:
        raise web.HTTPPreconditionFailed from None
    return await _told(call, (await call.supply.store.links([stored.link.id]))[stored.link.id])


async def _told(call: Call[Asked, Asked], stored: StoredLink) -> Answer:
    row = await call.supply.store.case(stored.link.id)
    if row is None:
        raise web.HTTPNotFound
    paused = await call.supply.desk.sides.pauses()
    return Answer(CaseTold.of(row, paused), version=stored.version)


def _see_reason(reason: str) -> None:
    if not reason.strip():
        raise web.HTTPBadRequest(text="reason: say why; it is kept in the journal")


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
    Operation(
        method="POST",
        path="/cases/{link}/actions",
        name="act",
        told="Do something about what waits at a case",
        tag="cases",
        roles=OPERATING,
        run=act,
        body=ActionAsked,
        gives=CaseTold,
        is_versioned=True,
        may_clash=True,
    ),
    Operation(
        method="POST",
        path="/cases/{link}/release",
        name="releaseCase",
        told="Let the cases go their own way; nothing is undone on either side",
        tag="cases",
        roles=OPERATING,
        run=release,
        body=ReleaseAsked,
        gives=CaseTold,
        fresh=True,
        is_versioned=True,
        may_clash=True,
    ),
)
