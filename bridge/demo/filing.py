"""Filing in a system that speaks ZGW: what people do with the documents of a case."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from bridge.demo.looks import ZAKEN, LooksDocument
from bridge.demo.papers import Paper
from bridge.demo.system import Body, CaseSystem
from bridge.demo.work import NewDocument

DOCUMENTEN: Final = "/documenten/api/v1"
INLINE_BYTES: Final = 512 * 1024
"""Larger contents go up in parts."""


@dataclass(slots=True)
class Filing:
    """The documents of one system."""

    system: CaseSystem

    async def find(self, number: str) -> Body | None:
        """Give a document by its number, if there is one."""
        query = {"identificatie": number}
        path = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"
        found = await self.system.all(path, query)
        return found[0] if found else None

    async def add(self, zaak: str, new: NewDocument, content: Paper, *, by: str) -> None:
        """Put a document into a case."""
        document = await self.find(new.number) or await self._make(new, content, by)
        await self._complete(document, content, by)
        linked = await self.system.all(f"{ZAKEN}/zaakinformatieobjecten", {"zaak": zaak})
        if all(link["informatieobject"] != document["url"] for link in linked):
            body = {"zaak": zaak, "informatieobject": document["url"], "titel": new.title}
            await self.system.post(f"{ZAKEN}/zaakinformatieobjecten", body, by=by)

    async def _make(self, new: NewDocument, content: Paper, by: str) -> Body:
        body: Body = {
            "identificatie": new.number,
            "bronorganisatie": self.system.rsin,
            "creatiedatum": new.at.date().isoformat(),
            "titel": new.title,
            "auteur": by,
            "taal": "nld",
            "formaat": "application/pdf",
            "bestandsnaam": new.file,
            "bestandsomvang": content.size,
            "indicatieGebruiksrecht": False,
            "informatieobjecttype": await self._type(new.type),
            "vertrouwelijkheidaanduiding": new.confidentiality,
            "trefwoorden": ["intern"] if new.internal else [],
        }
        if content.size <= INLINE_BYTES:
            body["inhoud"] = base64.b64encode(content.whole()).decode()
        path = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"
        made: Body = await self.system.post(path, body, by=by)
        return made

    async def replace(self, number: str, content: Paper, *, by: str) -> None:
        """Put a new version in the place of the one that stands there."""
        document = await self._known(number)
        if document.get("bestandsdelen"):
            await self._complete(document, content, by)
        elif not await self._holds(document, content):
            changes: Body = {"bestandsomvang": content.size}
            if content.size <= INLINE_BYTES:
                changes["inhoud"] = base64.b64encode(content.whole()).decode()
            await self._change(document, changes, content, by)

    async def _holds(self, document: Body, content: Paper) -> bool:
        """Tell whether a content stands there; versions count, too, what was begun and cut off."""
        if document["bestandsomvang"] != content.size:
            return False
        return await self.system.digest(f"{document['url']}/download") == content.digest()

    async def retype(self, number: str, kind: str, *, by: str) -> None:
        """Say that a document is of another type than was thought."""
        document = await self._known(number)
        wanted = await self._type(kind)
        if document["informatieobjecttype"] != wanted:
            await self._change(document, {"informatieobjecttype": wanted}, None, by)

    async def remove(self, zaak: str, number: str, *, by: str) -> None:
        """Take a document out of a case."""
        document = await self._known(number)
        query = {"zaak": zaak, "informatieobject": document["url"]}
        for link in await self.system.all(f"{ZAKEN}/zaakinformatieobjecten", query):
            await self.system.delete(link["url"], by=by)

    async def digest(self, document: LooksDocument) -> str:
        """Read the content of a document as it shows, and give its SHA-256."""
        return await self.system.digest(f"{document.url}/download")

    async def _known(self, number: str) -> Body:
        document = await self.find(number)
        if document is None:
            msg = f"{self.system.agency} has no document {number}"
            raise LookupError(msg)
        return document

    async def _change(self, document: Body, changes: Body, content: Paper | None, by: str) -> None:
        url = document["url"]
        lock = await self._lock(document, by)
        changed: Body = await self.system.patch(url, {**changes, "lock": lock}, by=by)
        if content is not None and changed.get("bestandsdelen"):
            await self._upload(changed, lock, content, by)
        await self.system.post(f"{url}/unlock", {"lock": lock}, by=by)

    async def _complete(self, document: Body, content: Paper, by: str) -> None:
        """Upload the parts of a document that has none of its content yet."""
        if document.get("bestandsdelen"):
            lock = document.get("lock")
            if lock is None:
                # Begun and cut off: the lock of then is lost, and with it what was uploaded.
                lock = await self._lock(document, by)
                size = {"bestandsomvang": content.size, "lock": lock}
                document = await self.system.patch(document["url"], size, by=by)
            await self._upload(document, str(lock), content, by)
            await self.system.post(f"{document['url']}/unlock", {"lock": lock}, by=by)

    async def _lock(self, document: Body, by: str) -> str:
        """Lock a document, also where somebody was cut off while they held it."""
        if document["locked"]:
            await self.system.post(f"{document['url']}/unlock", {}, by=by)
        return str((await self.system.post(f"{document['url']}/lock", {}, by=by))["lock"])

    async def _upload(self, document: Body, lock: str, content: Paper, by: str) -> None:
        tap = _Tap(content.pieces())
        for part in sorted(document["bestandsdelen"], key=lambda part: int(part["volgnummer"])):
            taken = tap.take(int(part["omvang"]))
            await self.system.put_part(part["url"], lock, taken, by=by)

    async def _type(self, code: str) -> str:
        kinds = self.system.cache.setdefault("document types", {})
        if not kinds:
            for kind in await self.system.all("/catalogi/api/v1/informatieobjecttypen"):
                kinds[kind["omschrijving"]] = kind["url"]
        return str(kinds[code])


class _Tap:
    """Gives a content in amounts that somebody else has chosen: a system's parts."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """Give the next *size* bytes."""
        while size > 0:
            piece = self._left or await anext(self._pieces)
            yield piece[:size]
            size, self._left = size - len(piece), piece[size:]
