"""
Parties: between a relation of the zaak (heeftAlsInitiator …) and a Role, the Handler, the unit.

The employee who does the work (heeftAlsUitvoerende) is the handler, the organisational unit in
the relation that the dialect names is the handling unit; both are registers of a Case and not
among its roles. All others are roles, each keyed by what tells one party from another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.stuf_zds.extras import extra
from adapters.stuf_zds.kinds import CONTACT, EMAIL, FORMS, KIND_OF, KVK
from adapters.stuf_zds.moments import datum
from adapters.stuf_zds.names import (
    ENTITEITTYPE,
)
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.xml import Element, child, children, local
from contracts.case import Handler, Role, role_key
from contracts.errors import Rejected

RELATIONS: Final[Mapping[str, str]] = {
    "initiator": "heeftAlsInitiator",
    "belanghebbende": "heeftAlsBelanghebbende",
    "gemachtigde": "heeftAlsGemachtigde",
    "uitvoerende": "heeftAlsUitvoerende",
    "verantwoordelijke": "heeftAlsVerantwoordelijke",
    "overig betrokkene": "heeftAlsOverigBetrokkene",
}
"""What a part in a case is called → its relation."""

_ROLES: Final = {relation: role for role, relation in RELATIONS.items()}


@dataclass(frozen=True, slots=True)
class Parts:
    """
    What parts in a case are called at one agency.

    Attributes:
        names: Part → its relation; such a part stands in the omschrijving of that relation. A
            relation without one of these is called by its own name.
        handler: The part of the handler, where only that one is; else whoever does the work.
    """

    names: Mapping[str, str]
    handler: str | None = None

    def relation(self, part: str) -> tuple[str, str]:
        """
        Give the relation of a part, and its omschrijving.

        Raises:
            Rejected: There is no such part.
        """
        if part in self.names:
            return self.names[part], part
        if part in RELATIONS:
            return RELATIONS[part], ""
        known = ", ".join([*self.names, *RELATIONS])
        msg = f"{part!r} is no part in a case here; there are: {known}"
        raise Rejected(msg, code="role")

    def part(self, relation: Element, taste: Taste) -> str:
        """Give what the part of a relation is called."""
        said = taste.plain(child(relation, "omschrijving"))
        return said if self.names.get(said) == local(relation) else _ROLES[local(relation)]


COMPANY: Final = "niet_natuurlijk_persoon"


@dataclass(frozen=True, slots=True)
class Party:
    """
    One party in a case.

    Attributes:
        relation: The element of the zaak.
        native: The element of the party in it.
        part: What it does in the case.
    """

    relation: Element
    native: Element
    part: str

    @property
    def kind(self) -> str:
        """The standard's *betrokkeneType*."""
        return KIND_OF[local(self.native)]

    def of(self, name: str, taste: Taste) -> str:
        """Give the text of one of its elements."""
        return taste.plain(child(self.native, name))


@dataclass(frozen=True, slots=True)
class Parties:
    """The parties of one case, told apart."""

    handler: Party | None
    unit: Party | None
    others: tuple[Party, ...]
    stand_in: Party | None = None
    """The initiator that we put in where a case came without one."""


def parties(
    zaak: Element, taste: Taste, parts: Parts, *, unit_relation: str, initiator: str
) -> Parties:
    """Tell handler, unit and all others apart."""
    found = list(_found(zaak, taste, parts))
    employees = [p for p in found if _is(p, "heeftAlsUitvoerende", "medewerker")]
    handler = next((p for p in employees if parts.handler in (None, p.part)), None)
    unit = next((p for p in found if _is(p, unit_relation, "organisatorische_eenheid")), None)
    stand_in = next(
        (
            p
            for p in found
            if _is(p, "heeftAlsInitiator", "organisatorische_eenheid")
            and identity(p, taste) == initiator
        ),
        None,
    )
    kept = tuple(p for p in found if p not in (handler, unit, stand_in))
    return Parties(handler, unit, kept, stand_in)


def _is(party: Party, relation: str, kind: str) -> bool:
    return local(party.relation) == relation and party.kind == kind


