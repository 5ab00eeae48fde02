"""The kinds of party: what each is called, what tells one from another, how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.stuf_zds.names import BG, ZKN

KINDS: Final[Mapping[str, str]] = {
    "natuurlijk_persoon": "natuurlijkPersoon",
    "niet_natuurlijk_persoon": "nietNatuurlijkPersoon",
    "vestiging": "vestiging",
    "organisatorische_eenheid": "organisatorischeEenheid",
    "medewerker": "medewerker",
}
KIND_OF: Final = {native: kind for kind, native in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Form:
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


FORMS: Final[Mapping[str, Form]] = {
    "natuurlijk_persoon": Form(
        namespace=BG,
        numbers=(("inp.bsn", 9), ("anp.identificatie", 17)),
        name="geslachtsnaam",
        parts=("voorletters", "voorvoegselGeslachtsnaam", "geslachtsnaam"),
        person={
            "bsn": "inp.bsn",
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
    "niet_natuurlijk_persoon": Form(
        namespace=BG,
        numbers=(("inn.nnpId", 9), ("ann.identificatie", 17)),
        name="statutaireNaam",
        person={
            "name": "statutaireNaam",
            "rechtsvorm": "inn.rechtsvorm",
            "rsin": "inn.nnpId",
        },
        order=("inn.nnpId", "authentiek", "ann.identificatie", "statutaireNaam", "inn.rechtsvorm"),
    ),
    "vestiging": Form(
        namespace=BG,
        numbers=(("vestigingsNummer", 12),),
        name="handelsnaam",
        person={"name": "handelsnaam"},
        order=("vestigingsNummer", "authentiek", "handelsnaam"),
    ),
    "organisatorische_eenheid": Form(
        namespace=ZKN,
        numbers=(("identificatie", 0),),
        name="naam",
        person={"name": "naam"},
        order=("identificatie", "naam"),
    ),
    "medewerker": Form(
        namespace=ZKN,
        numbers=(("identificatie", 0),),
        name="achternaam",
        parts=("voorletters", "voorvoegselAchternaam", "achternaam"),
        order=("identificatie", "achternaam", "voorletters", "voorvoegselAchternaam"),
    ),
}
EMAIL: Final = "emailadres"
KVK: Final = "kvkNummer"
"""Of a company: StUF-BG knows a nietNatuurlijkPersoon by its RSIN, and has no place for this."""
CONTACT: Final[Mapping[str, str]] = {
    "contact_name": "naam",
    "contact_function": "functie",
    "phone": "telefoonnummer",
}
"""Field of the person → element of the contact person of a relation."""
