"""
A document across: as the bridge carries it, and copied by hand between the same two systems.

Neither looks at agreements. The bare copy pipes the answer to a download into the request of an
upload. The bridge's way is that of its edges: the one adapter's download into the store of
content, from there the other adapter's upload; first without keys of ours, then with. Reading back
what was written is no part of a copy: it is measured, and told beside.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
from obstore.store import LocalStore

from adapters.kit.contents import GivenContents, plenty
from adapters.zgw import ZgwAdapter, ZgwSettings
from bench.figures import Figure, ratio_of_medians
from bench.systems import CASE_TYPE, HOME, OTHER, RSIN, CaseSystem, Desk, running_systems
from bridge.content import Blobs, ContentStore
from bridge.content.keys import Keys
from contracts.case import Content, Document
from contracts.ids import CaseRef
from contracts.patch import Change, Patch

MIB: Final = 1024 * 1024
_DOCUMENTS: Final = "/documenten/api/v1/enkelvoudiginformatieobjecten"
_TYPES: Final = {HOME: "RAP", OTHER: "RAPP"}
_CASE_TYPES: Final = {HOME: CASE_TYPE, OTHER: "RUD-BOD-010"}
_AIMS: Final = {"plain": 0.7, "sealed": 0.5}


@dataclass(slots=True)
class Copying:
    """One document at home, and all that is needed to copy it."""

    home: ZgwAdapter
    other: ZgwAdapter
    desks: dict[str, Desk]
    ref: CaseRef
    to: CaseRef
    document: Document
    kind: str
    copies: int = 0
    read_back: list[float] = field(default_factory=list)

    async def bare(self) -> None:
        """Pipe a download into an upload."""
        self.copies += 1
        size = self.document.size_bytes
        body = {
            "identificatie": f"BARE-{self.copies}",
            "bronorganisatie": RSIN[OTHER],
            "creatiedatum": "2024-02-05",
            "titel": "Stuk",
            "auteur": "x",
            "taal": "nld",
            "bestandsomvang": size,
            "inhoud": None,
            "informatieobjecttype": self.kind,
            "indicatieGebruiksrecht": False,
        }
        desk = self.desks[OTHER]
        made = await desk.ask("POST", _DOCUMENTS, body)
        (part,) = made["bestandsdelen"]
        url = f"{_DOCUMENTS}/{self.document.key}/download"
        async with self.desks[HOME].opened("GET", url) as answer:
            with aiohttp.MultipartWriter("form-data") as form:
                piece = form.append(answer.content.iter_chunked(256 * 1024))
                piece.set_content_disposition("form-data", name="inhoud", filename="deel")
                lock = form.append(made["lock"])
                lock.set_content_disposition("form-data", name="lock")
                async with desk.opened("PUT", part["url"], data=form) as put:
                    assert put.status == 200, await put.text()
        await desk.ask("POST", f"{made['url']}/unlock", {"lock": made["lock"]})

    async def bridged(self, store: ContentStore) -> None:
        """Read it into the store of content, and write it from there."""
        self.copies += 1

        def source(start: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            return self.home.download(self.ref, self.document, start=start)

        digest = await store.stage(f"copy-{self.copies}", source)
        mark = f"CB{self.copies:038d}"
        content = Content(agency=HOME, key=self.document.key, version="1")
        item = self.document.model_copy(
            update={"key": mark, "mark": mark, "type": _TYPES[OTHER], "digest": digest.sha256}
        )
        await _write(self.other, self.to, item, content, store)

    async def reads_back(self) -> None:
        """Read the last copy, as an edge does that takes nothing for written unseen."""
        began = time.perf_counter()
        shown = (await self.other.read(self.to)).case.documents[-1]
        async with self.other.download(self.to, shown) as pieces:
            async for _ in pieces:
                pass
        self.read_back.append(time.perf_counter() - began)


async def _write(
    adapter: ZgwAdapter, ref: CaseRef, item: Document, content: Content, contents: Any
) -> None:
    become = item.model_dump(mode="json")
    change = Change(path=f"documents/{item.key}", expect=None, become=become, content=content)
    patch = Patch(changes=(change,), at=datetime.now(UTC), reason="bench")
    await adapter.write(ref, patch, token=None, contents=contents, key=item.key)


def _adapter(folder: Path, system: CaseSystem) -> ZgwAdapter:
    secret = folder / f"{system.agency}.documents"
    secret.write_text(system.bridge_secret, "utf-8")
    return ZgwAdapter(
        ZgwSettings(
            base_url=system.url,
            client_id="casebridge",
            secret_file=secret,
            own_organisation=RSIN[system.agency],
        )
    )


async def documents(folder: Path, rounds: int, size_bytes: int) -> list[Figure]:
    """Copy one document again and again, in turns."""
    with running_systems(folder) as systems:
        home, other = (_adapter(folder, systems[agency]) for agency in (HOME, OTHER))
        desks = {agency: Desk(systems[agency], code) for agency, code in _CASE_TYPES.items()}
        async with home, other, desks[HOME], desks[OTHER]:
            copying = await _prepared(home, other, desks, size_bytes)
            return await _measured(copying, folder, rounds, size_bytes)


async def _prepared(
    home: ZgwAdapter, other: ZgwAdapter, desks: dict[str, Desk], size_bytes: int
) -> Copying:
    refs = {
        agency: CaseRef((await desk.open_cases(["Proef"]))[0]) for agency, desk in desks.items()
    }
    item = Document(
        key="CBBRON",
        mark="CBBRON",
        type=_TYPES[HOME],
        title="Stuk",
        version=1,
        size_bytes=size_bytes,
        created="2024-02-05",
        author="x",
        language="nld",
        confidentiality="openbaar",
    )
    contents = GivenContents({"c": plenty(size_bytes)})
    content = Content(agency=HOME, key="c", version="1")
    await _write(home, refs[HOME], item, content, contents)
    (document,) = (await home.read(refs[HOME])).case.documents
    kinds = await desks[OTHER].ask("GET", "/catalogi/api/v1/informatieobjecttypen")
    (kind,) = [each["url"] for each in kinds["results"] if each["omschrijving"] == _TYPES[OTHER]]
    return Copying(home, other, desks, refs[HOME], refs[OTHER], document, kind)


async def _measured(copying: Copying, folder: Path, rounds: int, size_bytes: int) -> list[Figure]:
    stores = {
        "plain": ContentStore(Blobs(LocalStore(folder / "plain", mkdir=True))),
        "sealed": ContentStore(Blobs(LocalStore(folder / "sealed", mkdir=True)), Keys([bytes(32)])),
    }
    ways: dict[str, Callable[[], Awaitable[None]]] = {
        "bare": copying.bare,
        "plain": lambda: copying.bridged(stores["plain"]),
        "sealed": lambda: copying.bridged(stores["sealed"]),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            await way()
            if number:  # the first one warms up
                rates[name].append(size_bytes / MIB / (time.perf_counter() - began))
        await copying.reads_back()
    back = [size_bytes / MIB / seconds for seconds in copying.read_back[1:]]
    return [
        Figure(
            f"document_{name}_vs_bare",
            ratio_of_medians(rates[name], rates["bare"]),
            f"a document of {size_bytes // MIB} MB a second: adapter to adapter by way of the store"
            f" of content, {name} / a bare streamed copy",
            aim=_AIMS[name],
            raw={
                "MB_per_s": rates[name],
                "bare_MB_per_s": rates["bare"],
                "read_back_MB_per_s": back,
            },
        )
        for name in _AIMS
    ]
