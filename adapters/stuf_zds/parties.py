"""
Parties: between a relation of the zaak (heeftAlsInitiator …) and a Role, the Handler, the unit.

The employee who does the work (heeftAlsUitvoerende) is the handler, the organisational unit in
the relation that the dialect names is the handling unit; both are registers of a Case and not
among its roles. All others are roles, each keyed by what tells one party from another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from adapters.stuf_zds.extras import add_extra, extra
from adapters.stuf_zds.names import (
    BG,
    ENTITEITTYPE,
    ENTITIES,
    IND_ONVOLLEDIGE_DATUM,
    METAGEGEVEN,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import BadValue, Verwerkingssoort, datum, say_date, say_nothing
from adapters.stuf_zds.xml import Element, add, child, children, clean, local, root
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

KINDS: Final[Mapping[str, str]] = {
    "natuurlijk_persoon": "natuurlijkPersoon",
    "niet_natuurlijk_persoon": "nietNatuurlijkPersoon",
    "vestiging": "vestiging",
    "organisatorische_eenheid": "organisatorischeEenheid",
    "medewerker": "medewerker",
}
_KIND_OF: Final = {native: kind for kind, native in KINDS.items()}


@dataclass(frozen=True, slots=True)
class _Form:
    """
    How a kind of party is written.

    Attributes:
        namespace: Of its elements.
        numbers: Elements that are numbers, the surest first, with how many digits they have;
            with 0 any text will do. One of them at most is there.
        name: Element that is its name where it has no number.
        parts: Elements that are joined to a name: initials, prefix, surname.
        person: Field of the person → element.
        order: All elements that we write, in the order of the schema.
    """

    namespace: str
    numbers: tuple[tuple[str, int], ...]
    name: str
    order: tuple[str, ...]
    parts: tuple[str, ...] = ()
    person: Mapping[str, str] | None = None


_FORMS: Final[Mapping[str, _Form]] = {
    "natuurlijk_persoon": _Form(
        namespace=BG,
        numbers=(("inp.bsn", 9), ("anp.identificatie", 17)),
        name="geslachtsnaam",
        parts=("voorletters", "voorvoegselGeslachtsnaam", "geslachtsnaam"),
        person={
            "voornamen": "voornamen",
            "geslacht": "geslachtsaanduiding",
            "geboortedatum": "geboortedatum",
        },
        order=(
            "inp.bsn",
            "authentiek",
            "anp.identificatie",
            "geslachtsnaam",
            "voorvoegselGeslachtsnaam",
            "voorletters",
            "voornamen",
            "geslachtsaanduiding",
            "geboortedatum",
        ),
    ),
    "niet_natuurlijk_persoon": _Form(
        namespace=BG,
        numbers=(("inn.nnpId", 9), ("ann.identificatie", 17)),
        name="statutaireNaam",
        person={"name": "statutaireNaam", "rechtsvorm": "inn.rechtsvorm"},
        order=("inn.nnpId", "authentiek", "ann.identificatie", "statutaireNaam", "inn.rechtsvorm"),
    ),
    "vestiging": _Form(
        namespace=BG,
        # A number of the company register stands there, too: eight digits instead of twelve.
        numbers=(("vestigingsNummer", 12), ("vestigingsNummer", 8)),
        name="handelsnaam",
        person={"name": "handelsnaam"},
        order=("vestigingsNummer", "authentiek", "handelsnaam"),
    ),
    "organisatorische_eenheid": _Form(
        namespace=ZKN,
        numbers=(("identificatie", 0),),
        name="naam",
        person={"name": "naam"},
        order=("identificatie", "naam"),
    ),
    "medewerker": _Form(
        namespace=ZKN,
        numbers=(("identificatie", 0),),
        name="achternaam",
        parts=("voorletters", "voorvoegselAchternaam", "achternaam"),
        order=("identificatie", "achternaam", "voorletters", "voorvoegselAchternaam"),
    ),
}
_WITH_AUTHENTIEK: Final = frozenset({"inp.bsn", "inn.nnpId", "vestigingsNummer"})
_EMAIL: Final = "emailadres"
_CONTACT: Final[Mapping[str, str]] = {
    "contact_name": "naam",
    "contact_function": "functie",
    "phone": "telefoonnummer",
}
"""Field of the person → element of the contact person of a relation."""


@dataclass(frozen=True, slots=True)
class Party:
    """
    One party in a case.

    Attributes:
        relation: The element of the zaak.
        native: The element of the party in it.
    """

    relation: Element
    native: Element

    @property
    def kind(self) -> str:
        """The standard's *betrokkeneType*."""
        return _KIND_OF[local(self.native)]

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


