"""Send: put a Command in flight, so that deciding once more on the same gives the same Command."""

from __future__ import annotations

import base64
import hashlib

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.lane import InFlight
from bridge.engine.link import Side
from bridge.engine.sameness import IDENTIFIED, same
from bridge.engine.steps import Steps
from contracts.case import split_path
from contracts.ids import CommandId, Mark
from contracts.messages import Command, Lane
from contracts.patch import Patch


def send(
    draft: Draft, side: Side, lane: Lane, steps: Steps, *, stage: tuple[str, ...] = ()
) -> None:
    """Put a Command in flight; with no steps it only asks to look (and to *stage* content)."""
    link, state = draft.link, side.lane(lane)
    at = draft.at
    origin = link.origins.get("status")
    if "status" in steps.changes and origin:
        at = min(origin.at, draft.at)
    command = Command(
        id=_command_id(draft, side, lane),
        link=link.id,
        agency=side.agency,
        lane=lane,
        ref=side.ref,
        mark=Mark(link.id),
        patch=Patch(
            changes=tuple(steps.changes.values()),
            at=at,
            by=_actor(draft, side, steps),
            reason=f"casebridge {link.id}",
            known=_known(side, steps),
        ),
        stage=stage,
    )
    state.phase = InFlight(command, draft.at, steps.means, steps.tells, steps.notes)
    draft.commands.append(command)
    for change in command.patch.changes:
        shared = steps.means.get(change.path) or {change.path: change.become}
        if not same(change.path, change.expect, change.become):
            draft.row(
                What.SENT,
                side,
                next(iter(shared)),
                value=change.become,
                other=change.expect,
            )


def _known(side: Side, steps: Steps) -> tuple[str, ...]:
    """Name the items that are there already, in each field to which items are added."""
    fields = {
        split_path(change.path)[0]
        for change in steps.changes.values()
        if change.expect is None and change.become is not None
    }
    there = {*side.base, *side.kept_out}
    return tuple(sorted(p for p in there if split_path(p)[0] in fields & IDENTIFIED))


def _actor(draft: Draft, side: Side, steps: Steps) -> str | None:
    """Name the colleague on whose behalf we write: who made the newest of these edits."""
    found = [
        draft.link.origins[path]
        for means in steps.means.values()
        for path in means
        if path in draft.link.origins and draft.link.origins[path].agency != side.agency
    ]
    return max(found, key=lambda origin: origin.at).by if found else None


def _command_id(draft: Draft, side: Side, lane: Lane) -> CommandId:
    """Derive an id from what is decided, so that deciding again gives the same one."""
    state = side.lane(lane)
    text = "|".join(
        (
            draft.link.id,
            side.agency,
            lane.value,
            str(state.sequence),
            draft.at.isoformat(),
            draft.cause,
        )
    )
    return CommandId(base64.b32encode(hashlib.sha256(text.encode()).digest()[:15]).decode())
