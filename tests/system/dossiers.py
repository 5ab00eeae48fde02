"""
What people open and type when nobody tells them a history: three kinds of cases, word by word.

The words are written out by hand for both agencies, so that who types needs no table.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ODRU: Final = "odru"
RUD: Final = "rud-utrecht"
AGENCIES: Final = (ODRU, RUD)

Word = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that can be typed into a case: by agency its name there, and what to type."""

    names: Mapping[str, str]
    words: Mapping[str, Word]


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of case.

    Attributes:
        home: Where such a case is opened.
        body: What is typed when it is opened, but its number and title.
        slots: Its properties, by a name that both agencies' properties share here.
        statuses: By agency: codes in which it can be while it is worked on.
        document_types: By agency.
        roles: By agency: what the one is called who handles it.
    """

    home: str
    participant: str
    body: Mapping[str, Any]
    slots: Mapping[str, Slot]
    statuses: Mapping[str, tuple[str, ...]]
    document_types: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, str] = field(
        default_factory=lambda: {ODRU: "Vakspecialist", RUD: "Behandelaar"}
    )

    @property
    def away(self) -> str:
        """Where it gets its counterpart."""
        return RUD if self.home == ODRU else ODRU


def _one_of(*words: str) -> Word:
    return lambda chance: chance.choice(words)


def _whole(least: int, most: int) -> Word:
    return lambda chance: str(chance.randint(least, most))


def _hectares(chance: random.Random) -> str:
    return f"{chance.randint(100, 30_000) / 10_000:.4f}".replace(".", ",")


def _dutch_day(chance: random.Random) -> str:
    return f"{chance.randint(1, 28):02}-{chance.randint(1, 12):02}-2024"


def _iso_day(chance: random.Random) -> str:
    return f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _slot(odru: tuple[str, Word], rud: tuple[str, Word]) -> Slot:
    return Slot({ODRU: odru[0], RUD: rud[0]}, {ODRU: odru[1], RUD: rud[1]})


QUALITY: Final = _slot(
    ("bodemklasse", _one_of("AW", "WO", "IN", "NT")),
    ("kwaliteitsklasse", _one_of("LN", "WO", "IN", "MV", "SV")),
)
ASBESTOS: Final = _slot(
    ("asbest", _one_of("ja", "nee", "onbekend")), ("asbestverdacht", _one_of("J", "N", "O"))
)
URGENCY: Final = _slot(("prioriteit", _one_of("1", "2", "3", "4")), ("spoed", _one_of("J", "N")))
NORM: Final = _slot(
    ("onderzoek", _one_of("HO", "VO", "AO", "NO")),
    ("onderzoeksnorm", _one_of("NEN5725", "NEN5740", "NEN5707", "NTA5755")),
)
SURFACE: Final = _slot(("opp_ha", _hectares), ("oppervlakte_m2", _whole(100, 30_000)))
AMOUNT: Final = _slot(("hoeveelheid_ton", _whole(10, 9_000)), ("volume_m3", _whole(10, 5_000)))
START: Final = _slot(("datum_start", _dutch_day), ("startdatum_werk", _iso_day))

RESULTS: Final = {
    ODRU: ("Positief", "Positief onder voorwaarden", "Negatief"),
    RUD: ("Akkoord", "Akkoord met opmerkingen", "Niet akkoord"),
}
ENDS: Final = {ODRU: "6", RUD: "90"}
HANDLERS: Final = ("rud-101", "rud-105", "odru-201", "odru-202")
PEOPLE: Final = {ODRU: ("odru-201", "odru-207"), RUD: ("rud-101", "rud-103")}
REASONS: Final = ("wacht op boorgegevens", "overleg met de gemeente", "nadere toelichting gevraagd")

KINDS: Final = (
    Kind(
        home=ODRU,
        participant="GM0355",
        body={
            "case_type": "BOD-ADV",
            "location": "L01",
            "status": "1",
            "properties": {
                "onderzoek": "VO",
                "asbest": "onbekend",
                "opp_ha": "0,4200",
                "prioriteit": "3",
                "bodemklasse": "AW",
            },
        },
        slots={
            "quality": QUALITY,
            "asbestos": ASBESTOS,
            "urgency": URGENCY,
            "norm": NORM,
            "surface": SURFACE,
        },
        statuses={ODRU: ("3", "4", "5"), RUD: ("20", "30", "40")},
        document_types={ODRU: ("RAP", "MEMO", "BIJL"), RUD: ("RAPP", "ADVN", "CORR")},
    ),
    Kind(
        home=ODRU,
        participant="GM1904",
        body={
            "case_type": "BOD-GST",
            "location": "L05",
            "status": "1",
            "properties": {
                "hoeveelheid_ton": "350",
                "datum_start": "12-06-2024",
                "bodemklasse": "AW",
            },
        },
        slots={"quality": QUALITY, "amount": AMOUNT, "start": START},
        statuses={ODRU: ("3", "4"), RUD: ("35", "30")},
        document_types={ODRU: ("FORM", "BIJL"), RUD: ("AANVR", "CORR")},
    ),
    Kind(
        home=RUD,
        participant="GM0345",
        body={
            "case_type": "RUD-BOD-030",
            "location": "L04",
            "status": "10",
            "properties": {
                "volume_m3": "600",
                "oppervlakte_m2": "1300",
                "startdatum_werk": "2024-03-18",
                "kwaliteitsklasse": "MV",
                "asbestverdacht": "N",
            },
        },
        slots={
            "quality": QUALITY,
            "amount": AMOUNT,
            "start": START,
            "surface": SURFACE,
            "asbestos": ASBESTOS,
        },
        statuses={ODRU: ("3", "4"), RUD: ("35", "30")},
        document_types={ODRU: ("RAP", "BIJL"), RUD: ("RAPP", "CORR")},
    ),
)


@dataclass(slots=True)
class Dossier:
    """
    One case, as the people on both sides know it.

    Attributes:
        writers: By what can be typed: the agencies whose people type it. Where it is one alone,
            what they typed last has to stand in the end.
        urls: Its address in each system, once it is there.
        documents: By number: agency, title and version of what was put in.
    """

    number: str
    title: str
    kind: Kind
    writers: Mapping[str, tuple[str, ...]]
    urls: dict[str, str] = field(default_factory=dict)
    documents: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    @classmethod
    def new(cls, place: int, run: str, chance: random.Random) -> Dossier:
        """Make up a case."""
        kind = KINDS[place % len(KINDS)]
        writers: dict[str, tuple[str, ...]] = {
            name: (chance.choice(AGENCIES),)
            for name in (*kind.slots, "status", "handler", "suspension")
        }
        # Both type these at the same time: by policy one of the last two stands in the end.
        for name in ("quality", "urgency"):
            if name in writers:
                writers[name] = AGENCIES
        return cls(f"{run}-{place:04}", f"Zaak {place} van {run}", kind, writers)
