"""People who work in the simulated system, and builders of what a bridge asks there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
import jwt

from adapters.zgw import ZgwAdapter, ZgwSettings
from adapters.zgw.simulator import Simulator
from contracts.case import Content, Document, cells_of
from contracts.ids import CaseRef, Mark
from contracts.patch import Change, Patch
from contracts.snapshot import Snapshot

AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MARK: Final = Mark("01JDC0FFEE0000000000000000")
TOKEN: Final = "Bearer een-lang-geheim-voor-de-callback"


def settings_for(url: str, **changes: Any) -> ZgwSettings:
    """Give settings for a simulator at *url*."""
    given: dict[str, Any] = {
        "base_url": url,
        "notificaties": f"{url}/notificaties/api/v1",
        "client_id": "casebridge",
        "secret": People.BRIDGE_SECRET,
        "own_organisation": People.RSIN,
        "callback_token": TOKEN,
        "request_timeout": timedelta(seconds=3),
    }
    return ZgwSettings.model_validate({**given, **changes})


class People:
    """A colleague's hands: straight at the API, never through the adapter."""

    BRIDGE_SECRET: Final = "een-geheim-van-de-brug-0123456789"
    STAFF_SECRET: Final = "een-geheim-van-collegas-0123456789"
    RSIN: Final = "999997014"

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self._session = session

    async def call(
        self, method: str, path: str, body: Any = None, *, user: str = "odru-201"
    ) -> Any:
        """Ask the system something; fails where it refuses."""
        url = path if path.startswith("http") else f"{self.simulator.url}/{path}"
        token = jwt.encode(
            {"client_id": "medewerker", "iss": "medewerker", "iat": int(time.time()),
             "user_id": user, "user_representation": user},
            self.STAFF_SECRET,
            algorithm="HS256",
        )  # fmt: skip
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept-Crs": "EPSG:4326",
            "Content-Crs": "EPSG:4326",
        }
        async with self._session.request(method, url, json=body, headers=headers) as response:
            text = await response.text()
            assert response.status < 300, f"{method} {path}: {response.status} {text[:400]}"
            return await response.json() if text else None

    def zaak(self, ref: str) -> str:
        """Give the URL of a case."""
        return f"{self.simulator.url}/zaken/api/v1/zaken/{ref}"

    async def case_type(self, code: str = "BODEM") -> str:
        """Give the URL of a case type."""
        found = await self.call("GET", f"catalogi/api/v1/zaaktypen?identificatie={code}")
        return str(found["results"][0]["url"])

    async def type_of(self, resource: str, name: str, code: str = "BODEM") -> str:
        """Give the URL of a part of a case type by its description, generic or not."""
        kind = await self.case_type(code)
        found = await self.call("GET", f"catalogi/api/v1/{resource}?zaaktype={kind}")
        for item in found["results"]:
            if name in (
                item.get("omschrijving"),
                item.get("omschrijvingGeneriek"),
                item.get("naam"),
            ):
                return str(item["url"])
        raise LookupError(name)

    async def opens(self, **fields: Any) -> CaseRef:
        """A colleague opens a case."""
        body = {
            "bronorganisatie": self.RSIN,
            "verantwoordelijkeOrganisatie": self.RSIN,
            "zaaktype": await self.case_type(),
            "startdatum": "2026-02-03",
            "registratiedatum": "2026-02-02",
            "omschrijving": "Bodemonderzoek Proefveldseweg",
            **fields,
        }
        made = await self.call("POST", "zaken/api/v1/zaken", body)
        return CaseRef(made["uuid"])

    async def sets_status(self, ref: str, name: str, at: str) -> None:
        """A colleague sets a status."""
        kind = await self.type_of("statustypen", name)
        body = {"zaak": self.zaak(ref), "statustype": kind, "datumStatusGezet": at}
        await self.call("POST", "zaken/api/v1/statussen", body)

    async def adds_role(self, ref: str, name: str, kind: str, identity: Mapping[str, Any]) -> Any:
        """A colleague adds a party."""
        body = {
            "zaak": self.zaak(ref),
            "betrokkeneType": kind,
            "roltype": await self.type_of("roltypen", name),
            "roltoelichting": name,
            "betrokkeneIdentificatie": identity,
        }
        return await self.call("POST", "zaken/api/v1/rollen", body)

    async def sees(self, ref: str) -> Any:
        """What the zaak shows to a colleague."""
        return await self.call("GET", f"zaken/api/v1/zaken/{ref}")


def change(path: str, become: Any = None, expect: Any = None, content: Any = None) -> Change:
    """Make a change."""
    return Change(path=path, expect=expect, become=become, content=content)


def patch(*changes: Change, at: datetime = AT) -> Patch:
    """Make a patch on behalf of a colleague."""
    return Patch(changes=changes, at=at, by="rud-101", reason="opdracht 7")


class NoContents:
    """No content is here."""

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Refuse."""
        raise LookupError(document.key)


class TheseBytes:
    """One content for every document; counts how often it was read."""

    def __init__(self, content: bytes = b"%PDF-1.4 proef", *, times: int = 1) -> None:
        self._content, self._times = content, times
        self.size = len(content) * times
        self.opened = 0

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Give the bytes."""
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        self.opened += 1
        yield self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        for _ in range(self._times):
            yield self._content


class NotedBytes(TheseBytes):
    """The same, with notes on transfers that outlive a restart."""

    def __init__(self, content: bytes, *, notes: dict[str, str], times: int = 1) -> None:
        super().__init__(content, times=times)
        self._notes = notes

    async def note(self, place: str, text: str | None) -> None:
        """Keep or forget one."""
        if text is None:
            self._notes.pop(place, None)
        else:
            self._notes[place] = text

    async def noted(self, place: str) -> str | None:
        """Give one."""
        return self._notes.get(place)


def a_document(**changes: Any) -> dict[str, Any]:
    """Give a document as a hub would send it."""
    item = Document(
        key="CBDOC1",
        type="RAP",
        title="Rapport verkennend onderzoek",
        size_bytes=14,
        media_type="application/pdf",
        file_name="rapport.pdf",
        author="Lab Voorbeeld",
        created="2026-02-20",
        status="definitief",
        confidentiality="openbaar",
        mark="CBDOC1",
    )
    return item.model_copy(update=changes).model_dump(mode="json")


HERE: Final = Content(agency="rud", key="abc", version="1")


async def writes(adapter: ZgwAdapter, ref: CaseRef, *changes: Change, **how: Any) -> None:
    """Let the bridge make changes."""
    made = patch(*changes, at=how.pop("at", AT))
    contents = how.pop("contents", NoContents())
    await adapter.write(ref, made, token=None, contents=contents, key="01JCOMMAND")


async def creates(adapter: ZgwAdapter, *changes: Change, mark: Mark = MARK) -> CaseRef:
    """Let the bridge make a case."""
    made = patch(change("case_type", "BODEM"), change("title", "Onze zaak"), *changes)
    return await adapter.create(made, mark=mark, contents=NoContents(), key="01JCREATE")


def shown(snapshot: Snapshot) -> dict[str, Any]:
    """Give what a snapshot shows, laid flat."""
    return dict(cells_of(snapshot.case))
