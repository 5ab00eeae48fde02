"""
The ledger: what people typed, and whether it still stands.

What one side alone types has to stand as it was typed last, to the letter. What both sides type has
to be what one of them typed last: anything older is a revert. What is put in (documents, notes)
has to be on both sides, as it was put in last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.system.checker import Report, Shown
from tests.system.dossiers import Dossier

T = TypeVar("T")


@dataclass(slots=True)
class Ledger:
    """
    Everything that was typed during a run, by the title of its case.

    Attributes:
        contents: Digests of all contents that were ever put in.
        withdrawn: Titles of documents that were taken out of a case again.
    """

    typed: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    filed: dict[tuple[str, str], str] = field(default_factory=dict)
    contents: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    noted: list[tuple[str, str]] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def type(self, dossier: Dossier, what: str, agency: str, word: Any) -> None:
        """Write down that somebody typed something."""
        self.typed.setdefault((dossier.title, what), {})[agency] = word
        self.count[what] += 1

    def file(self, dossier: Dossier, title: str, digest: str) -> None:
        """Write down that somebody put in a document, or a new version of it."""
        self.filed[dossier.title, title] = digest
        self.contents.add(digest)
        self.count["document"] += 1

    def withdraw(self, dossier: Dossier, title: str) -> None:
        """Write down that somebody took a document out again."""
        self.filed.pop((dossier.title, title), None)
        self.withdrawn.add(title)
        self.count["document"] += 1

    def note(self, dossier: Dossier, text: str) -> None:
        """Write down that somebody wrote a note."""
        self.noted.append((dossier.title, text))
        self.count["note"] += 1

    def retitle(self, dossier: Dossier, title: str) -> None:
        """Write down that somebody gave a case another title; by it the case is known."""
        before, dossier.title = dossier.title, title
        self.typed = _renamed(self.typed, before, title)
        self.filed = _renamed(self.filed, before, title)
        self.noted = [(title if about == before else about, text) for about, text in self.noted]
        self.count["title"] += 1

    def faults(self, dossiers: list[Dossier], report: Report) -> list[str]:
        """Say what was lost or reverted, one sentence each."""
        found = {pair[0].looks.title: pair for pair in report.pairs}
        faults: list[str] = []
        for dossier in dossiers:
            if dossier.title in found:
                faults += self._lost(dossier, found[dossier.title])
            else:
                faults.append(f"{dossier.title}: is not on both sides")
        return faults

    def _lost(self, dossier: Dossier, pair: tuple[Shown, Shown]) -> Iterator[str]:
        sides = {shown.looks.agency: shown for shown in pair}
        title = dossier.title
        for what, last in _of(self.typed, title):
            shows = {agency: _shows(dossier, what, sides[agency]) for agency in sides}
            if not any(shows[agency] == word for agency, word in last.items()):
                yield f"{title}: {what} was last typed as {last}, and shows {shows}"
        for document, digest in _of(self.filed, title):
            for agency, shown in sides.items():
                if _digests(shown, document) != [digest]:
                    yield f"{title}: {document!r} is not at {agency} as it was put in last"
        for about, text in self.noted:
            times = {agency: shown.notes.count(text) for agency, shown in sides.items()}
            if about == title and set(times.values()) != {1}:
                yield f"{title}: {text!r} is there {times} times"


def _renamed(kept: Mapping[tuple[str, str], T], before: str, title: str) -> dict[Any, T]:
    return {
        (title if about == before else about, what): value for (about, what), value in kept.items()
    }


def _of(kept: Mapping[tuple[str, str], T], title: str) -> list[tuple[str, T]]:
    """Give what was written down of one case."""
    return [(what, value) for (about, what), value in kept.items() if about == title]


def _digests(shown: Shown, title: str) -> list[str]:
    return [shown.digests[each.url] for each in shown.looks.documents if each.title == title]


def _shows(dossier: Dossier, what: str, shown: Shown) -> Any:
    """Give what a case shows, in the form in which it was typed."""
    looks = shown.looks
    match what:
        case "status":
            return looks.status
        case "handler":
            return looks.handler
        case "result":
            return looks.result
        case "suspension":
            stands = shown.zaak["opschorting"]
            return stands["reden"] if stands["indicatie"] else None
        case _:
            return looks.properties.get(dossier.kind.slots[what].names[looks.agency])
