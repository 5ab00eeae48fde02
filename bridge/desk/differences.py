"""What other rules would write: the engine on cases as they are kept, with nothing saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bridge.engine.decide import decide_wake
from bridge.engine.link import Link
from bridge.engine.rules import Rules
from bridge.engine.sameness import same
from contracts.ids import AgencyId, LinkId


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one side that other rules would write otherwise; ``None``: not at all."""

    link: LinkId
    number: str
    agency: AgencyId
    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What one shared value of a case is at an agency, under some rules."""

    path: str
    shared: str
    how: str
    local: str | None
    why: str


def differences(link: Link, before: Rules, after: Rules, at: datetime) -> Iterator[Difference]:
    """Compare what a Link would send under the rules before and after; pure."""
    old, new = _sent(link, before, at), _sent(link, after, at)
    for agency, path in sorted(old.keys() | new.keys()):
        was, is_ = old.get((agency, path)), new.get((agency, path))
        if was != is_:
            yield Difference(link.id, number_of(link), agency, path, was, is_)


def tried(link: Link, agency: AgencyId, rules: Rules) -> list[Tried]:
    """Say what the shared values of a case are at one agency; pure, and nothing is written."""
    side = link.sides[agency]
    outward = {shared: own for own, shared in side.items.items()}
    puts = rules.lens(agency).put(link.truth, list(link.truth), side.base, outward)
    return [
        Tried(
            path=path,
            shared=shown(value) or "",
            how=put.how.value,
            local=shown(put.writes[0][1]) if put.writes else shown(side.base.get(put.local or "")),
            why=put.why,
        )
        for put in puts
        for path, value in put.shared.items()
    ]


def mentions(link: Link, words: Collection[str]) -> bool:
    """Tell whether a case holds one of some words, or waits for one."""
    values = [*link.truth.values()]
    for side in link.sides.values():
        values += side.base.values()
        if any(parked.gap and parked.gap.word in words for parked in side.parked.values()):
            return True
    return any(shown(value) in words for value in values)


def number_of(link: Link) -> str:
    """Give the number of a case at its home."""
    side = link.sides.get(link.home)
    return str(side.base.get("number") or side.ref) if side else link.id


def shown(value: JsonValue) -> str | None:
    """Give the word in a value: of an item its type, role or value; never what a person is."""
    if isinstance(value, dict):
        value = next((value[name] for name in ("value", "type", "role") if name in value), None)
    return None if value is None else str(value)


def _sent(link: Link, rules: Rules, at: datetime) -> Mapping[tuple[AgencyId, str], str]:
    decision = decide_wake(link, rules, at)
    return {
        (command.agency, change.path): shown(change.become) or "(leeg)"
        for command in decision.commands
        for change in command.patch.changes
        if not same(change.path, change.expect, change.become)
    }
