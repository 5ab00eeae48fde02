"""
Parties: between a rol and a Role, the Handler, the unit.

The newest employee with the generic description *behandelaar* is the handler, the newest
organisational unit with it the handling unit; both are registers of a Case and not among its
roles. All others are roles, each keyed by what tells one party from another.

A party of ours that takes the place of another says so, and does not count before that one is
gone: a replacement that was broken off half-way is seen, and made whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.zgw.links import uuid_of
from adapters.zgw.native import Rol
from contracts.case import Handler, Role, role_key

BEHANDELAAR: Final = "behandelaar"

_INSTEAD: Final = ", in plaats van rol "
_NOTE: Final = 1000
"""So long may the explanation of a rol be."""

_IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "natuurlijk_persoon": ("inpBsn", "anpIdentificatie", "inpA_nummer", "geslachtsnaam"),
    "niet_natuurlijk_persoon": ("kvkNummer", "innNnpId", "annIdentificatie", "statutaireNaam"),
    "vestiging": ("vestigingsNummer", "kvkNummer", "handelsnaam"),
    "organisatorische_eenheid": ("identificatie", "naam"),
    "medewerker": ("identificatie", "achternaam"),
}
"""By kind: the member that tells one party from another, the surest first."""

_PERSON: Final[Mapping[str, Mapping[str, str]]] = {
    "natuurlijk_persoon": {
        "bsn": "inpBsn",
        "geboortedatum": "geboortedatum",
        "geslacht": "geslachtsaanduiding",
        "voornamen": "voornamen",
    },
    "niet_natuurlijk_persoon": {
        "name": "statutaireNaam",
        "address": "bezoekadres",
        "kvk": "kvkNummer",
        "rsin": "innNnpId",
        "vestigingsnummer": "vestigingsNummer",
    },
    "vestiging": {"kvk": "kvkNummer", "vestigingsnummer": "vestigingsNummer"},
    "organisatorische_eenheid": {"name": "naam"},
    "medewerker": {},
}
"""By kind: field of the person → member, where it is the one text."""

_FORMS: Final[Mapping[str, tuple[tuple[str, int | None], ...]]] = {
    "natuurlijk_persoon": (("inpBsn", 9), ("inpA_nummer", 10), ("anpIdentificatie", None)),
    "niet_natuurlijk_persoon": (("kvkNummer", 8), ("innNnpId", 9), ("annIdentificatie", None)),
    "vestiging": (("vestigingsNummer", 12), ("kvkNummer", 8)),
}
"""By kind: members that are numbers, with how many digits; ``None`` is any other."""

_NAME_PARTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "natuurlijk_persoon": ("voorletters", "voorvoegselGeslachtsnaam", "geslachtsnaam"),
    "medewerker": ("voorletters", "voorvoegselAchternaam", "achternaam"),
}
_CONTACT: Final[Mapping[str, str]] = {
    "email": "emailadres",
    "phone": "telefoonnummer",
    "contact_name": "naam",
    "contact_function": "functie",
}


@dataclass(frozen=True, slots=True)
class Parties:
    """
    The roles of one case, told apart.

    Attributes:
        successors: They are to take the place of one that stands still.
    """

    handler: Rol | None
    unit: Rol | None
    older: tuple[Rol, ...]
    others: tuple[Rol, ...]
    successors: tuple[Rol, ...]


def told_apart(roles: Sequence[Rol]) -> Parties:
    """Tell handler, unit and all others apart."""
    standing = {_id(rol) for rol in roles}
    successors = tuple(rol for rol in roles if _predecessor(rol) in standing)
    newest_first = sorted(
        (rol for rol in roles if rol not in successors),
        key=lambda r: (r.registratiedatum, r.url),
        reverse=True,
    )
    handlers = [r for r in newest_first if _handles(r, "medewerker")]
    units = [r for r in newest_first if _handles(r, "organisatorische_eenheid")]
    handling = {r.url for r in (*handlers, *units)}
    return Parties(
        handler=handlers[0] if handlers else None,
        unit=units[0] if units else None,
        older=(*handlers[1:], *units[1:]),
        # Of the same party twice the newest counts: the older one was to be removed.
        others=tuple(r for r in newest_first if r.url not in handling),
        successors=successors,
    )


def succeeds(rol: Rol, old: Sequence[Rol]) -> bool:
    """Tell whether a party is to take the place of one of *old*."""
    return _predecessor(rol) in {_id(each) for each in old}


def _predecessor(rol: Rol) -> str:
    return rol.roltoelichting.rpartition(_INSTEAD)[2] if _INSTEAD in rol.roltoelichting else ""


def _id(rol: Rol) -> str:
    return uuid_of(rol.url) or rol.url


def _handles(rol: Rol, kind: str) -> bool:
    return rol.omschrijving_generiek == BEHANDELAAR and rol.betrokkene_type == kind


def identity(rol: Rol) -> str:
    """Give what tells this party from others of its kind."""
    for member in _IDENTITY.get(rol.betrokkene_type, ()):
        value = rol.betrokkene_identificatie.get(member)
        first = value[0] if isinstance(value, list) and value else value
        if first:
            return str(first)
    return rol.betrokkene or rol.url.rpartition("/")[2]


def key_of(rol: Rol) -> str:
    """Give the key under which a rol stands among a Case's roles."""
    return role_key(rol.omschrijving, rol.betrokkene_type, identity(rol))


