"""Files: the shapes of those files of rules that are more than one contract each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bridge.engine.rules import AgencyProfile, Participant, StaffMember
from contracts.agreement import Agreement, Entry, Period
from contracts.ids import AgencyId


class Unit(Entry):
    """A part of an agency that handles cases."""

    id: str
    name: str
    department: str = ""


class Staff(Entry):
    """Somebody who works at an agency."""

    id: str
    name: str
    unit: str
    function: str = ""
    secondable: bool = False
    fictional: bool = False


class Agency(Entry):
    """An agency; what its case system is like is told for people only."""

    id: AgencyId
    name: str
    short: str
    kind: str
    valid: Period
    rsin: str = Field(pattern=r"^\d{9}$")
    oin: str = Field(pattern=r"^\d{20}$")
    financing: str = ""
    case_system: Mapping[str, Any] = {}
    units: tuple[Unit, ...] = ()
    staff: tuple[Staff, ...] = ()
    succeeds: tuple[AgencyId, ...] = ()
    note: str = ""

    def profile(self) -> AgencyProfile:
        """Give what the engine needs to know of it."""
        return AgencyProfile(self.id, self.name, self.short, self.oin, self.rsin, self.valid)


class ParticipantEntry(Entry):
    """A municipality or province that takes part in an agency."""

    id: str
    name: str
    kind: str
    agency: AgencyId
    oin: str = Field(pattern=r"^\d{20}$")
    rd_indicative: tuple[float, float] | None = None

    def participant(self) -> Participant:
        """Give what the engine needs to know of it; characters 9 to 17 of an OIN are the RSIN."""
        return Participant(self.id, self.name, self.agency, self.oin[8:17])


class Parties(Entry):
    """``parties.yaml``."""

    version: int
    agencies: tuple[Agency, ...]
    participants: tuple[ParticipantEntry, ...]

    def members(self) -> dict[str, StaffMember]:
        """Give everybody who works anywhere, by id."""
        return {
            each.id: StaffMember(each.id, each.name, agency.id)
            for agency in self.agencies
            for each in agency.staff
        }


class Agreements(Entry):
    """``agreements.yaml``."""

    version: int
    agreements: tuple[Agreement, ...]
