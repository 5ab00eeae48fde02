"""
One document across: piped by hand, or the way of the bridge; neither looks at agreements.

The bare copy pipes the answer to a download into the request of an upload. The bridge's way is that
of its edges: the one adapter's download into the store of content, from there the other adapter's
upload. Reading back what was written is no part of a copy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

from adapters.kit.contents import GivenContents, plenty
from adapters.zgw import ZgwAdapter, ZgwSettings
from bench.systems import CASE_TYPE, HOME, OTHER, RSIN, ZAKEN, CaseSystem, Desk
from bridge.content import ContentStore
from contracts.case import Content, Document
from contracts.ids import CaseRef
from contracts.patch import Change, Patch

CASE_TYPES: Final = {HOME: CASE_TYPE, OTHER: "RUD-BOD-010"}
_DOCUMENTS: Final = "/documenten/api/v1/enkelvoudiginformatieobjecten"
_TYPES: Final = {HOME: "RAP", OTHER: "RAPP"}


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
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def bare(self) -> None:
        """Pipe a download into an upload."""
        size = self.document.size_bytes
        body = {
            "identificatie": f"BARE-{next(self.numbers)}",
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
        number = next(self.numbers)

        def source(start: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            return self.home.download(self.ref, self.document, start=start)

        digest = await store.stage(f"copy-{number}", source)
        mark = f"CB{number:038d}"
        content = Content(agency=HOME, key=self.document.key, version="1")
        item = self.document.model_copy(
            update={"key": mark, "mark": mark, "type": _TYPES[OTHER], "digest": digest.sha256}
        )
        await _write(self.other, self.to, item, content, store)

        await store.used(digest.sha256)

    async def reads_back(self) -> None:
        """Read the last copy, as an edge does that takes nothing for written unseen."""
        shown = (await self.other.read(self.to)).case.documents[-1]
        async with self.other.download(self.to, shown) as pieces:
            async for _ in pieces:
                pass

    async def clear(self) -> None:
        """Take away all that was written at the other side."""
        desk = self.desks[OTHER]
        for link in await desk.ask("GET", f"{ZAKEN}/zaakinformatieobjecten"):
            await desk.ask("DELETE", link["url"])
        for made in (await desk.ask("GET", _DOCUMENTS))["results"]:
            await desk.ask("DELETE", made["url"])


async def _write(
    adapter: ZgwAdapter, ref: CaseRef, item: Document, content: Content, contents: Any
) -> None:
    become = item.model_dump(mode="json")
    change = Change(path=f"documents/{item.key}", expect=None, become=become, content=content)
    patch = Patch(changes=(change,), at=datetime.now(UTC), reason="bench")
    await adapter.write(ref, patch, token=None, contents=contents, key=item.key)


def adapter_of(folder: Path, system: CaseSystem) -> ZgwAdapter:
    """Give the adapter for a system, as the bridge speaks with it."""
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


async def prepared(
    home: ZgwAdapter, other: ZgwAdapter, desks: dict[str, Desk], size_bytes: int
) -> Copying:
    """Put a document into a case at home, and open one for its copies."""
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
