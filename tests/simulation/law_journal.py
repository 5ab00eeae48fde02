"""Laws about what the journal says: that it tells of everything, truly, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.lane import lane_of
from bridge.engine.link import Link
from bridge.engine.operate import Choose
from bridge.engine.restored import RULE
from bridge.engine.sameness import Holds, is_rendering, same
from contracts.agreement import Agreement, Policy
from contracts.case import Cells, cells_of, split_path
from contracts.ids import AgencyId, LinkId
from contracts.messages import Observation, Receipt, Seen, Sequence, Settled
from tests.simulation.account import Account, CaseKey, Findings, Touch, who_or_what
from tests.simulation.trace import Decided, Operated, Restored, Struck, Wrote


def explainable(account: Account) -> Findings:
    """
    For every value on any side the journal says where it came from, when, by which rule.

    Each write was told as sent before it was made; each value that became agreed was told as an
    edit in the same decision; each edit that is told of was typed there, by somebody, before; and
    whoever lost is told with the rule by which they did. Judged at each row. Bound: a write that
    lands after a later one was answered is taken for somebody's; and what the bridge wrote since a
    backup may be, once that was brought back.
    """
    yield from _writes_are_told(account)
    yield from _agreed_is_told(account)
    for link in account.outcome.links.values():
        for place, row in account.rows.get(link.id, ()):
            if row.what is What.EDITED and not _is_true(account, link, place, row):
                yield place, f"{row.agency} {row.path}: nobody typed {row.value!r} there"
            if row.what is What.SUPERSEDED and not row.rule:
                yield place, f"{row.agency} {row.path}: no rule is named by which it lost"


def _writes_are_told(account: Account) -> Findings:
    sent: dict[tuple[AgencyId, str], list[JsonValue]] = {}
    for place, event in enumerate(account.events):
        if isinstance(event, Decided):
            for row in event.rows:
                if row.what is What.SENT and row.agency is not None:
                    name, _ = split_path(row.path)
                    sent.setdefault((row.agency, name), []).append(row.value)
        elif isinstance(event, Wrote):
            name, _ = split_path(event.path)
            told = sent.get((event.agency, name), [])
            if not any(_is_told(event.path, value, event.asked) for value in told):
                yield place, f"{event.agency} {event.path}: {event.asked!r} was never told as sent"


def _is_told(path: str, sent: JsonValue, asked: JsonValue) -> bool:
    """Tell whether what was asked of a system is what was sent, cut to what that holds."""
    if split_path(path)[0] == "roles" and isinstance(sent, dict) and isinstance(asked, dict):
        asked = _as_left(asked, sent)
    return same(path, asked, sent) or is_rendering(path, sent, asked, holds=Holds.TEXT)


def _as_left(party: dict[str, JsonValue], sent: dict[str, JsonValue]) -> JsonValue:
    """Give a party without what its system knows of it alone: it keeps that, and its own key."""
    person, known = party.get("person"), sent.get("person")
    if not isinstance(person, dict) or not isinstance(known, dict) or person == known:
        return party
    told: JsonValue = {field: value for field, value in person.items() if field in known}
    return {**party, "key": sent["key"], "identity": sent["identity"], "person": told}


def _agreed_is_told(account: Account) -> Findings:
    truths: dict[LinkId, dict[str, object]] = {}
    for place, decided in enumerate(account.events):
        if isinstance(decided, Restored):
            truths = _truths_at(account, decided.backup)
        link = decided.link if isinstance(decided, Decided) else None
        if not isinstance(decided, Decided) or link is None:
            continue
        before = truths.get(link.id, {})
        told = {row.path for row in decided.rows if row.what is What.EDITED}
        for path in link.truth.keys() | before.keys():
            if link.truth.get(path) != before.get(path) and path not in told:
                yield place, f"{path} is agreed as {link.truth.get(path)!r}, and no row says why"
        truths[link.id] = dict(link.truth)


def _truths_at(account: Account, backup: int) -> dict[LinkId, dict[str, object]]:
    """Give what was agreed as a store has it that was brought back from then."""
    known = account.decisions_at(backup)
    return {each.link.id: dict(each.link.truth) for each in known if each.link is not None}


def _is_true(account: Account, link: Link, place: int, row: Row) -> bool:
    """Tell whether what a row says was typed in that case, or brought there by another Link."""
    if row.agency is None or row.ref is None:
        return _was_chosen(account, link, place, row)
    case = (row.agency, row.ref)
    if row.value is None and split_path(row.path)[1]:
        return True
    if any(account.typed_as(case, place, row)) or _landed_after_all(account, case, place, row):
        return True
    may_be_ours = len(account.links_at(case)) > 1 or account.restored_before(place)
    return "ander deel" in row.why or (may_be_ours and account.was_brought(case, place, row))


def _landed_after_all(account: Account, case: CaseKey, before: int, row: Row) -> bool:
    """Tell whether facts were written there twice, or documents, and the first came in last."""
    wrote = [
        (touch, touch.event)
        for touches in account.cells.get(case, {}).values()
        for touch in touches
        if isinstance(touch.event, Wrote) and touch.place < before
    ]
    return any(
        account.means_the_same(touch, row)
        and any(
            other.place < touch.place
            and event.began > late.began
            and lane_of(other.path) is lane_of(touch.path)
            for other, event in wrote
        )
        for touch, late in wrote
    )


def _was_chosen(account: Account, link: Link, place: int, row: Row) -> bool:
    return any(
        isinstance(event, Operated)
        and isinstance(event.operation, Choose)
        and event.link == link.id
        and event.operation.path == row.path
        for event in account.events[:place]
    )


def policy_decides(account: Account) -> Findings:
    """
    Where both sides changed a field, the agreement's rule for it says who wins.

    Judged at each row that tells of a loser, by what the agreement says, who employs the handler,
    and when each value was typed where both systems tell. Bound: what was typed after the reading
    on which it was decided; and what puts back, between two readings, what the first one showed:
    there is nothing to see of that. Of a store that was brought back, people are asked.
    """
    links = {}
    for place, decided in account.decisions:
        if decided.link is None:
            continue
        links[decided.link.id] = decided.link
        agreement = account.ruleset_at(place).rules.agreement(decided.link.agreement)
        for row in decided.rows:
            if row.what is What.SUPERSEDED and row.rule != RULE and agreement is not None:
                why = _wrongly_lost(account, agreement, decided, place, row)
                if why:
                    yield place, f"{row.agency} {row.path}: {row.value!r} lost, and {why}"


def _wrongly_lost(
    account: Account, agreement: Agreement, decided: Decided, place: int, row: Row
) -> str:
    link = decided.link
    assert link is not None
    if row.agency is None or _has_precedence(agreement, row):
        return ""
    match agreement.policy_for(row.path):
        case Policy.HOME | Policy.COMPETENT_AUTHORITY:
            return f"{row.agency} is its home" if row.agency == link.home else ""
        case Policy.HANDLER:
            handler = _handler_side(account, link, place)
            return f"{row.agency} handles it" if row.agency == handler else ""
        case Policy.LATEST:
            return _was_later(account, link, place, row)
        case Policy.PARK:
            is_parked = any(row.path in side.parked for side in link.sides.values())
            return "" if is_parked else "nobody is asked to choose"
        case _:
            return ""


def _has_precedence(agreement: Agreement, row: Row) -> bool:
    return any(
        rule.field == row.path and rule.value in (row.other, row.value)
        for rule in agreement.precedence
    )


def _handler_side(account: Account, link: Link, place: int) -> AgencyId | None:
    handler = link.truth.get("handler")
    staff = str(handler.get("id")) if isinstance(handler, dict) else ""
    employer = account.ruleset_at(place).rules.employer_of(staff)
    if employer in link.sides:
        return employer
    return next((agency for agency in link.sides if agency != link.home), None)


def _was_later(account: Account, link: Link, place: int, row: Row) -> str:
    """Say whether the value that lost was typed after the one that won, as both systems tell."""
    if not all(account.outcome.habits[agency].tells_authors for agency in link.sides):
        return ""
    if row.value is None or row.other is None or _tears(account):
        # A system tells nothing of what it does not show any more; nor a torn reading when.
        return ""
    lost = _last(account, link, place, row)
    won = _won(account, link, place, row)
    if lost is None or won is None or lost.event.at <= won.event.at:
        return ""
    return f"it was typed later (at {lost.place}) than what won (at {won.place})"


def _tears(account: Account) -> bool:
    """Tell whether a reading may show parts of a case as they were at different moments."""
    return any(isinstance(e, Struck) and e.kind in _TEARING for e in account.events)


_TEARING = ("read-stale", "typed-between")


def _last(account: Account, link: Link, place: int, row: Row) -> Touch | None:
    assert row.agency is not None
    side = link.sides[row.agency]
    if side.ref is None:
        return None
    typed = account.typed_as((side.agency, side.ref), place, row)
    readings = _readings(account, link, side.agency, place)
    seen = [touch for touch in typed if _is_to_be_seen(touch, readings)]
    return seen[-1] if seen else None


def _readings(
    account: Account, link: Link, agency: AgencyId, place: int
) -> list[tuple[datetime, Cells]]:
    """Give when a side had been read by then for one Link, and what it showed, in order."""
    found: dict[Sequence, tuple[datetime, Cells]] = {}
    for earlier, decided in account.decisions:
        cause = decided.cause
        if earlier > place or decided.link is None or decided.link.id != link.id:
            continue
        match cause:
            case Observation(sight=Seen(snapshot=snapshot), sequence=sequence):
                pass
            case Receipt(result=Settled(snapshot=snapshot, sequence=sequence)):
                pass
            case _:
                continue
        if cause.agency == agency:
            found[sequence] = cause.at, cells_of(snapshot.case)
    return [found[sequence] for sequence in sorted(found)]


def _is_to_be_seen(typed: Touch, readings: list[tuple[datetime, Cells]]) -> bool:
    """Tell whether a reading shows what was typed before it, where the one before did not."""
    what, known = who_or_what(typed.value), False
    for at, shown in readings:
        shows = who_or_what(shown.get(typed.path)) == what
        if shows and not known and at >= typed.event.at:
            return True
        known = shows
    return False


def _won(account: Account, link: Link, place: int, row: Row) -> Touch | None:
    """Give the last that was typed of what won; that may be at the loser's own side, later."""
    won = Row(what=row.what, at=row.at, path=row.path, value=row.other)
    typed: Iterator[Touch] = (
        touch
        for side in link.sides.values()
        if side.ref is not None
        for touch in account.typed_as((side.agency, side.ref), place, won)
    )
    return max(typed, key=lambda touch: touch.place, default=None)