def role(rol: Rol) -> Role:
    """Give a party as a Case holds it."""
    return Role(
        key=key_of(rol),
        role=rol.omschrijving,
        kind=rol.betrokkene_type,
        identity=identity(rol),
        person=person(rol),
    )


def handler(rol: Rol) -> Handler:
    """Give the person responsible for the work."""
    return Handler(id=identity(rol), name=person(rol).get("name"), role=rol.omschrijving)


def person(rol: Rol) -> dict[str, str]:
    """Give the fields of the person."""
    own = rol.betrokkene_identificatie
    kind = rol.betrokkene_type
    found = {field: own.get(member) for field, member in _PERSON.get(kind, {}).items()}
    if kind in _NAME_PARTS:
        found["name"] = _full_name(kind, own)
    if kind == "vestiging":
        names = own.get("handelsnaam")
        found["name"] = names[0] if isinstance(names, list) and names else names
    if home := own.get("verblijfsadres"):
        found.setdefault("address", _address(home))
    contact = {f: rol.contactpersoon_rol.get(member) for f, member in _CONTACT.items()}
    if contact["contact_name"] in (found.get("name"), identity(rol)):
        del contact["contact_name"]  # required by the standard, and no news
    found |= contact
    return {field: str(value) for field, value in sorted(found.items()) if value}


def body(
    role: Role,
    roltype: str,
    zaak: str,
    *,
    current: Rol | None = None,
    emptied: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """
    Give the body that makes a party.

    Where it takes the place of *current*, what is not written is kept from that: a person may
    have fields that do not cross. Only those in *emptied* go.
    """
    own = dict(current.betrokkene_identificatie) if current is not None else {}
    kept = person(current) if current is not None else {}
    members = _PERSON.get(role.kind, {})
    for field, member in members.items():
        if field in role.person:
            own[member] = role.person[field]
        elif field in emptied:
            own.pop(member, None)
    own |= _identified(role)
    name = role.person.get("name")
    if name and name != kept.get("name"):
        own |= _named(role.kind, name)
    # An address of a person cannot be written: the standard wants its BAG id along, and we would
    # have to invent one. The rol then stands for the whole, without it.
    made: dict[str, Any] = {
        "zaak": zaak,
        "betrokkeneType": role.kind,
        "roltype": roltype,
        "roltoelichting": role.role[:_NOTE],
        "betrokkeneIdentificatie": {m: v for m, v in own.items() if v not in (None, "")},
    }
    contact = {
        member: value
        for field, member in _CONTACT.items()
        if (value := role.person.get(field, "" if field in emptied else kept.get(field, "")))
    }
    if contact:
        # The name is the one required member of the group.
        made["contactpersoonRol"] = {"naam": (name or role.identity)[:200], **contact}
    return made


def handler_body(handler: Handler, roltype: str, zaak: str) -> dict[str, Any]:
    """Give the body that makes somebody the handler."""
    given = {"name": handler.name} if handler.name else {}
    made = Role(key="", role="", kind="medewerker", identity=handler.id, person=given)
    return {**body(made, roltype, zaak), "roltoelichting": BEHANDELAAR}


def unit_body(unit: str, roltype: str, zaak: str) -> dict[str, Any]:
    """Give the body that makes an organisational unit the handling one."""
    made = Role(key="", role="", kind="organisatorische_eenheid", identity=unit)
    return {**body(made, roltype, zaak), "roltoelichting": BEHANDELAAR}


def in_place_of(old: Rol, body: Mapping[str, Any]) -> dict[str, Any]:
    """Give the body of a party that takes the place of *old*."""
    told = f"{_INSTEAD}{_id(old)}"
    return {**body, "roltoelichting": body["roltoelichting"][: _NOTE - len(told)] + told}


def _identified(role: Role) -> dict[str, Any]:
    """Put the identity where it came from: which member it was shows in its form."""
    value = role.identity
    for member, length in _FORMS.get(role.kind, ()):
        if value.isdigit() and length in (len(value), None):
            return {member: value}
    match role.kind:
        case "natuurlijk_persoon":
            return {"geslachtsnaam": value}
        case "niet_natuurlijk_persoon":
            return {"statutaireNaam": value}
        case "vestiging":
            return {"handelsnaam": [value]}
        case _:
            return {"identificatie": value}


def _named(kind: str, name: str) -> dict[str, Any]:
    if kind == "vestiging":
        return {"handelsnaam": [name]}
    if kind in _NAME_PARTS:
        initials, prefix, surname = _NAME_PARTS[kind]
        return {initials: "", prefix: "", surname: name}
    return {}


def _full_name(kind: str, own: Mapping[str, Any]) -> str:
    parts = (own.get(member) for member in _NAME_PARTS[kind])
    return " ".join(str(part) for part in parts if part)


def _address(home: Mapping[str, Any]) -> str:
    number = f"{home.get('aoaHuisnummer') or ''}{home.get('aoaHuisletter') or ''}"
    if addition := home.get("aoaHuisnummertoevoeging"):
        number = f"{number}-{addition}"
    street = " ".join(p for p in (home.get("gorOpenbareRuimteNaam"), number) if p)
    place = " ".join(p for p in (home.get("aoaPostcode"), home.get("wplWoonplaatsNaam")) if p)
    return ", ".join(part for part in (street, place) if part)
