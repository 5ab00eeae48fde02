"""
What a notification with old and new changes, on top of what stands here now.

For every element there are three values: the old one that the sender knew, the new one, and ours.

1. Old and new are alike: nothing is asked.
2. Ours is the old one: it becomes the new one.
3. Ours is the new one already: nothing is left to do.
4. Otherwise somebody changed it in between, and the message is refused as a whole.

Where the sender tells no old value, there is nothing to compare with. What an element says is
compared by what it means: no value and no element are alike here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from .partij import find, same
from .reading import NIL, SOORT, Tree
from .shapes import Content, Extra, Group, Leaf, Member, Opaque, Relation

APART: Final = frozenset({"identificatie", "isVan", "heeft", "leidtTot", "isRelevantVoor"})
"""Elements that are no plain values: whoever keeps the entity sees to them."""
PASSING: Final = frozenset({"tijdvakGeldigheid", "tijdvakRelatie", "tijdstipRegistratie"})
"""Elements that tell when something was so, not what; nothing is kept of them."""


class Mismatch(ValueError):
    """The old values of a message are not what stands here."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


class Impossible(ValueError):
    """A change that cannot be: the message says which."""


@dataclass(slots=True)
class Change:
    """
    Makes one change.

    Attributes:
        check: Refuse old values that are not ours; many systems do not look at them.
        changed: The elements that became others, by their path.
    """

    check: bool = True
    changed: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)

    def apply(self, members: Sequence[Member], ours: Tree, old: Tree | None, new: Tree) -> Tree:
        """
        Give what ours becomes.

        Raises:
            Mismatch: It was changed since the sender looked.
            Impossible: There would be two of what there can be one of.
        """
        made = self._members(members, ours, old, new, "")
        if self.mismatched:
            raise Mismatch(self.mismatched)
        return made

    def _members(
        self, members: Sequence[Member], ours: Tree, old: Tree | None, new: Tree, path: str
    ) -> Tree:
        made = dict(ours)
        for member in members:
            name = member.name
            if name in APART or name in PASSING or (name not in new and name not in (old or {})):
                continue
            place = f"{path}.{name}" if path else name
            value = self._member(member, made.get(name), old, new, place)
            if value in (None, [], {}):
                made.pop(name, None)
            else:
                made[name] = value
        return made

    def _member(self, member: Member, ours: Any, old: Tree | None, new: Tree, path: str) -> Any:
        name = member.name
        match member:
            case Group(many=False) | Group(whole=False):
                was = None if old is None or name not in old else old[name] or {}
                nothing = dict.fromkeys(inner.name for inner in member.members)
                return self._members(
                    member.members, ours or {}, was, new.get(name) or nothing, path
                )
            case Group():
                was = [] if old is None else old.get(name, [])
                return self._list(ours or [], was, new.get(name, []), path, known=old is not None)
            case Extra():
                was = [] if old is None else old.get(name) or []
                return self._extra(ours or [], was, new.get(name) or [], path)
            case Relation():
                was = [] if old is None else _listed(old.get(name))
                made = self._relations(member, _listed(ours), was, _listed(new.get(name)), path)
                return made if member.many else next(iter(made), None)
            case Leaf() | Content() | Opaque():
                if name not in new:
                    return ours
                known = old is not None and name in old
                return self._value(ours, (old or {}).get(name), new[name], path, known=known)

    def _value(self, ours: Any, old: Any, new: Any, path: str, *, known: bool) -> Any:
        if (known and old == new) or ours == new:
            return ours
        if known and self.check and ours != old:
            self.mismatched.append(path)
        self.changed.append(path)
        return new

    def _list(
        self, ours: list[Any], old: list[Any], new: list[Any], path: str, *, known: bool
    ) -> list[Any]:
        """What the sender had and has no more, goes; what it has and had not, comes."""
        before, after = _filled(old), _filled(new)
        gone = [one for one in (before if known else ours) if one not in after]
        made = [one for one in ours if one not in gone]
        made += [one for one in after if one not in before and one not in made]
        if made != ours:
            self.changed.append(path)
        return made

    def _extra(self, ours: list[Any], old: list[Any], new: list[Any], path: str) -> list[Any]:
        made = [list(one) for one in ours]
        for naam in dict.fromkeys(one[0] for one in [*old, *new]):
            now = [value for key, value in made if key == naam]
            was = [v for key, v in old if key == naam and v is not None]
            wanted = [v for key, v in new if key == naam and v is not None]
            known = any(key == naam for key, _ in old)
            value = self._value(now, was, wanted, f"{path}.{naam}", known=known)
            if value != now:
                made = [one for one in made if one[0] != naam]
                made += [[naam, one] for one in value]
        return made

    # -- relations ---------------------------------------------------------------------------

    def _relations(
        self, relation: Relation, ours: list[Tree], old: list[Tree], new: list[Tree], path: str
    ) -> list[Tree]:
        pairs = _paired(old, new)
        # Who leaves goes first: there may be room for one only.
        pairs.sort(key=lambda pair: _soort(*pair) not in ("V", "E", "R"))
        made = list(ours)
        for before, after in pairs:
            made = self._relate(relation, made, before, after, path)
        if relation.name == "heeftAlsInitiator" and len(made) > 1:
            msg = "er kan maar een initiator zijn"
            raise Impossible(msg)
        return made

    def _relate(
        self, relation: Relation, ours: list[Tree], old: Tree | None, new: Tree | None, path: str
    ) -> list[Tree]:
        soort = _soort(old, new)
        leaving = find(relation, ours, old) if old is not None and soort in "VER" else None
        made = [one for one in ours if one is not leaving]
        if leaving is not None:
            self.changed.append(path)
        if new is None or new.get(NIL) or soort in "VE":
            return made
        there = find(relation, made, old if old and not old.get(NIL) else new)
        if there is None:
            self.changed.append(path)
            return [*made, kept(new)]
        return self._related(relation, made, there, old, new, path)

    def _related(
        self,
        relation: Relation,
        ours: list[Tree],
        there: Tree,
        old: Tree | None,
        new: Tree,
        path: str,
    ) -> list[Tree]:
        """Change what is told of a relation that is there, and of the entity at its end."""
        base = None if old is None or old.get(NIL) else old
        inner = self._members(relation.members, there, base, new, path)
        if "gerelateerde" in new and not same(there, new):
            ours_now = there.get("gerelateerde")
            theirs = kept(new["gerelateerde"])
            was = None if base is None else kept(base.get("gerelateerde", {}))
            if was != theirs:
                self._value(ours_now, was, theirs, path, known=was is not None)
                inner = {**inner, "gerelateerde": theirs}
        return [inner if one is there else one for one in ours]


