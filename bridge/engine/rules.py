"""Rules: what administrators decided, as one value that the engine is handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bridge.engine.translate import Lens
from contracts.agreement import Agreement, Period
from contracts.crosswalk import Vocabulary
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class AgencyProfile:
    """An agency as the rules know it."""

    id: AgencyId
    name: str
    short: str
    oin: str
    rsin: str
    valid: Period


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may handle cases, and who employs them."""

    id: str
    name: str
    employer: AgencyId


@dataclass(frozen=True, slots=True)
class Participant:
    """A municipality or province, and the agency that it takes part in."""

    code: str
    name: str
    agency: AgencyId
    rsin: str


@dataclass(frozen=True, slots=True)
class Rules:
    """
    All that administrators decided, checked as a whole.

    Attributes:
        version: A short digest of the content; the same files give the same version.
        paused: Agencies in whose systems nothing is written for now, as operators said; no part
            of the files, nor of the version.
        lenses: By agency; an agency without tables (a successor, say) has none.
    """

    version: str
    vocabulary: Vocabulary
    agreements: tuple[Agreement, ...]
    lenses: Mapping[AgencyId, Lens]
    agencies: Mapping[AgencyId, AgencyProfile] = field(default_factory=dict)
    staff: Mapping[str, StaffMember] = field(default_factory=dict)
    participants: Mapping[str, Participant] = field(default_factory=dict)
    paused: frozenset[AgencyId] = frozenset()

    def pausing(self, agencies: frozenset[AgencyId]) -> Rules:
        """Give these rules, with nothing written at *agencies* for now."""
        return self if agencies == self.paused else replace(self, paused=agencies)

    def lens(self, agency: AgencyId) -> Lens:
        """
        Give the lens of an agency.

        Raises:
            LookupError: The rules have no tables for it.
        """
        try:
            return self.lenses[agency]
        except KeyError:
            msg = (
                f"agency {agency!r} has no crosswalk in these rules; "
                f"add crosswalk-{agency}.yaml and catalogue-{agency}.yaml"
            )
            raise LookupError(msg) from None

    def agreement(self, name: str) -> Agreement | None:
        """Give an agreement by its id; ``None`` where these rules have none of that name."""
        return next((each for each in self.agreements if each.id == name), None)

    def in_force(self, agency: AgencyId, day: date) -> tuple[Agreement, ...]:
        """Give the agreements that bind *agency* on *day*, the narrowest first."""
        found = [
            each for each in self.agreements if agency in each.parties and each.period.covers(day)
        ]
        return tuple(sorted(found, key=lambda each: (each.breadth, each.id)))

    def covering(
        self, agency: AgencyId, case_type: str, participant: str | None, day: date
    ) -> tuple[Agreement, ...]:
        """Give the agreements in force that cover such cases of *agency*, the narrowest first."""
        return tuple(
            each for each in self.in_force(agency, day) if each.covers_case(case_type, participant)
        )

    def employer_of(self, staff: str) -> AgencyId | None:
        """Name the agency that employs somebody; ``None`` for whom the rules do not know."""
        known = self.staff.get(staff)
        return known.employer if known else None

    def name_of(self, staff: str) -> str | None:
        """Give somebody's name; ``None`` for whom the rules do not know."""
        known = self.staff.get(staff)
        return known.name if known else None

    def is_final(self, status: object) -> bool:
        """Tell whether a shared status ends a case."""
        return any(each.final and each.code == status for each in self.vocabulary.statuses)
