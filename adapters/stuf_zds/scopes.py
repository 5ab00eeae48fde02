"""What we ask for, question by question. Pure data; see `messages.Scope`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.stuf_zds.messages import Scope
from adapters.stuf_zds.papers import MARK


def extras(*names: str) -> Scope:
    """Ask for extraElementen, each by its name: there is no way to ask for all."""
    asked: Scope = {f"StUF:extraElement#{name}": None for name in names}
    return {"StUF:extraElementen": asked} if asked else {}


def _party(entity: str) -> Scope:
    return {
        "gerelateerde": {},
        "code": None,
        "omschrijving": None,
        "toelichting": None,
        **extras("emailadres", "kvkNummer"),
        f"heeftAlsAanspreekpunt@{entity}CTP": {"gerelateerde@CTP": _CONTACT},
    }


_CONTACT: Final[Scope] = {
    "naam": None,
    "functie": None,
    "telefoonnummer": None,
    "emailadres": None,
}
_CASE: Final[Scope] = {"gerelateerde@ZAK": {"identificatie": None, "omschrijving": None}}
_BSL: Final[Scope] = {
    "identificatie": None,
    "bst.omschrijving": None,
    "datumBeslissing": None,
    "toelichting": None,
    "ingangsdatumWerking": None,
}
_STATUS: Final[Scope] = {
    "gerelateerde@STT": {
        "zkt.code": None,
        "zkt.omschrijving": None,
        "volgnummer": None,
        "code": None,
        "omschrijving": None,
    },
    "toelichting": None,
    "datumStatusGezet": None,
    "indicatieLaatsteStatus": None,
}

_DETAILS: Final[Scope] = {
    "identificatie": None,
    "omschrijving": None,
    "toelichting": None,
    "kenmerk": None,
    "anderZaakObject": None,
    "resultaat": None,
    "startdatum": None,
    "registratiedatum": None,
    "publicatiedatum": None,
    "einddatumGepland": None,
    "uiterlijkeEinddatum": None,
    "einddatum": None,
    "opschorting": None,
    "verlenging": None,
    "betalingsIndicatie": None,
    "laatsteBetaaldatum": None,
    "archiefnominatie": None,
    "datumVernietigingDossier": None,
    "zaakniveau": None,
    "deelzakenIndicatie": None,
    "isVan@ZAKZKT": {
        "gerelateerde@ZKT": {"omschrijving": None, "code": None, "ingangsdatumObject": None}
    },
    "heeftBetrekkingOp@ZAKOBJ": {"gerelateerde": {}, "omschrijving": None},
    "heeftAlsBelanghebbende@ZAKBTRBLH": _party("ZAKBTRBLH"),
    "heeftAlsGemachtigde@ZAKBTRGMC": _party("ZAKBTRGMC"),
    "heeftAlsInitiator@ZAKBTRINI": _party("ZAKBTRINI"),
    "heeftAlsUitvoerende@ZAKBTRUTV": _party("ZAKBTRUTV"),
    "heeftAlsVerantwoordelijke@ZAKBTRVRA": _party("ZAKBTRVRA"),
    "heeftAlsOverigBetrokkene@ZAKBTROVR": _party("ZAKBTROVR"),
    "heeftAlsDeelzaak@ZAKZAKDEL": _CASE,
    "heeftAlsHoofdzaak@ZAKZAKHFD": _CASE,
    "heeftBetrekkingOpAndere@ZAKZAKBTR": _CASE,
    "heeft@ZAKSTT": {**_STATUS, "isGezetDoor@ZAKSTTBTR": {"gerelateerde": {}}},
    "leidtTot@ZAKBSL": {"gerelateerde@BSL": _BSL},
}


def details(names: Sequence[str]) -> Scope:
    """Ask for all that a Case holds of a zaak, with the extraElementen that were agreed on."""
    asked: dict[str, Scope | None] = {}
    for name, inside in _DETAILS.items():
        if name == "isVan@ZAKZKT":
            asked |= extras(*names)
        asked[name] = inside
    return asked


ONLY_THE_NUMBER: Final[Scope] = {"identificatie": None}
"""Whether it is there at all."""

LATEST_STATUS: Final[Scope] = {"identificatie": None, "heeft@ZAKSTT": _STATUS}
DOCUMENTS: Final[Scope] = {
    "identificatie": None,
    "heeftRelevant@ZAKEDC": {
        "gerelateerde@EDC": {
            "identificatie": None,
            "dct.omschrijving": None,
            "creatiedatum": None,
            "ontvangstdatum": None,
            "titel": None,
            "beschrijving": None,
            "formaat": None,
            "taal": None,
            "versie": None,
            "status": None,
            "verzenddatum": None,
            "vertrouwelijkAanduiding": None,
            "auteur": None,
            "link": None,
            **extras(MARK),
        },
        "titel": None,
        "beschrijving": None,
        "registratiedatum": None,
    },
}
DECISIONS: Final[Scope] = {
    "identificatie": None,
    "leidtTot@ZAKBSL": {"gerelateerde@BSL": _BSL},
}
DOCUMENT: Final[Scope] = {
    "identificatie": None,
    "dct.omschrijving": None,
    "creatiedatum": None,
    "ontvangstdatum": None,
    "titel": None,
    "beschrijving": None,
    "formaat": None,
    "taal": None,
    "versie": None,
    "status": None,
    "vertrouwelijkAanduiding": None,
    "auteur": None,
    "inhoud": None,
    **extras(MARK),
    "isRelevantVoor@EDCZAK": _CASE,
}
CASES_OF_DOCUMENT: Final[Scope] = {"identificatie": None, "isRelevantVoor@EDCZAK": _CASE}
CASES_OF_DECISION: Final[Scope] = {
    "identificatie": None,
    "isUitkomstVan@BSLZAK": {"gerelateerde@ZAK": {"identificatie": None}},
}
