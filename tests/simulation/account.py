"""
The account of a run, put in order for the laws: who typed what where, what the bridge wrote.

Nothing here is the engine's: cells are followed from the events of people and systems alone, and
what belongs together is told by the tables (`meaning`) and by what was typed (`people.token`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.link import Link
from bridge.engine.sameness import same
from contracts.case import split_path
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Command
from tests.simulation.meaning import Meaning, Shown, alike
from tests.simulation.people import token, tokens
from tests.simulation.rulesets import Ruleset
from tests.simulation.trace import (
    Decided,
    Edited,
    Made,
    Opened,
    Outcome,
    Phase,
    Restored,
    Ruled,
    Wrote,
)

CaseKey = tuple[AgencyId, CaseRef]
Findings = Iterator[tuple[int, str]]
"""What a law finds broken: where in the trace, and why."""

BY_TOKEN = frozenset({"notes", "documents", "roles"})
"""Fields whose items are known by what was typed in them."""


@dataclass(frozen=True, slots=True)
class Touch:
    """
    One value put into one cell, by a person or by the bridge.

    Attributes:
        place: Where in the trace.
        asked: What the bridge sent; of what a person typed, what showed.
        about: The topics of the cell: shared paths, or for items what was typed in them.
    """

    place: int
    case: CaseKey
    path: str
    value: JsonValue
    before: JsonValue
    asked: JsonValue
    is_typed: bool
    about: tuple[str, ...]
    event: Opened | Edited | Made | Wrote = field(repr=False)

    @property
    def agency(self) -> AgencyId:
        """Where it is."""
        return self.case[0]


class Account:
    """One run, read once."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.events = outcome.trace.events
        self.rulesets = [(n, e.ruleset) for n, e in enumerate(self.events) if isinstance(e, Ruled)]
        self.phases = {e.name: n for n, e in enumerate(self.events) if isinstance(e, Phase)}
        self.cells: dict[CaseKey, dict[str, list[Touch]]] = {}
        self.touches: list[Touch] = []
        self.by_topic: dict[str, list[Touch]] = {}
        self.rows: dict[LinkId | None, list[tuple[int, Row]]] = {}
        self.decisions = [(n, e) for n, e in enumerate(self.events) if isinstance(e, Decided)]
        self.made = {(e.agency, e.ref): e for e in self.events if isinstance(e, Made)}
        self._meaning_of: dict[tuple[str, AgencyId], Meaning] = {}
        self._typed_with: dict[str, list[Touch]] = {}
        for place, event in enumerate(self.events):
            self._take(place, event)
        self.links = {**outcome.links, **self._forgotten()}
        self.partners: dict[CaseKey, dict[CaseKey, Link]] = {}
        for link in self.links.values():
            cases = [(side.agency, side.ref) for side in link.sides.values() if side.ref]
            for one in cases:
                for other in cases:
                    if one != other:
                        self.partners.setdefault(one, {})[other] = link
        self._components: dict[CaseKey, frozenset[CaseKey]] = {}

    def _take(self, place: int, event: object) -> None:
        match event:
            case Opened(agency=agency, ref=ref, cells=cells):
                for path, value in cells.items():
                    self._touch(place, (agency, ref), path, value, None, value, event)
            case Edited(agency=agency, ref=ref, path=path, value=value, before=before):
                self._touch(place, (agency, ref), path, value, before, value, event)
            case Made(agency=agency, ref=ref, cells=cells):
                rendering = self.outcome.habits[agency].rendering
                for path, value in cells.items():
                    shown = rendering.of(path, value)
                    self._touch(place, (agency, ref), path, shown, None, value, event)
            case Wrote(agency=agency, ref=ref, path=path, value=value, before=before, asked=asked):
                self._touch(place, (agency, ref), path, value, before, asked, event)
            case Decided(rows=rows):
                for row in rows:
                    self.rows.setdefault(row.link, []).append((place, row))
            case _:
                pass

    def _touch(
        self,
        place: int,
        case: CaseKey,
        path: str,
        value: JsonValue,
        before: JsonValue,
        asked: JsonValue,
        event: Opened | Edited | Made | Wrote,
    ) -> None:
        about = self.topics(case[0], path, before if value is None else value)
        is_typed = isinstance(event, Opened | Edited)
        touch = Touch(place, case, path, value, before, asked, is_typed, about, event)
        self.touches.append(touch)
        self.cells.setdefault(case, {}).setdefault(path, []).append(touch)
        for topic in about:
            self.by_topic.setdefault(topic, []).append(touch)
        if is_typed:
            for typed in tokens(value):
                self._typed_with.setdefault(typed, []).append(touch)

    def _forgotten(self) -> dict[LinkId, Link]:
        """Give the Links that were, and that a store brought back from a backup does not know."""
        saved = {each.link.id: each.link for _, each in self.decisions if each.link is not None}
        return {id_: link for id_, link in saved.items() if id_ not in self.outcome.links}

    def typed_with(self, typed: str | None) -> Sequence[Touch]:
        """Give what people typed that bears a token."""
        return self._typed_with.get(typed or "", ())

    # Rules and words

    def ruleset_at(self, place: int) -> Ruleset:
        """Give the rules that held at a place of the trace."""
        return next(rules for since, rules in reversed(self.rulesets) if since <= place)

    def meaning_of(self, ruleset: Ruleset, agency: AgencyId) -> Meaning:
        """Give what the words of an agency meant under some rules, as its system renders them."""
        key = (ruleset.version, agency)
        if key not in self._meaning_of:
            self._meaning_of[key] = Meaning(
                ruleset.crosswalks[agency],
                ruleset.catalogues[agency],
                ruleset.rules.vocabulary,
                self.outcome.habits[agency].rendering,
            )
        return self._meaning_of[key]

    @cached_property
    def meanings(self) -> list[dict[AgencyId, Meaning]]:
        """Give what words meant, under each of the rules that held, the last first."""
        different = {ruleset.version: ruleset for _, ruleset in reversed(self.rulesets)}
        return [
            {agency: self.meaning_of(ruleset, agency) for agency in ruleset.agencies}
            for ruleset in different.values()
        ]

    def topics(self, agency: AgencyId, path: str, value: JsonValue) -> tuple[str, ...]:
        """Name what a cell is about: shared paths, or for items without a key what was typed."""
        name, _ = split_path(path)
        if name in BY_TOKEN:
            typed = token(value)
            return (f"{name}/#{typed}",) if typed else ()
        found: dict[str, None] = {}
        for meanings in self.meanings:
            found |= dict.fromkeys(meanings[agency].topics(path))
        return tuple(found)

    def case_type(self, case: CaseKey) -> str:
        """Give the local type of a case, as it is at the end."""
        touches = self.cells.get(case, {}).get("case_type")
        return str(touches[-1].value) if touches else ""

    def shown(self, case: CaseKey, path: str, value: JsonValue) -> Shown:
        """Give a value with where it stands."""
        return Shown(case[0], self.case_type(case), path, value)

    def alike(self, one: Touch, other: Touch, topic: str) -> bool:
        """Tell whether what was asked of two cells means the same, under some rules that held."""
        return self.same(one.case, one.path, one.asked, other.case, other.path, other.asked, topic)

    def same(
        self,
        case: CaseKey,
        path: str,
        value: JsonValue,
        there: CaseKey,
        their_path: str,
        theirs: JsonValue,
        topic: str,
    ) -> bool:
        """Tell whether two cells show the same, each in its own words."""
        if split_path(topic)[0] in BY_TOKEN:
            return token(value) == token(theirs)
        first, second = self.shown(case, path, value), self.shown(there, their_path, theirs)
        return any(
            alike((meanings[case[0]], first), (meanings[there[0]], second), topic)
            for meanings in self.meanings
        )

    def means(self, touch: Touch, topic: str, shared: JsonValue) -> bool:
        """Tell whether a value in a cell may stand for a value of the journal."""
        if split_path(topic)[0] in BY_TOKEN:
            return token(touch.value or touch.before) == token(shared)
        if topic == "suspension" and isinstance(touch.value, dict) and isinstance(shared, dict):
            # A part of it may be another's: it is merged part by part.
            return token(touch.value) == token(shared)
        shown = self.shown(touch.case, touch.path, touch.value)
        return any(
            meanings[touch.agency].stands_for(shown, topic, shared) for meanings in self.meanings
        )

    def means_the_same(self, touch: Touch, row: Row) -> bool:
        """Tell whether a row of the journal speaks of what was put into a cell."""
        if split_path(row.path)[0] in BY_TOKEN:
            # Of a document of which the content is not known yet, the title tells.
            said, known = row.value or row.other, touch.value or touch.before
            # A note of the bridge itself bears nothing that was typed.
            is_plain = not tokens(said) and not tokens(known)
            return bool(tokens(known) & tokens(said)) or (is_plain and same(row.path, said, known))
        return row.path in touch.about and self.means(touch, row.path, row.value)

    def value_at(self, case: CaseKey, path: str, at: datetime) -> JsonValue:
        """Give what a cell showed at a moment."""
        touches = self.cells.get(case, {}).get(path, ())
        return next((t.value for t in reversed(touches) if t.event.at <= at), None)

    def decisions_at(self, place: int) -> Iterator[Decided]:
        """Give the decisions, in order, that the store knows at a place; it may be put back."""
        restored = [(n, e) for n, e in enumerate(self.events[:place]) if isinstance(e, Restored)]
        since = 0
        if restored:
            since, last = restored[-1]
            yield from self.decisions_at(last.backup)
        yield from (decided for n, decided in self.decisions if since <= n < place)

    def is_forgotten(self, place: int, before: int) -> bool:
        """Tell whether a store that was brought back before a place knows no more of another."""
        return any(
            isinstance(event, Restored) and event.backup <= place < number
            for number, event in enumerate(self.events[:before])
        )

    def restored_before(self, place: int) -> bool:
        """Tell whether a store was brought back by then."""
        return any(isinstance(event, Restored) for event in self.events[:place])

    def found_again(self, case: CaseKey, before: int) -> int | None:
        """
        Give the place at which a case that the bridge had opened was found again after a restore.

        ``None`` where it was not by then: the store that was brought back knew of it, or it is
        not looked for yet.
        """
        made = self.made.get(case)
        if made is None:
            return None
        for place, decided in reversed(self.decisions):
            if place < before and any(
                row.what in (What.CREATED, What.ADOPTED)
                and (row.agency, row.value) == (case[0], str(case[1]))
                for row in decided.rows
            ):
                between = self.events[self.events.index(made) : place]
                return place if any(isinstance(event, Restored) for event in between) else None
        return None

    def was_sent_before(self, place: int, command: Command) -> bool:
        """Tell whether a Command repeats one that was sent."""
        return any(
            other.id == command.id
            for earlier, decided in self.decisions
            if earlier < place
            for other in decided.commands
        )

    def typed_as(self, case: CaseKey, before: int, row: Row) -> Iterator[Touch]:
        """Give what people typed in a case that a row of the journal may speak of."""
        for touches in self.cells.get(case, {}).values():
            for touch in touches:
                if touch.is_typed and touch.place < before and self.means_the_same(touch, row):
                    yield touch

    def was_brought(self, case: CaseKey, before: int, row: Row) -> bool:
        """Tell whether the bridge itself wrote what a row speaks of: for another Link."""
        return any(
            not touch.is_typed and touch.place < before and self.means_the_same(touch, row)
            for touches in self.cells.get(case, {}).values()
            for touch in touches
        )

    def is_silent(self, typed: Touch, topic: str, there: CaseKey) -> bool:
        """Tell whether another case has no word of its own for what was typed."""
        shown = self.shown(typed.case, typed.path, typed.value)
        kind = self.case_type(there)
        for meanings in self.meanings:
            for shared in meanings[typed.agency].candidates(shown, topic):
                if meanings[there[0]].fate(topic, shared, kind) is not None:
                    return True
        return False

    # What belongs together

    def component(self, case: CaseKey) -> frozenset[CaseKey]:
        """
        Give all cases that are linked with one, directly or by way of others; with itself.

        Or that ever were: what crossed by a Link that a restored store has forgotten crossed.
        """
        if case not in self._components:
            found, left = {case}, [case]
            while left:
                for other in self.partners.get(left.pop(), {}):
                    if other not in found:
                        found.add(other)
                        left.append(other)
            self._components[case] = frozenset(found)
        return self._components[case]

    def links_at(self, case: CaseKey) -> list[Link]:
        """Give the Links by which a case hangs at the end."""
        return _hung_by(self.outcome.links, case)

    def cell(self, touch: Touch) -> list[Touch]:
        """Give all that happened to the cell of a touch, in order."""
        return self.cells[touch.case][touch.path]

    def previous(self, touch: Touch) -> Touch | None:
        """Give what happened to that cell before."""
        before = [other for other in self.cell(touch) if other.place < touch.place]
        return before[-1] if before else None

    def rows_about(self, touch: Touch, topic: str, *kinds: What) -> Iterator[tuple[int, Row]]:
        """Give the rows of the journal about a topic, in all Links that a case ever hung by."""
        cases = self.component(touch.case)
        by_token = split_path(topic)[0] in BY_TOKEN
        links = {link.id: link for each in sorted(cases) for link in _hung_by(self.links, each)}
        for link in links.values():
            for place, row in self.rows.get(link.id, ()):
                if row.what not in kinds:
                    continue
                is_about = (
                    topic.partition("#")[2] in (token(row.value), token(row.other))
                    if by_token
                    else row.path in (topic, touch.path)
                )
                if is_about:
                    yield place, row


def _hung_by(links: Mapping[LinkId, Link], case: CaseKey) -> list[Link]:
    return [
        link
        for link in links.values()
        if any((side.agency, side.ref) == case for side in link.sides.values())
    ]


def who_or_what(value: JsonValue) -> JsonValue:
    """Give of a handler who it is, of all else itself."""
    return value["id"] if isinstance(value, dict) and "id" in value else value
