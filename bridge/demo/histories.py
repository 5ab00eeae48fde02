"""
The histories: what people did to thirty made-up cases, and how each must end on every side.

Read strictly: a member that nobody knows is an error with its place, so that a slip of the pen
in a history cannot pass for a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bridge.demo.pairing import Pairing, Protocol

CASES: Final = "cases"
_ODRU_NUMBER: Final = re.compile(r"\bZ/(\d\d)/(\d{5})\b")
"""The numbers of ODRU's cases; Zaak- en Documentservices allow no slash in one."""
_HALF_EAST: Final = 0.00036
_HALF_NORTH: Final = 0.00022

Value = str | int | bool


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Delivery(_Part):
    """
    How the hints of an event travel.

    Attributes:
        hints: How many there are.
        delay_seconds: For each of them.
        arrives_before_event: The first one does, before the last one of that event.
    """

    hints: int = 1
    order: tuple[int, ...] = ()
    delay_seconds: tuple[int, ...] = ()
    arrives_before_event: int | None = None


class Event(_Part):
    """
    Something that somebody did.

    Attributes:
        by: Staff id.
        data: In the words of the agency's own system; ``case`` names another than the history's.
        concurrent_with: Done before either side could know of the other.
        refused: Why what was done there must not cross.
    """

    seq: int
    at: AwareDatetime
    agency: str
    by: str
    kind: str
    data: Mapping[str, Any] = {}
    delivery: Delivery | None = None
    concurrent_with: int | None = None
    refused: str | None = None


class ExpectedDocument(_Part):
    """One document as it must show."""

    key: str
    type: str
    version: int


class ExpectedSide(_Part):
    """How a case must show in one system."""

    case_type: str
    status: str
    status_name: str
    result: str | None = None
    closed: bool
    handler: str | None = None
    properties: Mapping[str, Value] = {}
    documents: tuple[ExpectedDocument, ...] = ()


class Outcome(_Part):
    """What did not simply cross."""

    event: int
    side: str
    what: str
    why: str


class Otherwise(_Part):
    """
    What ends otherwise where a system speaks a protocol that cannot carry it.

    Attributes:
        where: Agency → what its system speaks; all of them must.
        sides: By agency: the members that show otherwise.
        parked: In the place of what is parked elsewhere; as elsewhere where it is not given.
        untold: Events of outcomes that there do not come about.
    """

    where: Mapping[str, Protocol]
    why: str
    sides: Mapping[str, Mapping[str, Any]] = {}
    parked: tuple[str, ...] | None = None
    untold: tuple[int, ...] = ()

    def holds(self, pairing: Pairing) -> bool:
        """Tell whether this is so between systems of that pairing."""
        return all(pairing.of(agency) is speaks for agency, speaks in self.where.items())


