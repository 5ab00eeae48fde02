"""
From changes to the old and the new object of a notification: what stands there, what should.

Both objects hold what tells which case it is, and of all else only what changes. Things that
repeat travel whole, relations stand in the same order in both. Pure: it is the way back from what
`shape` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.stuf_zds import casting, decisions, extras, objects
from adapters.stuf_zds.fields import ORDER, WRITABLE, Member, element
from adapters.stuf_zds.moves import Move, Moves
from adapters.stuf_zds.names import (
    ENTITEITTYPE,
    ENTITIES,
    NO_VALUE,
    SLEUTEL_ONTVANGEND,
    SLEUTEL_VERZENDEND,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import Verwerkingssoort, as_told
from adapters.stuf_zds.xml import Element, add, child, text
from contracts.case import (
    CaseDecision,
    CaseObject,
    Property,
    RelatedCase,
    split_path,
)
from contracts.errors import Rejected
from contracts.patch import Change

Pair = tuple[Element, Element]
"""What stands there, and what should."""

_T: Final = Verwerkingssoort.TOEVOEGING
_V: Final = Verwerkingssoort.VERWIJDERING
_R: Final = Verwerkingssoort.VERVANGING

_CASES: Final[Mapping[str, str]] = {
    "deelzaak": "heeftAlsDeelzaak",
    "overig": "heeftBetrekkingOpAndere",
}
"""What another case is to this one → the relation by which we can say so."""

_TITLE: Final = "omschrijving"


@dataclass(slots=True)
class Notice:
    """
    What one updateZaak will say of a case.

    Attributes:
        zaak: As it stands.
        old: By name: elements of the old object.
        new: By name: elements of the new one.
        extras: Properties that change; they travel together.
        groups: Places and other objects that change; they travel together.
        moves: How its parties move.
    """

    zaak: Element
    settings: StufSettings
    moves: Moves
    old: dict[str, list[Element]] = field(default_factory=dict)
    new: dict[str, list[Element]] = field(default_factory=dict)
    extras: dict[str, str | None] = field(default_factory=dict)
    groups: dict[str, Element | None] = field(default_factory=dict)

    @classmethod
    def of(cls, zaak: Element, settings: StufSettings, changes: Iterable[Change]) -> Notice:
        """Begin a notice that is to tell of *changes*."""
        gone = frozenset(change.path for change in changes if change.become is None)
        return cls(zaak, settings, Moves(zaak, settings, gone))

    def add(self, change: Change) -> None:
        """
        Take a change in.

        Raises:
            Rejected: It cannot be told to this system.
        """
        name, key = split_path(change.path)
        match name:
            case _ if name in WRITABLE:
                self._put(*self._register(change))
            case _ if name in self.settings.elements:
                said = None if change.become is None else extras.as_text(change.become)
                self.extras[self.settings.elements[name]] = said or None
            case "properties":
                self.extras[key] = _property(change)
            case "objects":
                self._object(change)
            case "roles" if change.path in self.moves.succeeded:
                pass  # told, with who comes in his place
            case _ if name in self._relations:
                self._put(*self._relations[name](change))
            case _:
                msg = f"{name} cannot be changed at this system"
                raise Rejected(msg, path=change.path)

    @property
    def _relations(self) -> Mapping[str, Callable[[Change], Move]]:
        return {
            "handler": self.moves.handler,
            "unit": self.moves.unit,
            "roles": self.moves.role,
            "related": _related,
            "decisions": _decision,
        }

    def objects(self, *, always_w: bool) -> Pair:
        """Give the old and the new object; *always_w* where the profile knows no other sort."""
        if self.extras:
            self._put("extraElementen", *extras.changed_properties(self.zaak, self.extras))
        if self.groups:
            self.old["anderZaakObject"], self.new["anderZaakObject"] = self._grouped()
        only_relations = self.old.keys() <= ENTITIES.keys()
        sort = Verwerkingssoort.WIJZIGING
        if only_relations and not always_w:
            sort = Verwerkingssoort.IDENTIFICATIE
        return self._object_of(self.old, sort), self._object_of(self.new, sort)

    def _object_of(self, told: Mapping[str, list[Element]], sort: Verwerkingssoort) -> Element:
        made = begun(self.zaak, self.settings, sort, titled=_TITLE not in told)
        for name in ORDER:
            made.extend(told.get(name, ()))
        return made

    def _put(self, name: str, before: Element, after: Element) -> None:
        self.old.setdefault(name, []).append(before)
        self.new.setdefault(name, []).append(after)

    def _register(self, change: Change) -> Move:
        member = WRITABLE[change.path]
        now = child(self.zaak, member.native)
        after = member.write(change.become, now)
        if now is not None and not len(now) and (text(now) or now.get(NO_VALUE)):
            said = member.read(self.zaak, Taste())
            if not isinstance(said, str) or said == text(now):
                return member.native, as_told(now), after
        return member.native, member.write(self._standing(member), now), after

    def _standing(self, member: Member) -> Any:
        said = member.read(self.zaak, Taste())
        plain = said.model_dump(mode="json") if hasattr(said, "model_dump") else said
        return plain if isinstance(plain, str | dict) else None

    def _object(self, change: Change) -> None:
        wanted = CaseObject.model_validate(change.become) if change.become is not None else None
        former = CaseObject.model_validate(change.expect) if change.expect is not None else None
        item = wanted or former
        if item is None:
            msg = "a change of nothing to nothing"
            raise Rejected(msg, path=change.path)
        if objects.is_group(item):
            self.groups[item.key] = None if wanted is None else objects.group(wanted)
            return
        name = "heeftBetrekkingOp"
        if wanted is None:
            self._put(name, objects.relation(item, _V), casting.nothing(name, _V))
        elif former is None:
            self._put(name, casting.nothing(name, _T), objects.relation(wanted, _T))
        else:
            self._put(name, objects.relation(former, _R), objects.relation(wanted, _R))

    def _grouped(self) -> tuple[list[Element], list[Element]]:
        """Give all groups that are, and all that should be."""
        before = {
            found.item.key: objects.whole(found.native)
            for found in objects.objects(self.zaak, Taste())
            if objects.is_group(found.item)
        }
        after = {**{key: deepcopy(one) for key, one in before.items()}, **self.groups}
        kept = [one for one in after.values() if one is not None]
        return list(before.values()) or [objects.no_group()], kept or [objects.no_group()]


def begun(
    zaak: Element, settings: StufSettings, sort: Verwerkingssoort, *, titled: bool = True
) -> Element:
    """Begin an object that tells of a case: which one it is, by all that we know of it."""
    made = element("object")
    made.set(ENTITEITTYPE, "ZAK")
    number = text(child(zaak, "identificatie"))
    mark = Shaper(settings).mark(zaak)
    by_number = settings.deviating().number_as_key
    theirs = number if by_number else zaak.get(SLEUTEL_VERZENDEND, "").strip()
    if by_number or mark is not None:
        made.set(SLEUTEL_VERZENDEND, number if by_number else str(mark))
    if theirs:
        made.set(SLEUTEL_ONTVANGEND, theirs)
    made.set(VERWERKINGSSOORT, sort.value)
    add(made, q(ZKN, "identificatie"), number)
    title = child(zaak, _TITLE)
    if titled and title is not None:
        made.append(as_told(title))
    return made


def _property(change: Change) -> str | None:
    if change.become is None:
        return None
    return extras.as_text(Property.model_validate(change.become).value)


def _related(change: Change) -> Move:
    item = RelatedCase.model_validate(change.become or change.expect)
    name = _CASES.get(item.relation)
    if name is None:
        msg = f"how it relates ({item.relation}) cannot be told to this system from here"
        raise Rejected(msg, path=change.path)
    sort = _V if change.become is None else _T
    made = casting.begun(name, sort)
    case = add(made, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "ZAK"})
    case.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    add(case, q(ZKN, "identificatie"), item.key)
    nothing = casting.nothing(name, sort)
    return (name, made, nothing) if change.become is None else (name, nothing, made)


def _decision(change: Change) -> Move:
    if change.become is None or change.expect is not None:
        msg = "a decision is recorded, and never changed or taken away by us"
        raise Rejected(msg, path=change.path)
    item = CaseDecision.model_validate(change.become)
    made = casting.begun("leidtTot", _T)
    made.append(decisions.besluit(item, item.key, "gerelateerde", whole=False))
    return "leidtTot", casting.nothing("leidtTot", _T), made
