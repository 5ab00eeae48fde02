"""Messages as a client would write them, by hand: nothing here knows how the simulator does it."""

from __future__ import annotations

from itertools import count
from typing import Final

ZKN: Final = "http://www.egem.nl/StUF/sector/zkn/0310"
ZDS: Final = "http://www.stufstandaarden.nl/koppelvlak/zds0120"
STUF: Final = "http://www.egem.nl/StUF/StUF0301"
_SPACES: Final = (
    'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:s="{STUF}" xmlns:z="{ZKN}" xmlns:d="{ZDS}" '
    'xmlns:b="http://www.egem.nl/StUF/sector/bg/0310" '
    'xmlns:m="http://www.w3.org/2005/05/xmlmime" '
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
)
_NUMBERS: Final = count(1)
NONE: Final = 'i:nil="true" s:noValue="geenWaarde"'

ACTIONS_1_1: Final = f"{ZKN}/"
ACTIONS_1_2: Final = f"{ZDS}/"


def reference() -> str:
    """A reference that no message had yet."""
    return f"TEST-{next(_NUMBERS):06d}"


def stuurgegevens(
    code: str,
    *,
    entity: str = "",
    functie: str = "",
    ref: str = "",
    at: str = "20260302101500123",
    zender: str = "CASEBRIDGE",
    ontvanger: str = "VTHZS",
    gebruiker: str = "j.devries",
    cross: str = "",
    prefix: str = "z",
) -> str:
    parts = [
        f"<s:berichtcode>{code}</s:berichtcode>",
        "<s:zender><s:organisatie>RUD Utrecht</s:organisatie>",
        f"<s:applicatie>{zender}</s:applicatie><s:gebruiker>{gebruiker}</s:gebruiker></s:zender>",
        f"<s:ontvanger><s:applicatie>{ontvanger}</s:applicatie></s:ontvanger>",
        f"<s:referentienummer>{ref or reference()}</s:referentienummer>",
        f"<s:tijdstipBericht>{at}</s:tijdstipBericht>",
    ]
    if cross:
        parts.append(f"<s:crossRefnummer>{cross}</s:crossRefnummer>")
    if entity:
        parts.append(f"<s:entiteittype>{entity}</s:entiteittype>")
    if functie:
        parts.append(f"<s:functie>{functie}</s:functie>")
    return f"<{prefix}:stuurgegevens>{''.join(parts)}</{prefix}:stuurgegevens>"


def envelope(inside: str) -> bytes:
    return f"<e:Envelope {_SPACES}><e:Header/><e:Body>{inside}</e:Body></e:Envelope>".encode()


def zaak(inside: str, soort: str = "W", keys: str = "") -> str:
    return f'<z:object s:entiteittype="ZAK" {keys} s:verwerkingssoort="{soort}">{inside}</z:object>'


def kennisgeving(
    inside: str, *, sort: str = "W", entity: str = "ZAK", element: str = "", **told: str
) -> bytes:
    element = element or f"z:{entity.lower()}Lk01"
    return envelope(
        f"<{element}>{stuurgegevens('Lk01', entity=entity, **told)}"
        f"<z:parameters><s:mutatiesoort>{sort}</s:mutatiesoort>"
        f"<s:indicatorOvername>V</s:indicatorOvername></z:parameters>{inside}</{element}>"
    )


IS_VAN: Final = (
    '<z:isVan s:entiteittype="ZAKZKT" s:verwerkingssoort="T">'
    '<z:gerelateerde s:entiteittype="ZKT" s:verwerkingssoort="I">'
    "<z:code>{code}</z:code></z:gerelateerde></z:isVan>"
)


def person(bsn: str, name: str, soort: str = "T") -> str:
    return (
        f'<z:gerelateerde><z:natuurlijkPersoon s:entiteittype="NPS" s:verwerkingssoort="{soort}">'
        f'<b:inp.bsn>{bsn}</b:inp.bsn><b:authentiek s:metagegeven="true">N</b:authentiek>'
        f"<b:geslachtsnaam>{name}</b:geslachtsnaam>"
        "</z:natuurlijkPersoon></z:gerelateerde>"
    )


def role(name: str, letters: str, inside: str, soort: str = "T") -> str:
    return (
        f'<z:{name} s:entiteittype="ZAKBTR{letters}" s:verwerkingssoort="{soort}">{inside}'
        f"</z:{name}>"
    )


def no_role(name: str, letters: str, soort: str) -> str:
    return f'<z:{name} s:entiteittype="ZAKBTR{letters}" s:verwerkingssoort="{soort}" {NONE}/>'


INITIATOR: Final = role("heeftAlsInitiator", "INI", person("999993653", "Moulin"))


def creation(
    number: str = "0344Z1",
    *,
    code: str = "B0337",
    before: str = "",
    between: str = "",
    after: str = "",
    title: str = "Betoncentrale",
) -> str:
    """The object of a new case; `before` stands after the title, `after` behind the initiator."""
    return zaak(
        f"<z:identificatie>{number}</z:identificatie><z:omschrijving>{title}</z:omschrijving>"
        f"{before}<z:startdatum>20260302</z:startdatum>"
        "<z:registratiedatum>20260303</z:registratiedatum>"
        f"<z:zaakniveau>1</z:zaakniveau><z:deelzakenIndicatie>N</z:deelzakenIndicatie>{between}"
        f"{IS_VAN.format(code=code)}{INITIATOR}{after}",
        "T",
        's:sleutelVerzendend="ONZE-1"',
    )


def extra(**values: str | None) -> str:
    inside = "".join(
        f'<s:extraElement naam="{naam}"{"" if value is not None else " " + NONE}>{value or ""}'
        "</s:extraElement>"
        for naam, value in values.items()
    )
    return f"<s:extraElementen>{inside}</s:extraElementen>"


