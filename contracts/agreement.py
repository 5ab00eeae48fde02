"""
Agreement: what two or more agencies agreed to share (*dienstverleningsovereenkomst*, DVO).

No agreement, no crossing; field by field. The names of the members are those of the files that
administrators keep.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.case import CONFIDENTIALITY, FIELDS
from contracts.ids import AgencyId


class Entry(BaseModel):
    """A part of a file that people write: a member that nobody knows is an error, with its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(StrEnum):
    """Who wins where both sides changed a register, or how a field crosses at all."""

    HOME = "home"
    """The agency where the case began."""
    HANDLER = "handler"
    """The agency that employs the handler."""
    HOME_OF_HANDLER = "home-of-handler"
    """As ``handler``; for the field ``handler`` itself: the employer of the new one."""
    LATEST = "latest-wins"
    STRICTEST = "strictest"
    """The strictest level; a crossing never lowers it."""
    EACH = "each"
    """Each agency has its own; the field does not cross."""
    UNION = "union"
    UNION_UNLESS_INTERNAL = "union-unless-internal"
    PARK = "park"
    """A person chooses; until then each side keeps its own."""
    COMPETENT_AUTHORITY = "competent-authority"
    """Recorded where the competent authority takes it; told to the others in a note."""


DEFAULT_POLICY: Mapping[str, Policy] = {
    "number": Policy.EACH,
    "unit": Policy.EACH,
    "archive": Policy.EACH,
    "end": Policy.EACH,
    "planned_end": Policy.EACH,
    "payment": Policy.EACH,
    "registered": Policy.HOME,
    "start": Policy.HOME,
    "deadline": Policy.HOME,
    "case_type": Policy.HOME,
    "title": Policy.HOME,
    "explanation": Policy.HOME,
    "participant": Policy.HOME,
    "confidentiality": Policy.STRICTEST,
    "status": Policy.HANDLER,
    "result": Policy.HANDLER,
    "handler": Policy.HOME_OF_HANDLER,
    "notes": Policy.UNION_UNLESS_INTERNAL,
    "decisions": Policy.COMPETENT_AUTHORITY,
    "related": Policy.EACH,
    "hours": Policy.UNION,
    "documents": Policy.UNION,
    "roles": Policy.UNION,
    "objects": Policy.UNION,
}
"""What holds for a field of which an agreement says nothing; for all others the latest wins."""


class Period(Entry):
    """From and to, both included; without an end where ``to`` is missing."""

    from_: date = Field(alias="from")
    to: date | None = None
    signed: date | None = None
    notice: str | None = None

    def covers(self, day: date) -> bool:
        """Tell whether *day* falls within it."""
        return self.from_ <= day and (self.to is None or day <= self.to)


class Exclusion(Entry):
    """A case type that does not cross, and why."""

    case_type: str
    why: str = ""


class Scope(Entry):
    """Which cases an agreement is about, in shared terms."""

    case_types: tuple[str, ...]
    participants: tuple[str, ...]
    excluded: tuple[Exclusion, ...] = ()


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class RouteWhen(Entry):
    """
    Which cases a route takes.

    Attributes:
        case_types: Shared codes; ``bodem.*`` takes all that begin so. Empty takes all in scope.
        participants: Empty takes all in scope.
        aspect: The case names this among its aspects.
        shared_by: ``hand``: only where a person shared the case.
    """

    home: Annotated[tuple[AgencyId, ...], BeforeValidator(_one_or_more)]
    case_types: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    aspect: str | None = None
    shared_by: Literal["hand"] | None = None


class Route(Entry):
    """
    To whom a case goes.

    Attributes:
        as_: ``related-case``: the other agency has a case of its own, which is referred to and
            not kept alike.
        asks: The case type of that other case.
    """

    id: str
    when: RouteWhen
    to: AgencyId
    unit: str | None = None
    default_handler: str | None = None
    as_: Literal["counterpart", "related-case"] = Field(default="counterpart", alias="as")
    asks: str | None = None
    note: str = ""


