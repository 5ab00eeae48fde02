"""
From elements to what they say.

What an entity says becomes a plain tree: element → text, a list where it may repeat, a tree where
there is more inside. `None` says that there is no value; an element that is absent, empty or not
supported says nothing and leaves no trace. Members whose names begin with `@` tell about the
element itself.

A strict system refuses what its schema has no place for; another takes it as well as it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from adapters.stuf_zds.names import (
    BG,
    ENTITEITTYPE,
    SLEUTEL_ONTVANGEND,
    SLEUTEL_VERZENDEND,
    STUF,
    VERWERKINGSSOORT,
    ZDS,
    ZKN,
)
from adapters.stuf_zds.values import Verwerkingssoort, is_nil
from adapters.stuf_zds.xml import Element, children, local, namespace

from .shapes import Content, Entity, Extra, Group, Leaf, Member, Opaque, Relation
from .waarden import NOTHING, Leaves, content_of, extra_values, kept_whole, misshapen

Tree = dict[str, Any]
SOORT: Final = "@soort"
NIL: Final = "@nil"
VERZENDEND: Final = "@verzendend"
ONTVANGEND: Final = "@ontvangend"
_KEYS: Final = ((SLEUTEL_VERZENDEND, VERZENDEND), (SLEUTEL_ONTVANGEND, ONTVANGEND))
_KNOWN: Final = frozenset({STUF, ZKN, BG, ZDS})


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Reads entities.

    Attributes:
        strict: Refuse what the schema refuses; else take it as well as possible.
        notification: It tells of a change: every entity says what is done to it.
        long_codes: Take codes that are longer than the schema allows.
    """

    strict: bool = True
    notification: bool = True
    long_codes: bool = False

    def entity(self, element: Element, entity: Entity) -> Tree:
        """
        Read what an element says about an entity.

        Raises:
            Misshapen: Its schema has no place for what is said.
        """
        self._type(element, entity.type)
        tree = self._members(element, entity.members, entity.space)
        return {**self._about(element), **tree}

    def _type(self, element: Element, wanted: str) -> None:
        if self.strict and element.get(ENTITEITTYPE, "") != wanted:
            misshapen(element, f"entiteittype is niet {wanted}")

    def _about(self, element: Element) -> Tree:
        about: Tree = {name: element.get(key) for key, name in _KEYS if element.get(key)}
        if self.notification:
            soort = element.get(VERWERKINGSSOORT, "").strip().upper()
            if soort:
                about[SOORT] = soort
            if self.strict and soort not in set(Verwerkingssoort):
                misshapen(element, "verwerkingssoort ontbreekt of is onbekend")
        return about

    def _members(self, elements: Iterable[Element], members: Sequence[Member], space: str) -> Tree:
        places = {member.name: place for place, member in enumerate(members)}
        tree: Tree = {}
        last = 0
        for child in elements:
            place = places.get(local(child), -1)
            member = members[place] if place >= 0 else None
            if member is None or namespace(child) not in self._spaces(member, space):
                if self.strict:
                    misshapen(child, "wordt hier niet verwacht")
                continue
            if self.strict:
                self._check_place(child, member, is_late=place < last)
            last = max(last, place)
            self._take(tree, child, member, space)
        return tree

    def _spaces(self, member: Member, space: str) -> frozenset[str]:
        return frozenset({member.space or space}) if self.strict else _KNOWN

    def _check_place(self, child: Element, member: Member, *, is_late: bool) -> None:
        if is_late:
            misshapen(child, "staat niet op zijn plaats")
        if member.answered and self.notification:
            misshapen(child, "hoort niet in een kennisgeving")

    def _take(self, tree: Tree, child: Element, member: Member, space: str) -> None:
        said, repeats = self._said(child, member, space)
        if said is NOTHING:
            return
        if repeats:
            tree.setdefault(member.name, []).append(said)
        elif member.name in tree and self.strict:
            misshapen(child, "komt te vaak voor")
        else:
            tree[member.name] = said

    def _said(self, child: Element, member: Member, space: str) -> tuple[Any, bool]:
        match member:
            case Leaf():
                return Leaves(self.strict, self.long_codes).value(child, member), False
            case Group():
                return self._group(child, member, member.space or space), member.many
            case Relation():
                return self._relation(child, member), member.many
            case Extra():
                return extra_values(child), False
            case Content():
                return content_of(child), False
            case Opaque():
                return kept_whole(child), False
            case _:
                assert_never(member)

    def _group(self, child: Element, group: Group, space: str) -> Any:
        if is_nil(child) and not len(child):
            return {} if group.many else None
        return self._members(child, group.members, space)

    def _relation(self, child: Element, relation: Relation) -> Tree:
        self._type(child, relation.type)
        tree = self._about(child)
        if is_nil(child) and not len(child):
            return {**tree, NIL: True}
        related = next(children(child, "gerelateerde"), None)
        if related is not None:
            tree["gerelateerde"] = self._related(related, relation)
        elif self.strict and self.notification:
            misshapen(child, "heeft geen gerelateerde")
        rest = [one for one in child if one is not related]
        return {**tree, **self._members(rest, relation.members, ZKN)}

    def _related(self, element: Element, relation: Relation) -> Tree:
        if isinstance(relation.related, Entity):
            return self.entity(element, relation.related)
        for one in element:
            if local(one) in relation.related:
                entity = relation.related[local(one)]
                if entity is None:
                    return {local(one): kept_whole(one)}
                return {local(one): self.entity(one, entity)}
        if self.strict and len(element):
            misshapen(element[0], "wordt hier niet verwacht")
        return {}


def read_scope(element: Element | None) -> Mapping[str, Any] | None:
    """
    Read what is asked: element → what is asked of it. `None` asks for everything.

    An element with nothing inside asks for all of it.
    """
    if element is None or not len(element):
        return None
    return {local(one): read_scope(one) for one in element}
