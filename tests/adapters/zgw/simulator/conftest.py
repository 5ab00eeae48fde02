"""A small agency, a simulator of it, and somebody who calls its API."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from adapters.zgw.simulator import Quirks, Simulator, SimulatorSettings, start, two_clients

CATALOGUE = """
version: 1
agency: proef
processes:
  alg:
  - {code: '1', name: Nieuw, final: false}
  - {code: '2', name: In uitvoering, final: false}
  - {code: '6', name: Gereed, final: true}
  - {code: '7', name: Gearchiveerd, final: true}
result_sets:
  alg: [Positief, 'Overtreding - overgedragen aan handhaving']
document_types:
- {code: RAP, name: Rapport van derden}
- {code: BIJL, name: Bijlage}
roles: [Initiatiefnemer, Vakspecialist, Coördinator, Gemeente, Ketenpartner]
properties:
- {key: onderzoek, type: text, values: [HO, VO]}
- {key: volume_m3, type: integer}
- {key: elders, type: text}
case_types:
- code: BOD-ADV
  name: Advies bodemkwaliteit
  process: alg
  result_set: alg
  unit: bodem
  lead_time: P21D
  service_time: P15D
  confidentiality: openbaar
  archive: {nomination: vernietigen, term: P10Y}
  properties: [onderzoek, volume_m3]
  document_types: [RAP]
"""
PARTIES = """
agencies:
- id: proef
  name: Proefdienst
  short: Proef
  rsin: '999997014'
  staff:
  - {id: p-1, name: Mees Proef}
  - {id: p-2, name: Saar Proef}
"""
SECRETS = {"casebridge": "s" * 40, "medewerker": "m" * 40}
CRS = "EPSG:4326"


class Caller:
    """Calls the API of one simulator as one client; answers are (status, body)."""

    def __init__(self, http: aiohttp.ClientSession, url: str, client: str = "casebridge") -> None:
        self.http = http
        self.url = url
        self.client = client
        self.user = "p-1"

    def headers(self) -> dict[str, str]:
        claims = {"client_id": self.client, "iat": int(time.time()), "user_id": self.user}
        token = jwt.encode(claims, SECRETS[self.client], "HS256")
        return {"Authorization": f"Bearer {token}", "Accept-Crs": CRS, "Content-Crs": CRS}

    def as_client(self, client: str) -> Caller:
        return Caller(self.http, self.url, client)

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = path if path.startswith("http") else self.url + path
        async with self.http.request(method, url, json=body, headers=self.headers()) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.text()

    async def get(self, path: str) -> Any:
        status, body = await self.call("GET", path)
        assert status == 200, body
        return body

    async def post(self, path: str, body: Any) -> Any:
        status, made = await self.call("POST", path, body)
        assert status in (200, 201, 204), made
        return made

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = await self.call(method, f"/_sim/{path}", body)
        assert status < 300, answer
        return answer

    # -- whole things to start from ----------------------------------------------------------

    async def zaaktype(self) -> dict[str, Any]:
        found = await self.get("/catalogi/api/v1/zaaktypen?identificatie=BOD-ADV")
        return dict(found["results"][0])

    async def types(self, kind: str, zaaktype: str) -> dict[str, str]:
        """Addresses of the parts of a case type, by omschrijving."""
        found = await self.get(f"/catalogi/api/v1/{kind}?zaaktype={zaaktype}")
        return {row.get("omschrijving", row.get("naam")): row["url"] for row in found["results"]}

    async def zaak(self, **values: Any) -> dict[str, Any]:
        body = {
            "zaaktype": (await self.zaaktype())["url"],
            "bronorganisatie": "999997014",
            "verantwoordelijkeOrganisatie": "999997014",
            "startdatum": "2026-01-05",
            **values,
        }
        return dict(await self.post("/zaken/api/v1/zaken", body))

    async def set_status(self, zaak: dict[str, Any], name: str, moment: str) -> tuple[int, Any]:
        statustypen = await self.types("statustypen", zaak["zaaktype"])
        body = {"zaak": zaak["url"], "statustype": statustypen[name], "datumStatusGezet": moment}
        return await self.call("POST", "/zaken/api/v1/statussen", body)


Start = Callable[..., Awaitable[tuple[Simulator, Caller]]]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, "utf-8")
    (tmp_path / "parties.yaml").write_text(PARTIES, "utf-8")
    return tmp_path / "catalogue.yaml"


@pytest.fixture
async def started(catalogue: Path) -> AsyncIterator[Start]:
    """Starts simulators of the agency, with the settings and quirks a test asks for."""
    settings = SimulatorSettings(
        two_clients(SECRETS["casebridge"], SECRETS["medewerker"]),
        agency="proef",
        catalogue=catalogue,
        shutdown_seconds=0.1,
    )
    async with AsyncExitStack() as stack:

        async def starting(
            quirks: Quirks | None = None, **changes: Any
        ) -> tuple[Simulator, Caller]:
            wanted = replace(settings, quirks=quirks or Quirks(), **changes)
            simulator = await stack.enter_async_context(await start(wanted))
            timeout = aiohttp.ClientTimeout(total=5)
            http = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            return simulator, Caller(http, simulator.url)

        yield starting