def _found(zaak: Element, taste: Taste, parts: Parts) -> Iterator[Party]:
    for name in RELATIONS.values():
        for relation in children(zaak, name):
            related = child(relation, "gerelateerde")
            if related is None or taste.told(relation).is_empty:
                continue
            native = next((one for one in related if local(one) in KIND_OF), None)
            if native is None:
                if len(related):
                    taste.leave(f"{name}/{local(related[0])}", "a party of a kind that we know not")
                continue
            if ENTITEITTYPE not in native.attrib:
                taste.seen["missing-entiteittype"] += 1
            yield Party(relation, native, parts.part(relation, taste))


def identity(party: Party, taste: Taste) -> str:
    """Give what tells this party from others of its kind; empty where nothing does."""
    form = FORMS[party.kind]
    if party.kind == COMPANY and (value := extra(party.relation, KVK, taste)):
        return value
    for name, _ in form.numbers:
        if value := party.of(name, taste):
            return value
    return party.of(form.name, taste)


def role(party: Party, taste: Taste) -> Role | None:
    """Give a party as a Case holds it; ``None`` where nothing tells who it is."""
    who = identity(party, taste)
    where = local(party.relation)
    if not who:
        # Seen: an empty natuurlijkPersoon, without number and name.
        taste.leave(where, "a party of whom nothing is told")
        return None
    _leave_the_rest(party, taste, where)
    return Role(
        key=role_key(party.part, party.kind, who),
        role=party.part,
        kind=party.kind,
        identity=who,
        person=person(party, taste),
    )


def handler(party: Party, taste: Taste) -> Handler:
    """Give the person responsible for the work."""
    name = person(party, taste).get("name")
    return Handler(id=identity(party, taste), name=name, role=party.part)


def handler_as_role(who: Handler, parts: Parts) -> Role:
    """Give the part that the handler plays."""
    named = {"name": who.name} if who.name else {}
    part = parts.handler or "uitvoerende"
    return Role(key="", role=part, kind="medewerker", identity=who.id, person=named)


def unit_as_role(unit: str, relation: str) -> Role:
    """Give the part that the handling unit plays, in the relation that the dialect names."""
    kind = "organisatorische_eenheid"
    return Role(key="", role=_ROLES[relation], kind=kind, identity=unit)


def person(party: Party, taste: Taste) -> dict[str, str]:
    """Give the fields of the person."""
    form = FORMS[party.kind]
    found = {field: party.of(name, taste) for field, name in (form.person or {}).items()}
    if "geboortedatum" in found:
        born = taste.taken(child(party.native, "geboortedatum"), lambda one: datum(one, taste.seen))
        found["geboortedatum"] = born if isinstance(born, str) else ""
    if form.parts:
        found["name"] = " ".join(part for n in form.parts if (part := party.of(n, taste)))
    home = child(party.native, "verblijfsadres")
    home = home if home is not None else child(party.native, "bezoekadres")
    if home is not None:
        found["address"] = _address(home, taste)
    contact = child(party.relation, "heeftAlsAanspreekpunt", "gerelateerde")
    found |= {field: taste.plain(child(contact, name)) for field, name in CONTACT.items()}
    found["email"] = extra(party.relation, EMAIL, taste) or taste.plain(child(contact, EMAIL))
    return {field: value for field, value in sorted(found.items()) if value}


def _address(home: Element, taste: Taste) -> str:
    def of(name: str) -> str:
        return taste.plain(child(home, name))

    number = f"{of('aoa.huisnummer')}{of('aoa.huisletter')}"
    if addition := of("aoa.huisnummertoevoeging"):
        number = f"{number}-{addition}"
    street = " ".join(
        p for p in (of("gor.openbareRuimteNaam") or of("gor.straatnaam"), number) if p
    )
    place = " ".join(p for p in (of("aoa.postcode"), of("wpl.woonplaatsNaam")) if p)
    return ", ".join(part for part in (street, place) if part)


def _leave_the_rest(party: Party, taste: Taste, where: str) -> None:
    for name in ("code", "omschrijving", "toelichting"):
        if taste.plain(child(party.relation, name)) not in ("", party.part):
            taste.leave(f"{where}/{name}", "a Case does not say how somebody plays a part")
    for name in ("afwijkendCorrespondentieAdres", "afwijkendBuitenlandsCorrespondentieAdres"):
        if child(party.relation, name) is not None:
            taste.leave(f"{where}/{name}", "a party has one address")
    if child(party.native, "sub.verblijfBuitenland") is not None:
        taste.leave(f"{where}/sub.verblijfBuitenland", "an address abroad")
