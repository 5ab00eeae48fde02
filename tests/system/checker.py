"""
The checker: compares two case systems case by case, and knows nothing of the bridge.

It reads both systems through their own public interfaces, and the declared files: which words mean
the same (`tests.system.words`), what an agreement says is on both sides (`tests.system.agreed`).
Whatever the bridge believes, decided or wrote down plays no part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bridge.demo.casework import is_counterpart
from bridge.demo.looks import HANDLES, ZAKEN, Looks, LooksDocument, looks
from bridge.demo.system import Body, CaseSystem
from tests.system.agreed import Agreed, Agreement
from tests.system.words import Meaning, Words, alike

_TELLS: Final = "Casebridge"
"""The subject of a note in which a side is told what it cannot hold: it has no counterpart."""

_TO_THE_LETTER: Final = (
    "startdatum",
    "opdrachtgevendeOrganisatie",
    "verlenging",
    "uiterlijkeEinddatumAfdoening",
)
"""Members of a case that need no table: the same on both sides."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is compared of a case, as one system shows it."""

    looks: Looks
    zaak: Body
    notes: tuple[str, ...]
    handlers: int
    documents: Mapping[str, Body]
    digests: Mapping[str, str]

    @property
    def name(self) -> str:
        """How a person finds it."""
        return f"{self.looks.agency} {self.looks.number} ({self.looks.title})"


@dataclass(frozen=True, slots=True)
class Report:
    """
    What was found.

    Attributes:
        pairs: Of a case and its counterpart.
        faults: What is not as it has to be, one sentence each; none where both are alike.
    """

    pairs: tuple[tuple[Shown, Shown], ...]
    faults: tuple[str, ...]


@dataclass(slots=True)
class Checker:
    """
    Compares the systems of two agencies.

    Attributes:
        folder: Where the declared files are.
        day: On which the agreements are looked at.
    """

    folder: Path
    systems: Mapping[str, CaseSystem]
    day: date
    _words: Mapping[str, Words] = field(init=False)
    _agreed: Agreed = field(init=False)

    def __post_init__(self) -> None:
        self._words = {agency: Words(self.folder, agency) for agency in self.systems}
        self._agreed = Agreed(self.folder, self.systems, self.day)

    async def compare(self, leave: Iterable[str] = ()) -> Report:
        """Compare all cases, but those whose titles are to be left alone."""
        titles = frozenset(leave)
        shown = {agency: await _cases(each, titles) for agency, each in self.systems.items()}
        pairs: list[tuple[Shown, Shown]] = []
        faults = [fault for cases in shown.values() for case in cases for fault in _doubles(case)]
        for agency, cases in shown.items():
            (there,) = self.systems.keys() - {agency}
            made = [case for case in shown[there] if is_counterpart(case.zaak)]
            homes = [case for case in cases if not is_counterpart(case.zaak)]
            for case in homes:
                found = [each for each in made if each.looks.title == case.looks.title]
                faults += self._counted(case, there, found)
                pairs += [(case, each) for each in found[:1]]
            titles = frozenset(case.looks.title for case in homes)
            faults += [
                f"{e.name}: nobody's counterpart" for e in made if e.looks.title not in titles
            ]
        for pair in pairs:
            faults += [f"{pair[0].name} / {pair[1].name}: {why}" for why in self._differ(*pair)]
        return Report(tuple(pairs), tuple(faults))

    # Which cases are on both sides

    def _counted(self, case: Shown, there: str, found: Sequence[Shown]) -> Iterator[str]:
        if len(found) > 1:
            yield f"{case.name}: {len(found)} counterparts at {there}"
        kinds = self._kinds(case)
        if kinds and found and not self._agreements(case):
            yield f"{case.name}: a counterpart at {there} that no agreement allows"
        if not found and any(self._has_to_be(case, there, kind) for kind in kinds):
            yield f"{case.name}: no counterpart at {there}"

    def _kinds(self, case: Shown) -> frozenset[str]:
        """Say what a case is in shared words; nothing where its own words leave that open."""
        words = self._words[case.looks.agency]
        return words.case_type(case.looks.case_type, case.looks.properties)

    def _participant(self, case: Shown) -> str | None:
        rsin = str(case.zaak["opdrachtgevendeOrganisatie"])
        return self._words[case.looks.agency].participant(rsin)

    def _agreements(self, case: Shown) -> list[Agreement]:
        return self._agreed.covering(self._kinds(case), self._participant(case))

    def _has_to_be(self, case: Shown, there: str, kind: str) -> bool:
        rule = self._words[there].instead_of(kind)
        return (rule is None or rule["rule"] == "default") and bool(
            self._agreed.routes(case.looks.agency, there, kind, self._participant(case))
        )

    # Whether they are alike

    def _differ(self, one: Shown, other: Shown) -> Iterator[str]:
        here, there = self._words[one.looks.agency], self._words[other.looks.agency]
        kinds, others = self._kinds(one), self._kinds(other)
        rules = [rule for kind in kinds if (rule := there.instead_of(kind)) is not None]
        rules += [rule for kind in others if (rule := here.instead_of(kind)) is not None]
        detached = {name for rule in rules for name in rule.get("detaches", ())}
        if kinds and others and not kinds & others and not rules:
            yield f"case types {one.looks.case_type} and {other.looks.case_type}"
        if "status" not in detached:
            mine = one.looks.status or None, here.status(one.looks.case_type)
            yours = other.looks.status or None, there.status(other.looks.case_type)
            yield from _differs("status", mine, yours)
            if one.looks.is_closed != other.looks.is_closed:
                yield f"closed {one.looks.is_closed} and {other.looks.is_closed}"
        if "result" not in detached:
            mine, yours = (one.looks.result, here.result()), (other.looks.result, there.result())
            yield from _differs("result", mine, yours)
        yield from _properties(one, here, other, there)
        yield from self._documents(one, other)
        yield from self._handlers(one, other)
        for name, (mine_, yours_) in _plainly_compared(one, other).items():
            if mine_ != yours_:
                yield f"{name} {mine_!r} and {yours_!r}"

    def _handlers(self, home: Shown, other: Shown) -> Iterator[str]:
        mine, yours = home.looks.handler, other.looks.handler
        named = {
            route.get("default_handler")
            for kind in self._kinds(home)
            for route in self._agreed.routes(
                home.looks.agency, other.looks.agency, kind, self._participant(home)
            )
        }
        # Where nobody was named at home, a route names somebody for the other side alone.
        if mine != yours and not (mine is None and yours in named):
            yield f"handlers {mine!r} and {yours!r}"

    def _documents(self, one: Shown, other: Shown) -> Iterator[str]:
        """Compare title by title: the same bytes, and types that mean the same."""
        ours, theirs = self._crossing(one), self._crossing(other)
        for title in sorted(ours.keys() | theirs.keys()):
            mine, yours = ours.get(title), theirs.get(title)
            if mine is None or yours is None:
                lacks = other if yours is None else one
                yield f"document {title!r} is not at {lacks.looks.agency}"
                continue
            if one.digests[mine.url] != other.digests[yours.url]:
                yield f"document {title!r} has other content"
            spoken = [
                (document.type, self._words[case.looks.agency].document_type())
                for case, document in ((one, mine), (other, yours))
            ]
            yield from _differs(f"type of document {title!r}", *spoken)

    def _crossing(self, case: Shown) -> dict[str, LooksDocument]:
        """Give the documents of a case that may be on both sides, by their titles."""
        means = self._words[case.looks.agency].document_type()
        agreements = self._agreements(case)
        return {
            each.title: each
            for each in case.looks.documents
            if self._agreed.lets_cross(agreements, case.documents[each.url], means.of(each.type))
        }


