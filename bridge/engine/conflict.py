"""
Conflict: both sides changed one thing, and neither knew of the other's edit.

The agreement decides: its precedence for some values first, then its policy for the path. Who
loses is in the journal, with the value that lost and the rule; or a person is left to choose.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Origin, Side
from bridge.engine.parked import Reason
from contracts.agreement import Policy
from contracts.case import strictest
from contracts.ids import AgencyId


def settle_conflict(draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin) -> None:
    """Let the policy decide between an edit and a truth that it did not know; tell the loser."""
    truth, theirs = draft.link.truth.get(path), draft.link.origins.get(path)
    if draft.policy(path) is Policy.PARK:
        _leave_to_a_person(draft, side, path, value, origin)
        return
    wins, rule = _edit_wins(draft, side, path, value, origin)
    if wins:
        draft.agree(path, value, origin)
        draft.stand(side, path, value)
        draft.row(What.EDITED, side, path, value=value, other=truth, by=origin.by, rule=rule)
        if theirs is not None and theirs.agency == side.agency:
            # Their own from before, which a write was to bring back here: nobody lost.
            return
        loser = draft.link.sides.get(theirs.agency) if theirs else None
        draft.row(
            What.SUPERSEDED,
            loser,
            path,
            value=truth,
            other=value,
            rule=rule,
            by=theirs.by if theirs else None,
            why=f"beide kanten wijzigden het; volgens {rule} geldt de waarde van {side.agency}",
        )
        return
    draft.stand(side, path, value)
    draft.row(
        What.SUPERSEDED,
        side,
        path,
        value=value,
        other=truth,
        rule=rule,
        by=origin.by,
        why=f"beide kanten wijzigden het; volgens {rule} geldt de waarde van "
        f"{theirs.agency if theirs else 'de andere kant'}",
    )


def _edit_wins(
    draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin
) -> tuple[bool, str]:
    """Tell whether the edit beats the truth, and by which rule."""
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


def _leave_to_a_person(
    draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin
) -> None:
    """Both sides keep their own; the home's is the truth until a person has chosen."""
    truth, theirs = draft.link.truth.get(path), draft.link.origins.get(path)
    why = "beide kanten wijzigden het; volgens de afspraak kiest een mens"
    draft.stand(side, path, value)
    if side.agency != draft.link.home:
        draft.row(
            What.SUPERSEDED,
            side,
            path,
            value=value,
            other=truth,
            by=origin.by,
            rule=Policy.PARK.value,
            why=why,
        )
        draft.park(side, path, Reason.CONFLICT, why, value=truth)
        return
    draft.agree(path, value, origin)
    draft.row(What.EDITED, side, path, value=value, other=truth, by=origin.by)
    loser = draft.link.sides.get(theirs.agency) if theirs else None
    if loser and loser is not side:
        draft.row(
            What.SUPERSEDED,
            loser,
            path,
            value=truth,
            other=value,
            by=theirs.by if theirs else None,
            rule=Policy.PARK.value,
            why=why,
        )
        draft.park(loser, path, Reason.CONFLICT, why, value=value)
