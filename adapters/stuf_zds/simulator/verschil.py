"""
What became different in a case, as a notification tells it: what it was, and what it is.

Both hold what tells the case from others, and of the rest only what changed. Repeating groups
are told whole. Relations stand in the same order in both: one that came is empty in the old, one
that went is empty in the new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .partij import identity
from .reading import NIL, SOORT, Tree
from .shapes import Extra, Group, Leaf, Member, Relation

_KERN: Final = ("identificatie", "omschrijving", "titel")


def differences(members: Sequence[Member], old: Tree, new: Tree) -> tuple[Tree, Tree] | None:
    """Give what was and what is; None where nothing that can be told became different."""
    was: Tree = {}
    now: Tree = {}
    for member in members:
        before, after = old.get(member.name), new.get(member.name)
        if member.answered or before == after:
            continue
        told = _told(member, before, after)
        if told is not None:
            was[member.name], now[member.name] = told
    if not was:
        return None
    kern: Tree = {name: new[name] for name in _KERN if name in new}
    return {**kern, **was}, {**kern, **now}


def _told(member: Member, before: Any, after: Any) -> tuple[Any, Any] | None:
    match member:
        case Leaf():
            return before, after
        case Group():
            nothing: Any = [{}] if member.many else {}
            return before or nothing, after or nothing
        case Extra():
            return _extras(before or [], after or [])
        case Relation():
            pairs = relations(member, before or [], after or [])
            return [one for one, _ in pairs], [other for _, other in pairs]
        case _:
            return None


def _extras(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    names = dict.fromkeys(naam for naam, _ in [*before, *after])
    changed = [n for n in names if _of(before, n) != _of(after, n)]

    def shown(some: list[Any]) -> list[Any]:
        return [[n, value] for n in changed for value in _of(some, n) or [None]]

    return shown(before), shown(after)


def _of(extras: list[Any], naam: str) -> list[Any]:
    return [value for key, value in extras if key == naam]


def relations(relation: Relation, before: list[Tree], after: list[Tree]) -> list[tuple[Tree, Tree]]:
    """Pair what was with what is: changed, gone, come."""
    were = {_key(relation, item): item for item in before}
    are = {_key(relation, item): item for item in after}
    pairs = []
    for key, item in were.items():
        if key not in are:
            pairs.append((done("V", item, "I"), nothing("V")))
        elif are[key] != item:
            pairs.append((done("W", item, "I"), done("W", are[key], "W")))
    pairs += [(nothing("T"), done("T", one, "T")) for key, one in are.items() if key not in were]
    return pairs


def _key(relation: Relation, item: Tree) -> str:
    return repr((identity(relation, item), item.get("omschrijving"), item.get("code")))


def nothing(soort: str) -> Tree:
    """Give the relation that is not there: before it came, or after it went."""
    return {SOORT: soort, NIL: True}


def done(soort: str, item: Tree, related: str) -> Tree:
    """Give a relation with what is done to it, and to the party at its other end."""
    inner = item.get("gerelateerde", {})
    marked = {
        kind: {**tree, SOORT: related} if isinstance(tree, dict) else tree
        for kind, tree in inner.items()
    }
    return {**item, "gerelateerde": marked, SOORT: soort}
