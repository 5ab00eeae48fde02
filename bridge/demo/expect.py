"""
Expectations: whether a history ended, on every side, as it had to.

Every difference is a sentence that a person can act on. What a system shows is read from that
system; only what is parked is asked of the bridge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.demo.also import Ended, also
from bridge.demo.backstage import Backstage, case_of
from bridge.demo.deeds import Office
from bridge.demo.histories import Event, ExpectedSide, History
from bridge.demo.looks import Looks
from bridge.engine.parked import CASE


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that waits for a person, as the bridge says it."""

    agency: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    How a history ended.

    Attributes:
        faults: What is not as it had to be; none where the history held.
        sides: How the case shows, by agency.
    """

    history: History
    sides: Mapping[str, Looks]
    waits: tuple[Waits, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether all is as it had to be."""
        return not self.faults


async def judge(office: Office, history: History) -> Verdict:
    """Look at all sides of a history, and compare them with what was expected."""
    found, faults = await _sides(office, history)
    for agency, expected in history.expected.sides.items():
        if agency in found:
            faults += [
                f"{agency}: {fault}" for fault in differences(history, expected, found[agency])
            ]
    if history.home in found:
        faults += await also(Ended(office, history, found))
    waits = await _waits(office.backstage, history, found)
    parked = sorted({each.agency for each in waits})
    if parked != sorted(history.expected.parked):
        wanted = ", ".join(history.expected.parked) or "niets"
        faults.append(f"geparkeerd: {', '.join(parked) or 'niets'}, verwacht {wanted}")
    return Verdict(history, found, waits, tuple(faults))


async def _sides(office: Office, history: History) -> tuple[dict[str, Looks], list[str]]:
    """Find the case in each system: exactly one where one is expected, none where none is."""
    found: dict[str, Looks] = {}
    faults: list[str] = []
    home = await office.casework(history.home).find(history.number)
    if home is None:
        return found, [f"{history.home}: zaak {history.number} is er niet"]
    found[history.home] = await office.casework(history.home).looks(home)
    for agency in history.counterparts:
        work = office.casework(agency)
        made = await work.counterparts(found[history.home].title)
        wanted = 0 if agency in history.expected.no_counterpart_in else 1
        if len(made) != wanted:
            faults.append(f"{agency}: {len(made)} tegenhangers, verwacht {wanted}")
        if made:
            found[agency] = await work.looks(made[0])
    return found, faults


def differences(history: History, expected: ExpectedSide, shown: Looks) -> list[str]:
    """Say in what a case shows otherwise than was expected, one sentence for each."""
    pairs: list[tuple[str, Any, Any]] = [
        ("zaaktype", expected.case_type, shown.case_type),
        ("status", expected.status, shown.status),
        ("statusnaam", expected.status_name, shown.status_name),
        ("resultaat", expected.result, shown.result),
        ("gesloten", expected.closed, shown.is_closed),
        ("behandelaar", expected.handler, shown.handler),
        ("eigenschappen", _texts(expected.properties), _texts(shown.properties)),
        ("documenten", _expected_documents(history, expected), _shown_documents(shown)),
    ]
    return [
        f"{what} is {_words(now)}, verwacht {_words(wanted)}"
        for what, wanted, now in pairs
        if wanted != now
    ]


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(values[name]) for name in sorted(values)}


def _expected_documents(history: History, expected: ExpectedSide) -> list[str]:
    titles = {event.data["key"]: event.data["title"] for event in _added(history)}
    return sorted(f"{titles[d.key]} ({d.type}, v{d.version})" for d in expected.documents)


def _added(history: History) -> Sequence[Event]:
    return [event for event in history.events if event.kind == "document.added"]


def _shown_documents(shown: Looks) -> list[str]:
    return sorted(f"{d.title} ({d.type}, v{d.version})" for d in shown.documents)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {part}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + "; ".join(map(str, value)) + "]"
    return {None: "leeg", True: "ja", False: "nee"}.get(value, repr(value))


async def _waits(
    backstage: Backstage, history: History, found: Mapping[str, Looks]
) -> tuple[Waits, ...]:
    """Tell what waits for a person, at the case of this history."""
    waits: dict[tuple[str, str], Waits] = {}
    home = found.get(history.home)
    for link in await backstage.links_of(case_of(history.home, home.url)) if home else ():
        if link.released is not None:
            continue
        for side in link.sides.values():
            for path, parked in side.parked.items():
                name = "de zaak" if path == CASE else path
                waits[side.agency, path] = Waits(side.agency, name, parked.why)
    return tuple(waits.values())
