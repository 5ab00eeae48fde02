"""
Withheld: a party may leave by less than it is known by here, and under another key.

What comes back for it names it as it left. Here that is the same party, and what was withheld of
it stays as it is.
"""

from __future__ import annotations

from pydantic import JsonValue

from bridge.engine.sameness import same
from bridge.engine.scope import Scope
from contracts.case import Cells, split_path
from contracts.patch import Change


def in_full(change: Change, shown: Cells, scope: Scope) -> Change:
    """Put a change in the terms of the party that stands here, where it left as another."""
    if split_path(change.path)[0] != "roles":
        return change
    ways = {
        path: [left for key, left in scope.ways_out(path, value) if key == change.path]
        for path, value in shown.items()
    }
    meant = [path for path, left in ways.items() if left]
    if len(meant) != 1:
        # It is new here; or which of two that are called alike is meant cannot be told.
        return change
    (path,) = meant
    expected = [left for left in ways[path] if same(change.path, change.expect, left)]
    return change.model_copy(
        update={
            "path": path,
            "expect": shown[path] if expected else change.expect,
            "become": _filled(change.become, shown[path], (expected or ways[path])[0]),
        }
    )


def _filled(become: JsonValue, here: JsonValue, left: JsonValue) -> JsonValue:
    """Give what a party is to become, with what the other side was never told of it."""
    if not isinstance(become, dict) or not isinstance(here, dict) or not isinstance(left, dict):
        return become
    stayed = {field: value for field, value in _person(here).items() if field not in _person(left)}
    person = {**stayed, **_person(become)}
    return {**become, "key": here["key"], "identity": here["identity"], "person": person}


def _person(role: dict[str, JsonValue]) -> dict[str, JsonValue]:
    person = role.get("person")
    return person if isinstance(person, dict) else {}