def update(old: str, new: str, number: str = "0344Z1", **told: str) -> bytes:
    """A change of a case: what it was, and what it is."""
    kern = f"<z:identificatie>{number}</z:identificatie>"
    return kennisgeving(zaak(kern + old) + zaak(kern + new), **told)


def status(number: int, name: str, at: str, *, case: str = "0344Z1", code: str = "B0337") -> bytes:
    kern = f"<z:identificatie>{case}</z:identificatie>"
    before = f'<z:heeft s:entiteittype="ZAKSTT" s:verwerkingssoort="T" {NONE}/>'
    after = (
        '<z:heeft s:entiteittype="ZAKSTT" s:verwerkingssoort="T">'
        '<z:gerelateerde s:entiteittype="STT" s:verwerkingssoort="I">'
        f"<z:zkt.code>{code}</z:zkt.code><z:volgnummer>{number}</z:volgnummer>"
        f"<z:omschrijving>{name}</z:omschrijving></z:gerelateerde>"
        f"<z:datumStatusGezet>{at}</z:datumStatusGezet></z:heeft>"
    )
    return kennisgeving(zaak(kern + before, "I") + zaak(kern + after, "I"))


def question(scope: str, *, number: str = "0344Z1", entity: str = "ZAK", more: str = "") -> bytes:
    name = entity.lower()
    wanted = f'<z:scope><z:object s:entiteittype="{entity}">{scope}</z:object></z:scope>'
    return envelope(
        f"<z:{name}Lv01>{stuurgegevens('Lv01', entity=entity)}"
        "<z:parameters><s:sortering>0</s:sortering>"
        "<s:indicatorVervolgvraag>false</s:indicatorVervolgvraag>"
        "<s:maximumAantal>1</s:maximumAantal></z:parameters>"
        f'<z:gelijk s:entiteittype="{entity}"><z:identificatie>{number}</z:identificatie>{more}'
        f"</z:gelijk>{wanted if scope else ''}</z:{name}Lv01>"
    )


EVERYTHING: Final = '<z:object s:entiteittype="ZAK" s:scope="alles"/>'


def everything(number: str = "0344Z1") -> bytes:
    """Ask for all of a case."""
    asked = question("x", number=number).decode()
    return asked.replace('<z:object s:entiteittype="ZAK">x</z:object>', EVERYTHING).encode()


def document(number: str = "0344D1", *, case: str = "0344Z1", content: str = "UHJvZWY=") -> str:
    return (
        '<z:object s:entiteittype="EDC" s:sleutelVerzendend="DOC-1" s:verwerkingssoort="T">'
        f"<z:identificatie>{number}</z:identificatie><z:dct.omschrijving>RAPP</z:dct.omschrijving>"
        "<z:creatiedatum>20260301</z:creatiedatum><z:titel>Rapport</z:titel>"
        "<z:formaat>application/pdf</z:formaat><z:taal>nld</z:taal><z:versie>1.0</z:versie>"
        "<z:status>concept</z:status>"
        "<z:vertrouwelijkAanduiding>OPENBAAR</z:vertrouwelijkAanduiding>"
        "<z:auteur>Lab</z:auteur>"
        f'<z:inhoud m:contentType="application/pdf" s:bestandsnaam="rapport.pdf">{content}'
        "</z:inhoud>"
        '<z:isRelevantVoor s:entiteittype="EDCZAK" s:verwerkingssoort="T">'
        '<z:gerelateerde s:entiteittype="ZAK" s:verwerkingssoort="I">'
        f"<z:identificatie>{case}</z:identificatie></z:gerelateerde></z:isRelevantVoor></z:object>"
    )


def add_document(number: str = "0344D1", **how: str) -> bytes:
    return kennisgeving(document(number, **how), sort="T", entity="EDC")


def free(name: str, functie: str, inside: str = "") -> bytes:
    return envelope(
        f"<z:{name}_Di02>{stuurgegevens('Di02', functie=functie)}{inside}</z:{name}_Di02>"
    )


def check_out(number: str = "0344D1") -> bytes:
    ask = (
        '<z:edcLv01 s:entiteittype="EDC" s:functie="selectie"><z:parameters>'
        "<s:indicatorAfnemerIndicatie>false</s:indicatorAfnemerIndicatie></z:parameters>"
        f'<z:gelijk s:entiteittype="EDC"><z:identificatie>{number}</z:identificatie></z:gelijk>'
        "</z:edcLv01>"
    )
    return free("geefZaakdocumentbewerken", "geefZaakdocumentbewerken", ask)


def check_in(lock: str, old: str, new: str, number: str = "0344D1") -> bytes:
    kern = f"<z:identificatie>{number}</z:identificatie>"
    objects = "".join(
        f'<z:object s:entiteittype="EDC" s:verwerkingssoort="W">{kern}{inside}</z:object>'
        for inside in (old, new)
    )
    told = (
        f"<z:parameters><z:checkedOutId>{lock}</z:checkedOutId></z:parameters>"
        '<z:edcLk02 s:entiteittype="EDC" s:functie="update">'
        "<z:parameters><s:mutatiesoort>W</s:mutatiesoort></z:parameters>"
        f"{objects}</z:edcLk02>"
    )
    return free("updateZaakdocument", "updateZaakdocument", told)


def cancel(lock: str, number: str = "0344D1") -> bytes:
    told = (
        f"<z:parameters><z:checkedOutId>{lock}</z:checkedOutId></z:parameters>"
        '<z:document s:entiteittype="EDC" s:functie="entiteit" s:verwerkingssoort="I">'
        f"<z:identificatie>{number}</z:identificatie></z:document>"
    )
    return free("cancelCheckout", "cancelCheckout", told)
