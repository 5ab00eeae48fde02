"""
From elements to what they say.

What an entity says becomes a plain tree: element → text, a list where it may repeat, a tree where
there is more inside. `None` says that there is no value; an element that is absent, empty or not
supported says nothing and leaves no trace. Members whose names begin with `@` tell about the
element itself.

A strict system refuses what its schema has no place for; another takes it as well as it can.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, assert_never

from lxml import etree

from adapters.stuf_zds.names import (
    BESTANDSNAAM,
    BG,
    CONTENT_TYPE,
    ENTITEITTYPE,
    IND_ONVOLLEDIGE_DATUM,
    SLEUTEL_ONTVANGEND,
    SLEUTEL_VERZENDEND,
    STUF,
    VERWERKINGSSOORT,
    ZDS,
    ZKN,
)
from adapters.stuf_zds.values import (
    BadValue,
    Deviations,
    NoValue,
    Verwerkingssoort,
    code,
    datum,
    is_nil,
    say_moment,
    tijdstip,
    told,
)
from adapters.stuf_zds.xml import Element, children, local, namespace, text

from .shapes import Content, Entity, Extra, Group, Kind, Leaf, Member, Opaque, Relation

Tree = dict[str, Any]
SOORT: Final = "@soort"
NIL: Final = "@nil"
VERZENDEND: Final = "@verzendend"
ONTVANGEND: Final = "@ontvangend"
DIGEST: Final = "digest"
SIZE: Final = "size"
"""Attributes that the front door puts in the place of a document's content."""

_KEYS: Final = ((SLEUTEL_VERZENDEND, VERZENDEND), (SLEUTEL_ONTVANGEND, ONTVANGEND))
_KNOWN: Final = frozenset({STUF, ZKN, BG, ZDS})
_UNKNOWN: Final = (NoValue.WAARDE_ONBEKEND, NoValue.VASTGESTELD_ONBEKEND)
_DIGITS: Final = re.compile(r"[0-9]+")


class Misshapen(ValueError):
    """It is not as the schema wants it; says which element, never what was in it."""


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
            _refuse(element, f"entiteittype is niet {wanted}")

    def _about(self, element: Element) -> Tree:
        about: Tree = {name: element.get(key) for key, name in _KEYS if element.get(key)}
        if self.notification:
            soort = element.get(VERWERKINGSSOORT, "").strip().upper()
            if soort:
                about[SOORT] = soort
            if self.strict and soort not in set(Verwerkingssoort):
                _refuse(element, "verwerkingssoort ontbreekt of is onbekend")
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
                    _refuse(child, "wordt hier niet verwacht")
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
            _refuse(child, "staat niet op zijn plaats")
        if member.answered and self.notification:
            _refuse(child, "hoort niet in een kennisgeving")

    def _take(self, tree: Tree, child: Element, member: Member, space: str) -> None:
        said, repeats = self._said(child, member, space)
        if said is _NOTHING:
            return
        if repeats:
            tree.setdefault(member.name, []).append(said)
        elif member.name in tree and self.strict:
            _refuse(child, "komt te vaak voor")
        else:
            tree[member.name] = said

    def _said(self, child: Element, member: Member, space: str) -> tuple[Any, bool]:
        match member:
            case Leaf():
                return self._leaf(child, member), False
            case Group():
                return self._group(child, member, member.space or space), member.many
            case Relation():
                return self._relation(child, member), member.many
            case Extra():
                return _extra(child), False
            case Content():
                return _content(child), False
            case Opaque():
                return _opaque(child), False
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
            _refuse(child, "heeft geen gerelateerde")
        rest = [one for one in child if one is not related]
        return {**tree, **self._members(rest, relation.members, ZKN)}

    def _related(self, element: Element, relation: Relation) -> Tree:
        if isinstance(relation.related, Entity):
            return self.entity(element, relation.related)
        for one in element:
            if local(one) in relation.related:
                entity = relation.related[local(one)]
                if entity is None:
                    return {local(one): _opaque(one)}
                return {local(one): self.entity(one, entity)}
        if self.strict and len(element):
            _refuse(element[0], "wordt hier niet verwacht")
        return {}

    # -- texts -------------------------------------------------------------------------------

    def _leaf(self, element: Element, leaf: Leaf) -> Any:
        said = told(element)
        if said.value is not None:
            return self._checked(element, leaf, said.value)
        if said.is_empty:
            return None
        return {"noValue": said.why.value} if said.why in _UNKNOWN and said.why else _NOTHING

    def _checked(self, element: Element, leaf: Leaf, value: str) -> Any:
        seen: Deviations = Counter()
        try:
            found = self._as(element, leaf, value, seen)
        except BadValue:
            _refuse(element, "heeft een waarde die hier niet kan")
        if found is None and leaf.codes:
            _refuse(element, "heeft een waarde die niet in de lijst staat")
        seen.pop("value-and-novalue", None)  # odd, and the schema allows it
        if self.strict and seen:
            _refuse(element, f"is niet zoals het schema wil ({', '.join(seen)})")
        return found

    def _as(self, element: Element, leaf: Leaf, value: str, seen: Deviations) -> Any:
        match leaf.kind:
            case Kind.DATE:
                if element.get(IND_ONVOLLEDIGE_DATUM, "V").upper() == "J":
                    return {"noValue": NoValue.WAARDE_ONBEKEND.value}
                return datum(element, seen)
            case Kind.MOMENT:
                moment = tijdstip(element, seen)
                return moment and (value if not seen else say_moment(moment.at, moment.digits))
            case Kind.NUMBER:
                if not _DIGITS.fullmatch(value):
                    _refuse(element, "is geen getal")
            case Kind.TEXT:
                pass
        is_code = self.long_codes and leaf.name.endswith("code")
        if leaf.longest and len(value) > leaf.longest and not is_code:
            _refuse(element, f"is langer dan {leaf.longest} tekens")
        if len(value) < leaf.shortest:
            _refuse(element, f"is korter dan {leaf.shortest} tekens")
        return code(value, leaf.codes, seen) if leaf.codes else value


_NOTHING: Final = object()
"""An element that says nothing."""


def read_scope(element: Element | None) -> Mapping[str, Any] | None:
    """
    Read what is asked: element → what is asked of it. `None` asks for everything.

    An element with nothing inside asks for all of it.
    """
    if element is None or not len(element):
        return None
    return {local(one): read_scope(one) for one in element}


def _extra(element: Element) -> list[list[str | None]]:
    """Names with their values, in order; a name may come more than once."""
    return [[one.get("naam", ""), told(one).value] for one in children(element, "extraElement")]


def _content(element: Element) -> Any:
    if element.get(DIGEST) is None:
        return _NOTHING
    return {
        "digest": element.get(DIGEST),
        "omvang": int(element.get(SIZE, "0")),
        "bestandsnaam": element.get(BESTANDSNAAM, ""),
        "contentType": element.get(CONTENT_TYPE, ""),
    }


_ASIDE: Final = (VERWERKINGSSOORT, SLEUTEL_VERZENDEND, SLEUTEL_ONTVANGEND)


def _opaque(element: Element) -> Any:
    if not len(element) and not text(element):
        return None if is_nil(element) else _NOTHING
    kept = etree.fromstring(etree.tostring(element, with_tail=False))
    for one in kept.iter():
        for name in _ASIDE:
            one.attrib.pop(name, None)
    etree.cleanup_namespaces(kept)
    return etree.tostring(kept, encoding="unicode")


def _refuse(element: Element, reason: str) -> NoReturn:
    msg = f"{local(element)} {reason}"
    raise Misshapen(msg)
