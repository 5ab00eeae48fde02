"""
Rulesets, drawn: all that administrators decided, for two to five agencies, from a seed.

Every ruleset goes through the loader's own models, checks and laws of the lens, as files would.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final

from bridge.engine.rules import Rules
from bridge.engine.translate import Lens
from bridge.rules.checks import check
from bridge.rules.faults import Fault
from bridge.rules.files import Agreements, Parties
from bridge.rules.laws import broken_laws
from contracts.crosswalk import Catalogue, Crosswalk, Vocabulary
from contracts.ids import AgencyId
from tests.simulation.tables import ROLES, VOCABULARY, Document, draw_agency

START: Final = datetime(2024, 6, 3, 9, 0, tzinfo=UTC)
"""When runs begin, but for those that begin just before midnight."""

MIDNIGHT: Final = datetime(2024, 6, 4, tzinfo=UTC)
"""When some agreements and secondments end, and others begin."""

_TODAY, _TOMORROW = START.date().isoformat(), MIDNIGHT.date().isoformat()
_YESTERDAY = (START - timedelta(days=1)).date().isoformat()
_NAMES: Final = ("noord", "zuid", "oost", "west", "midden")
PARTICIPANTS: Final = ("GM1", "GM2", "GM3")


@dataclass(frozen=True, slots=True)
class Ruleset:
    """
    Rules, with the tables that they were made of.

    Attributes:
        files: By name, as an administrator would write them.
    """

    rules: Rules
    files: Mapping[str, Document] = field(repr=False)
    catalogues: Mapping[AgencyId, Catalogue] = field(repr=False)
    crosswalks: Mapping[AgencyId, Crosswalk] = field(repr=False)

    @property
    def version(self) -> str:
        """Equal only where all of it is."""
        return self.rules.version

    @property
    def agencies(self) -> tuple[AgencyId, ...]:
        """All agencies, the one where most cases begin first."""
        return tuple(self.rules.agencies)


class NotRules(ValueError):
    """What was drawn is refused by the loader's checks, or is no lens."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))


def made_of(files: Mapping[str, Document]) -> Ruleset:
    """
    Make a ruleset of files that were drawn.

    Raises:
        NotRules: The loader would refuse them.
    """
    vocabulary = Vocabulary.model_validate(files["vocabulary"])
    parties = Parties.model_validate(files["parties"])
    agreements = Agreements.model_validate(files["agreements"]).agreements
    agencies = [each.id for each in parties.agencies]
    catalogues = {a: Catalogue.model_validate(files[f"catalogue-{a}"]) for a in agencies}
    crosswalks = {a: Crosswalk.model_validate(files[f"crosswalk-{a}"]) for a in agencies}
    faults = check(vocabulary, parties, agreements, catalogues, crosswalks)
    if faults:
        raise NotRules(faults)
    lenses = {a: Lens(crosswalks[a], catalogues[a], vocabulary) for a in agencies}
    for agency, lens in lenses.items():
        faults += broken_laws(lens, crosswalks[agency], catalogues[agency])
    if faults:
        raise NotRules(faults)
    text = json.dumps(files, sort_keys=True, default=str)
    rules = Rules(
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        vocabulary=vocabulary,
        agreements=agreements,
        lenses=lenses,
        agencies={each.id: each.profile() for each in parties.agencies},
        staff=parties.members(),
        participants={each.id: each.participant() for each in parties.participants},
    )
    return Ruleset(rules, files, catalogues, crosswalks)


def ruleset(number: int, *, agencies: int | None = None) -> Ruleset:
    """Give a ruleset by its number; with *agencies* for so many, else two to five."""
    return _ruleset(number, agencies)


@lru_cache(maxsize=512)
def _ruleset(number: int, agencies: int | None) -> Ruleset:
    random = Random(number)
    count = random.choice((2, 2, 2, 3, 3, 4, 5))
    return draw(random, agencies or count)


def draw(random: Random, count: int) -> Ruleset:
    """Draw a whole ruleset for *count* agencies."""
    agencies = _NAMES[:count]
    files: dict[str, Document] = {"vocabulary": VOCABULARY, "parties": _parties(agencies)}
    for agency in agencies:
        catalogue, crosswalk = draw_agency(random, agency, PARTICIPANTS)
        files[f"catalogue-{agency}"], files[f"crosswalk-{agency}"] = catalogue, crosswalk
    files["agreements"] = {"version": 1, "agreements": _agreements(random, agencies)}
    return made_of(files)


