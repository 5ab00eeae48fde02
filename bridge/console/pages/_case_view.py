"""A case as its page shows it: one sentence, field by field in each side's words, a timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from pydantic import JsonValue

from bridge.console.fields import field_name
from bridge.console.inert import spoken
from bridge.console.names import Named, Names
from bridge.console.page import Reader
from bridge.desk import Explained, Shown, Standing, State, state_of
from bridge.engine.decision import What
from bridge.engine.lane import InFlight
from bridge.engine.link import Link, Origin, Side
from bridge.engine.parked import Parked, Way
from bridge.store import Pause, StoredLink
from bridge.store.views import CaseRow, JournalEntry
from contracts.case import split_path
from contracts.ids import AgencyId

URGENCY: Final = (
    Standing.PARKED,
    Standing.PAUSED,
    Standing.MAY_BE_THERE,
    Standing.BEING_READ,
    Standing.UNDER_WAY,
    Standing.UNSUPPORTED,
    Standing.APART,
    Standing.OWN,
    Standing.HELD,
)
"""Of the sides of a field, the first of these speaks for it; fields stand in this order."""


_NOT_OF_THE_CASE: Final = frozenset({What.STALE, What.SEEN})
"""Rows of the journal that say nothing of what the case is."""


@dataclass(frozen=True, slots=True)
class SideValue:
    """How one side of a field stands, with its values as people say them."""

    shown: Shown
    shows: Named
    stands_for: Named

    @property
    def agency(self) -> AgencyId:
        """Whose side it is."""
        return self.shown.agency

    @property
    def standing(self) -> Standing:
        """How it stands, in one word."""
        return self.shown.standing


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field over all sides."""

    path: str
    name: str
    standing: Standing
    sides: tuple[SideValue, ...]
    agreed: Named
    origin: Origin | None
    history: tuple[JournalEntry, ...]

    @property
    def is_document(self) -> bool:
        """Tell whether it is a document, which has a table of its own."""
        return split_path(self.path)[0] == "documents"


@dataclass(frozen=True, slots=True)
class ParkedView:
    """
    One thing that waits for a person, and what can be done.

    Attributes:
        choices: The values that are known of it: of the truth, of each side.
        named: The same as people say them.
    """

    agency: AgencyId
    path: str
    name: str
    parked: Parked
    choices: tuple[JsonValue, ...]
    named: tuple[Named, ...]

    def offers(self, way: Way) -> bool:
        """Tell whether that is a way out."""
        return way in self.parked.ways


@dataclass(frozen=True, slots=True)
class SideView:
    """One side of a case: what it is called there, and where people find it."""

    agency: AgencyId
    name: str
    number: str | None
    address: str | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """
    All that the page of a case shows.

    Attributes:
        called: What each path in the timeline is called.
    """

    link: Link
    version: int
    row: CaseRow
    state: State
    sentence: str
    sides: tuple[SideView, ...]
    fields: tuple[FieldView, ...]
    documents: tuple[FieldView, ...]
    parked: tuple[ParkedView, ...]
    timeline: tuple[JournalEntry, ...]
    called: Mapping[str, str]
    names: Names

    def said(self, row: JournalEntry, value: JsonValue) -> Named:
        """Name a value in a row of the timeline."""
        return self.names.told(row, value, self.link)


def view_of(
    stored: StoredLink,
    row: CaseRow,
    explained: Sequence[Explained],
    journal: Sequence[JournalEntry],
    pauses: Mapping[AgencyId, Pause],
    reader: Reader,
) -> CaseView:
    """Put together what the page of a case shows."""
    link, names = stored.link, Names(reader.supply.rules())
    fields = sorted((_field(link, each, names, reader) for each in explained), key=_place)
    parked = tuple(_parked(link, names, reader))
    state = state_of(row, pauses)
    timeline = tuple(each for each in journal if each.what not in _NOT_OF_THE_CASE)
    return CaseView(
        link=link,
        version=stored.version,
        row=row,
        state=state,
        sentence=sentence_of(link, state, parked, pauses, reader),
        sides=tuple(_side(agency, row, reader) for agency in link.sides),
        fields=tuple(each for each in fields if not each.is_document),
        documents=tuple(each for each in fields if each.is_document),
        parked=parked,
        timeline=timeline,
        called=_called(timeline, fields, reader),
        names=names,
    )


