"""A small agency, a simulator of it, and somebody who sends it messages."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web
from lxml import etree

from adapters.stuf_zds.envelope import Systeem, unwrap
from adapters.stuf_zds.incoming import Limits, parse
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator import (
    Client,
    Quirks,
    Simulator,
    SimulatorSettings,
    Subscriber,
    start,
)
from adapters.stuf_zds.xml import Element, child, local, text

SPECS: Final = Path(__file__).parents[4] / ".." / "shared" / "specs" / "stuf-zds"
_LIMITS: Final = Limits(text=64 * 1024**2, held=64 * 1024**2)
US: Final = Systeem("CASEBRIDGE", "RUD Utrecht")
THEM: Final = Systeem("VTHZS", "ODRU", "PROD")
CATALOGUE: Final = """
version: 1
agency: proef
processes:
  alg:
  - {code: '10', name: Ontvangen, final: false}
  - {code: '20', name: In behandeling, final: false}
  - {code: '90', name: Afgesloten, final: true}
result_sets:
  alg: [Verleend, Geweigerd]
document_types:
- {code: Aanvraag, name: Aanvraag of meldingsformulier}
- {code: RAPP, name: Rapport}
roles: [Aanvrager, Gemachtigde, Behandelaar, Bevoegd gezag]
properties:
- {key: onderzoek, type: code, values: [HO, VO]}
- {key: volume_m3, type: decimal}
- {key: elders, type: string}
case_types:
- code: B0337
  name: Omgevingsvergunning milieubelastende activiteit beoordelen
  process: alg
  result_set: alg
  unit: bodem
  lead_time: P21D
  confidentiality: openbaar
  archive: {nomination: vernietigen, term: P10Y}
  properties: [onderzoek, volume_m3]
  document_types: [Aanvraag, RAPP]
- code: B1210
  name: Klacht milieuoverlast behandelen
  process: alg
  result_set: alg
  unit: bodem
  lead_time: P21D
  confidentiality: openbaar
  archive: {nomination: vernietigen, term: P10Y}
  properties: [elders]
  document_types: [Aanvraag]
"""
PARTIES: Final = """
agencies:
- id: proef
  name: Proefdienst
  short: ODRU
  rsin: '999997014'
  case_system:
    relations: {Aanvrager: heeftAlsInitiator, Klager: heeftAlsBelanghebbende}
  staff:
  - {id: p-1, name: Mees Proef}
  - {id: p-2, name: Saar Proef}
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, the message in the envelope, and the bytes."""

    status: int
    message: Element
    body: bytes

    @property
    def name(self) -> str:
        return local(self.message)

    @property
    def fault(self) -> str:
        """The code of the fault; empty where it is none."""
        found = next((one for one in self.message.iter() if local(one) == "code"), None)
        return text(found) if self.name == "Fault" else ""

    @property
    def details(self) -> str:
        return " ".join(text(o) for o in self.message.iter() if local(o) == "details")

    def at(self, *path: str) -> str:
        """The text at a path of names below the message."""
        return text(child(self.message, *path))

    @property
    def object(self) -> Element:
        """The object of an answer."""
        found = child(self.message, "antwoord", "object")
        assert found is not None, self.body.decode()
        return found


class Schema:
    """The published schemas; every message that the system sends is held to them."""

    def __init__(self, folder: Path) -> None:
        self._schemas = {
            profile: etree.XMLSchema(etree.parse(folder / f"zds-{profile}" / "root.xsd"))
            for profile in Profile
        }

    def check(self, message: Element) -> None:
        """Fail where a message, or the Fo message in a fault, is not as its schema wants it."""
        detail = child(message, "detail")
        if detail is None and local(message) == "Fault":
            return  # of SOAP alone: it was no message of StUF
        inner = message if detail is None else detail[0]
        is_1_2 = "zds0120" in str(inner.tag)
        schema = self._schemas[Profile.ZDS_1_2 if is_1_2 else Profile.ZDS_1_1]
        # Parsed anew: what a schema allows depends on no prefix that is declared further out.
        alone = etree.fromstring(etree.tostring(inner))
        assert schema.validate(alone), f"{schema.error_log}\n{etree.tostring(alone).decode()}"


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schemas; tests that ask for them are skipped where they are not."""
    if not (SPECS / "zds-1.1" / "root.xsd").exists():
        pytest.skip(f"the schemas of ZDS are not at {SPECS}")
    return Schema(SPECS)


class Caller:
    """Sends messages to one simulator; what comes back is held to the schema, if there is one."""

    def __init__(self, http: aiohttp.ClientSession, simulator: Simulator) -> None:
        self.http = http
        self.simulator = simulator
        self.schema: Schema | None = None
        self._sent = 0

    async def send(
        self,
        body: bytes,
        action: str = "",
        *,
        path: str = "",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send bytes as they are."""
        asked = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        url = f"{self.simulator.stuf}{path}"
        data = io.BytesIO(body)
        async with self.http.post(url, data=data, headers={**asked, **(headers or {})}) as answer:
            raw = await answer.read()
            message = unwrap(parse(raw, limits=_LIMITS))
            if self.schema is not None:
                self.schema.check(message)
            return Reply(answer.status, message, raw)

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Turn a switch, or play somebody who works there."""
        url = f"{self.simulator.url}/_sim/{path}"
        async with self.http.request(method, url, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json() if answer.content_type == "application/json" else None


Start = Callable[..., Awaitable[Caller]]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, "utf-8")
    (tmp_path / "parties.yaml").write_text(PARTIES, "utf-8")
    return tmp_path / "catalogue.yaml"


@pytest.fixture
async def started(catalogue: Path) -> AsyncIterator[Start]:
    """Starts simulators of the agency, with the settings and quirks a test asks for."""
    settings = SimulatorSettings(
        (Client(US),), agency="proef", systeem=THEM, catalogue=catalogue, shutdown_seconds=0.1
    )
    async with AsyncExitStack() as stack:

        async def starting(quirks: Quirks | None = None, **changes: Any) -> Caller:
            wanted = replace(settings, quirks=quirks or Quirks(), **changes)
            simulator = await stack.enter_async_context(await start(wanted))
            timeout = aiohttp.ClientTimeout(total=5)
            http = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            return Caller(http, simulator)

        yield starting


def sample(name: str) -> bytes:
    """One of the sample messages; skips where they are not."""
    path = SPECS / "samples" / name
    if not path.exists():
        pytest.skip(f"the samples are not at {SPECS}")
    return path.read_bytes()


class Listener:
    """A subscriber that keeps what it is told, and answers as it is bidden."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Element, bytes]] = []
        self.answers: Iterator[web.Response] = iter(())
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        action = request.headers.get("SOAPAction", "").strip('"')
        self.heard.append((action, unwrap(parse(body)), body))
        return next(self.answers, web.Response(body=_BV03, content_type="text/xml"))

    def subscriber(self, **how: Any) -> Subscriber:
        return Subscriber(US, self.url, **how)


_BV03 = (
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<s:Bv03Bericht xmlns:s="http://www.egem.nl/StUF/StUF0301"><s:stuurgegevens>'
    b"<s:berichtcode>Bv03</s:berichtcode></s:stuurgegevens></s:Bv03Bericht>"
    b"</e:Body></e:Envelope>"
)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listening = Listener()
    app = web.Application()
    app.router.add_post("/OntvangAsynchroon", listening.hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}/OntvangAsynchroon"
    yield listening
    await runner.cleanup()