def parties(zaak: Element, taste: Taste, *, unit_relation: str, initiator: str) -> Parties:
    """Tell handler, unit and all others apart."""
    found = list(_found(zaak, taste))
    handler = next(
        (p for p in found if _is(p, "heeftAlsUitvoerende", "medewerker")),
        None,
    )
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


def _found(zaak: Element, taste: Taste) -> Iterator[Party]:
    for name in RELATIONS.values():
        for relation in children(zaak, name):
            related = child(relation, "gerelateerde")
            if related is None or taste.told(relation).is_empty:
                continue
            native = next((one for one in related if local(one) in _KIND_OF), None)
            if native is None:
                if len(related):
                    taste.leave(f"{name}/{local(related[0])}", "a party of a kind that we know not")
                continue
            if ENTITEITTYPE not in native.attrib:
                taste.seen["missing-entiteittype"] += 1
            yield Party(relation, native)


def identity(party: Party, taste: Taste) -> str:
    """Give what tells this party from others of its kind; empty where nothing does."""
    form = _FORMS[party.kind]
    for name, _ in form.numbers:
        if value := party.of(name, taste):
            return value
    return party.of(form.name, taste)


def role_name(party: Party) -> str:
    """Give what the part of a party is called."""
    return _ROLES[local(party.relation)]


def role(party: Party, taste: Taste) -> Role | None:
    """Give a party as a Case holds it; ``None`` where nothing tells who it is."""
    who = identity(party, taste)
    name = role_name(party)
    where = local(party.relation)
    if not who:
        # Seen: an empty natuurlijkPersoon, without number and name.
        taste.leave(where, "a party of whom nothing is told")
        return None
    _leave_the_rest(party, taste, where)
    return Role(
        key=role_key(name, party.kind, who),
        role=name,
        kind=party.kind,
        identity=who,
        person=person(party, taste),
    )


def handler(party: Party, taste: Taste) -> Handler:
    """Give the person responsible for the work."""
    name = person(party, taste).get("name")
    return Handler(id=identity(party, taste), name=name, role=role_name(party))


def person(party: Party, taste: Taste) -> dict[str, str]:
    """Give the fields of the person."""
    form = _FORMS[party.kind]
    found = {field: party.of(name, taste) for field, name in (form.person or {}).items()}
    if "geboortedatum" in found:
        born = taste.taken(child(party.native, "geboortedatum"), lambda one: datum(one, taste.seen))
        found["geboortedatum"] = born if isinstance(born, str) else ""
    if form.parts:
        found["name"] = " ".join(part for n in form.parts if (part := party.of(n, taste)))
    if party.kind == "natuurlijk_persoon":
        found["bsn"] = party.of("inp.bsn", taste)
    home = child(party.native, "verblijfsadres")
    home = home if home is not None else child(party.native, "bezoekadres")
    if home is not None:
        found["address"] = _address(home, taste)
    contact = child(party.relation, "heeftAlsAanspreekpunt", "gerelateerde")
    found |= {field: taste.plain(child(contact, name)) for field, name in _CONTACT.items()}
    found["email"] = extra(party.relation, _EMAIL, taste) or taste.plain(child(contact, _EMAIL))
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
        if taste.plain(child(party.relation, name)):
            taste.leave(f"{where}/{name}", "a Case does not say how somebody plays a part")
    for name in ("afwijkendCorrespondentieAdres", "afwijkendBuitenlandsCorrespondentieAdres"):
        if child(party.relation, name) is not None:
            taste.leave(f"{where}/{name}", "a party has one address")
    if child(party.native, "sub.verblijfBuitenland") is not None:
        taste.leave(f"{where}/sub.verblijfBuitenland", "an address abroad")


