"""The statuses of a case, in order of time, and which of them is the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.stuf_zds.moments import Tijdstip, tijdstip
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import indicatie
from adapters.stuf_zds.xml import Element, child, children
from contracts.case import StatusStep

_MILLISECOND: Final = timedelta(milliseconds=1)
_LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One status that a case has or had.

    Attributes:
        rank: Its volgnummer; of two statuses of one day, told without time, the later has more.
        is_last: The system says that it is the current one; ``None`` where it does not say.
    """

    told: StatusStep
    rank: int
    is_last: bool | None


def history(zaak: Element, taste: Taste, by: str = "omschrijving") -> list[Step]:
    """Give the statuses of a case, in order of time, each called by its omschrijving or code."""
    found: list[tuple[datetime, int, Element]] = []
    for relation in children(zaak, "heeft"):
        kind = child(relation, "gerelateerde")
        if kind is None or taste.told(relation).is_empty:
            continue
        at = taste.taken(child(relation, "datumStatusGezet"), lambda one: tijdstip(one, taste.seen))
        rank = taste.plain(child(kind, "volgnummer"))
        moment = at.at if isinstance(at, Tijdstip) else _LONG_AGO
        found.append((moment, int(rank) if rank.isdecimal() else 0, relation))
    steps: list[Step] = []
    for moment, place, relation in sorted(found, key=lambda one: one[:2]):
        # A moment is the key of a step, and some systems tell the day alone.
        last = steps[-1].told.at if steps else None
        distinct = moment if last is None or moment > last else last + _MILLISECOND
        steps.append(_step(relation, distinct, place, taste, by))
    return steps


def _step(relation: Element, at: datetime, rank: int, taste: Taste, by: str) -> Step:
    kind = child(relation, "gerelateerde")
    setter = child(relation, "isGezetDoor", "gerelateerde")
    who = [taste.plain(child(one, "identificatie")) for one in setter] if setter is not None else []
    said = StatusStep(
        at=at,
        status=status_term(kind, taste, by),
        note=taste.plain(child(relation, "toelichting")),
        by=next(iter(who), None) or None,
    )
    return Step(said, rank, indicatie(taste.plain(child(relation, "indicatieLaatsteStatus"))))


def status_term(kind: Element | None, taste: Taste, by: str) -> str:
    """Give what a status type is called; where it has no such name by another that it has."""
    names = (by, "omschrijving", "code", "volgnummer")
    return next((said for n in names if (said := taste.plain(child(kind, n)))), "")


def current(steps: Sequence[Step]) -> str | None:
    """Give the current status: the one that is said to be, else the latest; not the last listed."""
    last = [step for step in steps if step.is_last]
    chosen = last or list(steps)
    return chosen[-1].told.status or None if chosen else None
