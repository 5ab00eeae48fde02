"""A case goes between two case systems of two protocols, ZGW and StUF, by the whole bridge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import yaml

from adapters.stuf_zds import simulator as stuf
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator.stukken import Stukken
from adapters.zgw import simulator as zgw
from bridge.app import Bridge, provision
from bridge.clock import clock_set
from bridge.opening import open_broker, opened_store
from bridge.roles import all_roles
from bridge.rules import RulesFolder
from bridge.settings import AgencySettings, ConsoleSettings, EdgeSettings, Settings
from tests.adapters.zgw.people import People

RULES: Final = Path(__file__).resolve().parents[2] / "bridge" / "demo" / "data"
IN_2024: Final = datetime(2024, 12, 1, tzinfo=UTC)
BUNNIK: Final = "999997099"
US: Final = Systeem("CASEBRIDGE", "Casebridge")
THEM: Final = Systeem("VTHZS", "Dienst")
SECRET, CALLBACK = "geheim-van-de-brug", "geheim-van-het-zaaksysteem"
PLACE: Final = "opdrachtgever"


class Zaaksysteem:
    """People at the system that speaks StUF."""

    def __init__(self, simulator: stuf.Simulator) -> None:
        self.simulator = simulator

    def rows(self) -> list[Any]:
        return self.simulator.system.store.all("zaak")

    def do(self, deed: str, **data: Any) -> None:
        """Do something to the one case there is."""
        daden = self.simulator.daden
        daden.do(deed, self.rows()[0], data, daden.cause(data))

    def shows(self) -> dict[str, Any]:
        """Give what the one case shows; nothing while there is none."""
        rows = self.rows()
        return self.simulator.daden.toon.whole(rows[0]) if rows else {}

    async def attach(self, title: str, content: bytes, kind: str) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield content

        daden = self.simulator.daden
        data = {"soort": kind, "titel": title, "auteur": "Noor", "formaat": "text/plain",
                "creatiedatum": "2024-12-01", "vertrouwelijk": "OPENBAAR",
                "bestandsnaam": "a.txt"}  # fmt: skip
        await Stukken(daden).add(self.rows()[0], data, pieces(), daden.cause({}))


@dataclass(frozen=True, slots=True)
class Both:
    """Two systems, and who works there."""

    zgw: People
    stuf: Zaaksysteem

    async def zaak(self) -> dict[str, Any]:
        """Give the one case of the ZGW system; nothing while there is none."""
        found = (await self.zgw.call("GET", "zaken/api/v1/zaken"))["results"]
        return dict(found[0]) if found else {}

    async def listens(self) -> bool:
        """Tell whether the ZGW system knows whom to tell of changes."""
        return bool(await self.zgw.call("GET", "notificaties/api/v1/abonnement"))

    async def opens(self, case_type: str, status: str) -> None:
        """Open a case at the ZGW system."""
        zaak = await self.zgw.call("POST", "zaken/api/v1/zaken", {
            "bronorganisatie": People.RSIN, "verantwoordelijkeOrganisatie": People.RSIN,
            "opdrachtgevendeOrganisatie": BUNNIK, "zaaktype": await self.zgw.case_type(case_type),
            "startdatum": "2024-12-01", "omschrijving": "Onderzoek Vossegat",
        })  # fmt: skip
        await self.sets(zaak["url"], await self.zgw.type_of("statustypen", status, case_type))

    async def sets(self, zaak: str, status: str) -> None:
        """Set a status at the ZGW system."""
        at = self.zgw.simulator.system.clock.now().isoformat().replace("+00:00", "Z")
        body = {"zaak": zaak, "statustype": status, "datumStatusGezet": at}
        await self.zgw.call("POST", "zaken/api/v1/statussen", body)

    async def status(self) -> str:
        """Give the number of the status of the case at the ZGW system."""
        zaak = await self.zaak()
        if not zaak.get("status"):
            return ""
        status = await self.zgw.call("GET", zaak["status"])
        kind = await self.zgw.call("GET", status["statustype"])
        return str(kind["omschrijving"])

    async def properties(self) -> dict[str, str]:
        zaak = await self.zaak()
        found = await self.zgw.call("GET", f"{zaak['url']}/zaakeigenschappen") if zaak else []
        return {one["naam"]: one["waarde"] for one in found}

    async def documents(self) -> dict[str, int]:
        """Give title → size of the documents at the ZGW system."""
        zaak, told = await self.zaak(), {}
        if not zaak:
            return {}
        links = await self.zgw.call(
            "GET", f"zaken/api/v1/zaakinformatieobjecten?zaak={zaak['url']}"
        )
        for link in links:
            document = await self.zgw.call("GET", link["informatieobject"])
            told[document["titel"]] = int(document["bestandsomvang"])
        return told


def case_types(agency: str) -> dict[str, Any]:
    """Give what ZDS cannot be asked: the case types of an agency with their statuses."""
    catalogue = yaml.safe_load((RULES / f"catalogue-{agency}.yaml").read_text("utf-8"))
    found = {}
    for kind in catalogue["case_types"]:
        steps = catalogue["processes"][kind["process"]]
        final = next(step["code"] for step in steps if step["final"])
        ranks = {step["code"]: rank for rank, step in enumerate(steps, 1)}
        found[kind["code"]] = {"name": kind["name"][:80], "statuses": ranks, "final": final}
    return found


def words(agency: str) -> dict[str, Any]:
    """Give the names of properties and parts at an agency."""
    catalogue = yaml.safe_load((RULES / f"catalogue-{agency}.yaml").read_text("utf-8"))
    parties = yaml.safe_load((RULES / "parties.yaml").read_text("utf-8"))["agencies"]
    (relations,) = (one["case_system"]["relations"] for one in parties if one["id"] == agency)
    roles = {one: relations.get(one, "heeftAlsOverigBetrokkene") for one in catalogue["roles"]}
    return {"properties": [one["key"] for one in catalogue["properties"]], "roles": roles}


def settings_for(
    folder: Path, port: int, both: Both, stuf_at: str, profile: Profile, *, pushes: bool
) -> Settings:
    """Give the settings of a bridge between the two."""
    zgw_at = next(one for one in ("odru", "rud-utrecht") if one != stuf_at)
    url = both.zgw.simulator.url
    callback = {"callback_user": "zaaksysteem", "callback_password": CALLBACK} if pushes else {}
    speaks_stuf: dict[str, Any] = {
        "version": str(profile), "base_url": both.stuf.simulator.stuf,
        "sender": {"applicatie": US.applicatie, "organisatie": US.organisatie},
        "receiver": {"applicatie": THEM.applicatie, "organisatie": THEM.organisatie},
        "username": "casebridge", "password": SECRET, "number_pattern": "CB{mark}",
        "document_pattern": "D{mark}", "statuses_by": "code", "case_types": case_types(stuf_at),
        "elements": {"participant": PLACE}, **words(stuf_at), **callback,
    }  # fmt: skip
    speaks_zgw: dict[str, Any] = {
        "base_url": url, "notificaties": f"{url}/notificaties/api/v1", "client_id": "casebridge",
        "secret": People.BRIDGE_SECRET, "own_organisation": People.RSIN,
        "callback_token": "Bearer een-lang-geheim-voor-de-callback",
    }  # fmt: skip
    return Settings(
        environment="test",
        rules=RULES,
        data=folder,
        clock_ahead=IN_2024 - datetime.now(UTC),
        agencies={
            stuf_at: AgencySettings(adapter="stuf-zds", settings=speaks_stuf),
            zgw_at: AgencySettings(adapter="zgw", settings=speaks_zgw),
        },
        console=ConsoleSettings(listen_port=0),
        edge=EdgeSettings(
            fold_for=timedelta(seconds=0.05),
            look_every=None if pushes else timedelta(seconds=1),
            sweep_every=timedelta(hours=1),
            listen_port=port,
            public_url=f"http://127.0.0.1:{port}",
            patience_first=timedelta(seconds=0.2),
            patience_longest=timedelta(seconds=0.5),
        ),
    )


@asynccontextmanager
async def systems(stuf_at: str, port: int, profile: Profile) -> AsyncIterator[Both]:
    """Run a system of each protocol; the one that speaks StUF tells us what changes."""
    zgw_at = next(one for one in ("odru", "rud-utrecht") if one != stuf_at)
    listener = stuf.Subscriber(
        US, f"http://127.0.0.1:{port}/callbacks/{stuf_at}", profile=profile, user="zaaksysteem",
        password=CALLBACK,
    )  # fmt: skip
    speaks_stuf = stuf.SimulatorSettings(
        clients=(stuf.Client(US, user="casebridge", password=SECRET),),
        agency=stuf_at, systeem=THEM, catalogue=RULES / f"catalogue-{stuf_at}.yaml",
        subscribers=(listener,), shutdown_seconds=0.2,
        quirks=stuf.Quirks(deviations=stuf.Deviations(long_codes=True)),
    )  # fmt: skip
    speaks_zgw = zgw.SimulatorSettings(
        clients=zgw.two_clients(People.BRIDGE_SECRET, People.STAFF_SECRET),
        agency=zgw_at, catalogue=RULES / f"catalogue-{zgw_at}.yaml", rsin=People.RSIN,
        shutdown_seconds=0.2,
    )  # fmt: skip
    async with (
        await stuf.start(speaks_stuf) as one,
        await zgw.start(speaks_zgw) as other,
        aiohttp.ClientSession() as session,
    ):
        for each in (one, other):
            each.system.clock.set(IN_2024, runs=True)  # the agreements are of that year
        yield Both(People(other, session), Zaaksysteem(one))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Run the whole bridge in one process."""
    await provision(settings)
    stop, now = asyncio.Event(), clock_set(settings.clock_ahead)
    async with opened_store(settings) as store:
        broker = open_broker(settings, all_roles(settings))
        rules = RulesFolder(settings.rules)
        bridge = Bridge(
            settings, all_roles(settings), store=store, broker=broker, rules=rules, now=now
        )
        work = asyncio.create_task(bridge.run(stop))
        try:
            yield
        finally:
            stop.set()
            await work
            await broker.close()


