"""Explain: for every field where its value came from, and how each side stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Link, Side
from bridge.engine.parked import CASE
from bridge.engine.rules import Rules
from bridge.engine.sameness import comes_later, same
from bridge.engine.twins import may_be_there
from bridge.store.views import JournalEntry
from contracts.case import split_path
from contracts.ids import AgencyId


class Standing(StrEnum):
    """How one field stands on one side, in one word."""

    HELD = "held"
    """Read there."""
    UNDER_WAY = "under-way"
    BEING_READ = "being-read"
    """A large document, whose content is read first: where it comes from, or what it replaces."""
    MAY_BE_THERE = "may-be-there"
    """A document that may be one of that side, whose content is read first."""
    PAUSED = "paused"
    """It differs, and nothing is written there for now."""
    PARKED = "parked"
    OWN = "own"
    """It does not cross: each side has its own."""
    APART = "apart"
    """The side stands for the value without showing it, or keeps another on purpose."""
    UNSUPPORTED = "unsupported"
    """The system has no place for it."""


_INSTEAD: Final = {
    What.NOT_CROSSING: "not crossing",
    What.UNSUPPORTED: "not held, for this system cannot hold it",
    What.KEPT: "left as it was",
    What.ANNOTATED: "told in a note",
}
"""What became of a value that a side stands for without showing it."""
_FATES: Final = _INSTEAD.keys() | {What.WRITTEN, What.RENDERED, What.DEFAULTED, What.EDITED}


@dataclass(frozen=True, slots=True)
class Shown:
    """
    How one field stands on one side.

    Attributes:
        shows: What stands there, in that agency's own terms.
        stands_for: What that means in shared terms.
        how: ``held`` only where it was read there; ``on its way``; ``own`` where it does not
            cross at all; for what or whom it waits; or what was done instead of writing it.
    """

    agency: AgencyId
    shows: JsonValue
    stands_for: JsonValue
    standing: Standing
    how: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: what is agreed, where that came from, how each side stands, what came before."""

    path: str
    agreed: JsonValue
    origin: str
    sides: tuple[Shown, ...]
    history: tuple[JournalEntry, ...]


def explained(
    link: Link, journal: Iterable[JournalEntry], rules: Rules, at: datetime
) -> list[Explained]:
    """Explain every field of a Link from its *journal*, latest row first."""
    by_path: dict[str, list[JournalEntry]] = {}
    for entry in reversed(list(journal)):
        by_path.setdefault(entry.path, []).append(entry)
    paths = link.truth.keys() | {p for side in link.sides.values() for p in side.stands}
    draft = Draft(link, rules, at)
    return [
        Explained(
            path=path,
            agreed=link.truth.get(path),
            origin=_origin(link, path),
            sides=tuple(
                _shown(draft, side, path, by_path.get(path, ())) for side in link.sides.values()
            ),
            history=tuple(by_path.get(path, ())),
        )
        for path in sorted(paths, key=_field_order)
    ]


def _shown(draft: Draft, side: Side, path: str, history: Sequence[JournalEntry]) -> Shown:
    shows = side.base.get(_local(draft, side, path))
    standing, how = _how(draft, side, path, history)
    return Shown(side.agency, shows, side.stands.get(path), standing, how)


def _how(
    draft: Draft, side: Side, path: str, history: Sequence[JournalEntry]
) -> tuple[Standing, str]:
    link = draft.link
    parked = side.parked.get(path) or side.parked.get(CASE)
    if split_path(path)[0] in side.detached:
        return Standing.OWN, "not crossing: part of a whole"
    if link.released is not None and not same(path, link.truth.get(path), side.stands.get(path)):
        return Standing.OWN, "not crossing: the cases were let go"
    if draft.agreement is None:
        why = f"not crossing: the rules know no agreement {link.agreement} any more"
        return Standing.OWN, why
    if not draft.crosses(side, path):
        return Standing.OWN, "own: it does not cross"
    if parked:
        return Standing.PARKED, f"{parked.reason.value}: {parked.why}"
    if not same(path, link.truth.get(path), side.stands.get(path)):
        return _lagging(draft, side, path)
    fates = [each for each in history if each.agency == side.agency and each.what in _FATES]
    instead = _INSTEAD.get(fates[-1].what) if fates else None
    if instead:
        is_unsupported = fates[-1].what is What.UNSUPPORTED
        standing = Standing.UNSUPPORTED if is_unsupported else Standing.APART
        return standing, f"{instead}: {fates[-1].why}" if fates[-1].why else instead
    return _lagging(draft, side, path) if side.ref is None else (Standing.HELD, "held")


def _lagging(draft: Draft, side: Side, path: str) -> tuple[Standing, str]:
    value = draft.link.truth.get(path)
    if side.agency in draft.rules.paused:
        return Standing.PAUSED, "waits: nothing is written there for now"
    if comes_later(value) or comes_later(side.base.get(_local(draft, side, path))):
        return Standing.BEING_READ, "waits: its content is still being read"
    if may_be_there(side, path, value):
        why = "it may be a document that is there already, whose content is still being read"
        return Standing.MAY_BE_THERE, f"waits: {why}"
    return Standing.UNDER_WAY, "on its way"


def _local(draft: Draft, side: Side, path: str) -> str:
    """Give the local path that shows a shared one: what it is called there."""
    outward = {shared: own for own, shared in side.items.items()}
    verdicts = draft.rules.lens(side.agency).put(draft.link.truth, [path], side.base, outward)
    found = next((put.local for put in verdicts if put.local), None)
    return found or outward.get(path, path)


def _origin(link: Link, path: str) -> str:
    origin = link.origins.get(path)
    if origin is None:
        return ""
    by = f" by {origin.by}" if origin.by else ""
    return f"{origin.agency}{by}, {origin.at:%Y-%m-%d %H:%M:%S}"


def _field_order(path: str) -> tuple[bool, str]:
    return ("/" in path, path)