def kept(tree: Tree) -> Tree:
    """Give what is to be kept of what a message says: values, without what was done to them."""
    told = {
        name: _kept(value)
        for name, value in tree.items()
        if not name.startswith("@") and name not in PASSING
    }
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return value if "noValue" in value else kept(value)
    if isinstance(value, list):
        return [one for one in map(_kept, value) if one not in (None, {}) and not _is_empty(one)]
    return value


def _is_empty(extra: Any) -> bool:
    """Tell whether this is the name of an extra element, and no value."""
    return isinstance(extra, list) and extra[1:] == [None]


def _filled(some: list[Any]) -> list[Any]:
    return [one for one in map(kept, some) if one]


def _listed(value: Any) -> list[Tree]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _paired(old: list[Tree], new: list[Tree]) -> list[tuple[Tree | None, Tree | None]]:
    """Relations stand in the same order in old and new; the n-th there is the n-th here."""
    return list(zip_longest(old, new))


def _soort(old: Tree | None, new: Tree | None) -> str:
    """What is done to a relation; where nobody says it, it follows from old and new."""
    said = (new or {}).get(SOORT) or (old or {}).get(SOORT)
    if said:
        return str(said)
    if old is None or old.get(NIL):
        return "T"
    return "V" if new is None or new.get(NIL) else "W"
