"""The shapes of people, organisations, places and staff, as StUF-BG 3.10 has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.stuf_zds.names import BG

from .shapes import JN, Entity, Extra, Group, Kind, Leaf, Member, dates, texts

_REAL: Final = Leaf("authentiek", codes=JN, meta=True)
_AWAY: Final = Group(
    "sub.verblijfBuitenland",
    (
        Leaf("lnd.landcode", 4),
        *texts(40, "lnd.landnaam"),
        *texts(35, "sub.adresBuitenland1", "sub.adresBuitenland2", "sub.adresBuitenland3"),
    ),
)
_HOME_PARTS: Final = (
    *texts(16, "aoa.identificatie"),
    _REAL,
    *texts(80, "wpl.woonplaatsNaam", "gor.openbareRuimteNaam", "gor.straatnaam"),
    *texts(6, "aoa.postcode"),
    *texts(5, "aoa.huisnummer", "aoa.huisletter", "aoa.huisnummertoevoeging"),
    *texts(35, "inp.locatiebeschrijving"),
)
_POST_PARTS: Final = (
    *texts(80, "wpl.woonplaatsNaam"),
    *texts(6, "postcode"),
    *texts(16, "aoa.identificatie"),
    _REAL,
    *texts(80, "gor.openbareRuimteNaam", "gor.straatnaam"),
    *texts(5, "aoa.huisnummer", "aoa.huisletter", "aoa.huisnummertoevoeging"),
    *texts(5, "sub.postadresType", "sub.postadresNummer"),
)
_REACHED: Final[tuple[Member, ...]] = (
    Group("sub.correspondentieAdres", _POST_PARTS, answered=True),
    *texts(20, "sub.telefoonnummer", "sub.faxnummer", answered=True),
    *texts(254, "sub.emailadres", answered=True),
    Extra(answered=True),
)
_SEXES: Final = ("M", "V", "O")

NPS: Final = Entity(
    "NPS",
    (
        Leaf("inp.bsn", 9, Kind.NUMBER),
        _REAL,
        Leaf("anp.identificatie", 17, Kind.NUMBER),
        *texts(200, "geslachtsnaam"),
        *texts(10, "voorvoegselGeslachtsnaam"),
        *texts(20, "voorletters"),
        *texts(200, "voornamen"),
        Leaf("geslachtsaanduiding", codes=_SEXES),
        *dates("geboortedatum", marked=True),
        *dates("overlijdensdatum", marked=True, answered=True),
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
        *texts(500, "statutaireNaam"),
        *texts(100, "inn.rechtsvorm"),
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
        *texts(200, "handelsnaam"),
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
        *texts(24, "identificatie"),
        *texts(200, "achternaam"),
        *texts(20, "voorletters"),
        *texts(10, "voorvoegselAchternaam"),
        *texts(50, "functie", answered=True),
        *texts(20, "telefoonnummer", answered=True),
        *texts(254, "emailadres", answered=True),
    ),
)
OEH: Final = Entity("OEH", (*texts(24, "identificatie"), *texts(50, "naam")))
AOA: Final = Entity(
    "AOA",
    (
        *texts(16, "identificatie"),
        _REAL,
        *texts(80, "wpl.woonplaatsNaam", "gor.openbareRuimteNaam"),
        *texts(5, "huisnummer", "huisletter", "huisnummertoevoeging"),
        *texts(6, "postcode"),
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
                *texts(5, "kadastraleGemeentecode"),
                *texts(2, "kadastraleSectie"),
                *texts(5, "kadastraalPerceelnummer"),
                *texts(4, "kdp.deelperceelNummer", "apr.appartementsIndex"),
            ),
        ),
    ),
    BG,
    ("kadastraleIdentificatie",),
)
PND: Final = Entity("PND", (*texts(16, "identificatie"), _REAL), BG)

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
