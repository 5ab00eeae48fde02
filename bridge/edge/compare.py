"""
Compare: what of a change shows already at a case, and what may give way to it; pure.

Which answer is right hangs on what the case may have been through. Of a case that the hub knows,
it said what it expects. In one that was made a moment ago, what stands there is what the system
made of our create. In one that was made and then lost sight of, somebody may have worked since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, assert_never

from pydantic import JsonValue

from bridge.engine.sameness import IDENTIFIED, is_rendering, same
from contracts.adapter import Limit
from contracts.case import Cells, split_path
from contracts.patch import Change
from contracts.snapshot import Snapshot


class Past(Enum):
    """What a case may have been through that is to be written to."""

    EXPECTED = auto()
    """The hub knows it, and said what it expects to find."""
    MADE = auto()
    """It was made a moment ago: what it shows is what the system made of our create, but for what
    the system says is somebody else's."""
    FOUND = auto()
    """It was made once, without an answer; somebody may have worked in it since."""

    @property
    def once_moved(self) -> Past:
        """What it may have been through where something moved between our look and our write."""
        return Past.FOUND if self is Past.MADE else self


@dataclass(frozen=True, slots=True)
class Look:
    """
    What a case shows, and how a change is looked for in it.

    Attributes:
        read: The fields that were read; of any other nobody knows what stands there.
        known: Items that stood there when the change was planned; each is another one.
        may_be_ours: A former try may have added an item: one that is ours as the system renders
            it is it. Otherwise only an equal one is.
        others: See `by_others`.
    """

    shown: Cells
    read: Collection[str]
    known: Collection[str] = ()
    past: Past = Past.EXPECTED
    may_be_ours: bool = True
    others: Collection[str] = ()

    def stands(self, change: Change) -> bool:
        """Tell whether a change shows already: at its path, or under the system's own key."""
        shown = self.shown
        if change.path in shown and self._is_how_it_shows(change):
            return True
        field, _ = split_path(change.path)
        if change.become is None:
            return field in self.read and shown.get(change.path) is None
        if field not in IDENTIFIED or change.path in shown or not isinstance(change.become, dict):
            return False
        return any(
            self._is_that_item(field, value, change.become)
            for path, value in shown.items()
            if split_path(path)[0] == field and path not in self.known and isinstance(value, dict)
        )

    def may_give_way(self, change: Change) -> bool:
        """Tell whether what stands at the path of a change may be overwritten."""
        now = self.shown.get(change.path)
        if self.past is not Past.EXPECTED and change.path in self.others:
            return False
        match self.past:
            case Past.EXPECTED:
                is_known = split_path(change.path)[0] in self.read
                as_expected = is_known and same(change.path, change.expect, now)
                return as_expected and not (
                    self._landed_late(change) or self._was_filed_meanwhile(change)
                )
            case Past.MADE:
                return True
            case Past.FOUND:
                # It is ours or the system's own; or, where it says something, a colleague's.
                return now is None or now == ""
            case _:
                assert_never(self.past)

    def _landed_late(self, change: Change) -> bool:
        """
        Tell whether an earlier try is there that gave this document another title or content.

        The hub must see it first; it has what we gave up changed then, and no second one made.
        """
        mark = change.become.get("mark") if isinstance(change.become, dict) else None
        return mark is not None and any(
            isinstance(value, dict) and value.get("mark") == mark
            for path, value in self.shown.items()
            if path.startswith("documents/") and path not in (change.path, *self.known)
        )

    def _was_filed_meanwhile(self, change: Change) -> bool:
        """
        Tell whether somebody filed this very content since the change was planned.

        The hub must see it first: it knows the two for one then, and has no second one made.
        """
        if change.expect is not None or not isinstance(change.become, dict):
            return False
        digest = change.become.get("digest")
        return digest is not None and any(
            isinstance(value, dict) and value.get("digest") == digest and not value.get("mark")
            for path, value in self.shown.items()
            if path.startswith("documents/") and path not in self.known
        )

    def _is_how_it_shows(self, change: Change) -> bool:
        now = self.shown[change.path]
        if same(change.path, now, change.become):
            return True
        # A case that was found shows what our create gave it, as systems render.
        return self.past is Past.FOUND and is_rendering(change.path, change.become, now)

    def _is_that_item(
        self, field: str, shown: Mapping[str, JsonValue], wanted: Mapping[str, JsonValue]
    ) -> bool:
        if field == "documents":
            ours = wanted.get("mark") is not None and shown.get("mark") == wanted.get("mark")
            return ours and same("documents/", dict(shown), dict(wanted))
        is_it = is_rendering if self.may_be_ours else same
        return is_it(f"{field}/", dict(wanted), dict(shown))


_GIVEN_ONCE: Final = ("case_type", "registered")
"""What a case has from who made it, and what hardly anybody changes."""


def by_others(snapshot: Snapshot, on_behalf_of: str | None) -> set[str]:
    """
    Name what the system says somebody wrote who neither made the case nor had us write.

    What a system fills in by itself as a case is made, it says of who made it. Where it does not
    say who did, nothing is named.
    """
    authors = snapshot.authors
    makers = {authors[path].by for path in _GIVEN_ONCE if path in authors}
    if not makers:
        return set()
    us = {None, on_behalf_of, *makers}
    return {path for path, author in authors.items() if author.by not in us}


def limited_change(change: Change, limits: Mapping[str, Limit]) -> Change:
    """Cut what a change brings to what the system holds; what is cut still stands for the whole."""
    return change.model_copy(update={"become": limited(change.path, change.become, limits)})


def limited(path: str, value: JsonValue, limits: Mapping[str, Limit]) -> JsonValue:
    """Cut a value to what the system holds."""
    field, _ = split_path(path)
    if isinstance(value, str) and field in limits:
        return _cut(value, limits[field])
    if isinstance(value, dict):
        return {
            name: _cut(part, limits[f"{field}/{name}"])
            if isinstance(part, str) and f"{field}/{name}" in limits
            else part
            for name, part in value.items()
        }
    return value


def is_taken(path: str, value: JsonValue, limits: Mapping[str, Limit]) -> bool:
    """Tell whether the codes of a value are among those that the system takes."""
    field, _ = split_path(path)
    parts = (
        {f"{field}/{name}": part for name, part in value.items()}
        if (isinstance(value, dict))
        else {field: value}
    )
    for name, part in parts.items():
        limit = limits.get(name)
        if limit and limit.codes is not None and part is not None and part not in limit.codes:
            return False
    return True


def _cut(text: str, limit: Limit) -> str:
    return text[: limit.max_length] if limit.max_length is not None else text
