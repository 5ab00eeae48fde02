"""The simulated ZGW system as the conformance suite wants it: people in it, and trouble."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any, Final, Self

import aiohttp
import jwt
from aiohttp import web
from pydantic import JsonValue

from adapters.kit.contents import Source
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness, cannot
from adapters.kit.samples import Item, Samples
from adapters.zgw import ZgwAdapter
from adapters.zgw.simulator import Fault as Trouble
from adapters.zgw.simulator import FaultKind, Simulator, SimulatorSettings, start, two_clients
from contracts.adapter import Adapter, Push
from contracts.case import Cells, role_key
from contracts.ids import CaseRef, Mark
from tests.adapters.zgw.people import TOKEN, People, settings_for

_BRIDGE: Final = "casebridge"
_READS: Final = "GET"
_WRITES: Final = "POST|PATCH|PUT|DELETE"
_CASES: Final = "/zaken/api/v1/(?!zaaknummer)|/documenten/api/|/besluiten/api/"

_STATUSES: Final = {"nieuw": "Nieuw", "loopt": "In uitvoering"}
_MEMBERS: Final[Mapping[str, str]] = {
    "title": "omschrijving",
    "explanation": "toelichting",
    "participant": "opdrachtgevendeOrganisatie",
    "registered": "registratiedatum",
    "start": "startdatum",
    "planned_end": "einddatumGepland",
    "deadline": "uiterlijkeEinddatumAfdoening",
    "confidentiality": "vertrouwelijkheidaanduiding",
}

_TROUBLES: Final[Mapping[Fault, Trouble]] = {
    Fault.UNREACHABLE: Trouble(FaultKind.DROP),
    Fault.THROTTLED: Trouble(FaultKind.UNAVAILABLE),
    Fault.ERROR_ON_READ: Trouble(FaultKind.ERROR_BEFORE, _READS),
    Fault.ERROR_AFTER: Trouble(FaultKind.ERROR_AFTER, _WRITES, times=1),
    Fault.LOST_AFTER: Trouble(FaultKind.DROP_AFTER, _WRITES, times=1),
    Fault.LOST_BEFORE: Trouble(FaultKind.DROP, _WRITES, times=1),
    Fault.GARBLED_READ: Trouble(FaultKind.GARBAGE, _READS),
    Fault.GARBLED_WRITE: Trouble(FaultKind.GARBAGE_AFTER, _WRITES, times=1),
    Fault.HALF: Trouble(FaultKind.DROP, _WRITES, "zaakeigenschappen"),
    Fault.WRONG_SECRET: Trouble(FaultKind.DENIED),
    Fault.HANGS: Trouble(FaultKind.HANG_BEFORE, _READS),
    Fault.UPLOAD_BREAKS: Trouble(FaultKind.DROP, "PUT", "bestandsdelen"),
}

ZGW: Final = Samples(
    registers={
        "case_type": ("BODEM", "GELUID"),
        "title": ("Bodemonderzoek Proefveldseweg", "Bodemonderzoek en sanering"),
        "explanation": ("De aanvrager belt terug.", "Tekeningen nagestuurd, zie bijlage 2."),
        "participant": ("999997002", "999997014"),
        "registered": ("2026-02-02", "2026-02-02"),
        "start": ("2026-02-03", "2026-02-04"),
        "planned_end": ("2026-04-01", "2026-04-15"),
        "deadline": ("2026-05-01", "2026-06-12"),
        "confidentiality": ("zaakvertrouwelijk", "vertrouwelijk"),
        "status": ("nieuw", "loopt"),
    },
    items={
        "notes": (
            {"key": "n1", "text": "Gebeld, geen gehoor.", "subject": "Gebeld"},
            {"key": "n2", "text": "Stukken compleet — akkoord.", "subject": "Akkoord"},
        ),
        "roles": tuple(
            {
                "key": role_key("Gemeente", "natuurlijk_persoon", number),
                "role": "Gemeente",
                "kind": "natuurlijk_persoon",
                "identity": number,
                "person": {"name": name},
            }
            for number, name in (("900000016", "Özdemir-Łukasz"), ("900000028", "Ærøskøbing"))
        ),
        "properties": ({"key": "onderzoek", "value": "VO"}, {"key": "hoeveelheid", "value": "20"}),
    },
    many={"notes": 105},
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


class ZgwHarness(Harness):
    """One simulator with the test catalogue, and a callback that takes its notifications."""

    samples = ZGW
    secrets = (People.BRIDGE_SECRET, TOKEN)
    big_bytes = 24 * 1024 * 1024
    memory_bytes = 16 * 1024 * 1024

    def __init__(self, catalogue: Any) -> None:
        self._settings = SimulatorSettings(
            clients=two_clients(People.BRIDGE_SECRET, People.STAFF_SECRET),
            catalogue=catalogue,
            rsin=People.RSIN,
            part_size_bytes=1024 * 1024,
            shutdown_seconds=0.2,
        )
        self._stack = AsyncExitStack()
        self._days = count(5)
        self._arrived: list[Push] = []
        self.simulator: Simulator
        self.people: People

    async def __aenter__(self) -> Self:
        self.simulator = await self._stack.enter_async_context(await start(self._settings))
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession())
        self.people = People(self.simulator, self._session)
        await self._listen()
        return self

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
        port = runner.addresses[0][1]
        self.callback_url = f"http://127.0.0.1:{port}/hints"

    async def _hear(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("authorization") != TOKEN:
            return web.Response(status=403)
        body = await request.read()
        if b'"kanaal": "test"' not in body and b'"kanaal":"test"' not in body:
            kept = {"authorization": TOKEN}
            self._arrived.append(Push(method="POST", path="", headers=kept, body=body))
        return web.Response(status=204)

    def adapter(self) -> Adapter:
        return ZgwAdapter(settings_for(self.simulator.url, inline_document_bytes=512 * 1024))

    async def open_case(self, cells: Cells) -> CaseRef:
        members = {_MEMBERS[p]: v for p, v in cells.items() if p in _MEMBERS}
        kind = await self.people.case_type(str(cells.get("case_type", "BODEM")))
        marks = [{"kenmerk": "A-77", "bron": "archief"}]
        ref = await self.people.opens(**members, zaaktype=kind, kenmerken=marks)
        if "status" in cells:
            await self.set(ref, "status", cells["status"])
        for path, value in cells.items():
            if "/" in path and isinstance(value, dict):
                await self.add(ref, path.partition("/")[0], value)
        return ref

    async def set(self, ref: CaseRef, path: str, value: JsonValue) -> None:
        if path == "status":
            day = next(self._days)
            await self.people.sets_status(ref, _STATUSES[str(value)], f"2026-02-{day:02}T10:00:00Z")
            return
        if path not in _MEMBERS:
            cannot(f"change {path} by hand")
        emptied = "" if path in ("title", "explanation", "participant") else None
        body = {_MEMBERS[path]: emptied if value is None else value}
        await self.people.call("PATCH", f"zaken/api/v1/zaken/{ref}", body)

    async def add(self, ref: CaseRef, field: str, item: Item) -> None:
        zaak = self.people.zaak(ref)
        if field == "roles":
            identity = {"inpBsn": item["identity"], "geslachtsnaam": item["person"]["name"]}
            await self.people.adds_role(ref, item["role"], item["kind"], identity)
        elif field == "properties":
            kind = await self.people.type_of("eigenschappen", item["key"])
            body = {"zaak": zaak, "eigenschap": kind, "waarde": item["value"]}
            await self.people.call("POST", f"zaken/api/v1/zaken/{ref}/zaakeigenschappen", body)
        elif field == "notes":
            body = {
                "gerelateerdAan": zaak,
                "onderwerp": item["subject"],
                "tekst": item["text"],
                "aangemaaktDoor": "odru-201",
                "notitieType": "extern",
            }
            await self.people.call("POST", "zaken/api/v1/zaaknotities", body)
        else:
            cannot(f"add {field} by hand")

    async def attach(self, ref: CaseRef, document: Item, content: Source) -> None:
        raw = b"".join(content())
        path = "catalogi/api/v1/informatieobjecttypen"
        found = (await self.people.call("GET", path))["results"]
        kind = next(one["url"] for one in found if one["omschrijving"] in ("RAP", "Rapport"))
        body = {
            "bronorganisatie": People.RSIN,
            "creatiedatum": document["created"],
            "titel": document["title"],
            "auteur": document["author"],
            "taal": "nld",
            "bestandsnaam": document["file_name"],
            "formaat": document["media_type"],
            "status": document["status"],
            "vertrouwelijkheidaanduiding": document["confidentiality"],
            "informatieobjecttype": kind,
            "inhoud": base64.b64encode(raw).decode(),
            "bestandsomvang": len(raw),
        }
        made = await self._post_large("documenten/api/v1/enkelvoudiginformatieobjecten", body)
        link = {"zaak": self.people.zaak(ref), "informatieobject": made["url"]}
        await self.people.call("POST", "zaken/api/v1/zaakinformatieobjecten", link)

    async def delete(self, ref: CaseRef) -> None:
        await self.people.call("DELETE", f"zaken/api/v1/zaken/{ref}")

    async def show_more(self, ref: CaseRef) -> None:
        body = {"publicatiedatum": "2026-03-01"}
        await self.people.call("PATCH", f"zaken/api/v1/zaken/{ref}", body)

    async def shows(self, ref: CaseRef) -> Cells:
        zaak = await self.people.sees(ref)
        shown: dict[str, Any] = {name: zaak[member] or None for name, member in _MEMBERS.items()}
        kind = await self.people.call("GET", zaak["zaaktype"])
        shown["case_type"] = kind["identificatie"]
        if zaak["status"]:
            status = await self.people.call("GET", zaak["status"])
            named = await self.people.call("GET", status["statustype"])
            codes = {name: code for code, name in _STATUSES.items()}
            shown["status"] = codes.get(named["omschrijving"], named["omschrijving"])
        url = self.people.zaak(ref)
        for rol in await self._all(f"zaken/api/v1/rollen?zaak={url}"):
            own = rol["betrokkeneIdentificatie"] or {}
            number = own.get("inpBsn", "")
            shown[f"roles/{rol['uuid']}"] = {
                "key": role_key(rol["omschrijving"], rol["betrokkeneType"], number),
                "role": rol["omschrijving"],
                "kind": rol["betrokkeneType"],
                "identity": number,
                "person": {"name": own.get("geslachtsnaam", "")},
            }
        path = f"zaken/api/v1/zaken/{ref}/zaakeigenschappen"
        for one in await self.people.call("GET", path):
            shown[f"properties/{one['uuid']}"] = {"key": one["naam"], "value": one["waarde"]}
        path = f"zaken/api/v1/zaaknotities?gerelateerdAan={url}"
        for one in await self._all(path):
            shown[f"notes/{one['url']}"] = {"text": one["tekst"], "subject": one["onderwerp"]}
        return shown

    async def _all(self, path: str) -> list[Any]:
        found: list[Any] = []
        following: str | None = path
        while following:
            page = await self.people.call("GET", following)
            found += page["results"]
            following = page["next"]
        return found

    async def others(self, ref: CaseRef) -> JsonValue:
        zaak = await self.people.sees(ref)
        return {
            "kenmerken": [one for one in zaak["kenmerken"] if one["bron"] != _BRIDGE],
            **{name: zaak[name] for name in ("communicatiekanaal", "productenOfDiensten")},
        }

    async def content_digest(self, ref: CaseRef, title: str) -> str:
        url = self.people.zaak(ref)
        path = f"zaken/api/v1/zaakinformatieobjecten?zaak={url}"
        digests: list[str] = []
        for link in await self.people.call("GET", path):
            document = await self.people.call("GET", link["informatieobject"])
            if document["titel"] == title:
                digests.append(await self._digest_at(document["inhoud"]))
        assert len(digests) == 1
        return digests[0]

    async def _post_large(self, path: str, body: Mapping[str, Any]) -> Any:
        sent = io.BytesIO(json.dumps(body).encode())
        headers = {**_as_staff(), "Content-Type": "application/json"}
        url = f"{self.simulator.url}/{path}"
        async with self._session.post(url, data=sent, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            return await answer.json()

    async def _digest_at(self, url: str) -> str:
        digest = hashlib.sha256()
        async with self._session.get(url, headers=_as_staff()) as answer:
            async for piece in answer.content.iter_chunked(64 * 1024):
                digest.update(piece)
        return digest.hexdigest()

    async def bearing(self, mark: Mark) -> Sequence[CaseRef]:
        return [
            CaseRef(row["uuid"])
            for row in self.simulator.system.store.all("zaak")
            if {"kenmerk": mark, "bron": _BRIDGE} in row["kenmerken"]
        ]

    async def effects(self) -> Sequence[str]:
        return [
            f"{entry['method']} {entry['path']}"
            for entry in self.simulator.access_log.since(0)
            if entry["client_id"] == _BRIDGE and entry["status"] < 300
            and "notificaties" not in entry["path"]
        ]  # fmt: skip

    async def leftovers(self) -> Sequence[str]:
        return [
            f"lock on document {row['uuid']}"
            for row in self.simulator.system.store.all("enkelvoudiginformatieobject")
            if row.get("lock") or row.get("_lock")
        ]

    async def pushes(self) -> Sequence[Push]:
        async with asyncio.timeout(5):
            while self.simulator.system.deliveries.waiting:
                await asyncio.sleep(0.01)
        arrived, self._arrived = self._arrived, []
        return arrived

    def sign(self, body: bytes) -> Push:
        return Push(method="POST", path="", headers={"authorization": TOKEN}, body=body)

    def supports(self, fault: Fault) -> bool:
        return fault in _TROUBLES or fault is Fault.EDIT_BETWEEN

    def breaking(
        self, fault: Fault, *, path: str = "", value: JsonValue = None
    ) -> AbstractAsyncContextManager[None]:
        if fault is Fault.EDIT_BETWEEN:
            return self._typing(path, value)
        return self._breaking(fault)

    @asynccontextmanager
    async def _typing(self, path: str, value: JsonValue) -> AsyncIterator[None]:
        """Hold our PATCH up for a moment, in which a colleague changes each case."""
        before = self.simulator.faults.injected
        slow = Trouble(
            FaultKind.SLOW, "PATCH", "/zaken/api/v1/zaken/", 1, seconds=0.5, client_id=_BRIDGE
        )
        self.simulator.faults.add(slow)

        async def colleague() -> None:
            while self.simulator.faults.injected == before:
                await asyncio.sleep(0.01)
            for row in self.simulator.system.store.all("zaak"):
                await self.set(CaseRef(row["uuid"]), path, value)

        async with asyncio.TaskGroup() as group:
            typing = group.create_task(colleague())
            yield
            await asyncio.wait([typing], timeout=2)
            assert typing.done(), "the adapter sent nothing that could be held up"
        self.simulator.faults.clear()

    @asynccontextmanager
    async def _breaking(self, fault: Fault) -> AsyncIterator[None]:
        trouble = _TROUBLES[fault]
        self.simulator.faults.add(
            Trouble(
                kind=trouble.kind,
                method=trouble.method,
                times=trouble.times,
                client_id=_BRIDGE,
                path=trouble.path or _CASES,
            )
        )
        try:
            yield
        finally:
            self.simulator.faults.clear()


def _as_staff() -> dict[str, str]:
    claims = {"client_id": "medewerker", "iss": "medewerker", "iat": int(time.time())}
    token = jwt.encode(claims, People.STAFF_SECRET, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}
