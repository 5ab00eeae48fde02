"""The shapes of people, organisations, places and staff, as StUF-BG 3.10 has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.stuf_zds.names import BG

from .shapes import JN, Entity, Extra, Group, Leaf, Member, dates, texts

_BSN: Final = "[0-9]{9}"
_OWN_NUMBER: Final = "[0-9]{17}"
_POSTCODE: Final = "[1-9][0-9]{3}[A-Z]{0,2}"
_HOUSE_NUMBER: Final = "[1-9][0-9]{0,4}"


def _house(before: str = "") -> tuple[Leaf, ...]:
    return (
        Leaf(f"{before}huisnummer", pattern=_HOUSE_NUMBER),
        Leaf(f"{before}huisletter", pattern="[a-zA-Z]"),
        Leaf(f"{before}huisnummertoevoeging", pattern="[a-zA-Z0-9]{0,4}"),
    )


_REAL: Final = Leaf("authentiek", codes=JN, meta=True)
_AWAY: Final = Group(
    "sub.verblijfBuitenland",
    (
        Leaf("lnd.landcode", pattern="[0-9]{1,4}"),
        *texts(40, "lnd.landnaam"),
        *texts(35, "sub.adresBuitenland1", "sub.adresBuitenland2", "sub.adresBuitenland3"),
    ),
)
_HOME_PARTS: Final = (
    *texts(16, "aoa.identificatie"),
    _REAL,
    *texts(80, "wpl.woonplaatsNaam", "gor.openbareRuimteNaam", "gor.straatnaam"),
    Leaf("aoa.postcode", pattern=_POSTCODE),
    *_house("aoa."),
    *texts(35, "inp.locatiebeschrijving"),
)
_POST_PARTS: Final = (
    *texts(80, "wpl.woonplaatsNaam"),
    Leaf("postcode", pattern=_POSTCODE),
    *texts(16, "aoa.identificatie"),
    _REAL,
    *texts(80, "gor.openbareRuimteNaam", "gor.straatnaam"),
    *_house("aoa."),
    Leaf("sub.postadresType", 1),
    Leaf("sub.postadresNummer", pattern=_HOUSE_NUMBER),
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
        Leaf("inp.bsn", pattern=_BSN),
        _REAL,
        Leaf("anp.identificatie", pattern=_OWN_NUMBER),
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
        Leaf("inn.nnpId", pattern=_BSN),
        _REAL,
        Leaf("ann.identificatie", pattern=_OWN_NUMBER),
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
        *_house(),
        Leaf("postcode", pattern=_POSTCODE),
    ),
    BG,
)
KOZ: Final = Entity(
    "KOZ",
    (
        Leaf("kadastraleIdentificatie", pattern="[0-9]{1,15}"),
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
