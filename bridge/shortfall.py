"""Shortfall: what an agreement lets cross and a case system has no place for, told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bridge.engine.rules import Rules
from bridge.engine.scope import scope_for
from contracts.adapter import Capabilities, Limit
from contracts.case import FIELDS
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class Shortfall:
    """
    What a case system leaves out of one agreement.

    Attributes:
        hides: Fields that it cannot show: they stay as they are elsewhere, and never count as gone.
        keeps: Fields that it shows and does not let us change: each side tells what it has.
        is_untold: Documents cross, and its people cannot be told in a note which do not.
        limits: Of what it takes: by field or ``field/member``, how long or which codes. Text that
            is longer is cut, and stands for the whole.
    """

    agreement: str
    hides: tuple[str, ...]
    keeps: tuple[str, ...]
    limits: tuple[tuple[str, str], ...]
    is_untold: bool

    def __iter__(self) -> Iterator[str]:
        """Say in a few lines what does not cross, for whoever looks after the agreement."""
        if self.hides:
            yield f"has no place for {', '.join(self.hides)}"
        if self.keeps:
            yield f"lets nobody outside change {', '.join(self.keeps)}"
        if self.is_untold:
            yield "takes no notes: its people are not told in the case which documents stay behind"


def shortfalls(
    rules: Rules, agency: AgencyId, can: Capabilities, day: date
) -> tuple[Shortfall, ...]:
    """Give the shortfall of a system in each agreement that binds its agency on a day."""
    found: list[Shortfall] = []
    for grant in scope_for(agency, rules, day).grants:
        crossing = [field for field in FIELDS if field in grant.allows.fields]
        takes = can.writable | can.creatable
        limited = sorted(
            (name, _said(limit))
            for name, limit in can.limits.items()
            if name.partition("/")[0] in takes & set(crossing)
        )
        found.append(
            Shortfall(
                agreement=grant.agreement.id,
                hides=tuple(field for field in crossing if field in can.unsupported),
                keeps=tuple(f for f in crossing if f in can.readable and f not in takes),
                limits=tuple(limited),
                is_untold="documents" in crossing and "notes" not in takes & set(crossing),
            )
        )
    return tuple(found)


def _said(limit: Limit) -> str:
    if limit.codes is not None:
        return f"as one of {len(limit.codes)} codes"
    return f"up to {limit.max_length} characters"
