"""
Which Works of a group are good, and what becomes of their Links; pure, the same on every store.

A Work is good if it was decided on the version that is there. Works on one Link count on from
each other, and only the last state is written; so what follows a stale one is stale too, also
where somebody else's saving has made the version that it counts on from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bridge.engine.link import Link
from bridge.store.records import Work
from contracts.ids import LinkId

Route = tuple[str, str, str, str | None]
"""What only one Link may have: agreement, route, home, and the case at home, where there is one."""


def route_of(link: Link) -> Route:
    """Give what no other Link may have, however many hubs route the same new case at once."""
    home = link.sides.get(link.home)
    return link.agreement, link.route, link.home, home.ref if home else None


def has_case(route: Route) -> bool:
    """Tell whether a route names a case; any number of Links may have one that does not."""
    return route[-1] is not None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one Link: the last good Work on it, and the version that this gives."""

    work: Work
    link: Link
    version: int


class Sifted:
    """
    A group, with the stale Works told apart.

    Attributes:
        new: Links to be made, in one order everywhere: two who make the same ones wait for each
            other, and never deadlock.
        known: Links to be saved, by their ids.
    """

    def __init__(self, group: Sequence[Work], there: Mapping[LinkId, int]) -> None:
        """Compare *group* with the versions of those of its Links that are *there*."""
        self._group = group
        changes: dict[LinkId, Change] = {}
        stale: set[LinkId] = set()
        self._good = [_take(work, changes, stale, there) for work in group]
        self.new = sorted((changes[id_] for id_ in changes.keys() - there.keys()), key=_order)
        self.known = [changes[id_] for id_ in sorted(changes.keys() & there.keys())]

    def verdicts(self, lost: Collection[LinkId]) -> tuple[bool, ...]:
        """Tell of each Work whether it is saved, where somebody else had made the *lost* Links."""
        return tuple(
            is_good and (work.link is None or work.link.id not in lost)
            for work, is_good in zip(self._group, self._good, strict=True)
        )


def _take(
    work: Work,
    changes: dict[LinkId, Change],
    stale: set[LinkId],
    there: Mapping[LinkId, int],
) -> bool:
    link = work.link
    if link is None:
        return True
    before = changes.get(link.id)
    version = before.version if before else there.get(link.id, 0)
    if link.id in stale or work.expected_version != version:
        stale.add(link.id)
        return False
    changes[link.id] = Change(work, link, version + 1)
    return True


def _order(change: Change) -> tuple[str, ...]:
    agreement, route, home, ref = route_of(change.link)
    return agreement, route, home, ref or "", change.link.id
