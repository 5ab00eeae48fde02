"""
Route: whether a case that no Link knows crosses, to whom, and under which agreement.

No agreement, no crossing. Of several agreements that cover a case towards one agency the
narrowest holds, and the journal says which.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.engine.absorb import absorb
from bridge.engine.decision import Row, What
from bridge.engine.draft import Draft
from bridge.engine.link import Link, Mode, Side
from bridge.engine.neighbours import Surroundings
from bridge.engine.parked import CASE, Reason
from bridge.engine.rules import Rules
from bridge.engine.scope import confined
from bridge.engine.translate import CaseKind, How, Lens
from contracts.agreement import Agreement, Route
from contracts.case import Cells, cells_of, path_of
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Observation, Seen
from contracts.snapshot import Snapshot

BY_HAND = "hand"
"""
The route of a case that a person shared where no route of the agreement takes it begins so.

To whom is part of its name: a store lets one case go one route once.
"""


_ASPECTS = "aspecten"
"""The shared property that names the aspects of a case."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One way that a case goes."""

    agreement: Agreement
    route: str
    to: AgencyId


def link_id(agency: AgencyId, ref: CaseRef, agreement: str, to: AgencyId) -> LinkId:
    """
    Derive the id of a new Link from what it links.

    Two hubs that route one case at the same moment mint the same id, so that only one can save.
    """
    digest = hashlib.sha256(f"{agency}|{ref}|{agreement}|{to}".encode()).hexdigest()
    return LinkId(digest[:26])


def open_links(
    observation: Observation,
    seen: Seen,
    rules: Rules,
    at: datetime,
    around: Surroundings,
) -> tuple[list[Draft], list[Row]]:
    """
    Open the Links that a case which is seen for the first time asks for.

    Returns:
        New Links with the case taken in, and rows for what did not become one.
    """
    snapshot, agency = seen.snapshot, observation.agency
    if snapshot.mark is not None:
        # A copy that we made, and whose Link we do not know: never the start of a new one.
        why = "de zaak draagt ons kenmerk en geen koppeling kent haar; is de opslag teruggezet?"
        return [], [_not_linked(observation, at, why)]
    local = cells_of(snapshot.case)
    lens = rules.lens(agency)
    kind = lens.crosses(local)
    shared_types = (kind.shared,) if kind.shared else lens.candidates(str(local.get("case_type")))
    got = lens.get(local, _for_routing(local, lens), {}, {})
    found: dict[AgencyId, tuple[Crossing, Snapshot]] = {}
    for shared_type in shared_types:
        for way in crossings(rules, agency, shared_type, got.values, at, around.shared_with):
            may = confined(snapshot, agency, rules, at.date(), way.agreement.id)
            if way.to not in around.linked_to and may is not None:
                found.setdefault(way.to, (way, may))
    if not found or (kind.shared is None and not kind.parks):
        why = kind.why if kind.shared is None else _why_not(rules, agency, got.values)
        return [], [_not_linked(observation, at, why)] if not around.linked_to else []
    opened: list[Draft | Row] = []
    for way, may in found.values():
        draft = _begin(observation, rules, at, way)
        absorb(draft, draft.link.sides[agency], may, seen_at=observation.at)
        why_not = _ask_for_counterpart(draft, way.to, around, kind)
        opened.append(draft if why_not is None else _not_linked(observation, at, why_not))
    drafts = [draft for draft in opened if isinstance(draft, Draft)]
    return drafts, [row for row in opened if isinstance(row, Row)]


def _for_routing(local: Cells, lens: Lens) -> list[str]:
    """Name the local paths of which a route may ask."""
    paths = [path_of("properties", name) for name in lens.terms.details.local_names(_ASPECTS)]
    return [path for path in ("case_type", "participant", *sorted(paths)) if path in local]


