"""
From changes to the old and the new object of a notification: what stands there, what should.

Both objects hold what tells which case it is, and of all else only what changes. Things that
repeat travel whole, relations stand in the same order in both. Pure: it is the way back from what
`shape` gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from adapters.stuf_zds import casting, extras, objects, papers
from adapters.stuf_zds.fields import ORDER, WRITABLE, Member, element
from adapters.stuf_zds.names import (
    ENTITEITTYPE,
    ENTITIES,
    NIL,
    NO_VALUE,
    SLEUTEL_ONTVANGEND,
    SLEUTEL_VERZENDEND,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.parties import RELATIONS, Parties, Parts, Party, role
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import NoValue, Verwerkingssoort, say_moment, say_nothing
from adapters.stuf_zds.xml import Element, add, child, clean, local, text
from contracts.case import (
    CaseDecision,
    CaseObject,
    Handler,
    Property,
    RelatedCase,
    Role,
    split_path,
)
from contracts.errors import Rejected
from contracts.patch import Change

Pair = tuple[Element, Element]

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
    """

    zaak: Element
    settings: StufSettings
    old: dict[str, list[Element]] = field(default_factory=dict)
    new: dict[str, list[Element]] = field(default_factory=dict)
    extras: dict[str, str | None] = field(default_factory=dict)
    groups: dict[str, Element | None] = field(default_factory=dict)

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
            case "handler":
                self._put(*self._handler(change))
            case "unit":
                self._put(*self._unit(change))
            case "roles":
                self._put(*self._role(change))
            case "properties":
                self.extras[key] = _property(change)
            case "objects":
                self._object(change)
            case "related":
                self._put(*_related(change))
            case "decisions":
                self._put(*_decision(change))
            case _:
                msg = f"{name} cannot be changed at this system"
                raise Rejected(msg, path=change.path)

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

    def _register(self, change: Change) -> tuple[str, Element, Element]:
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

    def _parties(self) -> Parties:
        return Shaper(self.settings).parties(self.zaak, Taste())

    @property
    def _parts(self) -> Parts:
        return Shaper(self.settings).parts

    def _handler(self, change: Change) -> tuple[str, Element, Element]:
        wanted = Handler.model_validate(change.become) if change.become is not None else None
        named = {"name": wanted.name} if wanted is not None and wanted.name else {}
        part = self.settings.handler_role or "uitvoerende"
        item = None if wanted is None else _as_role(part, "medewerker", wanted.id, named)
        return self._moved("heeftAlsUitvoerende", self._parties().handler, item)

    def _unit(self, change: Change) -> tuple[str, Element, Element]:
        relation = self.settings.deviating().unit_relation
        part = next(part for part, name in RELATIONS.items() if name == relation)
        unit = None if change.become is None else str(change.become)
        item = None if unit is None else _as_role(part, "organisatorische_eenheid", unit, {})
        return self._moved(relation, self._parties().unit, item)

    def _role(self, change: Change) -> tuple[str, Element, Element]:
        told = self._parties()
        wanted = Role.model_validate(change.become) if change.become is not None else None
        former = Role.model_validate(change.expect) if change.expect is not None else None
        item = wanted or former
        if item is None:
            msg = "a change of nobody to nobody"
            raise Rejected(msg, path=change.path)
        current = _standing_party(told.others, former or item)
        name, _ = self._parts.relation(item.role)
        if name == "heeftAlsInitiator":
            return self._initiator(wanted, former, current, told)
        return self._moved(name, current, wanted, former)

    def _initiator(
        self, wanted: Role | None, former: Role | None, current: Party | None, told: Parties
    ) -> tuple[str, Element, Element]:
        """Put one initiator in the place of another: there is always one, and never two."""
        name = "heeftAlsInitiator"
        if wanted is None:
            before = casting.standing(current, _R) if current else casting.nothing(name, _T)
            return name, before, casting.stand_in(self.settings.initiator, _R)
        there = current or told.stand_in
        if there is None and any(local(p.relation) == name for p in told.others):
            msg = "this system knows one initiator for a case, and there is one already"
            raise Rejected(msg, code="initiator")
        return self._moved(name, there, wanted, former if current else None)

    def _moved(
        self,
        name: str,
        current: Party | None,
        wanted: Role | None,
        former: Role | None = None,
    ) -> tuple[str, Element, Element]:
        if wanted is None:
            before = casting.nothing(name, _V) if current is None else casting.standing(current, _V)
            return name, before, casting.nothing(name, _V)
        if current is None:
            return name, casting.nothing(name, _T), casting.relation(wanted, self._parts, _T)
        gone = frozenset((former.person if former else {}).keys() - wanted.person.keys())
        kept = current if former is not None else None
        after = casting.relation(wanted, self._parts, _R, current=kept, emptied=gone)
        return name, casting.standing(current, _R), after

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
        nothing = say_nothing(element("anderZaakObject"))
        kept = [one for one in after.values() if one is not None]
        return list(before.values()) or [nothing], kept or [deepcopy(nothing)]


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
        made.set(SLEUTEL_VERZENDEND, (number if by_number else str(mark))[:40])
    if theirs:
        made.set(SLEUTEL_ONTVANGEND, theirs[:40])
    made.set(VERWERKINGSSOORT, sort.value)
    add(made, q(ZKN, "identificatie"), number)
    title = child(zaak, _TITLE)
    if titled and title is not None:
        made.append(as_told(title))
    return made


