"""A client that others wrote, and that knows only the published WSDLs, works with the system."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
import zeep
import zeep.exceptions
import zeep.proxy
import zeep.xsd

from adapters.stuf_zds.names import Profile
from tests.adapters.stuf_zds.simulator.berichten import reference
from tests.adapters.stuf_zds.simulator.conftest import SPECS, Start
from tests.adapters.stuf_zds.simulator.wsdl import simplified

_PROOF: Final = b"%PDF-1.7 een rapport"


class Peer:
    """Calls operations by the names of ZDS, without the letters that the versions add."""

    def __init__(self, client: zeep.Client, url: str) -> None:
        (service,) = client.wsdl.services.values()
        self._services = [
            zeep.proxy.ServiceProxy(client, port.binding, address=url)
            for port in service.ports.values()
        ]

    async def call(self, operation: str, code: str, /, **told: Any) -> Any:
        """Call an operation; of the stuurgegevens, those that are not the same each time."""
        told["stuurgegevens"] = {
            "berichtcode": code,
            "zender": {"organisatie": "RUD Utrecht", "applicatie": "CASEBRIDGE"},
            "ontvanger": {"applicatie": "VTHZS"},
            "referentienummer": reference(),
            "tijdstipBericht": "20260302101500123",
        } | told["stuurgegevens"]
        return await asyncio.to_thread(self._call, operation, told)

    async def tell(self, operation: str, entity: str, sort: str, *objects: Any) -> Any:
        """Send a kennisgeving."""
        return await self.call(
            operation,
            "Lk01",
            stuurgegevens={"entiteittype": entity},
            parameters={"mutatiesoort": sort, "indicatorOvername": "V"},
            object=objects[0] if len(objects) == 1 else list(objects),
        )

    async def ask(self, operation: str, entity: str, number: str, **scope: Any) -> Any:
        """Ask a question; the object of the answer."""
        answer = await self.call(
            operation,
            "Lv01",
            stuurgegevens={"entiteittype": entity},
            parameters={"sortering": 0, "indicatorVervolgvraag": False, "maximumAantal": 1},
            gelijk={"entiteittype": entity, "identificatie": number},
            scope={"object": {"entiteittype": entity, **scope}},
        )
        found = answer["antwoord"]["object"]
        return found[0] if isinstance(found, list) else found

    async def number(self, operation: str, functie: str, thing: str) -> str:
        answer = await self.call(operation, "Di02", stuurgegevens={"functie": functie})
        return str(answer[thing]["identificatie"]["_value_1"])

    async def case(self) -> str:
        """Start a case; its number."""
        asked = "genereerZaakIdentificatie", "genereerZaakidentificatie", "zaak"
        number = await self.number(*asked)
        await self.tell("creeerZaak", "ZAK", "T", _case(number))
        return number

    def _call(self, operation: str, told: dict[str, Any]) -> Any:
        for service in self._services:
            for name in dir(service):
                if name.startswith(f"{operation}_"):
                    return service[name](**told)
        raise AssertionError(operation)


def _case(number: str) -> dict[str, Any]:
    person = {
        "entiteittype": "NPS",
        "verwerkingssoort": "T",
        "inp.bsn": "999993653",
        "authentiek": {"_value_1": "N", "metagegeven": True},
        "geslachtsnaam": "Moulin",
    }
    return {
        "entiteittype": "ZAK",
        "verwerkingssoort": "T",
        "sleutelVerzendend": "ZEEP-1",
        "identificatie": number,
        "omschrijving": "Betoncentrale",
        "startdatum": "20260302",
        "registratiedatum": "20260303",
        "zaakniveau": "1",
        "deelzakenIndicatie": "N",
        "isVan": _linked("ZAKZKT", {"entiteittype": "ZKT", "code": "B0337"}),
        "heeftAlsInitiator": {
            "entiteittype": "ZAKBTRINI",
            "verwerkingssoort": "T",
            "gerelateerde": {"natuurlijkPersoon": person},
        },
    }


def _linked(entity: str, to: dict[str, Any]) -> dict[str, Any]:
    return {
        "entiteittype": entity,
        "verwerkingssoort": "T",
        "gerelateerde": {"verwerkingssoort": "I", **to},
    }


def _changed(number: str, **values: Any) -> dict[str, Any]:
    kern = {"entiteittype": "ZAK", "verwerkingssoort": "W", "identificatie": number}
    return kern | values


def _document(number: str, case: str) -> dict[str, Any]:
    return {
        "entiteittype": "EDC",
        "verwerkingssoort": "T",
        "sleutelVerzendend": "ZEEP-2",
        "identificatie": number,
        "dct.omschrijving": "RAPP",
        "creatiedatum": "20260301",
        "titel": "Rapport",
        "formaat": "application/pdf",
        "taal": "nld",
        "versie": "1.0",
        "status": "concept",
        "vertrouwelijkAanduiding": "OPENBAAR",
        "auteur": "Lab",
        "inhoud": {
            "_value_1": _PROOF,
            "contentType": "application/pdf",
            "bestandsnaam": "rapport.pdf",
        },
        "isRelevantVoor": _linked("EDCZAK", {"entiteittype": "ZAK", "identificatie": case}),
    }


@pytest.fixture(scope="session", params=list(Profile))
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> zeep.Client:
    if not (SPECS / "zds-1.1").exists():
        pytest.skip(f"the WSDLs of ZDS are not at {SPECS}")
    folder = tmp_path_factory.mktemp("wsdl") / "zds"
    return zeep.Client(str(simplified(request.param, SPECS, folder)))


@pytest.fixture
async def peer(client: zeep.Client, started: Start) -> Peer:
    """The client, which talks to a system that was started for it."""
    return Peer(client, (await started()).simulator.stuf)


async def test_a_case_that_it_starts_can_be_read(peer: Peer) -> None:
    number = await peer.case()
    case = await peer.ask("geefZaakdetails", "ZAK", number, scope="alles")
    assert case["omschrijving"]["_value_1"] == "Betoncentrale"
    initiator = case["heeftAlsInitiator"]
    initiator = initiator[0] if isinstance(initiator, list) else initiator
    person = initiator["gerelateerde"]["natuurlijkPersoon"]
    assert person["geslachtsnaam"]["_value_1"] == "Moulin"


async def test_a_change_that_knows_what_was_is_applied(peer: Peer) -> None:
    number = await peer.case()
    was, now = (_changed(number, omschrijving=title) for title in ("Betoncentrale", "Silo"))
    await peer.tell("updateZaak", "ZAK", "W", was, now)
    case = await peer.ask("geefZaakdetails", "ZAK", number, scope="alles")
    assert case["omschrijving"]["_value_1"] == "Silo"


async def test_a_change_of_something_else_is_refused_with_a_fault(peer: Peer) -> None:
    number = await peer.case()
    was, now = (_changed(number, omschrijving=title) for title in ("Kalksilo", "Silo"))
    with pytest.raises(zeep.exceptions.Fault) as refused:
        await peer.tell("updateZaak", "ZAK", "W", was, now)
    told = list(refused.value.detail.itertext())
    assert "StUF058" in told
    assert "oud komt niet overeen met de registratie: omschrijving" in told


async def test_a_document_that_it_adds_can_be_listed_and_read(peer: Peer) -> None:
    case = await peer.case()
    asked = "genereerDocumentIdentificatie", "genereerDocumentidentificatie", "document"
    number = await peer.number(*asked)
    await peer.tell("voegZaakdocumentToe", "EDC", "T", _document(number, case))
    wanted = {"entiteittype": "EDC", "identificatie": zeep.xsd.Nil, "titel": zeep.xsd.Nil}
    rows = {"entiteittype": "ZAKEDC", "gerelateerde": wanted}
    listed = await peer.ask("geefLijstZaakdocumenten", "ZAK", case, heeftRelevant=rows)
    (row,) = listed["heeftRelevant"]
    assert row["gerelateerde"]["identificatie"]["_value_1"] == number
    read = await peer.ask("geefZaakdocumentLezen", "EDC", number, scope="alles")
    assert read["inhoud"]["_value_1"] == _PROOF
    assert read["inhoud"]["bestandsnaam"] == "rapport.pdf"
