"""
Merge: an edit on one side meets the truth.

Three values decide: what the side stood for before the edit, the truth, and the edit. Where the
side stood for the truth, nobody else changed it and the edit is the new truth. Where it did not,
both changed it, and the agreement's policy for that path decides. Whoever loses is in the
journal, with the value that lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Origin, Reason, Side
from bridge.engine.sameness import same
from contracts.agreement import Policy
from contracts.case import CONFIDENTIALITY, strictest
from contracts.ids import AgencyId


def merge(draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin) -> None:
    """
    Bring one edit into the truth.

    Args:
        side: Where the edit was made.
        path: In shared terms.
        value: What it says there now, in shared terms; ``None`` for empty, or the item gone.
        origin: Who made it, and when.
    """
    truth, stood = draft.link.truth.get(path), side.stands.get(path)
    parked = side.parked.get(path)
    if parked and parked.reason is Reason.UNTRANSLATABLE:
        # What stands there now has a meaning, be it the one from before.
        draft.unpark(side, path, "de waarde is gewijzigd")
    if same(path, value, stood):
        if same(path, value, truth) and tells_more(value, truth):
            why = "de inhoud van het document is nu bekend"
            draft.agree(path, value, origin)
            draft.stand(side, path, value)
            draft.row(What.EDITED, side, path, value=value, other=truth, by=origin.by, why=why)
        return
    if same(path, value, truth):
        draft.stand(side, path, truth)
        return
    if _lowers(draft, path, value, truth):
        # The side keeps its own, looser level; a crossing never lowers anybody's protection.
        draft.row(
            What.HELD_BACK,
            side,
            path,
            value=value,
            other=truth,
            by=origin.by,
            rule=Policy.STRICTEST.value,
            why="een overgang verlaagt nooit de vertrouwelijkheid",
        )
        return
    if same(path, stood, truth):
        take = _settle_conflict if _is_news_there(draft, side, path) else _accept
        take(draft, side, path, value, origin)
        return
    blended = _blend(stood, truth, value)
    if blended is not None:
        draft.agree(path, blended, origin)
        draft.stand(side, path, value)
        draft.row(
            What.EDITED,
            side,
            path,
            value=blended,
            other=truth,
            by=origin.by,
            why="beide kanten wijzigden het, elk een ander deel",
        )
        return
    _settle_conflict(draft, side, path, value, origin)


def _is_news_there(draft: Draft, side: Side, path: str) -> bool:
    """
    Tell whether the truth is another side's and was agreed since this one was last read.

    It stands for it by a rule alone, with nothing to show: whoever typed knew nothing of it.
    """
    theirs = draft.link.origins.get(path)
    return path in side.unseen and theirs is not None and theirs.agency != side.agency


def tells_more(value: JsonValue, known: JsonValue) -> bool:
    """Tell whether the content of a document has become known, of which only the facts were."""
    if not isinstance(value, dict) or not isinstance(known, dict) or "digest" not in value:
        return False
    return value["digest"] is not None and known.get("digest") is None


def _accept(draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin) -> None:
    before = draft.link.truth.get(path)
    draft.agree(path, value, origin)
    draft.stand(side, path, value)
    draft.row(What.EDITED, side, path, value=value, other=before, by=origin.by)


def _lowers(draft: Draft, path: str, value: JsonValue, truth: JsonValue) -> bool:
    return (
        path == "confidentiality"
        and draft.policy(path) is Policy.STRICTEST
        and isinstance(truth, str)
        and isinstance(value, str)
        and strictest(value, truth) == truth
        and truth in CONFIDENTIALITY
    )


def _blend(stood: JsonValue, truth: JsonValue, edit: JsonValue) -> JsonValue:
    """Merge two edits of one item that touch different members; ``None`` where they clash."""
    if not (isinstance(stood, dict) and isinstance(truth, dict) and isinstance(edit, dict)):
        return None
    result: dict[str, JsonValue] = {}
    for name in {**truth, **edit}:
        old, theirs, ours = stood.get(name), truth.get(name), edit.get(name)
        if ours != old and theirs not in (old, ours):
            return None
        result[name] = theirs if ours == old else ours
    return result


def _settle_conflict(draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin) -> None:
    policy = draft.policy(path)
    truth, theirs = draft.link.truth.get(path), draft.link.origins.get(path)
    if policy is Policy.PARK:
        _leave_to_a_person(draft, side, path, value, origin)
        return
    wins, rule = _edit_wins(draft, side, path, value, origin, theirs, policy)
    if wins:
        draft.agree(path, value, origin)
        draft.stand(side, path, value)
        draft.row(What.EDITED, side, path, value=value, other=truth, by=origin.by, rule=rule)
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
    draft: Draft,
    side: Side,
    path: str,
    value: JsonValue,
    origin: Origin,
    theirs: Origin | None,
    policy: Policy,
) -> tuple[bool, str]:
    """Tell whether the edit beats the truth, and by which rule."""
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
