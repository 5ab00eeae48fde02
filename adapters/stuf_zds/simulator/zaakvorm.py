"""The shapes of case, document and decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .partijvorm import OBJECTS, PARTIES, STAFF
from .shapes import (
    EXTRA,
    JN,
    PERIOD,
    RELATED_PERIOD,
    Content,
    Entity,
    Group,
    Kind,
    Leaf,
    Member,
    Opaque,
    Relation,
)

BETALINGEN: Final = ("N.v.t.", "(Nog) niet", "Gedeeltelijk", "Geheel")
VERTROUWELIJK: Final = (
    "ZEER GEHEIM",
    "GEHEIM",
    "CONFIDENTIEEL",
    "VERTROUWELIJK",
    "ZAAKVERTROUWELIJK",
    "INTERN",
    "BEPERKT OPENBAAR",
    "OPENBAAR",
)
VERVALREDENEN: Final = (
    "Besluit met tijdelijke werking",
    "Besluit ingetrokken door overheid",
    "Besluit ingetrokken o.v.v. belanghebbende",
)

OMSCHRIJVING: Final = Leaf("omschrijving", 80)
TOELICHTING: Final = Leaf("toelichting", 1000)
_REDEN: Final = Leaf("reden", 200)
_RANK: Final = "[1-9][0-9]{0,3}"


def _date(name: str) -> Leaf:
    return Leaf(name, kind=Kind.DATE)


def _only(kept: Sequence[str], members: tuple[Member, ...]) -> tuple[Member, ...]:
    """Let a notification tell these alone of an entity that it only points at."""
    return tuple(m if m.name in kept else replace(m, answered=True) for m in members)


ZKT: Final = Entity(
    "ZKT",
    (OMSCHRIJVING, Leaf("code", 10), Leaf("ingangsdatumObject", kind=Kind.DATE)),
    key=("code",),
)
STT: Final = Entity(
    "STT",
    (
        Leaf("zkt.code", 10),
        Leaf("zkt.omschrijving", 80),
        Leaf("volgnummer", pattern=_RANK),
        Leaf("code", 10),
        OMSCHRIJVING,
        Leaf("ingangsdatumObject", kind=Kind.DATE),
    ),
    key=("volgnummer", "omschrijving"),
)
CTP: Final = Entity(
    "CTP",
    (
        Leaf("identificatie", 40),
        Leaf("naam", 40),
        Leaf("functie", 50),
        Leaf("telefoonnummer", 20),
        Leaf("emailadres", 254),
    ),
)


def _role(name: str, letters: str) -> Relation:
    contact = Relation("heeftAlsAanspreekpunt", f"ZAKBTR{letters}CTP", CTP, many=False)
    return Relation(
        name,
        f"ZAKBTR{letters}",
        PARTIES,
        (
            Leaf("code", 10),
            OMSCHRIJVING,
            TOELICHTING,
            Opaque("afwijkendCorrespondentieAdres"),
            Opaque("afwijkendBuitenlandsCorrespondentieAdres"),
            *RELATED_PERIOD,
            EXTRA,
            contact,
        ),
    )


ROLES: Final = (
    _role("heeftAlsBelanghebbende", "BLH"),
    _role("heeftAlsGemachtigde", "GMC"),
    _role("heeftAlsInitiator", "INI"),
    _role("heeftAlsUitvoerende", "UTV"),
    _role("heeftAlsVerantwoordelijke", "VRA"),
    _role("heeftAlsOverigBetrokkene", "OVR"),
)
IS_VAN: Final = Relation("isVan", "ZAKZKT", ZKT, (EXTRA,), many=False)
HEEFT: Final = Relation(
    "heeft",
    "ZAKSTT",
    STT,
    (
        TOELICHTING,
        Leaf("datumStatusGezet", kind=Kind.MOMENT),
        Leaf("indicatieLaatsteStatus", codes=JN, answered=True),
        *RELATED_PERIOD,
        EXTRA,
        Relation(
            "isGezetDoor",
            "ZAKSTTBTR",
            STAFF,
            (Leaf("rolOmschrijving", 80), Leaf("rolomschrijvingGeneriek", 80), EXTRA),
            many=False,
        ),
    ),
)
KENMERK: Final = Group("kenmerk", (Leaf("kenmerk", 40), Leaf("bron", 40)), many=True, whole=True)
ANDER_ZAAKOBJECT: Final = Group(
    "anderZaakObject",
    (
        OMSCHRIJVING,
        Leaf("aanduiding", 80),
        Opaque("lokatie", nillable=True),
        Leaf("registratie", 50),
    ),
    many=True,
    whole=True,
)
ZAAK_KERN: Final = Entity("ZAK", (Leaf("identificatie", 40, shortest=5), OMSCHRIJVING, IS_VAN))
_DOCUMENT: Final = (
    Leaf("identificatie", 40),
    Leaf("dct.omschrijving", 80),
    Leaf("dct.omschrijvingGeneriek", 80, answered=True),
    _date("creatiedatum"),
    _date("ontvangstdatum"),
    Leaf("titel", 200),
    Leaf("beschrijving", 1000),
    Leaf("formaat", 85),
    Leaf("taal", 20),
    Leaf("versie", 5),
    Leaf("status", 20),
    _date("verzenddatum"),
    Leaf("vertrouwelijkAanduiding", codes=VERTROUWELIJK),
    Leaf("auteur", 200),
    Leaf("link", 200),
)
_DOCUMENT_IN_ZAAK: Final = (
    Leaf("titel", 200),
    Leaf("beschrijving", 1000),
    _date("registratiedatum"),
    Leaf("stt.volgnummer", pattern=_RANK),
    Leaf("stt.omschrijving", 80),
    *RELATED_PERIOD,
    EXTRA,
)
EDC_KERN: Final = Entity(
    "EDC", _only(("identificatie", "dct.omschrijving", "titel"), (*_DOCUMENT, *PERIOD, EXTRA))
)
EDC: Final = Entity(
    "EDC",
    (
        *_DOCUMENT,
        Content(),
        *PERIOD,
        EXTRA,
        Relation("isRelevantVoor", "EDCZAK", ZAAK_KERN, _DOCUMENT_IN_ZAAK),
    ),
)
_BESLUIT: Final = (
    Leaf("identificatie", 40),
    Leaf("bst.omschrijving", 80),
    _date("datumBeslissing"),
    TOELICHTING,
    _date("ingangsdatumWerking"),
    _date("einddatumWerking"),
    Leaf("vervalreden", codes=VERVALREDENEN),
    _date("datumPublicatie"),
    _date("datumVerzending"),
    _date("datumUiterlijkeReactie"),
    *PERIOD,
    EXTRA,
)
BSL_KERN: Final = Entity(
    "BSL", _only(("identificatie", "bst.omschrijving", "datumBeslissing"), _BESLUIT)
)
BSL: Final = Entity(
    "BSL",
    (
        *_BESLUIT,
        Relation("isUitkomstVan", "BSLZAK", ZAAK_KERN, (EXTRA,), many=False, answered=True),
        Relation("isVastgelegdIn", "BSLEDC", EDC_KERN, (EXTRA,)),
    ),
)
ZAK: Final = Entity(
    "ZAK",
    (
        Leaf("identificatie", 40, shortest=5),
        OMSCHRIJVING,
        TOELICHTING,
        KENMERK,
        ANDER_ZAAKOBJECT,
        Group("resultaat", (OMSCHRIJVING, TOELICHTING), whole=True),
        _date("startdatum"),
        _date("registratiedatum"),
        _date("publicatiedatum"),
        _date("einddatumGepland"),
        _date("uiterlijkeEinddatum"),
        _date("einddatum"),
        Group("opschorting", (Leaf("indicatie", codes=JN), _REDEN), whole=True),
        Group("verlenging", (Leaf("duur", pattern="[0-9]{1,3}"), _REDEN), whole=True),
        Leaf("betalingsIndicatie", codes=BETALINGEN),
        Leaf("laatsteBetaaldatum", kind=Kind.MOMENT),
        Leaf("archiefnominatie", codes=JN),
        _date("datumVernietigingDossier"),
        Leaf("zaakniveau", codes=("1", "2", "3")),
        Leaf("deelzakenIndicatie", codes=JN),
        *PERIOD,
        EXTRA,
        IS_VAN,
        Relation(
            "heeftBetrekkingOp",
            "ZAKOBJ",
            OBJECTS,
            (OMSCHRIJVING, *RELATED_PERIOD[:1], *RELATED_PERIOD[2:], EXTRA),
        ),
        *ROLES,
        Relation("heeftAlsDeelzaak", "ZAKZAKDEL", ZAAK_KERN, (EXTRA,)),
        Relation("heeftAlsHoofdzaak", "ZAKZAKHFD", ZAAK_KERN, (EXTRA,), answered=True),
        Relation("heeftBetrekkingOpAndere", "ZAKZAKBTR", ZAAK_KERN, (EXTRA,)),
        HEEFT,
        Relation("heeftRelevant", "ZAKEDC", EDC_KERN, _DOCUMENT_IN_ZAAK, answered=True),
        Relation("leidtTot", "ZAKBSL", BSL_KERN, (EXTRA,)),
    ),
)
ROLE_NAMES: Final = tuple(role.name for role in ROLES)
