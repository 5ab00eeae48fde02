"""Parties as people type them: who in which role, made into what stands in a case, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .catalogus import LABELS
from .partij import name_of
from .reading import Tree
from .weigering import refuse

_NUMBERS: Final = {
    "natuurlijkPersoon": "inp.bsn",
    "nietNatuurlijkPersoon": "inn.nnpId",
    "vestiging": "vestigingsNummer",
    "medewerker": "identificatie",
    "organisatorischeEenheid": "identificatie",
}


def party(kind: str, number: str, name: str) -> Tree:
    """Give somebody by a number and a name; for a person of the staff by both."""
    make = _MAKERS.get(kind)
    if make is None:
        refuse(f"soort betrokkene onbekend: {kind}")
    return {kind: {n: value for n, value in make(number, name).items() if value}}


def typed(data: Mapping[str, Any]) -> Tree:
    """Give somebody as they were typed: kind, number, name, and more by the names of StUF."""
    kind = str(data.get("soort") or "natuurlijkPersoon")
    who = party(kind, str(data.get("nummer") or ""), str(data.get("naam") or ""))
    return {kind: {**who[kind], **(data.get("gegevens") or {})}}


def role(name: str, who: Tree, extra: Mapping[str, str] | None = None) -> Tree:
    """Give somebody in a role; what StUF has no place for beside them goes along by name."""
    item: Tree = {"gerelateerde": who, "omschrijving": name[:80]}
    if extra:
        item["extraElementen"] = [[key, value] for key, value in extra.items() if value]
    return item


def shown(relation: str, item: Tree) -> dict[str, Any]:
    """Show somebody in a role, as pages and players see it."""
    related: Tree = item.get("gerelateerde") or {}
    kind = next(iter(related), "")
    tree = related.get(kind)
    number = tree.get(_NUMBERS.get(kind, ""), "") if isinstance(tree, dict) else ""
    return {
        "relatie": relation,
        "rol": item.get("omschrijving") or LABELS[relation],
        "soort": kind,
        "nummer": number or "",
        "naam": name_of(item),
        "toelichting": item.get("toelichting", ""),
        "extra": dict(item.get("extraElementen", ())),
    }


def _person(number: str, name: str) -> Tree:
    return {"inp.bsn": number, "authentiek": "N" if number else "", "geslachtsnaam": name[:200]}


def _company(number: str, name: str) -> Tree:
    return {"inn.nnpId": number, "authentiek": "N" if number else "", "statutaireNaam": name[:500]}


def _establishment(number: str, name: str) -> Tree:
    number = number.zfill(12) if number else ""
    return {"vestigingsNummer": number, "authentiek": "N", "handelsnaam": name[:200]}


def _employee(number: str, name: str) -> Tree:
    first, _, last = name.partition(" ")
    initials = f"{first[:1]}." if last else ""
    return {"identificatie": number[:24], "achternaam": last or first, "voorletters": initials}


def _unit(number: str, name: str) -> Tree:
    return {"identificatie": number[:24], "naam": name[:50]}


_MAKERS: Final[Mapping[str, Callable[[str, str], Tree]]] = {
    "natuurlijkPersoon": _person,
    "nietNatuurlijkPersoon": _company,
    "vestiging": _establishment,
    "medewerker": _employee,
    "organisatorischeEenheid": _unit,
}
KINDS: Final = tuple(_MAKERS)