def _parties(agencies: Sequence[str]) -> Document:
    def entry(place: int, name: str) -> Document:
        return {
            "id": name,
            "name": f"Omgevingsdienst {name}",
            "short": name,
            "kind": "od",
            "valid": {"from": "2020-01-01"},
            "rsin": f"{place + 100000000}",
            "oin": f"00000001{place + 100000000}000",
            "units": [{"id": unit, "name": unit} for unit in ("u1", "u2")],
            "staff": [
                {"id": f"{name[0]}-{n}", "name": f"{name.title()} {n}", "unit": "u1"}
                for n in (1, 2, 3)
            ],
        }

    return {
        "version": 1,
        "agencies": [entry(place, name) for place, name in enumerate(agencies)],
        "participants": [
            {
                "id": code,
                "name": code,
                "kind": "gemeente",
                "agency": agencies[0],
                "oin": f"{place + 500:020d}",
            }
            for place, code in enumerate(PARTICIPANTS)
        ],
    }


def _agreements(random: Random, agencies: Sequence[str]) -> list[Document]:
    """Draw the agreement of the first two, mostly one of three, and some between others."""
    found = [_agreement(random, "DVO-1", agencies[:2], broad=True)]
    if len(agencies) > 2:
        found.append(_agreement(random, "DVO-2", random.sample(agencies, 3)))
    more = range(3, 3 + random.randrange(len(agencies)))
    found += [_agreement(random, f"DVO-{n}", random.sample(agencies, 2)) for n in more]
    return found


def _agreement(
    random: Random, name: str, parties: Sequence[str], *, broad: bool = False
) -> Document:
    scopes = (["bodem.*"], ["bodem.*", "geluid.klacht"], ["bodem.melding", "water.advies"], ["*"])
    participants = list(PARTICIPANTS) if broad else random.sample(PARTICIPANTS, 2)
    agreement: Document = {
        "id": name,
        "title": f"Afspraak {name}",
        "parties": list(parties),
        "period": _period(random),
        "scope": {
            "case_types": ["*"] if broad else random.choice(scopes),
            "participants": participants,
        },
        "routing": _routes(random, parties, broad=broad),
        "secondments": _secondments(random, parties),
        "field_ownership": _ownership(random),
        "may_cross": _may_cross(random),
    }
    if random.random() < 0.3:
        excluded = {"case_type": "water.advies", "why": "eigen taak"}
        agreement["scope"]["excluded"] = [excluded]
    if random.random() < 0.5:
        wins = random.choice(("home", "handler"))
        agreement["precedence"] = [{"field": "result", "value": "ingetrokken", "wins": wins}]
    return agreement


def _period(random: Random) -> Document:
    chance = random.random()
    if chance < 0.15:
        return {"from": "2024-01-01", "to": _TODAY}
    if chance < 0.2:
        return {"from": _TOMORROW, "to": "2024-12-31"}
    return {"from": "2024-01-01", "to": "2024-12-31"}


def _routes(random: Random, parties: Sequence[str], *, broad: bool) -> list[Document]:
    home, *others = parties
    routes: list[Document] = []
    for place, to in enumerate(others):
        when: Document = {"home": home, "case_types": random.choice((["bodem.*"], ["*"]))}
        if not broad and random.random() < 0.25:
            when["shared_by"] = "hand"
        route: Document = {"id": f"R{place}", "when": when, "to": to}
        if random.random() < 0.4:
            route["unit"] = "u2"
        if random.random() < 0.4:
            route["default_handler"] = f"{to[0]}-1"
        routes.append(route)
    if random.random() < 0.5:
        back: Document = {"home": others[0], "case_types": ["geluid.*", "bodem.onderzoek"]}
        routes.append({"id": "RT", "when": back, "to": home})
    return routes


def _secondments(random: Random, parties: Sequence[str]) -> list[Document]:
    """Lend staff out: for the whole year, until tonight, from tomorrow on, or long ago."""
    periods = (
        {"from": "2024-01-01", "to": "2024-12-31"},
        {"from": "2024-01-01", "to": _TODAY},
        {"from": _TOMORROW, "to": "2024-12-31"},
        {"from": "2024-01-01", "to": "2024-03-31"},
    )
    found: list[Document] = []
    for home in parties:
        for number in (1, 2):
            if random.random() < 0.6:
                to = random.choice([party for party in parties if party != home])
                term = periods[0] if number == 1 else random.choice(periods)
                found.append(
                    {
                        "staff": f"{home[0]}-{number}",
                        "home": home,
                        "deployed_at": to,
                        "role": "behandelaar",
                        **term,
                    }
                )
    return found