Spoken = tuple[str | None, Meaning]


def _differs(name: str, one: Spoken, other: Spoken) -> Iterator[str]:
    if not alike(*one, *other):
        yield f"{name} {one[0]!r} and {other[0]!r}"


def _properties(one: Shown, here: Words, other: Shown, there: Words) -> Iterator[str]:
    ours = here.properties(one.looks.case_type)
    theirs = there.properties(other.looks.case_type)
    for shared in sorted(ours.keys() & theirs.keys()):
        (mine, means), (yours, they_mean) = ours[shared], theirs[shared]
        yield from _differs(
            f"{mine}/{yours}",
            (one.looks.properties.get(mine), means),
            (other.looks.properties.get(yours), they_mean),
        )


def _plainly_compared(one: Shown, other: Shown) -> dict[str, tuple[Any, Any]]:
    members = {name: (one.zaak[name], other.zaak[name]) for name in _TO_THE_LETTER}
    return members | {
        "suspension": (_suspension(one), _suspension(other)),
        "notes": (sorted(one.notes), sorted(other.notes)),
    }


def _suspension(shown: Shown) -> str | None:
    # That it was suspended before is each system's own: what came and went meanwhile never crossed.
    stands = shown.zaak["opschorting"]
    return str(stands["reden"]) if stands["indicatie"] else None


def _doubles(case: Shown) -> Iterator[str]:
    """Find what is there twice, and may be once at most."""
    for what, things in (
        ("document", [document.title for document in case.looks.documents]),
        ("note", list(case.notes)),
    ):
        for thing, times in Counter(things).items():
            if times > 1:
                yield f"{case.name}: {what} {thing!r} is there {times} times"
    if case.handlers > 1:
        yield f"{case.name}: {case.handlers} handlers"
    for before, after in pairwise(case.looks.statuses):
        if before == after:
            yield f"{case.name}: status {after} was set twice in a row"


async def _cases(system: CaseSystem, leave: frozenset[str]) -> list[Shown]:
    found = await system.all(f"{ZAKEN}/zaken")
    return [
        await _shown(system, zaak["url"]) for zaak in found if zaak["omschrijving"] not in leave
    ]


async def _shown(system: CaseSystem, url: str) -> Shown:
    seen = await looks(system, url)
    notes = await system.all(f"{ZAKEN}/zaaknotities", {"gerelateerdAan": url})
    roles = await system.all(f"{ZAKEN}/rollen", {"zaak": url})
    handlers = [
        role
        for role in roles
        if role["omschrijvingGeneriek"] == HANDLES and role["betrokkeneType"] == "medewerker"
    ]
    return Shown(
        looks=seen,
        zaak=await system.get(url),
        notes=tuple(
            note["tekst"]
            for note in notes
            if note["notitieType"] != "intern" and note["onderwerp"] != _TELLS
        ),
        handlers=len(handlers),
        documents={each.url: await system.get(each.url) for each in seen.documents},
        digests={e.url: await system.digest(f"{e.url}/download") for e in seen.documents},
    )