async def until(holds: Callable[[], Awaitable[Any]], what: str, seconds: float = 30) -> Any:
    """Wait, bounded, until something holds."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await holds()):
                await asyncio.sleep(0.1)
            return found
    except TimeoutError:
        msg = f"did not come about: {what}"
        raise AssertionError(msg) from None


@pytest.mark.parametrize("pushes", [True, False], ids=["told", "looked at"])
async def test_a_case_of_a_zgw_system_goes_to_a_stuf_system_and_what_is_done_there_comes_home(
    tmp_path: Path, unused_tcp_port: int, pushes: bool
) -> None:
    """ODRU opens it; RUD works on it in StUF (ZDS 1.2), which tells us, or is looked at."""
    profile = Profile.ZDS_1_2
    async with systems("rud-utrecht", unused_tcp_port, profile) as both:
        settings = settings_for(
            tmp_path, unused_tcp_port, both, "rud-utrecht", profile, pushes=pushes
        )

        async def at_rud() -> dict[str, Any]:
            return both.stuf.shows()

        async def has_status() -> bool:
            return both.stuf.shows().get("status") == "Ontvangen"

        async with running(settings):
            await until(both.listens, "a subscription at ZGW")
            await both.opens("BOD-ADV", "Nieuw")
            shown = await until(at_rud, "a counterpart in StUF")
            assert shown["zaaktype"] == "RUD-BOD-010"
            assert shown["eigenschappen"][PLACE] == BUNNIK
            await until(has_status, "the status in StUF")
            both.stuf.do("status", code="20", by="rud-101")
            await until(lambda: _is(both.status, "In uitvoering"), "the status in ZGW")
            both.stuf.do("eigenschap", naam="kwaliteitsklasse", waarde="LN")
            await until(lambda: _has(both.properties, "bodemklasse"), "the class in ZGW")
            await both.stuf.attach("Advies", b"de bodem is schoon", "ADVN")
            found = await until(both.documents, "the document in ZGW")
            assert found == {"Advies": 18}
        assert len(both.stuf.rows()) == 1


async def test_a_case_of_a_stuf_system_is_told_of_and_goes_to_a_zgw_system(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """ODRU opens it in StUF (ZDS 1.1); RUD works on it in ZGW."""
    profile = Profile.ZDS_1_1
    async with systems("odru", unused_tcp_port, profile) as both:
        settings = settings_for(tmp_path, unused_tcp_port, both, "odru", profile, pushes=True)

        async def at_odru() -> bool:
            return both.stuf.shows().get("status") == "In uitvoering"

        async with running(settings):
            await until(both.listens, "a subscription at ZGW")
            daden = both.stuf.simulator.daden
            data = {"zaaktype": "BOD-ADV", "omschrijving": "Onderzoek Vossegat",
                    "eigenschappen": {PLACE: BUNNIK, "bodemklasse": "AW"},
                    "status": {"code": "1"}}  # fmt: skip
            daden.new(data, daden.cause({}))
            zaak = await until(both.zaak, "a counterpart in ZGW")
            assert zaak["omschrijving"] == "Onderzoek Vossegat"
            await until(lambda: _has(both.properties, "kwaliteitsklasse"), "the class in ZGW")
            await until(lambda: _is(both.status, "Ontvangen"), "the status in ZGW")
            kind = await both.zgw.type_of("statustypen", "In behandeling", "RUD-BOD-010")
            await both.sets(zaak["url"], kind)
            await until(at_odru, "the status in StUF")
        assert len(both.stuf.rows()) == 1


async def _is(told: Callable[[], Awaitable[str]], wanted: str) -> bool:
    return await told() == wanted


async def _has(told: Callable[[], Awaitable[dict[str, str]]], wanted: str) -> bool:
    return wanted in await told()
