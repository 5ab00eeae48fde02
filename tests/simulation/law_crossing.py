"""Laws about what crosses at all: nothing without an agreement, nothing less protected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.sameness import same
from contracts.agreement import Agreement, Policy
from contracts.case import CONFIDENTIALITY, cells_of, split_path
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Command, Observation, Receipt, Seen, Settled
from contracts.snapshot import Snapshot
from tests.simulation.account import Account, Findings
from tests.simulation.law_edits import is_being_made, is_in_window
from tests.simulation.permission import TO_LINK_BY, covers, in_force, is_low_enough, why_not
from tests.simulation.rulesets import Ruleset
from tests.simulation.trace import Decided, Edited, Opened, Wrote


def nothing_without_agreement(account: Account) -> Findings:
    """
    Nothing crosses without an agreement, field by field.

    Every cell that left an edge is covered by an agreement in force there on that day; every
    change that the hub sent, by the agreement of its Link; and what a person typed who is not
    deployed then stays where they typed it. Judged at each reading and each Command. Bound: none.
    """
    for place, decided in account.decisions:
        yield from ((place, why) for why in _left(account, place, decided))
        for command in decided.commands:
            yield from ((place, why) for why in _sent(account, place, decided, command))
    yield from _typed_by_nobody_deployed(account)


def never_lowered(account: Account) -> Findings:
    """
    No crossing lowers the protection of a case.

    Levels are compared by their place in the standard: at each write, and where the strictest is
    to hold at each row that tells of another level. Bound: the window of a system that does not
    compare as it writes.
    """
    for touch in account.touches:
        if isinstance(touch.event, Wrote) and touch.path == "confidentiality":
            levels = [_level(touch.before), _level(touch.asked)]
            before = account.previous(touch)
            if before is not None and before.is_typed and is_in_window(touch, before):
                continue
            if levels[1] < levels[0] and not is_being_made(account, touch):
                why = f"{touch.agency}: {touch.before} was lowered to {touch.asked}"
                yield touch.place, why
    for link in account.outcome.links.values():
        for place, row in account.rows.get(link.id, ()):
            is_level = row.path == "confidentiality" and row.what is What.EDITED
            if is_level and row.agency is not None and _level(row.value) < _level(row.other):
                agreement = account.ruleset_at(place).rules.agreement(link.agreement)
                if agreement and agreement.policy_for(row.path) is Policy.STRICTEST:
                    yield place, f"{row.other} is no longer agreed, but {row.value}"


def _level(value: JsonValue) -> int:
    return CONFIDENTIALITY.index(str(value)) if value in CONFIDENTIALITY else -1


# What left an edge


def _left(account: Account, place: int, decided: Decided) -> Iterator[str]:
    match decided.cause:
        case Observation(agency=agency, ref=ref, sight=Seen(snapshot=snapshot), at=at):
            yield from _told(account, place, agency, ref, snapshot, at)
        case Receipt(agency=agency, result=Settled(ref=ref, snapshot=snapshot), at=at):
            yield from _told(account, place, agency, ref, snapshot, at)
        case _:
            pass


def _told(
    account: Account,
    place: int,
    agency: AgencyId,
    ref: CaseRef,
    snapshot: Snapshot,
    at: datetime,
) -> Iterator[str]:
    """Say what of a reading no agreement lets leave, under any of the rules that held by then."""
    cells, level = cells_of(snapshot.case), _level_told(account, agency, ref, snapshot, at)
    faults: list[str] = []
    for since, ruleset in account.rulesets:
        if since > place:
            continue
        faults = list(_uncovered(account, ruleset, agency, cells, at.date(), level))
        if not faults:
            return
    yield from (f"{ref} left {agency}: {fault}" for fault in faults[:1])


def _level_told(
    account: Account, agency: AgencyId, ref: CaseRef, snapshot: Snapshot, at: datetime
) -> JsonValue:
    """Give the level that a reading shows, be it none; left out, it is the case's own by then."""
    cells = cells_of(snapshot.case)
    if "confidentiality" in cells:
        return cells["confidentiality"]
    return account.value_at((agency, ref), "confidentiality", at)


