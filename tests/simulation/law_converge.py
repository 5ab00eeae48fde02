"""The law that all sides agree in the end, judged by what the systems show."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Mode, Side
from bridge.engine.operate import Skip
from bridge.engine.parked import CASE
from contracts.agreement import Policy
from contracts.case import split_path
from contracts.messages import Observation, Receipt
from tests.simulation.account import BY_TOKEN, Account, CaseKey, Findings, Touch, who_or_what
from tests.simulation.trace import Operated

_OWN = frozenset({"number", "unit", "confidentiality", "status_history"})


def converge(account: Account) -> Findings:
    """
    With no more edits and working systems, both sides of every Link agree.

    Bound: within a sweep and two longest waits after the last fault and the last edit. What waits
    for a person, and what a rule leaves as it is, is told in the journal and counts as agreed.
    """
    end = len(account.events) - 1
    for link in account.outcome.links.values():
        if not is_bound(account, link) or link.is_parked:
            continue
        for why in differences(account, link):
            yield end, f"link {link.id[:6]}: {why}"


def is_bound(account: Account, link: Link) -> bool:
    """Tell whether the cases of a Link are still to be kept alike."""
    last = account.events[-1].at.date()
    agreement = account.rulesets[-1][1].rules.agreement(link.agreement)
    return (
        link.released is None
        and link.mode is Mode.COUNTERPART
        and agreement is not None
        and agreement.period.covers(last)
    )


def differences(account: Account, link: Link) -> Iterator[str]:
    """Say in what the two sides of a Link differ, where no rule and no person lets them."""
    one, other = link.sides.values()
    if CASE in one.parked or CASE in other.parked:
        return
    for side in (one, other):
        if side.ref is None and not side.parked and not _is_held_back(account, link, "case_type"):
            yield f"{side.agency} has no counterpart, and nothing says why"
    if one.ref is None or other.ref is None:
        return
    topics = {
        topic: None
        for side in (one, other)
        for touches in account.cells[_case(side)].values()
        for topic in touches[-1].about
    }
    for topic in topics:
        name, _ = split_path(topic)
        if name in _OWN or name in BY_TOKEN or not _crosses(account, link, topic):
            continue
        if topic in one.parked or topic in other.parked:
            continue
        yield from _difference(account, link, topic)


def _case(side: Side) -> CaseKey:
    assert side.ref is not None
    return side.agency, side.ref


def _crosses(account: Account, link: Link, topic: str) -> bool:
    """Tell whether a topic crossed under all the rules that held."""
    agreements = [rules.rules.agreement(link.agreement) for _, rules in account.rulesets]
    return all(a is not None and a.policy_for(topic) is not Policy.EACH for a in agreements)


def _difference(account: Account, link: Link, topic: str) -> Iterator[str]:
    one, other = link.sides.values()
    name, _ = split_path(topic)
    here, there = _shows(account, one, topic), _shows(account, other, topic)
    if here is None or there is None:
        return
    if _is_left(account, link, one, topic) or _is_left(account, link, other, topic):
        return
    path, value = here
    their_path, theirs = there
    if name == "handler" and _is_default(account, link, value, theirs):
        return
    if not account.same(_case(one), path, value, _case(other), their_path, theirs, topic):
        yield f"{topic}: {one.agency} shows {value!r}, {other.agency} shows {theirs!r}"


def _is_default(account: Account, link: Link, one: JsonValue, other: JsonValue) -> bool:
    """Tell whether one side shows whom the route names where nobody handles the case yet."""
    agreement = account.rulesets[-1][1].rules.agreement(link.agreement)
    names = {route.default_handler for route in agreement.routing} if agreement else set()
    ids = [value.get("id") if isinstance(value, dict) else None for value in (one, other)]
    return None in ids and bool(names.intersection(ids))


def _shows(account: Account, side: Side, topic: str) -> tuple[str, JsonValue] | None:
    """Give what a side shows at a topic; ``None`` where it has no place for it."""
    habits = account.outcome.habits[side.agency]
    name, _ = split_path(topic)
    if name in habits.unsupported | habits.immutable:
        return None
    meaning = account.meanings[0][side.agency]
    kind = meaning.kind(account.case_type(_case(side)))
    cells = account.outcome.systems[side.agency].get(_case(side)[1])
    if cells is None or kind is None:
        return None
    for path in meaning.paths(topic):
        if name != "properties" or split_path(path)[1] in kind.properties:
            return path, cells.get(path)
    return None


def _is_held_back(account: Account, link: Link, topic: str) -> bool:
    rows = account.rows.get(link.id, ())
    return any(row.what is What.HELD_BACK and row.path == topic for _, row in rows)


def _is_left(account: Account, link: Link, side: Side, topic: str) -> bool:
    """Tell whether the journal, or a person, says why what was last typed there stays there."""
    if any(
        isinstance(event, Operated)
        and event.link == link.id
        and isinstance(event.operation, Skip)
        and event.operation.path == topic
        for event in account.events
    ):
        return True
    touches = [t for t in account.by_topic.get(topic, ()) if t.case == _case(side)]
    if not touches:
        return False
    last = touches[-1]
    # Another Link may bring back just what was held back here: there is nothing to see of that.
    kinds = (What.HELD_BACK, What.UNREAD, What.RENDERED) if last.is_typed else (What.HELD_BACK,)
    return any(
        ((last.is_typed and place > last.place) or _says_the_same(account, place, row, last))
        and row.link == link.id
        and row.agency == side.agency
        for place, row in account.rows_about(last, topic, *kinds)
    )


def _says_the_same(account: Account, place: int, row: Row, last: Touch) -> bool:
    """Tell whether a row spoke of that value before; and nobody saw another since."""
    if row.what is What.HELD_BACK:
        return who_or_what(row.value) == who_or_what(last.value) or account.means_the_same(
            last, row
        )
    if row.what is What.UNREAD or who_or_what(row.value) != who_or_what(last.value):
        return False
    return not any(
        place < seen < last.place
        and isinstance(decided.cause, Observation | Receipt)
        and decided.cause.agency == last.agency
        for seen, decided in account.decisions
    )