class Secondment(Entry):
    """A person of one agency who works for another (*detachering*)."""

    staff: str
    home: AgencyId
    deployed_at: AgencyId
    role: str
    from_: date = Field(alias="from")
    to: date | None = None
    hours_max: float | None = None
    fte: float | None = None
    mandate: str = ""

    def covers(self, day: date) -> bool:
        """Tell whether the person is deployed on *day*."""
        return self.from_ <= day and (self.to is None or day <= self.to)


class Precedence(Entry):
    """
    A value that wins whoever owns the field.

    Such as a withdrawal at the home agency, which beats a substantive result elsewhere.
    """

    field: str
    value: str
    wins: Literal["home", "handler"]


class MayCross(Entry):
    """What of a case may leave its agency, beyond the fields themselves."""

    roles: tuple[str, ...] = ()
    never_roles: tuple[str, ...] = ()
    person_fields: tuple[str, ...] = ()
    never_person_fields: tuple[str, ...] = ()
    bsn_exception: str | None = None
    max_confidentiality: str = "zeer_geheim"
    notes: str = ""
    note: str = ""
    document_types_never: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _level_is_known(self) -> MayCross:
        if self.max_confidentiality not in CONFIDENTIALITY:
            msg = (
                f"max_confidentiality: {self.max_confidentiality!r} is no level; "
                f"choose one of {', '.join(CONFIDENTIALITY)}"
            )
            raise ValueError(msg)
        return self


class Budget(Entry):
    """Hours that the agreement pays for."""

    hours: float
    warn_at: float = 1.0
    stop_at: float = 1.0
    on_stop: Literal["park-new", "warn"] = "warn"


class ResponseTerm(Entry):
    """How fast something is to be answered; shown, never enforced by us."""

    what: str
    term: str
    calendar: str
    p: str | None = None


class Agreement(Entry):
    """
    One agreement.

    Attributes:
        field_ownership: By field, or ``properties.<name>``: the policy. See `policy_for`.
        precedence: Values that win whoever owns the field.
        settlement: How the work is paid; kept for reports.
        data: Who is answerable for the personal data; kept for the processing log.
    """

    id: str
    title: str
    parties: tuple[AgencyId, ...] = Field(min_length=2)
    period: Period
    status: str = "geldig"
    purpose: str = ""
    legal_basis: str = ""
    scope: Scope
    routing: tuple[Route, ...] = ()
    secondments: tuple[Secondment, ...] = ()
    field_ownership: Mapping[str, Policy] = {}
    precedence: tuple[Precedence, ...] = ()
    may_cross: MayCross = MayCross()
    response_terms: tuple[ResponseTerm, ...] = ()
    budget: Budget | None = None
    settlement: Mapping[str, Any] = {}
    data: Mapping[str, Any] = {}
    replaced_by: str | None = None

    @model_validator(mode="after")
    def _names_are_known(self) -> Agreement:
        for name in self.field_ownership:
            if name.partition(".")[0] not in FIELDS:
                msg = f"field_ownership: {name!r} is no field; choose one of {', '.join(FIELDS)}"
                raise ValueError(msg)
        for route in self.routing:
            strangers = {route.to, *route.when.home} - set(self.parties)
            if strangers:
                names = ", ".join(sorted(strangers))
                msg = f"routing {route.id}: {names} is no party; add it to parties"
                raise ValueError(msg)
        return self

    def policy_for(self, path: str) -> Policy:
        """Give the policy of a path in shared terms: the narrowest that the agreement names."""
        field, _, key = path.partition("/")
        for name in (f"{field}.{key}", field):
            if name in self.field_ownership:
                return self.field_ownership[name]
        return DEFAULT_POLICY.get(field, Policy.LATEST)

    def covers_case(self, case_type: str, participant: str | None) -> bool:
        """Tell whether cases of this type and participant are in scope."""
        if any(fnmatch.fnmatchcase(case_type, out.case_type) for out in self.scope.excluded):
            return False
        inside = any(fnmatch.fnmatchcase(case_type, wanted) for wanted in self.scope.case_types)
        return inside and (participant is not None and participant in self.scope.participants)

    @property
    def breadth(self) -> int:
        """How much the agreement is about; of two that cover a case the narrowest holds."""
        return len(self.scope.case_types) * max(1, len(self.scope.participants))
