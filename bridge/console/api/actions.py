"""Actions: what a person can do about what waits at a case."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from bridge.console.access import OPERATING
from bridge.console.api.cases import CaseTold, case_answer, may_see
from bridge.console.api.operation import Answer, AnyOperation, Asked, Call, Nothing, Operation
from bridge.console.api.words import Why, Word
from bridge.desk import Overtaken
from bridge.engine.operate import Choose, Recreate, Resume, Skip, Unlink
from bridge.engine.operate import Operation as Deed
from bridge.store import StoredLink
from contracts.ids import AgencyId


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


async def _operate(call: Call[Asked, Asked], stored: StoredLink, deed: Deed) -> Answer:
    try:
        await call.supply.desk.operate(stored.link.id, deed, version=call.version)
    except Overtaken:
        raise web.HTTPPreconditionFailed from None
    return await case_answer(
        call, (await call.supply.store.links([stored.link.id]))[stored.link.id]
    )


def _see_reason(reason: str) -> None:
    if not reason.strip():
        raise web.HTTPBadRequest(text="reason: say why; it is kept in the journal")


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
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
