"""
The names of the standard: namespaces, operations, and how each profile spells them.

ZDS 1.1 and 1.2 speak of the same content in two framings. In 1.1 the element in the body does not
tell which operation it is (creeerZaak, updateZaak and actualiseerZaakstatus are all ``zakLk01``):
only the SOAPAction does. In 1.2 each operation has an element of its own, in a namespace of its
own, whose children stand in that of ZKN; but for the inline typed free messages (``Di02``), whose
children stand in that of ZDS. Below ``stuurgegevens`` and ``parameters`` all is StUF.

Source: ZDS 1.1.02 and 1.2 (patch of 2017-04-01), their WSDLs and schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STUF: Final = "http://www.egem.nl/StUF/StUF0301"
ZKN: Final = "http://www.egem.nl/StUF/sector/zkn/0310"
BG: Final = "http://www.egem.nl/StUF/sector/bg/0310"
ZDS: Final = "http://www.stufstandaarden.nl/koppelvlak/zds0120"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XMIME: Final = "http://www.w3.org/2005/05/xmlmime"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
GML: Final = "http://www.opengis.net/gml"

PREFIXES: Final[Mapping[str, str]] = {
    "soapenv": SOAP,
    "env": SOAP_12,
    "StUF": STUF,
    "ZKN": ZKN,
    "BG": BG,
    "ZDS": ZDS,
    "xsi": XSI,
    "xmime": XMIME,
    "gml": GML,
}
"""Prefixes as we write them. Nobody may match on a prefix; this is for people who read along."""


def q(namespace: str, name: str) -> str:
    """Give a name as lxml writes it: ``{namespace}name``."""
    return f"{{{namespace}}}{name}"


NIL: Final = q(XSI, "nil")
LANG: Final = q("http://www.w3.org/XML/1998/namespace", "lang")
NO_VALUE: Final = q(STUF, "noValue")
ENTITEITTYPE: Final = q(STUF, "entiteittype")
VERWERKINGSSOORT: Final = q(STUF, "verwerkingssoort")
SLEUTEL_VERZENDEND: Final = q(STUF, "sleutelVerzendend")
SLEUTEL_ONTVANGEND: Final = q(STUF, "sleutelOntvangend")
SLEUTEL_GEGEVENSBEHEER: Final = q(STUF, "sleutelGegevensbeheer")
IND_ONVOLLEDIGE_DATUM: Final = q(STUF, "indOnvolledigeDatum")
METAGEGEVEN: Final = q(STUF, "metagegeven")
FUNCTIE: Final = q(STUF, "functie")
SCOPE: Final = q(STUF, "scope")
BESTANDSNAAM: Final = q(STUF, "bestandsnaam")
CONTENT_TYPE: Final = q(XMIME, "contentType")


class Profile(StrEnum):
    """The framing that a system speaks."""

    ZDS_1_1 = "1.1"
    ZDS_1_2 = "1.2"

    @property
    def namespace(self) -> str:
        """Of the message element, and so of the SOAPAction."""
        return ZKN if self is Profile.ZDS_1_1 else ZDS


class Port(StrEnum):
    """The port types; each may have an address of its own, ending in its name."""

    ONTVANG_ASYNCHROON = "OntvangAsynchroon"
    BEANTWOORD_VRAAG = "BeantwoordVraag"
    VRIJE_BERICHTEN = "VrijeBerichten"

    def path(self, profile: Profile) -> str:
        """Give the last part of its address as the standard names it."""
        if self is Port.VRIJE_BERICHTEN and profile is Profile.ZDS_1_2:
            return "VerwerkSynchroonVrijBericht"
        return str(self)


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One service, in the framing of each profile.

    Attributes:
        name: As in its SOAPAction, without suffix.
        code: The berichtcode of the request.
        reply: The berichtcode of what comes back on the same line when all is well.
        entity: ZAK, EDC or BSL, in lower case with a capital as 1.2 writes it (``Zak``); empty
            for free messages.
        functie: In the stuurgegevens of a free message.
        spelled: The name in the element of 1.2, where it is spelled otherwise than in the action.
        profiles: Those that have it.
    """

    name: str
    code: str
    reply: str
    port: Port
    entity: str = ""
    functie: str = ""
    spelled: str = ""
    profiles: tuple[Profile, ...] = (Profile.ZDS_1_1, Profile.ZDS_1_2)

    def action(self, profile: Profile) -> str:
        """Give the SOAPAction, without quotes."""
        entity = self.entity if profile is Profile.ZDS_1_2 else ""
        return f"{profile.namespace}/{self.name}_{entity}{self.code}"

    def element(self, profile: Profile) -> str:
        """Give the name of the element in the body of a request."""
        return self._element(profile, self.code)

    def answer(self, profile: Profile) -> str:
        """Give the name of the element in the body of a good reply."""
        if self.reply.startswith("Bv"):
            return q(STUF, f"{self.reply}Bericht")
        return self._element(profile, self.reply)

    def inner(self, profile: Profile) -> str:
        """Give the namespace of ``stuurgegevens``, ``parameters`` and what stands beside them."""
        return ZDS if profile is Profile.ZDS_1_2 and self.code == "Di02" else ZKN

    def _element(self, profile: Profile, code: str) -> str:
        if self.entity and profile is Profile.ZDS_1_1:
            return q(ZKN, f"{self.entity.lower()}{code}")
        name = (self.spelled or self.name) if profile is Profile.ZDS_1_2 else self.name
        return q(profile.namespace, f"{name}_{self.entity}{code}")