def _called(
    timeline: Sequence[JournalEntry], fields: Sequence[FieldView], reader: Reader
) -> dict[str, str]:
    paths = {row.path for row in timeline if row.path}
    return {path: field_name(path, reader) for path in paths} | {f.path: f.name for f in fields}


def _field(link: Link, explained: Explained, names: Names, reader: Reader) -> FieldView:
    value = explained.agreed
    if value is None:
        value = next((side.shows for side in explained.sides if side.shows is not None), None)
    standing = min((side.standing for side in explained.sides), key=URGENCY.index)
    if standing is Standing.OWN and len({spoken(side.shows) for side in explained.sides}) == 1:
        standing = Standing.HELD
    path = explained.path
    return FieldView(
        path=path,
        name=field_name(path, reader, value),
        standing=standing,
        sides=tuple(_side_value(link, path, side, names) for side in explained.sides),
        agreed=names.shared(path, explained.agreed),
        origin=link.origins.get(explained.path),
        history=explained.history,
    )


def _side_value(link: Link, path: str, shown: Shown, names: Names) -> SideValue:
    case_type = link.sides[shown.agency].base.get("case_type")
    return SideValue(
        shown,
        names.local(shown.agency, path, shown.shows, case_type),
        names.shared(path, shown.stands_for),
    )


def _place(field: FieldView) -> tuple[int, bool, str]:
    return URGENCY.index(field.standing), "/" in field.path, field.name


def _parked(link: Link, names: Names, reader: Reader) -> list[ParkedView]:
    found = []
    for side in link.sides.values():
        for path, parked in side.parked.items():
            known = [link.truth.get(path), parked.value]
            known += [each.stands.get(path) for each in link.sides.values()]
            choices: list[JsonValue] = []
            for value in known:
                if value is not None and value not in choices:
                    choices.append(value)
            name = field_name(path, reader, parked.value)
            named = tuple(names.shared(path, value) for value in choices)
            found.append(ParkedView(side.agency, path, name, parked, tuple(choices), named))
    return sorted(found, key=lambda each: each.parked.since)


def sentence_of(
    link: Link,
    state: State,
    parked: Sequence[ParkedView],
    pauses: Mapping[AgencyId, Pause],
    reader: Reader,
) -> str:
    """Say in one sentence how a case stands, for anybody."""
    names = reader.names
    match state:
        case State.RELEASED:
            return reader.say("case.is_released", why=spoken(link.released))
        case State.NEEDS_ATTENTION:
            name = f"{parked[0].name} ({names.agency(parked[0].agency)})"
            return reader.say("case.needs_attention", count=len(parked), name=name)
        case State.WAITS:
            away = [side.agency for side in link.sides.values() if _waits(side)]
            if away:
                return reader.say("case.waits", agencies=", ".join(map(names.agency, away)))
            paused = [pauses[agency] for agency in link.sides if agency in pauses]
            return reader.say(
                "case.is_paused",
                agencies=", ".join(names.agency(pause.agency) for pause in paused),
                why="; ".join(spoken(pause.reason) for pause in paused),
            )
        case State.UNDER_WAY:
            to = [agency for agency in link.sides if _is_sent_to(link, agency)]
            agencies = ", ".join(map(names.agency, to or link.sides))
            return reader.say("case.under_way", agencies=agencies)
        case State.EQUAL:
            return reader.say("case.is_equal", count=len(link.sides))


def _waits(side: Side) -> bool:
    return any(lane.waits for lane in side.lanes.values())


def _is_sent_to(link: Link, agency: AgencyId) -> bool:
    return any(isinstance(lane.phase, InFlight) for lane in link.sides[agency].lanes.values())


def _side(agency: AgencyId, row: CaseRow, reader: Reader) -> SideView:
    shown = next(side for side in row.sides if side.agency == agency)
    profile = reader.supply.rules().agencies.get(agency)
    settings = reader.supply.settings.agencies.get(agency)
    address = None
    if settings and settings.case_url and shown.ref:
        last = shown.ref.rstrip("/").rpartition("/")[2]
        address = settings.case_url.replace("{ref}", quote(last, safe="")).replace(
            "{number}", quote(shown.number or "", safe="")
        )
    name = profile.name if profile else str(agency)
    return SideView(agency, name, shown.number, address, shown.checked_at)
