"""
Also: what must hold of a history besides the end of its sides, where a machine can tell.

A table: history → checks. What stands in words under ``also`` and is not here is either shown by
the expected sides, or looked for by `bridge.demo.leaks` and `bridge.demo.closing`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.demo.backstage import case_of
from bridge.demo.deeds import Office
from bridge.demo.histories import History
from bridge.demo.looks import Looks
from bridge.demo.papers import paper
from bridge.engine.decision import What


@dataclass(frozen=True, slots=True)
class Ended:
    """A history that has ended, with how it shows on its sides."""

    office: Office
    history: History
    sides: Mapping[str, Looks]

    async def journal(self) -> set[tuple[What, str]]:
        """Give what the journal tells of the case: what, and of which path."""
        home = self.sides[self.history.home]
        found: set[tuple[What, str]] = set()
        for link in await self.office.backstage.links_of(case_of(home.agency, home.url)):
            rows = await self.office.backstage.store.journal_of(link.id, limit=5000)
            found |= {(row.what, row.path) for row in rows}
        return found


Check = Callable[[Ended], AsyncIterator[str]]


async def also(ended: Ended) -> list[str]:
    """Give what does not hold besides."""
    faults: list[str] = []
    for check in (_contents, _outcomes, *ALSO.get(ended.history.id, ())):
        faults += [fault async for fault in check(ended)]
    return faults


async def _contents(ended: Ended) -> AsyncIterator[str]:
    """Every document holds, on every side, the bytes that its author put there last."""
    last: dict[str, tuple[str, int, int]] = {}
    for event in ended.history.events:
        if event.kind in ("document.added", "document.replaced"):
            key = str(event.data["key"])
            title = last[key][0] if key in last else str(event.data["title"])
            last[key] = (title, int(event.data["version"]), int(event.data["bytes"]))
    for key, (title, version, size) in last.items():
        number = f"{ended.history.id}-{key}"
        content = paper(number, version, size, full_size=ended.office.full_size)
        digest = content.digest()
        for agency, looks in ended.sides.items():
            for document in looks.documents:
                if document.title == title:
                    filing = ended.office.filing(agency)
                    if await filing.digest(document) != digest:
                        yield f"{agency}: de inhoud van {title!r} is niet die van versie {version}"


TOLD_AS: Final[Mapping[str, frozenset[What]]] = {
    "kept": frozenset({What.KEPT}),
    "annotated": frozenset({What.ANNOTATED}),
    "lossy": frozenset({What.DEFAULTED}),
    "parked": frozenset({What.PARKED}),
    "reclassified": frozenset({What.PARKED}),
    "folded": frozenset({What.ANNOTATED, What.WRITTEN}),
    "held": frozenset({What.HELD_BACK}),
    "conflict-owner": frozenset({What.SUPERSEDED}),
    "conflict-latest": frozenset({What.SUPERSEDED}),
    "conflict-park": frozenset({What.SUPERSEDED}),
    "conflict-home-withdrawn": frozenset({What.SUPERSEDED}),
}
"""How the journal tells what did not simply cross. What never left its edge it knows nothing of."""


async def _outcomes(ended: Ended) -> AsyncIterator[str]:
    """What did not simply cross stands in the journal."""
    kinds = {event.seq: event.kind for event in ended.history.events}
    told = {what for what, _ in await ended.journal()}
    for outcome in ended.history.expected.outcomes:
        if kinds[outcome.event] == "document.retyped":
            continue  # the same word there: nothing happened that could be told
        wanted = TOLD_AS.get(outcome.what, frozenset())
        if wanted and not wanted & told:
            yield f"het journaal zwijgt over {outcome.what} (gebeurtenis {outcome.event})"


async def _no_case_of_its_own(ended: Ended, title: str, agency: str) -> AsyncIterator[str]:
    if made := await ended.office.casework(agency).counterparts(title):
        yield f"{agency}: {len(made)} tegenhangers van {title!r}, verwacht 0"


async def _c05(ended: Ended) -> AsyncIterator[str]:
    async for fault in _no_case_of_its_own(ended, "Evaluatie sanering Veenendaal", "odru"):
        yield fault


async def _c20(ended: Ended) -> AsyncIterator[str]:
    """The competent authority decides; the bridge never records a decision of its own."""
    if ended.sides["rud-utrecht"].decisions:
        yield "rud-utrecht: er staat een besluit dat daar niemand nam"


async def _c21(ended: Ended) -> AsyncIterator[str]:
    """The deadline that the home extended is the other's too."""
    deadlines = {agency: shown.deadline for agency, shown in ended.sides.items()}
    if len(set(deadlines.values())) != 1:
        yield f"de verlengde termijn is niet gelijk: {deadlines}"


async def _c23(ended: Ended) -> AsyncIterator[str]:
    told = await ended.journal()
    for name in ("kwaliteitsklasse", "startdatum", "interventiewaarde"):
        if (What.SUPERSEDED, f"properties/{name}") not in told:
            yield f"de verliezer van {name} staat niet in het journaal"


async def _c24(ended: Ended) -> AsyncIterator[str]:
    shown = ended.sides["rud-utrecht"].statuses
    if shown != ("10", "20", "90"):
        yield f"rud-utrecht: statussen {', '.join(shown)}, verwacht 10, 20, 90"


async def _c25(ended: Ended) -> AsyncIterator[str]:
    """After a transfer: a reference in both, no counterpart, and the day of receipt stays."""
    work, home = ended.office.casework("rud-utrecht"), ended.sides["odru"]
    url = await work.find("2024-009002")
    found = await work.looks(url) if url is not None else None
    if found is None or found.received != home.received:
        yield "rud-utrecht: de dag van ontvangst is niet die van ODRU"
        return
    if ended.history.number not in found.references:
        yield "rud-utrecht: geen verwijzing naar de zaak van ODRU"
    if "2024-009002" not in home.references:
        yield "odru: geen verwijzing naar de zaak van RUD"


async def _c26(ended: Ended) -> AsyncIterator[str]:
    if (What.SUPERSEDED, "result") not in await ended.journal():
        yield "het resultaat dat verloor staat niet in het journaal"


async def _c28(ended: Ended) -> AsyncIterator[str]:
    """Where a system tells who changed what; StUF tells it of a status alone."""
    if all(outcome.what != "held" for outcome in ended.history.expected.outcomes):
        return
    held = [path for what, path in await ended.journal() if what is What.HELD_BACK]
    if not any("kwaliteitsklasse" in path for path in held):
        yield "het journaal vertelt niet dat een wijziging is tegengehouden"


async def _c29(ended: Ended) -> AsyncIterator[str]:
    async for fault in _no_case_of_its_own(ended, "Deelzaak archeologie", "rud-utrecht"):
        yield fault


ALSO: Final[Mapping[str, tuple[Check, ...]]] = {
    "C05": (_c05,),
    "C20": (_c20,),
    "C21": (_c21,),
    "C23": (_c23,),
    "C24": (_c24,),
    "C25": (_c25,),
    "C26": (_c26,),
    "C28": (_c28,),
    "C29": (_c29,),
}
"""Checks by history."""
