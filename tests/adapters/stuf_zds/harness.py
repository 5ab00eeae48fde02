"""The simulated StUF system as the conformance suite wants it: people in it, and trouble."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from aiohttp import web
from pydantic import JsonValue

from adapters.kit.contents import Source
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness, cannot
from adapters.kit.samples import Item, Samples
from adapters.stuf_zds import StufZdsAdapter
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.settings import CaseType, StufSettings
from adapters.stuf_zds.simulator import (
    Client,
    FaultKind,
    Quirks,
    Simulator,
    SimulatorSettings,
    Subscriber,
    start,
)
from adapters.stuf_zds.simulator import Fault as Trouble
from adapters.stuf_zds.simulator.stukken import Stukken
from contracts.adapter import Adapter, Push
from contracts.case import Cells, role_key
from contracts.ids import CaseRef, Mark
from tests.adapters.stuf_zds.site import BASIC, BRIDGE, PASSWORD, settings

_SECRET: Final = "geheim-van-casebridge"
_NAME: Final = "VTHZS"
_THEM: Final = Systeem(_NAME, "ODRU", "PROD")
_TOLD: Final = "creeerZaak|updateZaak|actualiseerZaakstatus|voegZaakdocumentToe|voegBesluitToe"
_ASKED: Final = "geefZaakdetails|geefLijst|geefZaakdocumentLezen|geefZaakstatus"

_MEMBERS: Final[Mapping[str, str]] = {
    "title": "omschrijving",
    "explanation": "toelichting",
    "registered": "registratiedatum",
    "start": "startdatum",
    "planned_end": "einddatumGepland",
    "deadline": "uiterlijkeEinddatum",
}

_PARTS: Final = {
    "heeftAlsBelanghebbende": "belanghebbende",
    "heeftAlsInitiator": "initiator",
}
_KINDS: Final = {
    "natuurlijkPersoon": "natuurlijk_persoon",
    "organisatorischeEenheid": "organisatorische_eenheid",
}

_TROUBLES: Final[Mapping[Fault, Trouble]] = {
    Fault.UNREACHABLE: Trouble(FaultKind.DROP),
    Fault.THROTTLED: Trouble(FaultKind.UNAVAILABLE),
    Fault.ERROR_ON_READ: Trouble(FaultKind.ERROR_BEFORE, path=_ASKED),
    Fault.ERROR_AFTER: Trouble(FaultKind.ERROR_AFTER, path=_TOLD, times=1),
    Fault.LOST_AFTER: Trouble(FaultKind.DROP_AFTER, path=_TOLD, times=1),
    Fault.LOST_BEFORE: Trouble(FaultKind.DROP, path=_TOLD, times=1),
    Fault.GARBLED_READ: Trouble(FaultKind.GARBAGE, path=_ASKED),
    Fault.GARBLED_WRITE: Trouble(FaultKind.GARBAGE_AFTER, path=_TOLD, times=1),
    Fault.WRONG_SECRET: Trouble(FaultKind.DENIED),
    Fault.HANGS: Trouble(FaultKind.HANG_BEFORE, path=_ASKED),
    Fault.UPLOAD_BREAKS: Trouble(FaultKind.DROP, path="voegZaakdocumentToe|updateZaakdocument"),
}

_ELEMENTS: Final = {**_MEMBERS, "status": "heeft", "properties": "extraElementen"}
LAG: Final = timedelta(minutes=2)
_SWITCHED: Final = frozenset(
    {
        Fault.EDIT_BETWEEN,
        Fault.REFUSES,
        Fault.DOWNLOAD_BREAKS,
        Fault.REDIRECT,
        Fault.HALF,
    }
)

CATALOGUE: Final = Path(__file__).with_name("catalogus.yaml")

STUF: Final = Samples(
    registers={
        "case_type": ("BODEM", "GELUID"),
        "title": ("Bodemonderzoek Proefveldseweg", "Bodemonderzoek en sanering"),
        "explanation": ("De aanvrager belt terug.", "Tekeningen nagestuurd, zie bijlage 2."),
        "registered": ("2026-02-02", "2026-02-03"),
        "start": ("2026-02-03", "2026-02-04"),
        "planned_end": ("2026-04-01", "2026-04-15"),
        "deadline": ("2026-05-01", "2026-06-12"),
        "status": ("Ontvangen", "In behandeling"),
    },
    items={
        "roles": tuple(
            {
                "key": role_key("belanghebbende", "natuurlijk_persoon", number),
                "role": "belanghebbende",
                "kind": "natuurlijk_persoon",
                "identity": number,
                "person": {"name": name},
            }
            for number, name in (("900000016", "Özdemir-Łukasz"), ("900000028", "Ærøskøbing"))
        ),
        "properties": (
            {"key": "oppervlakte", "value": "120"},
            {"key": "bodem", "value": "klei — zwaar"},
        ),
        "objects": (
            {
                "key": "adres:0344200000012345",
                "type": "adres",
                "identity": "0344200000012345",
                "data": {
                    "identificatie": "0344200000012345",
                    "wplWoonplaatsNaam": "Utrecht",
                    "gorOpenbareRuimteNaam": "Proefveldseweg",
                    "huisnummer": 12,
                },
            },
            {
                "key": "pand:0344100000012345",
                "type": "pand",
                "identity": "0344100000012345",
                "data": {"identificatie": "0344100000012345"},
            },
        ),
        "decisions": (
            {"key": "b1", "type": "Vergunning", "date": "2026-03-01", "text": ""},
            {"key": "b2", "type": "Intrekking", "date": "2026-03-02", "text": ""},
        ),
    },
    many={"roles": 40},
    document={
        "type": "RAP",
        "title": "Rapport verkennend onderzoek",
        "file_name": "rapport.pdf",
        "media_type": "application/pdf",
        "author": "Lab Voorbeeld",
        "created": "2026-02-20",
        "status": "definitief",
        "confidentiality": "openbaar",
    },
)

_CASE_TYPES: Final = {
    code: CaseType(
        name=name,
        statuses={"Ontvangen": 1, "In behandeling": 2, "Afgesloten": 3},
        final="Afgesloten",
    )
    for code, name in (("BODEM", "Bodemtoets"), ("GELUID", "Geluidstoets"))
}


class StufHarness(Harness):
    """One simulator with the test catalogue, and a callback that takes its notifications."""

    samples = STUF
    secrets = (_SECRET, PASSWORD)
    big_bytes = 24 * 1024 * 1024
    memory_bytes = 16 * 1024 * 1024

    def __init__(
        self,
        profile: Profile = Profile.ZDS_1_1,
        quirks: Quirks | None = None,
        **changed: Any,
    ) -> None:
        self.profile = profile
        self.changed = changed
        self._quirks = quirks or Quirks()
        self._stack = AsyncExitStack()
        self._arrived: list[Push] = []
        self._strayed = 0
        self.simulator: Simulator

    async def __aenter__(self) -> Self:
        await self._listen()
        self.simulator = await self._stack.enter_async_context(await start(self._system()))
        # Whom a StUF system tells is set by its administrator; nobody can ask it to.
        self.simulator.post.subscribe(
            Subscriber(
                BRIDGE.systeem(),
                self.callback_url,
                speaks="zds",
                profile=self.profile,
                user="zaaksysteem",
                password=PASSWORD,
            )
        )
        return self

    def _system(self) -> SimulatorSettings:
        client = Client(
            BRIDGE.systeem(),
            user="casebridge",
            password=_SECRET,
            callback=self.callback_url,
            callback_user="zaaksysteem",
            callback_password=PASSWORD,
        )
        return SimulatorSettings(
            clients=(client,),
            systeem=_THEM,
            catalogue=CATALOGUE,
            quirks=self._quirks,
            shutdown_seconds=0.2,
        )

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_post("/hints", self._hear)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.callback_url = f"http://127.0.0.1:{runner.addresses[0][1]}/hints"

    async def _hear(self, request: web.Request) -> web.Response:
        push = Push(
            method="POST",
            path="",
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        assert push.headers["authorization"] == BASIC
        async with self.adapter() as adapter:
            heard = adapter.hear(push)  # type: ignore[attr-defined]
        self._arrived.append(push)
        answer = heard.answer
        return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)

    def settings(self) -> StufSettings:
        given: dict[str, Any] = {
            "base_url": self.simulator.stuf,
            "username": "casebridge",
            "password": _SECRET,
            "case_types": _CASE_TYPES,
        }
        return settings(self.profile, **{**given, **self.changed})

    def adapter(self) -> Adapter:
        return StufZdsAdapter(self.settings())

    # People

    def _row(self, ref: CaseRef) -> Any:
        row = self.simulator.system.find("zaak", ref)
        assert row is not None
        return row

    def _do(self, ref: CaseRef, deed: str, **data: Any) -> None:
        daden = self.simulator.daden
        daden.do(deed, self._row(ref), data, daden.cause(data))

    async def open_case(self, cells: Cells) -> CaseRef:
        daden = self.simulator.daden
        data: dict[str, Any] = {
            _MEMBERS[p]: v for p, v in cells.items() if p in _MEMBERS and v is not None
        }
        data["zaaktype"] = str(cells.get("case_type", "BODEM"))
        number = f"0344VTH{len(self.simulator.system.store.all('zaak')):09d}"
        row = daden.new({**data, "identificatie": number}, daden.cause({}))
        ref = CaseRef(str(row["identificatie"]))
        self._do(ref, "kenmerk", kenmerk="A-77", bron="archief")
        for path, value in cells.items():
            if "/" in path and isinstance(value, dict):
                await self.add(ref, path.partition("/")[0], value)
        return ref

    async def set(self, ref: CaseRef, path: str, value: JsonValue) -> None:
        if path == "status":
            self._do(ref, "status", naam=str(value), by="odru-201")
        elif path in _MEMBERS:
            self._do(ref, "velden", **{_MEMBERS[path]: value})
        else:
            cannot(f"change {path} by hand")

    async def add(self, ref: CaseRef, field: str, item: Item) -> None:
        match field:
            case "roles":
                name = item["person"]["name"]
                self._do(
                    ref,
                    "betrokkene",
                    rol="Belanghebbende",
                    soort="natuurlijkPersoon",
                    nummer=_bsn(str(item["identity"])),
                    naam=name,
                )
            case "properties":
                self._do(ref, "eigenschap", naam=item["key"], waarde=item["value"])
            case "objects":
                self._do(ref, "object", **_as_object(item))
            case "decisions":
                self._do(ref, "besluit", soort=item["type"], datum=item["date"])
            case _:
                cannot(f"add {field} by hand")

    async def attach(self, ref: CaseRef, document: Item, content: Source) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for piece in content():
                yield piece

        data = {
            "soort": document["type"],
            "titel": document["title"],
            "auteur": document["author"],
            "formaat": document["media_type"],
            "status": document["status"],
            "creatiedatum": document["created"],
            "vertrouwelijk": str(document["confidentiality"]).upper(),
            "bestandsnaam": document["file_name"],
        }
        daden = self.simulator.daden
        await Stukken(daden).add(self._row(ref), data, pieces(), daden.cause({}))

    async def delete(self, ref: CaseRef) -> None:
        self._do(ref, "weg")

    async def show_more(self, ref: CaseRef) -> None:
        self._do(ref, "velden", publicatiedatum="2026-03-01")

    # What there is

    async def shows(self, ref: CaseRef) -> Cells:
        whole = self.simulator.daden.toon.whole(self._row(ref))
        tree = whole["gegevens"]
        shown: dict[str, Any] = {name: tree.get(member) for name, member in _MEMBERS.items()}
        shown["case_type"] = whole["zaaktype"]
        shown["status"] = whole["status"] or None
        for number, one in enumerate(whole["rollen"]):
            part, kind = _PARTS[one["relatie"]], _KINDS[one["soort"]]
            shown[f"roles/{number}"] = {
                "key": role_key(part, kind, one["nummer"]),
                "role": part,
                "kind": kind,
                "identity": one["nummer"],
                "person": {"name": one["naam"]},
            }
        for name, value in whole["eigenschappen"].items():
            shown[f"properties/{name}"] = {"key": name, "value": value}
        for number, item in enumerate(tree.get("heeftBetrekkingOp", ())):
            shown[f"objects/{number}"] = _shown_object(item["gerelateerde"])
        for one in whole["besluiten"]:
            shown[f"decisions/{one['identificatie']}"] = {
                "key": one["identificatie"],
                "type": one["bst.omschrijving"],
                "date": one["datumBeslissing"],
                "text": one.get("toelichting") or "",
            }
        return shown

    async def others(self, ref: CaseRef) -> JsonValue:
        tree = self._row(ref)["gegevens"]
        kept = [one for one in tree.get("kenmerk", ()) if one["bron"] != "casebridge"]
        initiators = tree.get("heeftAlsInitiator", [])
        return {"kenmerk": kept, "initiator": initiators}

    async def content_digest(self, ref: CaseRef, title: str) -> str:
        found = [
            one
            for one in self.simulator.daden.toon.whole(self._row(ref))["documenten"]
            if one["titel"] == title
        ]
        assert len(found) == 1
        digest = hashlib.sha256()
        path = self.simulator.system.files.path(found[0]["digest"])
        with path.open("rb") as file:
            while piece := file.read(64 * 1024):
                digest.update(piece)
        return digest.hexdigest()

    async def bearing(self, mark: Mark) -> Sequence[CaseRef]:
        ours = {"kenmerk": str(mark), "bron": "casebridge"}
        return [
            CaseRef(row["identificatie"])
            for row in self.simulator.system.store.all("zaak")
            if ours in row["gegevens"].get("kenmerk", ())
        ]

    async def effects(self) -> Sequence[str]:
        return [
            f"{entry['method']} {entry['path']}"
            for entry in self.simulator.access_log.since(0)
            if entry["client_id"] == BRIDGE.applicatie and entry["status"] < 300
        ]

    async def leftovers(self) -> Sequence[str]:
        return [
            f"document {row['identificatie']} is checked out"
            for row in self.simulator.system.store.all("document")
            if row["slot"] is not None
        ]

    # Hints

    async def pushes(self) -> Sequence[Push]:
        async with asyncio.timeout(5):
            while self.simulator.post.deliveries.waiting:
                await asyncio.sleep(0.01)
        arrived, self._arrived = self._arrived, []
        return arrived

    def sign(self, body: bytes) -> Push:
        return Push(method="POST", path="", headers={"authorization": BASIC}, body=body)

    # Trouble

    async def wait(self, duration: timedelta) -> None:
        self.simulator.system.let_pass(duration.total_seconds())

    async def heard_elsewhere(self) -> int:
        return self._strayed

    async def _elsewhere(self) -> str:
        """Give an address at which nobody of ours should ever be heard."""

        async def stray(request: web.Request) -> web.Response:
            self._strayed += 1
            return web.Response(status=418)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", stray)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/elders"

    def supports(self, fault: Fault) -> bool:
        if fault is Fault.UNFINDABLE:
            return "processes_within" in self.changed.get("deviations", {})
        return fault in _TROUBLES or fault in _SWITCHED

    def breaking(
        self, fault: Fault, *, path: str = "", value: JsonValue = None
    ) -> AbstractAsyncContextManager[None]:
        if fault is Fault.EDIT_BETWEEN:
            return self._typing(path, value)
        return self._breaking(fault, path)

    @asynccontextmanager
    async def _typing(self, path: str, value: JsonValue) -> AsyncIterator[None]:
        """Hold our message up for a moment, in which a colleague changes each case."""
        faults = self.simulator.faults
        before = faults.injected
        faults.add(Trouble(FaultKind.SLOW, path=_TOLD, times=1, seconds=0.5))

        async def colleague() -> None:
            while faults.injected == before:
                await asyncio.sleep(0.01)
            for row in self.simulator.system.store.all("zaak"):
                await self.set(CaseRef(row["identificatie"]), path, value)

        async with asyncio.TaskGroup() as group:
            typing = group.create_task(colleague())
            yield
            await asyncio.wait([typing], timeout=2)
            assert typing.done(), "the adapter sent nothing that could be held up"
        faults.clear()

    @asynccontextmanager
    async def _breaking(self, fault: Fault, path: str) -> AsyncIterator[None]:
        faults = self.simulator.faults
        match fault:
            case Fault.REFUSES:
                self._switch(refuses=(_ELEMENTS.get(path, "zaak"),))
            case Fault.DOWNLOAD_BREAKS:
                self._switch(cut_downloads=True)
            case Fault.UNFINDABLE:
                self._switch(stale_seconds=LAG.total_seconds())
            case Fault.HALF:
                # Of one message a part is done; of the two that 1.2 needs, the first.
                if self.profile is Profile.ZDS_1_1:
                    self._switch(half_applied=True)
                    faults.add(Trouble(FaultKind.DROP_AFTER, path="updateZaak"))
                else:
                    faults.add(Trouble(FaultKind.DROP, path="voegBesluitToe"))
            case Fault.REDIRECT:
                faults.add(Trouble(FaultKind.REDIRECT, location=await self._elsewhere()))
            case _:
                faults.add(_TROUBLES[fault])
        try:
            yield
        finally:
            faults.clear()
            self._switch(refuses=(), cut_downloads=False, stale_seconds=0.0, half_applied=False)

    def _switch(self, **quirks: Any) -> None:
        system = self.simulator.system
        system.quirks = replace(system.quirks, **quirks)


def _bsn(identity: str) -> str:
    """Give a number of nine digits for each identity, so that many can be told apart."""
    if len(identity) == 9 and identity.isdecimal():
        return identity
    return str(900_000_100 + int(hashlib.sha256(identity.encode()).hexdigest()[:6], 16) % 9_999_999)


def _as_object(item: Item) -> dict[str, Any]:
    names = {
        "identificatie": "identificatie",
        "wplWoonplaatsNaam": "wpl.woonplaatsNaam",
        "gorOpenbareRuimteNaam": "gor.openbareRuimteNaam",
        "huisnummer": "huisnummer",
    }
    data = {names[name]: str(value) for name, value in item["data"].items()}
    return {"soort": item["type"], "gegevens": {**data, "authentiek": "N"}}


def _shown_object(related: Mapping[str, Any]) -> dict[str, Any]:
    kind, tree = next(iter(related.items()))
    names = {
        "wpl.woonplaatsNaam": "wplWoonplaatsNaam",
        "gor.openbareRuimteNaam": "gorOpenbareRuimteNaam",
    }
    data: dict[str, Any] = {names.get(n, n): v for n, v in tree.items() if n != "authentiek"}
    if "huisnummer" in data:
        data["huisnummer"] = int(data["huisnummer"])
    who = str(data["identificatie"])
    return {"key": f"{kind}:{who}", "type": kind, "identity": who, "data": data}