_ONLY_1_2: Final = (Profile.ZDS_1_2,)
_ASYNC: Final = Port.ONTVANG_ASYNCHROON
_ASK: Final = Port.BEANTWOORD_VRAAG
_FREE: Final = Port.VRIJE_BERICHTEN

CREEER_ZAAK: Final = Operation("creeerZaak", "Lk01", "Bv03", _ASYNC, "Zak")
UPDATE_ZAAK: Final = Operation("updateZaak", "Lk01", "Bv03", _ASYNC, "Zak")
ACTUALISEER_ZAAKSTATUS: Final = Operation("actualiseerZaakstatus", "Lk01", "Bv03", _ASYNC, "Zak")
GEEF_ZAAKDETAILS: Final = Operation("geefZaakdetails", "Lv01", "La01", _ASK, "Zak")
GEEF_ZAAKSTATUS: Final = Operation("geefZaakstatus", "Lv01", "La01", _ASK, "Zak")
GENEREER_ZAAK_IDENTIFICATIE: Final = Operation(
    "genereerZaakIdentificatie", "Di02", "Du02", _FREE, functie="genereerZaakidentificatie"
)
GENEREER_DOCUMENT_IDENTIFICATIE: Final = Operation(
    "genereerDocumentIdentificatie", "Di02", "Du02", _FREE, functie="genereerDocumentidentificatie"
)
VOEG_ZAAKDOCUMENT_TOE: Final = Operation("voegZaakdocumentToe", "Lk01", "Bv03", _ASYNC, "Edc")
MAAK_ZAAKDOCUMENT: Final = Operation("maakZaakdocument", "Lk01", "Bv03", _ASYNC, "Edc")
GEEF_LIJST_ZAAKDOCUMENTEN: Final = Operation("geefLijstZaakdocumenten", "Lv01", "La01", _ASK, "Zak")
GEEF_ZAAKDOCUMENT_LEZEN: Final = Operation("geefZaakdocumentLezen", "Lv01", "La01", _ASK, "Edc")
GEEF_ZAAKDOCUMENT_BEWERKEN: Final = Operation(
    "geefZaakdocumentbewerken",
    "Di02",
    "Du02",
    _FREE,
    functie="geefZaakdocumentbewerken",
    # The element of 1.2 has a capital that its own SOAPAction has not.
    spelled="geefZaakdocumentBewerken",
)
UPDATE_ZAAKDOCUMENT: Final = Operation(
    "updateZaakdocument", "Di02", "Bv02", _FREE, functie="updateZaakdocument"
)
CANCEL_CHECKOUT: Final = Operation(
    "cancelCheckout", "Di02", "Bv02", _FREE, functie="cancelCheckout"
)
ONTKOPPEL_ZAAKDOCUMENT: Final = Operation(
    "ontkoppelZaakdocument",
    "Di02",
    "Bv02",
    _FREE,
    functie="ontkoppelZaakdocument",
    profiles=_ONLY_1_2,
)
OVERDRAGEN_ZAAK: Final = Operation(
    "overdragenZaak", "Di01", "Bv03", _ASYNC, functie="overdragenZaak", profiles=_ONLY_1_2
)
OVERDRAGEN_ZAAK_ANTWOORD: Final = Operation(
    "overdragenZaak", "Du01", "Bv03", _ASYNC, functie="overdragenZaak", profiles=_ONLY_1_2
)
VOEG_BESLUIT_TOE: Final = Operation(
    "voegBesluitToe", "Di01", "Bv03", _ASYNC, functie="voegBesluitToe", profiles=_ONLY_1_2
)
UPDATE_BESLUIT: Final = Operation(
    "updateBesluit", "Lk01", "Bv03", _ASYNC, "Bsl", profiles=_ONLY_1_2
)
GENEREER_BESLUIT_IDENTIFICATIE: Final = Operation(
    "genereerBesluitIdentificatie",
    "Di02",
    "Du02",
    _FREE,
    functie="genereerBesluitidentificatie",
    profiles=_ONLY_1_2,
)
GEEF_BESLUITDETAILS: Final = Operation(
    "geefBesluitdetails", "Lv01", "La01", _ASK, "Bsl", profiles=_ONLY_1_2
)
GEEF_LIJST_BESLUITEN: Final = Operation(
    "geefLijstBesluiten", "Lv01", "La01", _ASK, "Zak", profiles=_ONLY_1_2
)

