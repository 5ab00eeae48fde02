"""
Stays: documents that may not cross, told to the people on both sides by number and type.

What stays is never told itself: no title, no author, no date. Who handles the case elsewhere learns
that their picture is not whole, and whom to ask; who owns it sees that it did not go. It is told
in a note, and again when the numbers change. What an agency calls internal is its own affair, and
not even counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from bridge.engine.again import MOST_TRIES
from bridge.engine.answer import Answer
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.lane import Told
from bridge.engine.link import Mode, Side
from bridge.engine.rules import Rules
from bridge.engine.sameness import IDENTIFIED
from contracts.case import cells_of, split_path
from contracts.ids import AgencyId
from contracts.messages import Outcome
from contracts.snapshot import Snapshot

_NO_NOTES: Final = "; het systeem neemt geen notitie aan"


def take_stays(side: Side, snapshot: Snapshot) -> None:
    """Note how many documents of each type stay behind on *side*, as it was read."""
    if "documents" in snapshot.case.model_fields_set:
        side.stays = {each.type: each.count for each in snapshot.withheld}


def take_kept_out(side: Side, told: Snapshot, confined: Snapshot) -> None:
    """
    Note which items of *side*, as it was told, do not cross by the agreement of this very Link.

    Its edge asks no Link, and sees them: it has to know that the hub did, too. What bears a mark
    of ours is not named: where the mark is that of a write under way, it is what that brought.
    """
    kept = cells_of(confined.case).keys()
    side.kept_out = [
        path
        for path, value in cells_of(told.case).items()
        if split_path(path)[0] in IDENTIFIED and path not in kept and not _is_marked(value)
    ]


def _is_marked(value: JsonValue) -> bool:
    return isinstance(value, dict) and bool(value.get("mark"))


def untold(draft: Draft, side: Side) -> list[Told]:
    """Give what a side is still to be told, of each side of the Link and of itself."""
    link = draft.link
    return [
        Told(owner.agency, dict(owner.stays))
        for owner in link.sides.values()
        if (link.mode is Mode.COUNTERPART or owner.agency == link.home)
        and side.told.get(owner.agency, {}) != owner.stays
    ]


def words(draft: Draft, side: Side, told: Told) -> str:
    """Say it for people: number and type, as the owner calls that."""
    agreement = draft.link.agreement
    counted = counted_words(draft.rules, told.about, told.counts)
    if told.about == side.agency:
        others = ", ".join(other.agency for other in draft.link.others(side.agency))
        said = f"niet gedeeld met {others}: {counted}" if counted else f"alles gaat naar {others}"
    else:
        said = f"bij {told.about} blijft achter: {counted or 'niets meer'}"
    return f"Documenten volgens {agreement}: {said}"


def counted_words(rules: Rules, agency: AgencyId, counts: Mapping[str, int]) -> str:
    """Write numbers of documents by type; empty where there are none."""
    names = {each.code: each.name for each in rules.lens(agency).terms.catalogue.document_types}
    return ", ".join(f"{names.get(kind, kind)} ({counts[kind]})" for kind in sorted(counts))


def take_told(draft: Draft, side: Side, answer: Answer) -> None:
    """Note what a side was told by a Command, or cannot be told."""
    tries = side.lane(answer.lane).tries
    for path, told in answer.flight.tells.items():
        outcome = answer.outcome(path).outcome
        if outcome in (Outcome.CONFLICT, Outcome.UNCERTAIN) and tries < MOST_TRIES:
            continue
        is_there = outcome in (Outcome.DONE, Outcome.ALREADY)
        count_as_told(draft, side, told, "" if is_there else _NO_NOTES)


def count_as_told(draft: Draft, side: Side, told: Told, but: str = "") -> None:
    """Note that a side was told, or why it cannot be: it is not tried for ever."""
    side.told[told.about] = dict(told.counts)
    value: JsonValue = dict(told.counts)
    draft.row(What.STAYS, side, "documents", value=value, why=words(draft, side, told) + but)
