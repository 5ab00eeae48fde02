"""What a case system says to us: notifications and free messages, as text that a test can break."""

from __future__ import annotations

from typing import Final

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
ZKN: Final = "http://www.egem.nl/StUF/sector/zkn/0310"
STUF: Final = "http://www.egem.nl/StUF/StUF0301"
ZDS_12: Final = "http://www.stufstandaarden.nl/koppelvlak/zds0120"
ASYNCHRONOUS: Final = f"{ZKN}/zakLk01"

NUMBER: Final = "0344VTH2026000117"

_SAID: Final = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="{soap}"><s:Body>
<z:{name} xmlns:z="{ns}" xmlns:k="{zkn}" xmlns:t="{stuf}"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<z:stuurgegevens>
 <t:berichtcode>{code}</t:berichtcode>
 <t:zender><t:organisatie>{organisatie}</t:organisatie><t:applicatie>{applicatie}</t:applicatie>
 <t:administratie>PROD</t:administratie></t:zender>
 <t:ontvanger><t:organisatie>RUD Utrecht</t:organisatie><t:applicatie>{to}</t:applicatie>
 </t:ontvanger>
 {reference}<t:tijdstipBericht>20260302101500</t:tijdstipBericht>{cross}
 <t:entiteittype>{entity}</t:entiteittype>{functie}
</z:stuurgegevens>
{inside}
</z:{name}></s:Body></s:Envelope>"""

CASE: Final = """<k:object t:entiteittype="ZAK" t:sleutelVerzendend="1234"{more}>
<k:identificatie>{number}</k:identificatie><k:omschrijving>{title}</k:omschrijving></k:object>"""


def said(
    inside: str,
    *,
    name: str = "zakLk01",
    ns: str = ZKN,
    code: str = "Lk01",
    entity: str = "ZAK",
    reference: str = "ref-1",
    cross: str = "",
    functie: str = "",
    applicatie: str = "VTHZS",
    organisatie: str = "ODRU",
    to: str = "CASEBRIDGE",
    soap: str = SOAP,
) -> bytes:
    """Give an envelope with one message of the case system that we know."""
    return _SAID.format(
        soap=soap,
        name=name,
        ns=ns,
        zkn=ZKN,
        stuf=STUF,
        code=code,
        entity=entity,
        reference=f"<t:referentienummer>{reference}</t:referentienummer>" if reference else "",
        cross=f"<t:crossRefnummer>{cross}</t:crossRefnummer>" if cross else "",
        functie=f"<t:functie>{functie}</t:functie>" if functie else "",
        applicatie=applicatie,
        organisatie=organisatie,
        to=to,
        inside=inside,
    ).encode()


def changed(sort: str = "W", number: str = NUMBER, title: str = "Graafwerk", **more: str) -> bytes:
    """Tell that a case changed, as zakLk01 does; with its old where the sort has one."""
    count = 2 if sort in "WV" else 1
    case = CASE.format(number=number, title=title, more="")
    parameters = f"<k:parameters><t:mutatiesoort>{sort}</t:mutatiesoort></k:parameters>"
    return said(parameters + case * count, **more)
