"""
Parties as we tell of them: the relations that add one, and that take one away.

What of a party does not cross (an address, how somebody plays a part) is kept where a party takes
its own place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final

from adapters.stuf_zds.extras import add_extra
from adapters.stuf_zds.kinds import CONTACT, EMAIL, FORMS, KINDS, KVK, Form
from adapters.stuf_zds.moments import datum, say_date
from adapters.stuf_zds.names import (
    BG,
    ENTITEITTYPE,
    ENTITIES,
    METAGEGEVEN,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.parties import COMPANY, Parts, Party, person
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import BadValue, Verwerkingssoort, say_nothing
from adapters.stuf_zds.xml import Element, add, child, children, clean, local, root
from contracts.case import Role
from contracts.errors import Rejected

_WITH_AUTHENTIEK: Final = frozenset({"inp.bsn", "inn.nnpId", "vestigingsNummer"})
_LONGEST_INITIALS: Final = 20
_CHAMBER_DIGITS: Final = 8


def relation(
    item: Role,
    parts: Parts,
    sort: Verwerkingssoort = Verwerkingssoort.TOEVOEGING,
    *,
    current: Party | None = None,
    emptied: frozenset[str] = frozenset(),
) -> Element:
    """
    Give the relation to a party that is to be there.

    Where it takes the place of *current*, what is not written is kept from that: a party may have
    an address, or more, that does not cross. Only the fields in *emptied* go.

    Raises:
        Rejected: This system has no such part, or no such kind of party.
    """
    name, described = parts.relation(item.role)
    if item.kind not in KINDS:
        msg = f"{item.kind!r} is no kind of party here; there are: {', '.join(KINDS)}"
        raise Rejected(msg, code="kind")
    made = begun(name, sort)
    told = _told(item, FORMS[item.kind], current, emptied)
    related = add(made, q(ZKN, "gerelateerde"))
    related.append(_native(item.kind, told, current, Verwerkingssoort.TOEVOEGING))
    if described:
        add(made, q(ZKN, "omschrijving"), described)
    if current is not None:
        kept = [one for one in _OF_RELATION if not described or one != "omschrijving"]
        _copy(made, current.relation, kept)
        made[:] = sorted(made, key=lambda one: _ORDER.index(local(one)))
    email = item.person.get("email", "" if "email" in emptied else _kept(current, "email"))
    beside = {KVK: _in_chamber(item) or "", EMAIL: email}
    if any(beside.values()):
        add_extra(made, {name: value for name, value in beside.items() if value})
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


def standing(party: Party, sort: Verwerkingssoort) -> Element:
    """Give the relation to a party as it stands in the old object, by what tells who it is."""
    made = begun(local(party.relation), sort)
    told = _standing(party, FORMS[party.kind])
    related = add(made, q(ZKN, "gerelateerde"))
    related.append(_native(party.kind, told, None, Verwerkingssoort.IDENTIFICATIE))
    return made


def stand_in(identificatie: str, sort: Verwerkingssoort = Verwerkingssoort.TOEVOEGING) -> Element:
    """Give the initiator of a case that comes without one; the schema wants one."""
    made = begun("heeftAlsInitiator", sort)
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


_ORDER: Final = ("gerelateerde", *_OF_RELATION)


def _copy(made: Element, source: Element, names: Sequence[str]) -> None:
    for name in names:
        for one in children(source, name):
            copied = deepcopy(one)
            copied.tail = None
            made.append(copied)


def _native(
    kind: str, told: Mapping[str, str], current: Party | None, sort: Verwerkingssoort
) -> Element:
    form = FORMS[kind]
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


def _standing(party: Party, form: Form) -> dict[str, str]:
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


def _told(item: Role, form: Form, current: Party | None, emptied: frozenset[str]) -> dict[str, str]:
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
    return told | _identified(item, form, told)


def _in_chamber(item: Role) -> str | None:
    """Give the number by which the chamber of commerce knows a company, where it is known so."""
    value = clean(item.identity).strip()
    is_one = item.kind == COMPANY and len(value) == _CHAMBER_DIGITS and value.isdecimal()
    return value if is_one else None


def _identified(item: Role, form: Form, told: Mapping[str, str]) -> dict[str, str]:
    """
    Put the identity where it came from: which element it was shows in its form.

    Raises:
        Rejected: It is a number for which this system has no place.
    """
    value = clean(item.identity).strip()
    for number, digits in form.numbers:
        if digits == 0 or (value.isdecimal() and len(value) == digits):
            return {number: value}
    name = clean(item.person.get("name", "")).strip() or value
    if form.parts and value and name.endswith(value):
        initials, prefix, surname = form.parts
        before = name[: -len(value)].strip()
        if len(before) <= _LONGEST_INITIALS:
            return {initials: before, prefix: "", surname: value}
    if name == value:
        return {form.name: value}
    if _in_chamber(item):
        return {form.name: name}  # the number goes beside it
    if any(number in told for number, _ in form.numbers):
        return {}  # known by another number of theirs, which goes along
    msg = f"a {item.kind} that is known by a number which this system has no place for"
    raise Rejected(msg, code="identity")


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


def _say_contact(made: Element, item: Role, current: Party | None, emptied: frozenset[str]) -> None:
    told = {
        name: item.person.get(field, "" if field in emptied else _kept(current, field))
        for field, name in CONTACT.items()
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
