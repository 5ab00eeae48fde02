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
from contracts.snapshot import Author

_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = 8
"""As many digits as a day has."""
_LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One status that a case has or had.

    Attributes:
        rank: Its volgnummer; of two statuses of one day, told without time, the later has more.
        is_last: The system says that it is the current one; ``None`` where it does not say.
        has_time: More than the day was told.
    """

    told: StatusStep
    rank: int
    is_last: bool | None
    has_time: bool

    @property
    def author(self) -> Author:
        """Who set it, and when, as far as that was told."""
        return Author(by=self.told.by, at=self.told.at if self.has_time else None)


def history(zaak: Element, taste: Taste, by: str = "omschrijving") -> list[Step]:
    """Give the statuses of a case, in order of time, each called by its omschrijving or code."""
    found: list[tuple[datetime, int, bool, Element]] = []
    for relation in children(zaak, "heeft"):
        kind = child(relation, "gerelateerde")
        if kind is None or taste.told(relation).is_empty:
            continue
        at = taste.taken(child(relation, "datumStatusGezet"), lambda one: tijdstip(one, taste.seen))
        rank = taste.plain(child(kind, "volgnummer"))
        moment, digits = (at.at, at.digits) if isinstance(at, Tijdstip) else (_LONG_AGO, 0)
        found.append((moment, int(rank) if rank.isdecimal() else 0, digits > _DAY, relation))
    steps: list[Step] = []
    for moment, place, has_time, relation in sorted(found, key=lambda one: one[:2]):
        # A moment is the key of a step, and some systems tell the day alone.
        last = steps[-1].told.at if steps else None
        distinct = moment if last is None or moment > last else last + _MILLISECOND
        said = _said(relation, distinct, taste, by)
        is_last = indicatie(taste.plain(child(relation, "indicatieLaatsteStatus")))
        steps.append(Step(said, place, is_last, has_time))
    return steps


def _said(relation: Element, at: datetime, taste: Taste, by: str) -> StatusStep:
    kind = child(relation, "gerelateerde")
    setter = child(relation, "isGezetDoor", "gerelateerde")
    who = [taste.plain(child(one, "identificatie")) for one in setter] if setter is not None else []
    return StatusStep(
        at=at,
        status=status_term(kind, taste, by),
        note=taste.plain(child(relation, "toelichting")),
        by=next(iter(who), None) or None,
    )


def status_term(kind: Element | None, taste: Taste, by: str) -> str:
    """Give what a status type is called; where it has no such name by another that it has."""
    names = (by, "omschrijving", "code", "volgnummer")
    return next((said for n in names if (said := taste.plain(child(kind, n)))), "")


def current(steps: Sequence[Step]) -> Step | None:
    """Give the current status: the one that is said to be, else the latest; not the last listed."""
    last = [step for step in steps if step.is_last]
    chosen = last or list(steps)
    return chosen[-1] if chosen else None
