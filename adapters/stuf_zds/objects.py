"""What a case is about: between heeftBetrekkingOp or anderZaakObject and a CaseObject."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from adapters.stuf_zds import gml
from adapters.stuf_zds.casting import begun
from adapters.stuf_zds.names import BG, ENTITEITTYPE, METAGEGEVEN, VERWERKINGSSOORT, ZKN, q
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import BadValue, Verwerkingssoort, say_nothing
from adapters.stuf_zds.xml import Element, add, child, children, clean, local, root
from contracts.case import CaseObject
from contracts.errors import Rejected

PLACE: Final = "geometrie"
_OTHER: Final = "overige"
_RELATION: Final = "heeftBetrekkingOp"
_PARCEL: Final = "kadastraleAanduiding"
_NUMBERS: Final = frozenset({"huisnummer"})
"""Members that are numbers at others, and texts here."""


@dataclass(frozen=True, slots=True)
class _Form:
    """
    How a kind of object is written.

    Attributes:
        entity: Its entiteittype.
        order: All its elements, in the order of the schema.
    """

    entity: str
    order: tuple[str, ...]


_MAPPED: Final = ("type", "identificatie", "naam")
_FORMS: Final[Mapping[str, _Form]] = {
    "adres": _Form(
        "AOA",
        (
            "identificatie",
            "authentiek",
            "wpl.woonplaatsNaam",
            "gor.openbareRuimteNaam",
            "huisnummer",
            "huisletter",
            "huisnummertoevoeging",
            "postcode",
        ),
    ),
    "buurt": _Form("BRT", ("buurtCode", "buurtNaam", "gem.gemeenteCode", "wyk.wijkCode")),
    "gemeente": _Form("GEM", ("gemeenteCode", "gemeenteNaam")),
    "inrichtingselement": _Form("IRE", _MAPPED),
    "kadastraleOnroerendeZaak": _Form("KOZ", ("kadastraleIdentificatie", "authentiek")),
    "kunstwerkdeel": _Form("KWD", _MAPPED),
    "maatschappelijkeActiviteit": _Form("MAC", ("kvkNummer", "authentiek", "handelsnaam")),
    "openbareRuimte": _Form(
        "OPR", ("identificatie", "authentiek", "wpl.woonplaatsNaam", "gor.openbareRuimteNaam")
    ),
    "pand": _Form("PND", ("identificatie", "authentiek")),
    "spoorbaandeel": _Form("SBD", _MAPPED),
    "terreindeel": _Form("TDL", _MAPPED),
    "waterdeel": _Form("WDL", _MAPPED),
    "wegdeel": _Form("WGD", _MAPPED),
    "wijk": _Form("WYK", ("wijkCode", "wijkNaam", "gem.gemeenteCode")),
    "woonplaats": _Form("WPL", ("identificatie", "authentiek", "woonplaatsNaam")),
}
"""Element → how it is written. Others are read, and not written."""

_SURE: Final = (
    "identificatie",
    "kadastraleIdentificatie",
    "kvkNummer",
    "vestigingsNummer",
    "inpBsn",
    "innNnpId",
    "gemeenteCode",
    "buurtCode",
    "wijkCode",
    "nummer",
)
"""Members that tell one object from another of its kind, the surest first."""


def kind_of(native: str) -> str:
    """Give the standard's *objectType* of an element: its name in small letters."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", native).lower()


def native_of(kind: str) -> str:
    """Give the element of an *objectType*."""
    head, *rest = kind.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _member(native: str) -> str:
    """Give the member of an element, as ZGW spells it: ``wpl.woonplaatsNaam`` without its dot."""
    prefix, dot, name = native.partition(".")
    return f"{prefix}{name[:1].upper()}{name[1:]}" if dot else native


@dataclass(frozen=True, slots=True)
class Found:
    """An object of a case, with the element that told of it."""

    item: CaseObject
    native: Element


def objects(zaak: Element, taste: Taste) -> tuple[Found, ...]:
    """Give what a case is about; of two that are one the first."""
    found: dict[str, Found] = {}
    for one in (*_related(zaak, taste), *_others(zaak, taste)):
        found.setdefault(one.item.key, one)
    return tuple(found.values())


def _related(zaak: Element, taste: Taste) -> Iterator[Found]:
    for relation in children(zaak, _RELATION):
        related = child(relation, "gerelateerde")
        if related is None or not len(related):
            continue
        native = related[0]
        data = _data(native, taste)
        if not data:
            taste.leave(f"{_RELATION}/{local(native)}", "an object of which nothing is told")
            continue
        if taste.plain(child(relation, "omschrijving")):
            taste.leave(f"{_RELATION}/omschrijving", "a Case does not say how it relates to it")
        kind, who = kind_of(local(native)), _identity(local(native), data)
        yield Found(CaseObject(key=f"{kind}:{who}", type=kind, identity=who, data=data), relation)