def _uncovered(
    account: Account,
    ruleset: Ruleset,
    agency: AgencyId,
    cells: dict[str, JsonValue],
    day: date,
    level: JsonValue,
) -> Iterator[str]:
    meaning = account.meaning_of(ruleset, agency)
    covering = [
        agreement
        for agreement in in_force(ruleset, agency, day)
        if covers(agreement, meaning, cells) and is_low_enough(agreement, level)
    ]
    if not covering:
        yield "no agreement covers such cases"
        return
    for path, value in cells.items():
        name, _ = split_path(path)
        if value is None or name in TO_LINK_BY:
            continue
        if name == "roles" and len(covering) > 1:
            # Each may let another part of a party leave.
            continue
        reasons = [why_not(agreement, meaning, path, value) for agreement in covering]
        if all(reasons):
            yield f"{path}: {reasons[0]}"


# What the hub sent


def _sent(account: Account, place: int, decided: Decided, command: Command) -> Iterator[str]:
    changes = [c for c in command.patch.changes if not same(c.path, c.expect, c.become)]
    if decided.link is None or not (changes or command.ref is None):
        # To open a case that says nothing tells of it, too.
        return
    if account.was_sent_before(place, command):
        # It is sent again as it was, until it is settled; its edge holds it to what is in force.
        return
    ruleset = account.ruleset_at(place)
    agreement = ruleset.rules.agreement(decided.link.agreement)
    where = f"sent to {command.agency}"
    if agreement is None or not agreement.period.covers(decided.at.date()):
        yield f"{where}: {decided.link.agreement} is not in force"
        return
    cause = decided.cause
    if isinstance(cause, Observation) and isinstance(cause.sight, Seen):
        why = _why_case_stays(account, agreement, ruleset, cause, cause.sight.snapshot)
        if why:
            yield f"{where}: {why}"
    meaning = account.meaning_of(ruleset, command.agency)
    for change in changes:
        name, _ = split_path(change.path)
        if name == "unit" and change.become in _units(agreement, command.agency):
            continue
        if change.become is not None:
            why = why_not(agreement, meaning, change.path, change.become)
            if why:
                yield f"{where}: {change.path}: {why}"


def _why_case_stays(
    account: Account,
    agreement: Agreement,
    ruleset: Ruleset,
    cause: Observation,
    snapshot: Snapshot,
) -> str:
    """Say why the whole case, as it was seen, may not cross under the agreement of its Link."""
    meaning = account.meaning_of(ruleset, cause.agency)
    if not covers(agreement, meaning, cells_of(snapshot.case)):
        return f"{agreement.id} does not cover {cause.ref} as it is now"
    level = _level_told(account, cause.agency, cause.ref, snapshot, cause.at)
    if not is_low_enough(agreement, level):
        return f"{cause.ref} is {level} now, and {agreement.id} lets no such case cross"
    return ""


def _units(agreement: Agreement, agency: AgencyId) -> set[str | None]:
    return {route.unit for route in agreement.routing if route.to == agency}


def _typed_by_nobody_deployed(account: Account) -> Findings:
    """Find edits that crossed though who typed them was not deployed on that day."""
    for link in account.outcome.links.values():
        for place, row in account.rows.get(link.id, ()):
            agency, ref = row.agency, row.ref
            if row.what is not What.EDITED or agency is None or ref is None:
                continue
            if row.value is None:
                # Of what is gone no system tells who took it.
                continue
            agreement = account.ruleset_at(place).rules.agreement(link.agreement)
            if agreement is None or not account.outcome.habits[agency].tells_authors:
                continue
            if account.was_brought((agency, ref), place, row):
                continue
            typed = list(account.typed_as((agency, ref), place, row))
            if row.by not in {getattr(each.event, "by", None) for each in typed}:
                # It was typed while the case was read: who did was not told with it.
                continue
            if typed and all(_is_out(agreement, each.event) for each in typed):
                yield place, f"{row.path} of {agency} crossed, typed by who is not deployed"


def _is_out(agreement: Agreement, event: object) -> bool:
    if not isinstance(event, Edited | Opened):
        return False
    terms = [term for term in agreement.secondments if term.staff == event.by]
    return bool(terms) and not any(term.covers(event.at.date()) for term in terms)
