"""
Closing the books: what must hold of a whole run, besides how each history ended.

1. A sweep over all cases finds nothing to write: both sides agree, however lossy the tables.
2. Nothing was written by the bridge for which its journal has no reason.
3. What had to stay with one agency is in no byte of another's, nor of the bridge's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.demo.leaks import leaks
from bridge.demo.stage import Stage
from bridge.demo.system import CaseSystem
from bridge.engine.decision import What
from bridge.store.views import Figures, JournalEntry

_BRIDGE = "casebridge"
_WRITES = (What.SENT, What.ANNOTATED, What.CREATED, What.DEFAULTED)


@dataclass(frozen=True, slots=True)
class Books:
    """
    What was found.

    Attributes:
        equal: Linked cases that are equal right now, of ``linked``; measured by the sweep.
        writes: By agency: what the bridge wrote there, all told.
        faults: What does not hold, one sentence each.
    """

    linked: int
    equal: int
    parked: int
    writes: Mapping[str, int]
    faults: tuple[str, ...] = field(default=())


async def close_books(stage: Stage) -> Books:
    """Sweep until nothing moves, and see that all is accounted for."""
    faults = await _sweep_twice(stage)
    writes = {agency: await written(system) for agency, system in stage.systems.items()}
    journal = await stage.backstage.journal()
    for agency, entries in writes.items():
        faults += unexplained(journal, agency, entries)
    faults += await leaks(stage)
    figures: Figures = await stage.backstage.figures()
    return Books(
        linked=figures.total.links,
        equal=figures.total.equal,
        parked=figures.total.parked,
        writes={agency: len(entries) for agency, entries in writes.items()},
        faults=tuple(faults),
    )


async def _sweep_twice(stage: Stage) -> list[str]:
    """Sweep once for what nobody announces (a note, in ZGW); then all must be quiet."""
    faults: list[str] = []
    await stage.backstage.sweep()
    if not await stage.player.all_at_rest():
        faults.append("na de eerste ronde komt de bridge niet tot rust")
    before = {agency: await written(system) for agency, system in stage.systems.items()}
    await stage.backstage.sweep()
    if not await stage.player.all_at_rest():
        faults.append("na de tweede ronde komt de bridge niet tot rust")
    for agency, known in before.items():
        faults += [
            f"{agency}: de stilte is niet stil: {entry['method']} {entry['path']} "
            f"({entry['toelichting']})"
            for entry in (await written(stage.systems[agency]))[len(known) :]
        ]
    return faults


async def written(system: CaseSystem) -> Sequence[Mapping[str, Any]]:
    """Give what the bridge wrote into the cases of a system; its subscription is not of a case."""
    return [
        entry
        for entry in await system.writes()
        if entry["client_id"] == _BRIDGE and "/notificaties/" not in entry["path"]
    ]


def unexplained(
    journal: Iterable[JournalEntry], agency: str, entries: Iterable[Mapping[str, Any]]
) -> list[str]:
    """
    Match each write with the journal, by what the system's own log tells of it.

    In ZGW that is the Link it was for, as its reason. StUF has no place for a reason: there the
    reference of the message begins with the Command, or with the mark of a new case, which is
    its Link.
    """
    rows = [row for row in journal if row.agency == agency]
    known = {str(row.link) for row in rows if row.what in _WRITES} | {row.cause for row in rows}
    strange = [entry for entry in entries if _reason(entry) not in known]
    return [
        f"{agency}: het journaal weet niet van {entry['method']} {entry['path']}"
        for entry in strange[:5]
    ]


def _reason(entry: Mapping[str, Any]) -> str:
    if "referentienummer" in entry:
        return str(entry["referentienummer"]).partition("-")[0]
    return str(entry["toelichting"]).rpartition(" ")[2]
