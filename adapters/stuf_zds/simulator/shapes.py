"""
What entities and relations consist of, in the order in which the schema wants it.

Written from the schemas of StUF-ZKN 3.10 and BG 3.10, as far as a case system keeps it; what it
only keeps for others (geometries, rare kinds of objects) is `Opaque`. A member that is marked as
answered stands in answers only, never in a notification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from adapters.stuf_zds.names import BG, STUF, ZKN


class Kind(Enum):
    """What the text of a leaf is."""

    TEXT = auto()
    NUMBER = auto()
    DATE = auto()
    MOMENT = auto()


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with a text. `codes`: nothing else is allowed."""

    name: str
    longest: int = 0
    kind: Kind = Kind.TEXT
    codes: tuple[str, ...] = ()
    shortest: int = 0
    space: str = ""
    answered: bool = False
    meta: bool = False
    """Says something about the data beside it (`StUF:metagegeven`)."""
    marked: bool = False
    """A date that always tells how much of it is known."""


@dataclass(frozen=True, slots=True)
class Group:
    """
    Elements inside one.

    Attributes:
        many: It may repeat, and has no identity of its own.
        whole: Its members travel together: those without a value say so.
    """

    name: str
    members: tuple[Member, ...]
    many: bool = False
    whole: bool = False
    space: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """Whatever is inside is kept as it came."""

    name: str
    space: str = ""
    answered: bool = False
    nillable: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """`StUF:extraElementen`: what the standard has no place for, by a name that is agreed on."""

    name: str = "extraElementen"
    space: str = STUF
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a document, as base64, with the name of their file."""

    name: str = "inhoud"
    space: str = ZKN
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """
    A relation to another entity.

    Attributes:
        related: The entity in `gerelateerde` itself, or one of several by the element around it;
            None for a kind of entity that is kept as it came.
        members: Of the relation itself; they stand after `gerelateerde`.
    """

    name: str
    type: str
    related: Entity | Mapping[str, Entity | None]
    members: tuple[Member, ...] = ()
    many: bool = True
    answered: bool = False
    space: str = ZKN


@dataclass(frozen=True, slots=True)
class Entity:
    """Something with an entiteittype. `key`: the members that tell one from another."""

    type: str
    members: tuple[Member, ...]
    space: str = ZKN
    key: tuple[str, ...] = ("identificatie",)
    by_name: Mapping[str, Member] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {member.name: member for member in self.members})


Member = Leaf | Group | Opaque | Extra | Content | Relation

JN: Final = ("J", "N")
EXTRA: Final = Extra()
PERIOD: Final = (
    Opaque("tijdvakGeldigheid", STUF),
    Leaf("tijdstipRegistratie", kind=Kind.MOMENT, space=STUF),
)
RELATED_PERIOD: Final = (Opaque("tijdvakRelatie", STUF), *PERIOD)


def _texts(longest: int, *names: str, answered: bool = False) -> tuple[Leaf, ...]:
    return tuple(Leaf(name, longest, answered=answered) for name in names)


def _dates(*names: str, marked: bool = False, answered: bool = False) -> tuple[Leaf, ...]:
    return tuple(Leaf(n, kind=Kind.DATE, marked=marked, answered=answered) for n in names)


# -- parties and places (BG) ---------------------------------------------------------------------

_REAL: Final = Leaf("authentiek", codes=JN, meta=True)
_AWAY: Final = Group(
    "sub.verblijfBuitenland",
    (
        Leaf("lnd.landcode", 4),
        *_texts(40, "lnd.landnaam"),
        *_texts(35, "sub.adresBuitenland1", "sub.adresBuitenland2", "sub.adresBuitenland3"),
    ),
)
_HOME_PARTS: Final = (
    *_texts(16, "aoa.identificatie"),
    _REAL,
    *_texts(80, "wpl.woonplaatsNaam", "gor.openbareRuimteNaam", "gor.straatnaam"),
    *_texts(6, "aoa.postcode"),
    *_texts(5, "aoa.huisnummer", "aoa.huisletter", "aoa.huisnummertoevoeging"),
    *_texts(35, "inp.locatiebeschrijving"),
)
_POST_PARTS: Final = (
    *_texts(80, "wpl.woonplaatsNaam"),
    *_texts(6, "postcode"),
    *_texts(16, "aoa.identificatie"),
    _REAL,
    *_texts(80, "gor.openbareRuimteNaam", "gor.straatnaam"),
    *_texts(5, "aoa.huisnummer", "aoa.huisletter", "aoa.huisnummertoevoeging"),
    *_texts(5, "sub.postadresType", "sub.postadresNummer"),
)
_REACHED: Final[tuple[Member, ...]] = (
    Group("sub.correspondentieAdres", _POST_PARTS, answered=True),
    *_texts(20, "sub.telefoonnummer", "sub.faxnummer", answered=True),
    *_texts(254, "sub.emailadres", answered=True),
    Extra(answered=True),
)
SEXES: Final = ("M", "V", "O")

NPS: Final = Entity(
    "NPS",
    (
        Leaf("inp.bsn", 9, Kind.NUMBER),
        _REAL,
        Leaf("anp.identificatie", 17, Kind.NUMBER),
        *_texts(200, "geslachtsnaam"),
        *_texts(10, "voorvoegselGeslachtsnaam"),
        *_texts(20, "voorletters"),
        *_texts(200, "voornamen"),
        Leaf("geslachtsaanduiding", codes=SEXES),
        *_dates("geboortedatum", marked=True),
        *_dates("overlijdensdatum", marked=True, answered=True),
        Group("verblijfsadres", _HOME_PARTS),
        _AWAY,
        *_REACHED,
    ),
    BG,
    ("inp.bsn", "anp.identificatie"),
)
NNP: Final = Entity(
    "NNP",
    (
        Leaf("inn.nnpId", 9, Kind.NUMBER),
        _REAL,
        Leaf("ann.identificatie", 17, Kind.NUMBER),
        *_texts(500, "statutaireNaam"),
        *_texts(100, "inn.rechtsvorm"),
        Group("bezoekadres", _HOME_PARTS),
        _AWAY,
        *_REACHED,
    ),
    BG,
    ("inn.nnpId", "ann.identificatie"),
)
VES: Final = Entity(
    "VES",
    (
        Leaf("vestigingsNummer", 12, shortest=12),
        _REAL,
        *_texts(200, "handelsnaam"),
        Group("verblijfsadres", _HOME_PARTS),
        _AWAY,
        *_REACHED,
    ),
    BG,
    ("vestigingsNummer",),
)
MDW: Final = Entity(
    "MDW",
    (
        *_texts(24, "identificatie"),
        *_texts(200, "achternaam"),
        *_texts(20, "voorletters"),
        *_texts(10, "voorvoegselAchternaam"),
        *_texts(50, "functie", answered=True),
        *_texts(20, "telefoonnummer", answered=True),
        *_texts(254, "emailadres", answered=True),
    ),
)
OEH: Final = Entity("OEH", (*_texts(24, "identificatie"), *_texts(50, "naam")))
AOA: Final = Entity(
    "AOA",
    (
        *_texts(16, "identificatie"),
        _REAL,
        *_texts(80, "wpl.woonplaatsNaam", "gor.openbareRuimteNaam"),
        *_texts(5, "huisnummer", "huisletter", "huisnummertoevoeging"),
        *_texts(6, "postcode"),
    ),
    BG,
)
KOZ: Final = Entity(
    "KOZ",
    (
        Leaf("kadastraleIdentificatie", 15, Kind.NUMBER),
        _REAL,
        Leaf("typering", codes=("G", "D", "A"), answered=True),
        Group(
            "kadastraleAanduiding",
            (
                *_texts(5, "kadastraleGemeentecode"),
                *_texts(2, "kadastraleSectie"),
                *_texts(5, "kadastraalPerceelnummer"),
                *_texts(4, "kdp.deelperceelNummer", "apr.appartementsIndex"),
            ),
        ),
    ),
    BG,
    ("kadastraleIdentificatie",),
)
PND: Final = Entity("PND", (*_texts(16, "identificatie"), _REAL), BG)

PARTIES: Final[Mapping[str, Entity | None]] = {
    "medewerker": MDW,
    "organisatorischeEenheid": OEH,
    "natuurlijkPersoon": NPS,
    "nietNatuurlijkPersoon": NNP,
    "vestiging": VES,
}
STAFF: Final[Mapping[str, Entity | None]] = {"medewerker": MDW, "organisatorischeEenheid": OEH}
_KEPT_AS_IT_CAME: Final = (
    "buurt", "gemeente", "gemeentelijkeOpenbareRuimte", "huishouden", "inrichtingselement",
    "kunstwerkdeel", "maatschappelijkeActiviteit", "openbareRuimte", "spoorbaandeel",
    "terreindeel", "terreinGebouwdObject", "waterdeel", "wegdeel", "wijk", "woonplaats",
    "wozDeelobject", "wozObject", "wozWaarde", "zakelijkRecht",
)  # fmt: skip
OBJECTS: Final[Mapping[str, Entity | None]] = {
    "adres": AOA,
    "kadastraleOnroerendeZaak": KOZ,
    "pand": PND,
    **PARTIES,
    **dict.fromkeys(_KEPT_AS_IT_CAME),
}