def crossings(
    rules: Rules,
    agency: AgencyId,
    case_type: str,
    shared: Cells,
    at: datetime,
    shared_with: Collection[AgencyId],
) -> list[Crossing]:
    """Give the ways that a case goes, the narrowest agreement first."""
    participant = shared.get("participant")
    code = participant if isinstance(participant, str) else None
    ways: list[Crossing] = []
    for agreement in sorted(rules.agreements, key=lambda each: (each.breadth, each.id)):
        if agency not in agreement.parties or not agreement.period.covers(at.date()):
            continue
        if not agreement.covers_case(case_type, code):
            continue
        ways += [
            Crossing(agreement, route.id, route.to)
            for route in agreement.routing
            if route.as_ == "counterpart"
            and _takes(route, agency, case_type, code, shared, shared_with)
        ]
        ways += [
            Crossing(agreement, f"{BY_HAND}-{to}", to)
            for to in sorted(shared_with)
            if to in agreement.parties
        ]
    return ways


def _takes(
    route: Route,
    agency: AgencyId,
    case_type: str,
    participant: str | None,
    shared: Cells,
    shared_with: Collection[AgencyId],
) -> bool:
    when = route.when
    aspects = shared.get(path_of("properties", _ASPECTS))
    named = aspects.get("value") if isinstance(aspects, dict) else ""
    return (
        agency in when.home
        and (not when.case_types or any(fnmatch.fnmatchcase(case_type, t) for t in when.case_types))
        and (not when.participants or participant in when.participants)
        and (when.aspect is None or when.aspect in str(named))
        and (when.shared_by is None or route.to in shared_with)
    )


def _why_not(rules: Rules, agency: AgencyId, shared: Cells) -> str:
    code = shared.get("participant")
    participant = rules.participants.get(str(code))
    if participant and participant.agency != agency:
        return (
            f"geen route: {code} is deelnemer van {participant.agency}; "
            "stel overdracht voor in plaats van delen (Awb 2:3)"
        )
    return "geen geldige afspraak heeft een route voor deze zaak"


def _not_linked(observation: Observation, at: datetime, why: str) -> Row:
    return Row(
        what=What.NOT_LINKED,
        at=at,
        agency=observation.agency,
        ref=observation.ref,
        why=why,
        cause=f"{observation.sequence.epoch}.{observation.sequence.counter}",
    )


def _begin(observation: Observation, rules: Rules, at: datetime, way: Crossing) -> Draft:
    """Give a new Link whose home was seen, and whose counterpart is not made yet."""
    agency, sequence = observation.agency, observation.sequence
    link = Link(
        id=link_id(agency, observation.ref, way.agreement.id, way.to),
        agreement=way.agreement.id,
        route=way.route,
        home=agency,
        created_at=at,
        rules=rules.version,
    )
    home = Side(agency, ref=observation.ref)
    link.sides = {agency: home, way.to: Side(way.to)}
    draft = Draft(link, rules, at, cause=f"{sequence.epoch}.{sequence.counter}")
    for state in home.lanes.values():
        state.sequence = sequence
    draft.row(
        What.LINKED,
        home,
        rule=f"{way.agreement.id}/{way.route}",
        why=f"gaat over naar {way.to}",
        value=str(observation.ref),
    )
    return draft


def _ask_for_counterpart(
    draft: Draft, to: AgencyId, around: Surroundings, kind: CaseKind
) -> str | None:
    """Say of what type the counterpart is to be, or that a person must; why not, if it is none."""
    other = draft.link.sides[to]
    if kind.parks:
        draft.park(other, "case_type", Reason.NO_COUNTERPART, kind.why, gap=kind.gap)
        return None
    (verdict,) = draft.rules.lens(to).put(draft.link.truth, ["case_type"], {}, {})
    if verdict.how is How.NOT_CROSSING:
        return verdict.why or f"niet voor {to}"
    if verdict.how is How.FOLD:
        _fold(draft, other, around.related, verdict.why)
    return None


def _fold(draft: Draft, other: Side, related: Mapping[str, Sequence[Link]], why: str) -> None:
    """Point to the case of the other agency of which this one is a part."""
    draft.link.mode = Mode.FOLD
    for path in draft.link.sides[draft.link.home].base:
        if not path.startswith("related/"):
            continue
        for neighbour in related.get(path.removeprefix("related/"), ()):
            side = neighbour.sides.get(other.agency)
            if side and side.ref:
                other.ref = side.ref
                draft.row(What.ADOPTED, other, "case_type", value=str(side.ref), why=why)
                return
    missing = f"{why}; een verwijzing naar de zaak waar zij bij hoort ontbreekt"
    draft.park(other, CASE, Reason.NO_COUNTERPART, missing)