class Expected(_Part):
    """
    How a history must end.

    Attributes:
        parked: Agencies at whose side something waits for a person.
        also: What must hold besides, in words.
        otherwise: What differs by what the systems speak.
    """

    sides: Mapping[str, ExpectedSide]
    parked: tuple[str, ...] = ()
    no_counterpart_in: tuple[str, ...] = ()
    shared: Mapping[str, str | None] = {}
    outcomes: tuple[Outcome, ...] = ()
    also: tuple[str, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()

    def between(self, pairing: Pairing) -> Expected:
        """Give how it must end between systems of that pairing."""
        found = self.model_dump(exclude={"otherwise"})
        for each in self.otherwise:
            if each.holds(pairing):
                for agency, members in each.sides.items():
                    found["sides"][agency] |= members
                if each.parked is not None:
                    found["parked"] = each.parked
                found["outcomes"] = [o for o in found["outcomes"] if o["event"] not in each.untold]
        return Expected.model_validate(found)


class SharedByHand(_Part):
    """A person shared the case."""

    at: AwareDatetime
    by: str
    with_: str = Field(alias="with")


class History(_Part):
    """One case, from its first event to its end."""

    id: str
    title: str
    story: str
    teaches: tuple[str, ...]
    agreement: str
    participant: str
    home: str
    counterparts: tuple[str, ...]
    initiator: str | None = None
    location: str
    routing_rule: str | None = None
    note: str = ""
    shared_by_hand: SharedByHand | None = None
    events: tuple[Event, ...]
    expected: Expected

    @property
    def number(self) -> str:
        """The number of the case where it began."""
        return str(self.events[0].data["number"])


class Person(_Part):
    """Somebody whom a case is about; nobody of them exists."""

    id: str
    kind: Literal["natuurlijk_persoon", "niet_natuurlijk_persoon"]
    name: str
    bsn: str | None = None
    kvk: str | None = None
    vestigingsnummer: str | None = None
    email: str | None = None
    fictional: Literal[True]


class Address(_Part):
    """Where a place is, in words."""

    street: str
    number: int
    addition: str | None
    postcode: str
    place: str


class Location(BaseModel):
    """Where a case is about."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    address: Address | None
    bag: Mapping[str, str] = {}
    brk: Mapping[str, str | int] = {}
    parcel_id: str | None = None
    geometry_wgs84: Mapping[str, Any]

    @property
    def plot(self) -> Mapping[str, Any]:
        """The place as people draw it: of a mere point a square of some fifty metres around it."""
        kind, coordinates = self.geometry_wgs84["type"], self.geometry_wgs84["coordinates"]
        if kind != "Point":
            return {"type": kind, "coordinates": coordinates}
        east, north = coordinates
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        ring = [
            [round(east + x * _HALF_EAST, 6), round(north + y * _HALF_NORTH, 6)] for x, y in corners
        ]
        return {"type": "Polygon", "coordinates": [ring]}


class Staff(BaseModel):
    """Somebody who works at an agency."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str


class Agency(BaseModel):
    """An agency, as its people know it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    short: str
    rsin: str
    oin: str
    staff: tuple[Staff, ...] = ()


class Participant(BaseModel):
    """A municipality or the province."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    agency: str
    oin: str

    @property
    def rsin(self) -> str:
        """The RSIN within the OIN."""
        return self.oin[8:17]


class World(_Part):
    """Everything that the histories speak of."""

    histories: tuple[History, ...]
    persons: Mapping[str, Person]
    locations: Mapping[str, Location]
    agencies: Mapping[str, Agency]
    participants: Mapping[str, Participant]

    def name_of(self, staff: str) -> str:
        """Give the name of somebody who works at one of the agencies."""
        return next(s.name for a in self.agencies.values() for s in a.staff if s.id == staff)


def read_world(
    folder: Path, wanted: Iterable[str] = (), pairing: Pairing = Pairing.ZGW_STUF
) -> World:
    """
    Read the histories and what they speak of.

    Args:
        folder: With ``cases`` below it.
        wanted: Only these histories; all where it is empty.
        pairing: What the systems speak: some histories end otherwise for it.

    Raises:
        ValueError: A history is not as it should be, or there is none of that name.
    """
    files = sorted((folder / CASES).glob("c*.yaml"))
    found = [_history(path, pairing) for path in files]
    chosen = {name.upper() for name in wanted}
    strangers = chosen - {history.id for history in found}
    if strangers:
        msg = f"no history {', '.join(sorted(strangers))}; there are {found[0].id}-{found[-1].id}"
        raise ValueError(msg)
    parties = _read(folder / "parties.yaml")
    return World(
        histories=tuple(h for h in found if not chosen or h.id in chosen),
        persons=_by_id(Person, _read(folder / "persons.yaml")["persons"]),
        locations=_by_id(Location, _read(folder / "locations.yaml")["locations"]),
        agencies=_by_id(Agency, parties["agencies"]),
        participants=_by_id(Participant, parties["participants"]),
    )


def _history(path: Path, pairing: Pairing) -> History:
    said = path.read_text("utf-8")
    if pairing.of("odru") is Protocol.STUF:
        said = _ODRU_NUMBER.sub(r"Z-\1-\2", said)
    history = History.model_validate(_plain(yaml.load(said, yaml.CSafeLoader)))
    return history.model_copy(update={"expected": history.expected.between(pairing)})


def _read(path: Path) -> Any:
    return _plain(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))


def _plain(value: Any) -> Any:
    """YAML makes dates of unquoted ones; here they are texts."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _by_id(model: type[Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["id"]: model.model_validate(item) for item in items}