def relation(
    item: Role, *, current: Party | None = None, emptied: frozenset[str] = frozenset()
) -> Element:
    """
    Give the relation that adds a party.

    Where it takes the place of *current*, what is not written is kept from that: a party may have
    an address, or more, that does not cross. Only the fields in *emptied* go.

    Raises:
        Rejected: This system has no such part, or no such kind of party.
    """
    if item.role not in RELATIONS:
        msg = f"{item.role!r} is no part in a case here; there are: {', '.join(RELATIONS)}"
        raise Rejected(msg, code="role")
    if item.kind not in KINDS:
        msg = f"{item.kind!r} is no kind of party here; there are: {', '.join(KINDS)}"
        raise Rejected(msg, code="kind")
    made = begun(RELATIONS[item.role], Verwerkingssoort.TOEVOEGING)
    told = _told(item, _FORMS[item.kind], current, emptied)
    related = add(made, q(ZKN, "gerelateerde"))
    related.append(_native(item.kind, told, current, Verwerkingssoort.TOEVOEGING))
    if current is not None:
        _copy(made, current.relation, _OF_RELATION)
    email = item.person.get("email", "" if "email" in emptied else _kept(current, "email"))
    if email:
        add_extra(made, {_EMAIL: email})
    _say_contact(made, item, current, emptied)
    return made


def begun(name: str, sort: Verwerkingssoort) -> Element:
    """Begin a relation of the zaak."""
    made = root(q(ZKN, name))
    made.set(ENTITEITTYPE, ENTITIES[name])
    made.set(VERWERKINGSSOORT, sort.value)
    return made


def nothing(name: str, sort: Verwerkingssoort) -> Element:
    """Give the relation that is not there (yet, or any more)."""
    return say_nothing(begun(name, sort))


def _kept(current: Party | None, field: str) -> str:
    return person(current, Taste()).get(field, "") if current is not None else ""


def removed(party: Party) -> Element:
    """Give the relation that is taken away, as it stands in the old object."""
    made = begun(local(party.relation), Verwerkingssoort.VERWIJDERING)
    told = _standing(party, _FORMS[party.kind])
    related = add(made, q(ZKN, "gerelateerde"))
    related.append(_native(party.kind, told, None, Verwerkingssoort.IDENTIFICATIE))
    return made


def stand_in(identificatie: str) -> Element:
    """Give the initiator of a case that comes without one; the schema wants one."""
    made = begun("heeftAlsInitiator", Verwerkingssoort.TOEVOEGING)
    related = add(made, q(ZKN, "gerelateerde"))
    told = {"identificatie": identificatie}
    kind = "organisatorische_eenheid"
    related.append(_native(kind, told, None, Verwerkingssoort.TOEVOEGING))
    return made


_OF_RELATION: Final = (
    "code",
    "omschrijving",
    "toelichting",
    "afwijkendCorrespondentieAdres",
    "afwijkendBuitenlandsCorrespondentieAdres",
)
_ADDRESSES: Final = ("verblijfsadres", "bezoekadres", "sub.verblijfBuitenland")
_OF_ADDRESS: Final = (
    "aoa.identificatie",
    "authentiek",
    "wpl.woonplaatsNaam",
    "gor.openbareRuimteNaam",
    "gor.straatnaam",
    "aoa.postcode",
    "aoa.huisnummer",
    "aoa.huisletter",
    "aoa.huisnummertoevoeging",
    "inp.locatiebeschrijving",
    "lnd.landnaam",
    "sub.adresBuitenland1",
    "sub.adresBuitenland2",
    "sub.adresBuitenland3",
)
"""What of an address a notification may hold; an answer may say more."""