_OWNERS: Final[Mapping[str, Sequence[str]]] = {
    "title": ("home", "latest-wins", "handler", "park", "each"),
    "explanation": ("home", "latest-wins", "handler", "park", "each"),
    "status": ("handler", "home", "latest-wins", "park"),
    "result": ("handler", "home", "latest-wins", "park"),
    "handler": ("home-of-handler", "home-of-handler", "latest-wins", "each"),
    "suspension": ("home", "latest-wins", "each"),
    "start": ("home", "latest-wins", "each"),
    "deadline": ("home", "each"),
    "confidentiality": ("strictest", "strictest", "each"),
    "notes": ("union-unless-internal", "union-unless-internal", "each"),
    "documents": ("union", "union", "union", "each"),
    "roles": ("union", "union", "each"),
    "decisions": ("competent-authority", "each"),
    "properties": ("latest-wins", "latest-wins", "home", "each"),
    "properties.klasse": ("handler", "latest-wins", "home", "each"),
    "properties.grens": ("park", "handler", "home"),
    "properties.werk": ("home", "latest-wins", "park", "handler"),
}


def _ownership(random: Random) -> Document:
    return {
        name: random.choice(policies) for name, policies in _OWNERS.items() if random.random() < 0.7
    }


def _may_cross(random: Random) -> Document:
    may: Document = {
        "roles": ["behandelaar", *(role for role in ROLES[1:4] if random.random() < 0.7)],
        "never_roles": ["klager"],
        "person_fields": random.choice((["name"], ["name", "email"], ["name", "email", "bsn"])),
    }
    if "bsn" not in may["person_fields"]:
        may["never_person_fields"] = ["bsn"]
    if random.random() < 0.5:
        may["document_types_never"] = ["memo"]
    if random.random() < 0.4:
        may["max_confidentiality"] = "vertrouwelijk"
    return may


# What an administrator changes


def changed(before: Ruleset, random: Random) -> Ruleset:
    """Give the rules after an administrator changed one thing in them."""
    for _ in range(20):
        files: dict[str, Document] = copy.deepcopy(dict(before.files))
        change = random.choice(_CHANGES)
        change(files, random)
        try:
            found = made_of(files)
        except NotRules:
            # Such a change the loader refuses; the old rules would stay.
            continue
        if found.version != before.version:
            return found
    msg = "no change of these rules is one that the loader takes"
    raise AssertionError(msg)


def _add_row(files: dict[str, Document], random: Random) -> None:
    """Give a word that was missing one of its own."""
    agency = random.choice([name for name in files if name.startswith("crosswalk-")])[10:]
    crosswalk, catalogue = files[f"crosswalk-{agency}"], files[f"catalogue-{agency}"]
    tables: list[tuple[Document, Callable[[str], Any]]] = [
        (crosswalk["results"], catalogue["result_sets"]["alle"].append),
        (crosswalk["roles"], catalogue["roles"].append),
    ]
    for name, table in crosswalk["statuses"].items():
        steps = catalogue["processes"][name]
        tables.append((table, _step_adder(steps)))
    with_gaps = [(table, add) for table, add in tables if table["uncovered"]]
    if not with_gaps:
        return
    table, add = random.choice(with_gaps)
    shared = random.choice(sorted(table["uncovered"]))
    del table["uncovered"][shared]
    word = f"{agency[0].upper()}nieuw{len(table['rows'])}"
    table["rows"].append({"local": word, "shared": shared})
    add(word)


def _step_adder(steps: list[Document]) -> Callable[[str], None]:
    return lambda word: steps.append({"code": word, "name": f"Stap {word}"})


def _end_agreement(files: dict[str, Document], random: Random) -> None:
    agreement = random.choice(files["agreements"]["agreements"])
    agreement["period"] = {"from": "2024-01-01", "to": _YESTERDAY}


def _new_agreement(files: dict[str, Document], random: Random) -> None:
    agencies = [each["id"] for each in files["parties"]["agencies"]]
    agreements = files["agreements"]["agreements"]
    name = f"DVO-N{len(agreements)}"
    agreements.append(_agreement(random, name, random.sample(agencies, 2)))


def _swap_rows(files: dict[str, Document], random: Random) -> None:
    """Let two local words change their meanings."""
    agency = random.choice([name for name in files if name.startswith("crosswalk-")])
    crosswalk = files[agency]
    rows = random.choice([crosswalk["results"], *crosswalk["statuses"].values()])["rows"]
    plain = [row for row in rows if len(row) == 2 and row["shared"] not in ("klaar", "archief")]
    if len(plain) >= 2:
        one, other = random.sample(plain, 2)
        one["shared"], other["shared"] = other["shared"], one["shared"]


def _other_owner(files: dict[str, Document], random: Random) -> None:
    agreement = random.choice(files["agreements"]["agreements"])
    name = random.choice(sorted(_OWNERS))
    agreement["field_ownership"][name] = random.choice(_OWNERS[name])


_CHANGES: Final[Sequence[Callable[[dict[str, Document], Random], None]]] = (
    _add_row,
    _end_agreement,
    _new_agreement,
    _swap_rows,
    _other_owner,
)
