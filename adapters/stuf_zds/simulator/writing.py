"""
From what is known to elements, in the order of the schema.

An answer gives what was asked: what there is, and of what there is not, that there is none. A
notification gives what is in the tree and no more, and says of each entity what is done to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from lxml import etree

from adapters.stuf_zds.moments import say_date
from adapters.stuf_zds.names import (
    BESTANDSNAAM,
    CONTENT_TYPE,
    ENTITEITTYPE,
    METAGEGEVEN,
    SLEUTEL_ONTVANGEND,
    SLEUTEL_VERZENDEND,
    STUF,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.values import NoValue, say_nothing
from adapters.stuf_zds.xml import Element, add, namespace

from .reading import NIL, ONTVANGEND, SOORT, VERZENDEND, Tree
from .shapes import Content, Entity, Extra, Group, Kind, Leaf, Member, Opaque, Relation

Asked = Mapping[str, Any] | None
"""What of an entity is wanted, element by element; `None` is all that there is."""
EVERYTHING: Final = None

_MUST_BE_MARKED: Final = {"inp.bsn": "authentiek", "inn.nnpId": "authentiek"}
"""A number of a person or company comes with whether it is authentic."""


@dataclass(frozen=True, slots=True)
class Writer:
    """
    Writes entities.

    Attributes:
        soort: What is done to entities that do not say it themselves; None: this is an answer.
        unsupported: Elements for which this system has no place, and says so.
    """

    soort: str | None = None
    unsupported: frozenset[str] = frozenset()

    def entity(
        self, parent: Element, name: str, entity: Entity, tree: Tree, asked: Asked = EVERYTHING
    ) -> Element:
        """Write an entity into an element of this name."""
        made = add(parent, name)
        self._about(made, entity.type, tree, self.soort)
        self._members(made, entity.members, entity.space, _marked(tree), asked)
        return made

    def _about(self, made: Element, type_: str, tree: Tree, soort: str | None) -> None:
        made.set(ENTITEITTYPE, type_)
        for key, name in ((SLEUTEL_VERZENDEND, VERZENDEND), (SLEUTEL_ONTVANGEND, ONTVANGEND)):
            if tree.get(name):
                made.set(key, tree[name])
        if soort is not None:
            made.set(VERWERKINGSSOORT, tree.get(SOORT, soort))

    def _members(
        self, made: Element, members: Sequence[Member], space: str, tree: Tree, asked: Asked
    ) -> None:
        for member in members:
            if member.answered and self.soort is not None:
                continue
            if asked is not None and member.name not in asked:
                continue
            wanted = None if asked is None else asked[member.name]
            name = q(member.space or space, member.name)
            if self.soort is None and member.name in self.unsupported:
                self._say_none(made, name, member, NoValue.NIET_ONDERSTEUND)
            elif member.name in tree:
                self._member(made, name, member, tree[member.name], wanted)
            elif asked is not None:
                self._say_none(made, name, member, NoValue.GEEN_WAARDE)

    def _member(self, made: Element, name: str, member: Member, value: Any, asked: Asked) -> None:
        match member:
            case Leaf():
                _leaf(add(made, name), member, value)
            case Group():
                for one in value if member.many else [value]:
                    self._group(add(made, name), member, one)
            case Relation():
                for one in value if member.many else [value]:
                    self._relation(made, name, member, one, asked)
            case Extra():
                _extra(made, value)
            case Content():
                _content(add(made, name), value)
            case Opaque():
                _opaque(made, name, value)
            case _:
                assert_never(member)

    def _group(self, made: Element, group: Group, tree: Tree | None) -> None:
        every = dict.fromkeys(member.name for member in group.members) if group.whole else None
        self._members(made, group.members, namespace(made), tree or {}, every)

    def _relation(
        self, parent: Element, name: str, relation: Relation, tree: Tree, asked: Asked
    ) -> None:
        made = add(parent, name)
        self._about(made, relation.type, tree, self.soort)
        if tree.get(NIL):
            say_nothing(made)
            return
        inner = None if asked is None else asked.get("gerelateerde", {})
        if asked is None or "gerelateerde" in asked:
            self._related(made, relation, tree.get("gerelateerde", {}), inner)
        self._members(made, relation.members, ZKN, tree, asked)

    def _related(self, made: Element, relation: Relation, tree: Tree, asked: Asked) -> None:
        name = q(ZKN, "gerelateerde")
        if isinstance(relation.related, Entity):
            self._inside("I").entity(made, name, relation.related, tree, asked)
            return
        around = add(made, name)
        for kind, related in tree.items():
            entity = relation.related[kind]
            if asked is not None and kind not in asked:
                continue
            wanted = None if asked is None else asked[kind]
            if entity is None:
                _opaque(around, q(ZKN, kind), related)
            else:
                self.entity(around, q(ZKN, kind), entity, related, wanted)

    def _inside(self, soort: str) -> Writer:
        """Give the writer of what is only pointed at."""
        return self if self.soort is None else Writer(soort)

    def _say_none(self, made: Element, name: str, member: Member, why: NoValue) -> None:
        match member:
            case Leaf():
                say_nothing(add(made, name), why)
            case Relation():
                nothing = say_nothing(add(made, name), why)
                nothing.set(ENTITEITTYPE, member.type)
            case Group():
                # A group has no noValue of its own: its members say it.
                group = add(made, name)
                for inner in member.members:
                    space = inner.space or namespace(group)
                    self._say_none(group, q(space, inner.name), inner, why)
            case Opaque() if member.nillable:
                say_nothing(add(made, name), why)
            case Extra() | Content() | Opaque():
                pass


def _marked(tree: Tree) -> Tree:
    """Say whether a number is authentic, where that must be said."""
    wanted = {mark: "N" for number, mark in _MUST_BE_MARKED.items() if number in tree}
    return {**wanted, **tree}


def _leaf(made: Element, leaf: Leaf, value: Any) -> None:
    if leaf.meta:
        made.set(METAGEGEVEN, "true")
    if value is None:
        say_nothing(made)
    elif isinstance(value, dict):
        say_nothing(made, NoValue(value["noValue"]))
    elif leaf.kind is Kind.DATE:
        say_date(made, value, marked=leaf.marked)
    else:
        made.text = value


def _extra(made: Element, values: Sequence[Sequence[str | None]]) -> None:
    if not values:
        return
    around = add(made, q(STUF, "extraElementen"))
    for naam, value in values:
        one = add(around, q(STUF, "extraElement"), value, {"naam": naam or ""})
        if value is None:
            say_nothing(one)


def _content(made: Element, value: Tree) -> None:
    """Write where a content belongs; its bytes are put in when the message is sent."""
    if value["contentType"]:
        made.set(CONTENT_TYPE, value["contentType"])
    made.set(BESTANDSNAAM, value["bestandsnaam"])
    made.text = value["base64"]


def _opaque(made: Element, name: str, value: str | None) -> None:
    if value is None:
        say_nothing(add(made, name))
    else:
        made.append(etree.fromstring(value))
