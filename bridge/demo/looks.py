"""How a case shows in a system, with no help of the bridge; read here where that speaks ZGW."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.demo.system import Body, CaseSystem

ZAKEN: Final = "/zaken/api/v1"
DECISIONS: Final = "/besluiten/api/v1/besluiten"
HANDLES: Final = "behandelaar"
_DOCUMENTS: Final = f"{ZAKEN}/zaakinformatieobjecten"


@dataclass(frozen=True, slots=True)
class LooksDocument:
    """A document as it shows."""

    title: str
    type: str
    version: int
    size: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Looks:
    """A case as it shows, in that agency's own words."""

    agency: str
    url: str
    number: str
    case_type: str
    case_type_name: str
    title: str
    received: str
    status: str
    status_name: str
    statuses: tuple[str, ...]
    result: str | None
    is_closed: bool
    handler: str | None
    properties: Mapping[str, str]
    documents: tuple[LooksDocument, ...]
    references: tuple[str, ...]
    deadline: str | None = None
    decisions: int = 0


async def looks(system: CaseSystem, url: str) -> Looks:
    """Read a case."""
    zaak = await system.get(url)
    kind = await system.kept(zaak["zaaktype"])
    statuses = await _statuses(system, url)
    last = statuses[-1] if statuses else None
    return Looks(
        agency=system.agency,
        url=url,
        number=zaak["identificatie"],
        case_type=kind["identificatie"],
        case_type_name=kind["omschrijving"],
        title=zaak["omschrijving"],
        received=zaak["startdatum"],
        status=last["omschrijvingGeneriek"] if last else "",
        status_name=last["omschrijving"] if last else "",
        statuses=tuple(each["omschrijvingGeneriek"] for each in statuses),
        result=await _result(system, url),
        is_closed=zaak["einddatum"] is not None,
        handler=await _handler(system, url),
        properties={p["naam"]: p["waarde"] for p in await system.all(f"{url}/zaakeigenschappen")},
        documents=await _documents(system, url),
        references=tuple(reference["kenmerk"] for reference in zaak["kenmerken"]),
        deadline=zaak["uiterlijkeEinddatumAfdoening"],
        decisions=len(await system.all(DECISIONS, {"zaak": url})),
    )


async def _statuses(system: CaseSystem, url: str) -> list[Body]:
    """Give the status types that the case went through, in the order of their moments."""
    found = await system.all(f"{ZAKEN}/statussen", {"zaak": url})
    found.sort(key=lambda each: datetime.fromisoformat(each["datumStatusGezet"]))
    return [await system.kept(each["statustype"]) for each in found]


async def _result(system: CaseSystem, url: str) -> str | None:
    for result in await system.all(f"{ZAKEN}/resultaten", {"zaak": url}):
        kind = await system.kept(result["resultaattype"])
        return str(kind["omschrijving"])
    return None


async def _handler(system: CaseSystem, url: str) -> str | None:
    """Give the newest employee who handles the case."""
    found = [
        rol
        for rol in await system.all(f"{ZAKEN}/rollen", {"zaak": url})
        if rol["omschrijvingGeneriek"] == HANDLES and rol["betrokkeneType"] == "medewerker"
    ]
    newest = max(found, key=lambda rol: str(rol["registratiedatum"]), default=None)
    return None if newest is None else str(newest["betrokkeneIdentificatie"]["identificatie"])


async def _documents(system: CaseSystem, url: str) -> tuple[LooksDocument, ...]:
    found: list[LooksDocument] = []
    for link in await system.all(_DOCUMENTS, {"zaak": url}):
        document = await system.get(link["informatieobject"])
        kind = await system.kept(document["informatieobjecttype"])
        found.append(
            LooksDocument(
                title=document["titel"],
                type=kind["omschrijving"],
                version=int(document["versie"]),
                size=document["bestandsomvang"],
                url=document["url"],
            )
        )
    return tuple(sorted(found, key=lambda each: each.title))