def _data(native: Element, taste: Taste) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for one in native:
        name = _member(local(one))
        if name == "authentiek":
            continue
        if len(one):
            inside = _data(one, taste)
            if inside:
                # A parcel is told in parts here, and as one text by the standard's other half.
                is_parcel = name == _PARCEL
                data[name] = " ".join(map(str, inside.values())) if is_parcel else inside
        elif value := taste.plain(one):
            is_number = name in _NUMBERS and value.isdecimal()
            data[name] = int(value) if is_number else value
    return data


def _identity(kind: str, data: Mapping[str, Any]) -> str:
    for name in _SURE:
        if value := data.get(name):
            return str(value)
    if kind == "adres" and data.get("huisnummer"):
        parts = (data.get(m) for m in ("postcode", "huisnummer", "huisletter"))
        return "-".join(str(part) for part in parts if part)
    # Free data has no identity of its own: what it holds is what it is.
    said = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def _others(zaak: Element, taste: Taste) -> Iterator[Found]:
    for other in children(zaak, "anderZaakObject"):
        said = {n: taste.plain(child(other, n)) for n in ("omschrijving", "aanduiding")}
        registration = taste.plain(child(other, "registratie"))
        place = child(other, "lokatie")
        if place is not None and len(place):
            try:
                data = gml.read(place)
            except BadValue as error:
                taste.leave("anderZaakObject/lokatie", f"it holds {error}")
                continue
            who = said["aanduiding"] or "zaak"
            item = CaseObject(key=f"{PLACE}:{who}", type=PLACE, identity=who, data=data)
            yield Found(item, other)
        elif any(said.values()):
            data = {"objectTypeOverige": said["omschrijving"], "aanduiding": said["aanduiding"]}
            data |= {"registratie": registration} if registration else {}
            data = {name: value for name, value in data.items() if value}
            who = said["aanduiding"] or _identity(_OTHER, data)
            item = CaseObject(key=f"{_OTHER}:{who}", type=_OTHER, identity=who, data=data)
            yield Found(item, other)


def is_group(item: CaseObject) -> bool:
    """Tell whether it is told of in a group that repeats, and so travels whole."""
    return item.type in (PLACE, _OTHER)


def group(item: CaseObject) -> Element:
    """
    Give the anderZaakObject that tells of it.

    Raises:
        Rejected: It has no place there.
    """
    made = root(q(ZKN, "anderZaakObject"))
    title = "Locatie" if item.type == PLACE else str(item.data.get("objectTypeOverige") or "Object")
    add(made, q(ZKN, "omschrijving"), title)
    who = (
        str(item.data.get("aanduiding") or item.identity) if item.type == _OTHER else item.identity
    )
    add(made, q(ZKN, "aanduiding"), who)
    place = add(made, q(ZKN, "lokatie"))
    if item.type == PLACE:
        gml.write(place, item.data)
    else:
        say_nothing(place)
    registration = add(made, q(ZKN, "registratie"))
    if item.type == _OTHER and item.data.get("registratie"):
        registration.text = clean(str(item.data["registratie"]))
    else:
        say_nothing(registration)
    return made


def no_group() -> Element:
    """Give the group that says that there is none: all its members are nothing."""
    return whole(root(q(ZKN, "anderZaakObject")))


def whole(native: Element) -> Element:
    """Give a group as it stands, with all its members: a part that was not told of is nothing."""
    made = root(q(ZKN, "anderZaakObject"))
    for name in ("omschrijving", "aanduiding", "lokatie", "registratie"):
        told = child(native, name)
        copied = deepcopy(told) if told is not None else root(q(ZKN, name))
        copied.tail = None
        if not len(copied) and not (copied.text or "").strip():
            copied.attrib.clear()
            say_nothing(copied)
        made.append(copied)
    return made


def relation(item: CaseObject, sort: Verwerkingssoort) -> Element:
    """
    Give the heeftBetrekkingOp that adds it, or that takes it away as it stands in the old object.

    Raises:
        Rejected: This system has no such kind, or nothing is told of it.
    """
    name = native_of(item.type)
    form = _FORMS.get(name)
    if form is None:
        known = ", ".join(sorted(kind_of(one) for one in _FORMS))
        msg = f"an object of type {item.type!r} cannot be told to this system; there are: {known}"
        raise Rejected(msg, code="object")
    told = {native: item.data.get(_member(native)) for native in form.order}
    told = {native: value for native, value in told.items() if value not in (None, "")}
    if not told:
        first = next(native for native in form.order if native in (*_SURE, "type"))
        told = {first: item.identity}
    made = begun(_RELATION, sort)
    related = add(made, q(ZKN, "gerelateerde"))
    native = add(related, q(ZKN, name), None, {ENTITEITTYPE: form.entity})
    adds = sort is Verwerkingssoort.TOEVOEGING
    soort = Verwerkingssoort.TOEVOEGING if adds else Verwerkingssoort.IDENTIFICATIE
    native.set(VERWERKINGSSOORT, soort.value)
    for element in form.order:
        if element == "authentiek":
            add(native, q(BG, element), "N", {METAGEGEVEN: "true"})
        elif element in told:
            add(native, q(BG, element), str(told[element]))
    return made