def _copy(made: Element, source: Element, names: tuple[str, ...]) -> None:
    for name in names:
        for one in children(source, name):
            copied = deepcopy(one)
            copied.tail = None
            made.append(copied)


def _native(
    kind: str, told: Mapping[str, str], current: Party | None, sort: Verwerkingssoort
) -> Element:
    form = _FORMS[kind]
    native = root(q(ZKN, KINDS[kind]))
    native.set(ENTITEITTYPE, ENTITIES[KINDS[kind]])
    native.set(VERWERKINGSSOORT, sort.value)
    for name in form.order:
        if name == "authentiek":
            if told.keys() & _WITH_AUTHENTIEK:
                add(native, q(BG, name), "N", {METAGEGEVEN: "true"})
        elif name in told:
            _say(native, form.namespace, name, told[name])
    if current is not None and current.kind == kind:
        for name in _ADDRESSES:
            for home in children(current.native, name):
                _copy(add(native, q(BG, name)), home, _OF_ADDRESS)
    return native


def _standing(party: Party, form: _Form) -> dict[str, str]:
    """Give element → text of what stands of a party."""
    told = {name: party.of(name, Taste()) for name in form.order if name != "authentiek"}
    born = _born(party)
    return {n: v for n, v in told.items() if v} | ({"geboortedatum": born} if born else {})


def _born(party: Party) -> str:
    found = child(party.native, "geboortedatum")
    try:
        return datum(found) or "" if found is not None else ""
    except BadValue:
        return ""


def _told(
    item: Role, form: _Form, current: Party | None, emptied: frozenset[str]
) -> dict[str, str]:
    """Give element → text of what is told of a party."""
    told: dict[str, str] = {}
    if current is not None and current.kind == item.kind:
        told = _standing(current, form)
    for field, name in (form.person or {}).items():
        if field in item.person:
            told[name] = item.person[field]
        elif field in emptied:
            told.pop(name, None)
    name = item.person.get("name", "")
    if form.parts and name and name != _kept(current, "name"):
        initials, prefix, surname = form.parts
        told |= {initials: "", prefix: "", surname: name}
    return told | _identified(item, form)


def _identified(item: Role, form: _Form) -> dict[str, str]:
    """Put the identity where it came from: which element it was shows in its form."""
    value = clean(item.identity).strip()
    for name, digits in form.numbers:
        if digits == 0 or (value.isdecimal() and len(value) == digits):
            return {name: value}
    return {form.name: value}


def _say(native: Element, namespace: str, name: str, value: str) -> None:
    made = add(native, q(namespace, name))
    if name != "geboortedatum":
        made.text = clean(value).strip() or None
        if not made.text:
            say_nothing(made)
        return
    try:
        say_date(made, value, marked=True)
    except BadValue:
        # A date that is none is not worth losing the party for.
        native.remove(made)
    else:
        assert made.get(IND_ONVOLLEDIGE_DATUM)  # noqa: S101  # the schema wants the mark


def _say_contact(made: Element, item: Role, current: Party | None, emptied: frozenset[str]) -> None:
    told = {
        name: item.person.get(field, "" if field in emptied else _kept(current, field))
        for field, name in _CONTACT.items()
    }
    if not any(told.values()):
        return
    name = ENTITIES[local(made)] + "CTP"
    contact = add(made, q(ZKN, "heeftAlsAanspreekpunt"), None, {ENTITEITTYPE: name})
    contact.set(VERWERKINGSSOORT, Verwerkingssoort.TOEVOEGING.value)
    inner = add(contact, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "CTP"})
    inner.set(VERWERKINGSSOORT, Verwerkingssoort.TOEVOEGING.value)
    for native, value in told.items():
        if value:
            add(inner, q(ZKN, native), value)
