"""Crosswalks: gaps, edits planned before they hold, and the versions that were in force."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from bridge.console.access import ADMINISTERING, OVERSEEING
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
from bridge.desk import RulesDesk
from bridge.desk.rules import Change
from bridge.rules.edit import AddRow, Edit, RemoveRow, SetRule
from contracts.crosswalk import Rule
from contracts.ids import AgencyId, LinkId


class GapTold(Told):
    """A word without a counterpart, how many cases wait for it, and how many use it."""

    table: str
    word: str
    is_local: bool
    held_up: int
    used: Annotated[int | None, Field(description="As last read; absent where it is not counted.")]


class GapsTold(Told):
    """Words without a counterpart, those first that hold up most cases."""

    items: tuple[GapTold, ...]


class DifferenceTold(Told):
    """One field of one side that would be written otherwise."""

    link: LinkId
    number: str
    agency: AgencyId
    path: str
    before: str | None
    after: str | None


class EditPlanTold(Told):
    """What an edit would come to; with faults, nothing else is said."""

    agency: AgencyId
    base: str
    version: str
    text: str
    diff: str
    faults: tuple[str, ...]
    cases: tuple[DifferenceTold, ...]
    changed: int
    looked_at: int
    not_writable: str


class VersionTold(Told):
    """Rules that came in force, and the lines that changed with them."""

    number: int
    version: str
    seen_at: datetime
    by: str
    reason: str
    diff: str

    @classmethod
    def of(cls, change: Change) -> VersionTold:
        """Tell of one version."""
        version = change.version
        return cls(
            number=version.number,
            version=version.version,
            seen_at=version.seen_at,
            by=version.by,
            reason=version.reason,
            diff=change.diff,
        )


class VersionsTold(Told):
    """Versions of the rules, the newest first."""

    items: tuple[VersionTold, ...]


class EditAsked(Asked):
    """An edit of one table: a row more, a row less, a rule, or the table as it was."""

    table: Word
    edit: Literal["add", "remove", "rule", "back-to"]
    local: Word = ""
    shared: Word = ""
    rule: Annotated[Rule | None, Field(description="For *rule*; without: a person decides.")] = None
    value: Word = ""
    why: Word = ""
    number: Annotated[Number, Field(description="For *back-to*: of a version.")] = 0


class PublicationAsked(EditAsked):
    """An edit that is to hold, on the version that its plan was made on."""

    base: Word
    reason: Why


class VersionsAsked(Asked):
    """How many, and what changed in which files."""

    limit: Limit = 50
    name: Annotated[Word, Field(description="Only files with this in their name.")] = ""


async def list_gaps(call: Call[Nothing, Nothing]) -> Answer:
    """Give the gaps of one agency."""
    found = await _rules(call).coverage(_agency(call))
    return Answer(GapsTold(items=tuple(map(GapTold.model_validate, found))))


async def plan_edit(call: Call[Nothing, EditAsked]) -> Answer:
    """Check an edit whole, and say which cases would be written otherwise."""
    rules, agency = _rules(call), _agency(call)
    plan = await rules.plan(agency, await _edits(rules, agency, call.body))
    return Answer(EditPlanTold.model_validate(plan))


async def publish_edit(call: Call[Nothing, PublicationAsked]) -> Answer:
    """Put an edit in force."""
    rules, agency, asked = _rules(call), _agency(call), call.body
    edits = await _edits(rules, agency, asked)
    await rules.publish(agency, edits, base=asked.base, by=call.person.id, reason=asked.reason)
    (latest,) = await rules.history(f"crosswalk-{agency}", 1)
    return Answer(VersionTold.of(latest))


async def list_versions(call: Call[VersionsAsked, Nothing]) -> Answer:
    """Give the versions that were in force."""
    found = await _rules(call).history(call.query.name, call.query.limit)
    return Answer(VersionsTold(items=tuple(map(VersionTold.of, found))))


def _rules(call: Call[Asked, Asked]) -> RulesDesk:
    return call.supply.tables


def _agency(call: Call[Asked, Asked]) -> AgencyId:
    agency = AgencyId(call.place("agency"))
    if agency not in call.supply.rules().lenses:
        raise web.HTTPNotFound
    return agency


async def _edits(rules: RulesDesk, agency: AgencyId, asked: EditAsked) -> list[Edit]:
    match asked.edit:
        case "add":
            return [AddRow(asked.table, asked.local, asked.shared)]
        case "remove":
            return [RemoveRow(asked.table, asked.local, asked.shared)]
        case "rule":
            return [SetRule(asked.table, asked.shared, asked.rule, asked.value, asked.why)]
        case "back-to":
            return await rules.back_to(agency, asked.table, asked.number)


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/crosswalks/{agency}/gaps",
        name="listGaps",
        told="Words of an agency without a counterpart, those first that hold up most cases",
        tag="crosswalks",
        roles=OVERSEEING,
        run=list_gaps,
        gives=GapsTold,
    ),
    Operation(
        method="POST",
        path="/crosswalks/{agency}/plans",
        name="planEdit",
        told="Plan an edit of a table: its faults, or the cases that it would write to",
        tag="crosswalks",
        roles=OVERSEEING,
        run=plan_edit,
        body=EditAsked,
        gives=EditPlanTold,
        may_clash=True,
    ),
    Operation(
        method="POST",
        path="/crosswalks/{agency}/publications",
        name="publishEdit",
        told="Put an edit in force: what waited for it goes on by itself",
        tag="crosswalks",
        roles=ADMINISTERING,
        run=publish_edit,
        body=PublicationAsked,
        gives=VersionTold,
        status=HTTPStatus.CREATED,
        may_clash=True,
    ),
    Operation(
        method="GET",
        path="/rules-versions",
        name="listRulesVersions",
        told="The rules that were in force, the newest first, and what changed with each",
        tag="crosswalks",
        roles=OVERSEEING,
        run=list_versions,
        query=VersionsAsked,
        gives=VersionsTold,
    ),
)
