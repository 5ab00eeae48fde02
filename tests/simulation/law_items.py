"""Laws about items and their order: each is there once, arrives, and is taken as it was typed."""

from __future__ import annotations

from collections import Counter

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.link import Link, Side
from contracts.agreement import Policy
from contracts.case import split_path
from contracts.ids import AgencyId
from tests.simulation.account import BY_TOKEN, Account, Findings
from tests.simulation.law_converge import is_bound
from tests.simulation.people import token
from tests.simulation.trace import Struck

_LEFT_OUT = (
    What.NOT_CROSSING, What.KEPT, What.ANNOTATED, What.UNSUPPORTED, What.HELD_BACK, What.DEFAULTED,
)  # fmt: skip
_LATE = ("write-late", "F11 landed late")


def taken_in_order(account: Account) -> Findings:
    """
    What one side typed in one place becomes agreed in the order in which it was typed.

    Judged at each row that tells of an edit. Bound: none.
    """
    for link in account.outcome.links.values():
        last: dict[tuple[AgencyId, str], int] = {}
        for place, row in account.rows.get(link.id, ()):
            if row.what is not What.EDITED or row.agency is None or row.ref is None:
                continue
            if account.was_brought((row.agency, row.ref), place, row):
                # By another Link of the same case, whose order is its own.
                continue
            typed = [t.place for t in account.typed_as((row.agency, row.ref), place, row)]
            key = row.agency, row.path
            after = [each for each in typed if each >= last.get(key, 0)]
            if typed and not after:
                what = f"{row.agency} {row.path}: {row.value!r} was typed at {max(typed)}"
                yield place, f"{what}; what was typed at {last[key]} was agreed before"
            if after:
                last[key] = min(after)


def items_once(account: Account) -> Findings:
    """
    No item is there twice, and what is agreed is there on every side.

    Bound: of a write that lands after it was given up, a second one may stay. What a document
    holds is read where another side is there to have it. Judged at the end,
    where all has settled; an item that waits for a person, or that a rule leaves out, is told in
    the journal.
    """
    end = len(account.events) - 1
    late = any(isinstance(e, Struck) and e.kind in _LATE for e in account.events)
    for agency, cases in account.outcome.systems.items():
        for ref, cells in cases.items():
            counts = Counter(
                (split_path(path)[0], token(value))
                for path, value in cells.items()
                if split_path(path)[0] in BY_TOKEN and token(value)
            )
            for (name, typed), count in counts.items():
                if count > 1 and not late:
                    yield end, f"{agency} {ref}: {count} {name} say #{typed}"
    for link in account.outcome.links.values():
        if is_bound(account, link) and not link.is_parked:
            yield from _missing(account, link, end)


def _missing(account: Account, link: Link, end: int) -> Findings:
    for path, value in link.truth.items():
        name, _ = split_path(path)
        typed = token(value)
        if name not in BY_TOKEN or typed is None or _is_for_nobody(account, link, path, value):
            continue
        for side in link.sides.values():
            if _shows(account, side, name, typed) or _is_left_out(account, link, side, path, typed):
                continue
            yield (
                end,
                f"link {link.id[:6]}: {side.agency} lacks {path} (#{typed}), and nothing says why",
            )


def _is_for_nobody(account: Account, link: Link, path: str, value: JsonValue) -> bool:
    """
    Tell whether this is a document whose content is not read yet, and is not to be.

    No other side is there; or what stands there by now is held back, and this is gone.
    """
    if not isinstance(value, dict) or "content" not in value or value.get("digest") is not None:
        return False
    return sum(side.ref is not None for side in link.sides.values()) == 1 or any(
        row.what is What.HELD_BACK and row.path == path for _, row in account.rows.get(link.id, ())
    )


def _shows(account: Account, side: Side, name: str, typed: str) -> bool:
    if side.ref is None:
        return True
    cells = account.outcome.systems[side.agency].get(side.ref)
    if cells is None:
        return True
    return any(
        split_path(path)[0] == name and token(value) == typed for path, value in cells.items()
    )


def _is_left_out(account: Account, link: Link, side: Side, path: str, typed: str) -> bool:
    name, _ = split_path(path)
    if name in account.outcome.habits[side.agency].unsupported or name in side.detached:
        return True
    agreement = account.ruleset_at(len(account.events) - 1).rules.agreement(link.agreement)
    if agreement is not None and agreement.policy_for(path) is Policy.EACH:
        return True
    if name == "notes" and _was_taken_away(account, side, typed):
        return True
    return any(
        path in (row.path, side.items.get(row.path))
        and row.what in _LEFT_OUT
        and row.agency == side.agency
        for _, row in account.rows.get(link.id, ())
    )


def _was_taken_away(account: Account, side: Side, typed: str) -> bool:
    """Tell whether a person took a note away there; a log only grows, so it stays elsewhere."""
    return side.ref is not None and any(
        touch.is_typed and touch.value is None and touch.case == (side.agency, side.ref)
        for touch in account.by_topic.get(f"notes/#{typed}", ())
    )
