"""Coverage: words without a counterpart, and how many cases use them, or wait for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.engine.rules import Rules
from bridge.rules.tables import TableOf
from bridge.store.usage import WordUse
from bridge.store.views import ParkedGroup
from contracts.ids import AgencyId

_FIELDS: Final = {
    "case_types": "case_type",
    "statuses": "status",
    "results": "result",
    "document_types": "documents",
    "roles": "roles",
}
"""Which field a table is for; of properties the words are not counted."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """
    A word without a counterpart.

    Attributes:
        is_local: It is the agency's own and means nothing; else a shared one it cannot say.
        held_up: How many linked cases wait for it now.
        used: In how many linked cases with this agency it stands, as last read; ``None`` where
            that is not counted.
    """

    table: str
    word: str
    is_local: bool
    held_up: int
    used: int | None


def uncovered(
    agency: AgencyId,
    tables: Mapping[str, TableOf],
    rules: Rules,
    parked: Iterable[ParkedGroup],
    uses: Iterable[WordUse],
) -> list[Uncovered]:
    """List words without a counterpart: those first that hold up most cases, then most used."""
    gaps = {
        (table.name, word): is_local
        for table in tables.values()
        for words, is_local in ((table.unread, True), (table.unwritten, False))
        for word in words
    }
    held_up = Counter[tuple[str, str]]()
    for group in parked:
        gap = group.matter.gap
        if gap is not None and gap.where.startswith(f"crosswalk-{agency}.yaml"):
            held_up[gap.table, gap.word] += group.cases
            table = tables.get(gap.table)
            is_local = table is None or gap.word not in table.shareds
            gaps.setdefault((gap.table, gap.word), is_local)
    used = _counted(agency, rules, uses)
    found = [
        Uncovered(
            table=table,
            word=word,
            is_local=is_local,
            held_up=held_up[table, word],
            used=used[table, word, is_local] if table.partition(".")[0] in _FIELDS else None,
        )
        for (table, word), is_local in gaps.items()
    ]
    return sorted(found, key=_most_first)


def _most_first(gap: Uncovered) -> tuple[int, int, str, str]:
    return -gap.held_up, -(gap.used or 0), gap.table, gap.word


def _counted(
    agency: AgencyId, rules: Rules, uses: Iterable[WordUse]
) -> Counter[tuple[str, str, bool]]:
    """Count the cases of an agency by table, word and whose it is."""
    terms = rules.lens(agency).terms
    processes = {kind.code: kind.process for kind in terms.catalogue.case_types}
    counts: Counter[tuple[str, str, bool]] = Counter()
    for table, field in _FIELDS.items():
        for use in uses:
            if use.agency != agency or use.field != field:
                continue
            name = f"statuses.{processes.get(use.case_type or '')}" if field == "status" else table
            counts[name, use.word, use.is_local] += use.cases
    return counts
