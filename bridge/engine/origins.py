"""Origins: who made the edits that a reading shows, and when, as far as their system tells."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from bridge.engine.draft import Draft
from bridge.engine.link import Origin, Side
from bridge.engine.neighbours import Brought
from bridge.engine.sameness import same
from bridge.engine.shown import Shown
from contracts.case import moment, split_path
from contracts.snapshot import Author


class Origins:
    """Who made the edits of one reading, and when, as far as the system tells."""

    def __init__(self, draft: Draft, side: Side, shown: Shown) -> None:
        self._rules, self._side, self._brought = draft.rules, side, shown.brought
        self._authors, self._seen_at = shown.snapshot.authors, shown.at

    def __call__(self, shared: str, value: JsonValue) -> Origin:
        author = self._author(shared)
        if brought := self.brought(shared, value):
            return Origin(
                self._side.agency, min(brought.at, self._seen_at), author.by, self._seen_at
            )
        at = _author_time(author.at, self._seen_at)
        if shared == "status":
            at = _author_time(self._status_time(), at)
        seen_at = self._seen_at if at != self._seen_at else None
        return Origin(self._side.agency, at, author.by, seen_at)

    def brought(self, shared: str, value: JsonValue) -> Brought | None:
        """Give what another Link brought there, if that is it and no colleague typed it."""
        known = self._brought.get(shared)
        by = self._author(shared).by
        is_it = known is not None and same(shared, value, known.value)
        return known if is_it and self._rules.employer_of(by or "") is None else None

    def _author(self, shared: str) -> Author:
        """Find the author by the local path; where several show it, the newest."""
        native = [path for path, theirs in self._side.items.items() if theirs == shared]
        paths = native or self._rules.lens(self._side.agency).local_paths(shared)
        found = [self._authors[path] for path in paths if path in self._authors]
        dated = [author for author in found if author.at is not None]
        return max(dated, key=lambda author: author.at or self._seen_at, default=Author())

    def _status_time(self) -> datetime | None:
        """The moment that the status was set, by its own history."""
        steps = [
            moment(value["at"])
            for path, value in self._side.base.items()
            if split_path(path)[0] == "status_history"
            and isinstance(value, dict)
            and value.get("status") == self._side.base.get("status")
        ]
        known = [step for step in steps if step is not None]
        return max(known, default=None)


def _author_time(at: datetime | None, seen: datetime) -> datetime:
    """Give the moment of an edit: as the system tells it, never later than we saw it."""
    return min(at, seen) if at else seen
