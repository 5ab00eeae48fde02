"""Neighbours: what the other Links of one case mean for a decision on this one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from bridge.engine.lane import InFlight, lane_of
from bridge.engine.link import Link
from bridge.engine.sameness import same
from contracts.case import split_path
from contracts.ids import AgencyId
from contracts.messages import Lane


@dataclass(frozen=True, slots=True)
class Brought:
    """What another Link agreed on and brought to a side: which value, and when it was typed."""

    value: JsonValue
    at: datetime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What else is known of the case that an event is about.

    Attributes:
        foreign: Local item paths on the observed side that other Links of the same case made.
        brought: Shared path → what another Link of the same case brought to the observed side.
        busy: Lanes in which another Link of the same case has a Command in flight there.
        linked_to: Agencies to which the case is linked already.
        shared_with: Agencies with which a person shared it.
        related: Links of the cases that it names as related, by their reference.
    """

    foreign: frozenset[str] = frozenset()
    brought: Mapping[str, Brought] = field(default_factory=dict)
    busy: frozenset[Lane] = frozenset()
    linked_to: frozenset[AgencyId] = frozenset()
    shared_with: frozenset[AgencyId] = frozenset()
    related: Mapping[str, Sequence[Link]] = field(default_factory=dict)


ALONE: Final = Surroundings()


def foreign_to(link: Link, others: Collection[Link], agency: AgencyId) -> frozenset[str]:
    """
    Name the local items on *agency*'s side that other Links of the same case brought there.

    Without this a document that one Link delivered would cross over by the next one.
    """
    own = link.sides[agency].items
    found: set[str] = set()
    for other in others:
        side = other.sides.get(agency)
        if other.id == link.id or side is None:
            continue
        brought = {
            path
            for path, shared in side.items.items()
            if not split_path(shared)[1].startswith(f"{agency}~")
        }
        found |= brought | set(side.ours)
    return frozenset(found - own.keys())


def brought_to(others: Collection[Link], agency: AgencyId) -> dict[str, Brought]:
    """
    Name what other Links brought to *agency*'s side from where it was typed.

    There it shows as our own, written just now; when it was typed only the other Link knows.
    """
    return {
        path: Brought(other.truth.get(path), origin.at)
        for other in others
        for path, origin in other.origins.items()
        if origin.agency != agency
        and same(path, other.sides[agency].stands.get(path), other.truth.get(path))
    }


def busy_with(others: Collection[Link], agency: AgencyId) -> frozenset[Lane]:
    """
    Name the lanes of *agency*'s case that other Links are writing to.

    Also those of the parts of a Command that lie elsewhere: a note that tells of a document.
    """
    flights = [
        state.phase.command
        for other in others
        for state in other.sides[agency].lanes.values()
        if isinstance(state.phase, InFlight)
    ]
    changed = {lane_of(change.path) for each in flights for change in each.patch.changes}
    return frozenset(changed | {each.lane for each in flights})
