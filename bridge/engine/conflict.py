"""
Conflict: both sides changed one thing, and neither knew of the other's edit.

The agreement decides: its precedence for some values first, then its policy for the path. Who
loses is in the journal, with the value that lost and the rule; or a person is left to choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bridge.engine.accept import Edit, accept
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Origin, Side
from bridge.engine.parked import Reason
from contracts.agreement import Policy
from contracts.case import strictest
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one side says of a path; ``side`` is ``None`` where nobody knows who said it."""

    side: Side | None
    value: JsonValue
    by: str | None


def settle_conflict(draft: Draft, edit: Edit) -> None:
    """Let the policy decide between an edit and a truth that it did not know; tell the loser."""
    agreed, edited = _agreed(draft, edit.path), _edited(edit)
    if draft.policy(edit.path) is Policy.PARK:
        _leave_to_a_person(draft, edit, agreed)
        return
    theirs = draft.link.origins.get(edit.path)
    wins, rule = _edit_wins(draft, edit)
    why = f"beide kanten wijzigden het; volgens {rule} geldt de waarde van"
    if not wins:
        draft.stand(edit.side, edit.path, edit.value)
        holder = theirs.agency if theirs else "de andere kant"
        _tell_loser(draft, edit.path, edited, agreed, rule, f"{why} {holder}")
        return
    accept(draft, edit, rule=rule)
    # Where it is their own from before, which a write was to bring back here, nobody lost.
    if theirs is None or theirs.agency != edit.side.agency:
        _tell_loser(draft, edit.path, agreed, edited, rule, f"{why} {edit.side.agency}")


def _leave_to_a_person(draft: Draft, edit: Edit, agreed: _Claim) -> None:
    """Both sides keep their own; the home's is the truth until a person has chosen."""
    edited, rule = _edited(edit), Policy.PARK.value
    why = "beide kanten wijzigden het; volgens de afspraak kiest een mens"
    if edit.side.agency != draft.link.home:
        draft.stand(edit.side, edit.path, edit.value)
        _tell_loser(draft, edit.path, edited, agreed, rule, why)
        draft.park(edit.side, edit.path, Reason.CONFLICT, why, value=agreed.value)
        return
    accept(draft, edit)
    if agreed.side and agreed.side is not edit.side:
        _tell_loser(draft, edit.path, agreed, edited, rule, why)
        draft.park(agreed.side, edit.path, Reason.CONFLICT, why, value=edit.value)


def _agreed(draft: Draft, path: str) -> _Claim:
    origin = draft.link.origins.get(path)
    side = draft.link.sides.get(origin.agency) if origin else None
    return _Claim(side, draft.link.truth.get(path), origin.by if origin else None)


def _edited(edit: Edit) -> _Claim:
    return _Claim(edit.side, edit.value, edit.origin.by)


def _tell_loser(
    draft: Draft, path: str, loser: _Claim, winner: _Claim, rule: str, why: str
) -> None:
    draft.row(
        What.SUPERSEDED,
        loser.side,
        path,
        value=loser.value,
        other=winner.value,
        rule=rule,
        by=loser.by,
        why=why,
    )


def _edit_wins(draft: Draft, edit: Edit) -> tuple[bool, str]:
    """Tell whether the edit beats the truth, and by which rule."""
    side, path, value, origin = edit.side, edit.path, edit.value, edit.origin
    policy, theirs = draft.policy(path), draft.link.origins.get(path)
    owner = _precedence(draft, path, {side.agency: value, **_other(draft, path, theirs)})
    if owner:
        return owner == side.agency, f"{draft.link.agreement}: precedence"
    rule = f"{draft.link.agreement}: {path} {policy.value}"
    match policy:
        case Policy.HOME | Policy.COMPETENT_AUTHORITY:
            return side.agency == draft.link.home, rule
        case Policy.HANDLER:
            return side.agency == _handler_side(draft), rule
        case Policy.HOME_OF_HANDLER:
            # The handler themselves changed: who lends the new one knows best whom they lend.
            new = value.get("id") if isinstance(value, dict) else None
            return draft.rules.employer_of(str(new)) == side.agency or _is_later(
                origin, theirs
            ), rule
        case Policy.STRICTEST:
            return _is_stricter(value, draft.link.truth.get(path)), rule
        case _:
            return _is_later(origin, theirs), rule


def _other(draft: Draft, path: str, theirs: Origin | None) -> Mapping[AgencyId, JsonValue]:
    return {theirs.agency: draft.link.truth.get(path)} if theirs else {}


def _precedence(draft: Draft, path: str, claims: Mapping[AgencyId, JsonValue]) -> AgencyId | None:
    agreement = draft.agreement
    for rule in agreement.precedence if agreement else ():
        owner = draft.link.home if rule.wins == "home" else _handler_side(draft)
        if rule.field == path and claims.get(owner) == rule.value:
            return owner
    return None


def _handler_side(draft: Draft) -> AgencyId:
    known = draft.handling_agency()
    if known:
        return known
    # Nobody known handles it yet: the case crossed because the other side is to do the work.
    others = draft.link.others(draft.link.home)
    return others[0].agency if others else draft.link.home


def _is_later(origin: Origin, theirs: Origin | None) -> bool:
    return theirs is None or origin.at >= theirs.at


def _is_stricter(value: JsonValue, truth: JsonValue) -> bool:
    return isinstance(value, str) and strictest(value, str(truth or "")) == value