def as_told(now: Element) -> Element:
    """Give an element as it was told to us, without what only an answer may say of it."""
    made = deepcopy(now)
    made.tail = None
    for name in set(made.attrib) - {NIL, NO_VALUE}:
        del made.attrib[name]
    return made


def _as_role(part: str, kind: str, who: str, named: Mapping[str, str]) -> Role:
    return Role(key="", role=part, kind=kind, identity=who, person=named)


def _standing_party(found: Sequence[Party], item: Role) -> Party | None:
    for party in found:
        told = role(party, Taste())
        if told is not None and (told.role, told.kind, told.identity) == (
            item.role,
            item.kind,
            item.identity,
        ):
            return party
    return None


def _property(change: Change) -> str | None:
    if change.become is None:
        return None
    return extras.as_text(Property.model_validate(change.become).value)


def _related(change: Change) -> tuple[str, Element, Element]:
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


def _decision(change: Change) -> tuple[str, Element, Element]:
    if change.become is None or change.expect is not None:
        msg = "a decision is recorded, and never changed or taken away by us"
        raise Rejected(msg, path=change.path)
    item = CaseDecision.model_validate(change.become)
    made = casting.begun("leidtTot", _T)
    made.append(papers.besluit(item, item.key[:40], "gerelateerde", whole=False))
    return "leidtTot", casting.nothing("leidtTot", _T), made


def status(
    zaak: Element,
    settings: StufSettings,
    *,
    name: str,
    rank: int | None,
    at: datetime,
    by: str | None,
    always_w: bool,
) -> Pair:
    """
    Give the old and the new object that set a status.

    Args:
        zaak: As it stands.
        settings: What is known of its type.
        name: Of the status type.
        rank: Its volgnummer, where it is known.
        at: When it was set.
        by: The employee who set it.
        always_w: The profile knows no other sort.
    """
    sort = Verwerkingssoort.WIJZIGING if always_w else Verwerkingssoort.IDENTIFICATIE
    old, new = (begun(zaak, settings, sort) for _ in range(2))
    old.append(casting.nothing("heeft", _T))
    made = casting.begun("heeft", _T)
    kind = add(made, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "STT"})
    kind.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    case = child(zaak, "isVan", "gerelateerde")
    for native, told in (("zkt.code", "code"), ("zkt.omschrijving", "omschrijving")):
        if said := text(child(case, told)):
            add(kind, q(ZKN, native), said)
    called: dict[str, str | None] = {"volgnummer": None if rank is None else str(rank)}
    called[settings.statuses_by] = name[:80]
    for native in ("volgnummer", "code", "omschrijving"):
        if native in called or native == "omschrijving":
            one = add(kind, q(ZKN, native), called.get(native))
            if one.text is None:
                say_nothing(one, NoValue.WAARDE_ONBEKEND)
    add(made, q(ZKN, "datumStatusGezet"), say_moment(at))
    made.append(_set_by(by))
    new.append(made)
    return old, new


def _set_by(by: str | None) -> Element:
    made = casting.begun("isGezetDoor", _T)
    if not by:
        return say_nothing(made)
    employee = add(add(made, q(ZKN, "gerelateerde")), q(ZKN, "medewerker"))
    employee.set(ENTITEITTYPE, "MDW")
    employee.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    add(employee, q(ZKN, "identificatie"), clean(by)[:24])
    return made