OPERATIONS: Final = (
    GEEF_ZAAKSTATUS,
    GEEF_ZAAKDETAILS,
    ACTUALISEER_ZAAKSTATUS,
    CREEER_ZAAK,
    UPDATE_ZAAK,
    GENEREER_ZAAK_IDENTIFICATIE,
    GEEF_LIJST_ZAAKDOCUMENTEN,
    GEEF_ZAAKDOCUMENT_LEZEN,
    GEEF_ZAAKDOCUMENT_BEWERKEN,
    VOEG_ZAAKDOCUMENT_TOE,
    MAAK_ZAAKDOCUMENT,
    UPDATE_ZAAKDOCUMENT,
    GENEREER_DOCUMENT_IDENTIFICATIE,
    CANCEL_CHECKOUT,
    ONTKOPPEL_ZAAKDOCUMENT,
    VOEG_BESLUIT_TOE,
    UPDATE_BESLUIT,
    GENEREER_BESLUIT_IDENTIFICATIE,
    GEEF_BESLUITDETAILS,
    GEEF_LIJST_BESLUITEN,
    OVERDRAGEN_ZAAK,
    OVERDRAGEN_ZAAK_ANTWOORD,
)
"""Every operation that a profile has."""


def by_action(action: str, profile: Profile) -> Operation | None:
    """
    Give the operation of a SOAPAction, with or without its quotes, in any case.

    ``None`` for one that is missing, or that names no operation (``…/zakLk01`` is seen): what
    it is must then be told from the message.
    """
    wanted = action.strip().strip('"').lower()
    for operation in OPERATIONS:
        if profile in operation.profiles and operation.action(profile).lower() == wanted:
            return operation
    return None


ENTITIES: Final[Mapping[str, str]] = {
    "isVan": "ZAKZKT",
    "heeftBetrekkingOp": "ZAKOBJ",
    "heeftAlsBelanghebbende": "ZAKBTRBLH",
    "heeftAlsGemachtigde": "ZAKBTRGMC",
    "heeftAlsInitiator": "ZAKBTRINI",
    "heeftAlsUitvoerende": "ZAKBTRUTV",
    "heeftAlsVerantwoordelijke": "ZAKBTRVRA",
    "heeftAlsOverigBetrokkene": "ZAKBTROVR",
    "heeftAlsDeelzaak": "ZAKZAKDEL",
    "heeftAlsHoofdzaak": "ZAKZAKHFD",
    "heeftBetrekkingOpAndere": "ZAKZAKBTR",
    "heeft": "ZAKSTT",
    "heeftRelevant": "ZAKEDC",
    "leidtTot": "ZAKBSL",
    "isRelevantVoor": "EDCZAK",
    "isGezetDoor": "ZAKSTTBTR",
    "medewerker": "MDW",
    "organisatorischeEenheid": "OEH",
    "natuurlijkPersoon": "NPS",
    "nietNatuurlijkPersoon": "NNP",
    "vestiging": "VES",
    "adres": "AOA",
    "pand": "PND",
    "kadastraleOnroerendeZaak": "KOZ",
}
"""
Element → its entiteittype. Where it is not told, it follows from the name.

What of a ``gerelateerde`` depends on what it is related by is not here.
"""
