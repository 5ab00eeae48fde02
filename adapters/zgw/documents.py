"""
Documents of a case: made, linked, given a new version, withdrawn, fetched.

A document that we make gets our mark as its ``identificatie``: a repetition is refused as not
unique, and we take up what is there. Until it is linked to its case nobody sees it, the bridge no
more than the people; what it was to hold may have been written anew meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog

from adapters.kit.flow import ContentMissing
from adapters.kit.locks import keeper_of
from adapters.zgw import papers
from adapters.zgw.client import Actor, Client
from adapters.zgw.links import is_uuid, uuid_of
from adapters.zgw.locks import API, PATH, Locks, document_of, lock_of
from adapters.zgw.native import Informatieobject, ZaakInformatieObject
from adapters.zgw.problems import Refused
from adapters.zgw.settings import ZgwSettings
from adapters.zgw.uploads import Uploads
from contracts.adapter import Contents
from contracts.case import Document
from contracts.errors import Conflict, NotFound, Rejected, Unreachable

log = structlog.get_logger(__name__)


class Documents:
    """Writes and fetches the documents of one system."""

    def __init__(self, client: Client, settings: ZgwSettings, locks: Locks) -> None:
        self._client = client
        self._settings = settings
        self._locks = locks
        self._uploads = Uploads(client, settings, locks)

    async def add(
        self, item: Document, kind: str, zaak: str, contents: Contents, actor: Actor
    ) -> None:
        """
        Make a document with its content, and link it to the case.

        Args:
            item: With ``content``: where the bytes are. Its mark makes a retry safe.
            kind: URL of its type.
            zaak: URL of the case.
            contents: Gives the bytes.
            actor: On whose behalf.

        Raises:
            ContentMissing: The content is not here yet.
        """
        number = papers.number_of(item.mark)
        body = {
            "identificatie": number,
            "bronorganisatie": self._settings.own_organisation,
            "informatieobjecttype": kind,
            # Null would keep the case from being closed.
            "indicatieGebruiksrecht": False,
            **papers.document_body(item),
            "creatiedatum": item.created,
        }
        keeper, place = keeper_of(contents), papers.place_of(number)
        if number:
            await keeper.locking(place)
        found = await self.numbered(number) if number else None
        if found is None:
            made = await self._made({k: v for k, v in body.items() if v}, item, contents, actor)
        else:
            made = await self._taken_up(found, kind, item, contents, actor)
        await self._link(made.url, zaak, actor)
        # Until here it was in no case, and half of it may have been missing.
        await keeper.unlocked(place)

    async def change(
        self,
        native: Informatieobject,
        changes: Mapping[str, Any],
        item: Document,
        contents: Contents,
        actor: Actor,
    ) -> None:
        """
        Make one new version: of members, and of the content where *item* brings one.

        Raises:
            Conflict: Somebody is editing the document.
            ContentMissing: The content is not here yet.
        """
        if item.content is None:
            await self._describe(papers.key_of(native), changes, contents, actor)
        elif native.bestandsdelen and native.identificatie.startswith(papers.MARK_PREFIX):
            await self._go_on(native, changes, item, contents, actor)
        else:
            await self._uploads.replace(native, changes, item, contents, actor)

    async def put_back(self, native: Informatieobject, actor: Actor) -> bool:
        """
        Give a document of whose new version parts are missing the content that it had before.

        Returns:
            Whether it could be: an earlier version is whole, and the lock is known.

        Raises:
            Unreachable: The system broke off as it gave that content.
        """
        whole = await self._whole_before(native)
        if whole is None or not lock_of(native):
            return False
        now, before = (papers.document(each, "") for each in (native, whole))
        changes = papers.document_changes(now, before)
        try:
            await self._uploads.finish(native, changes, before, _Own(self), actor)
        except ContentMissing as error:
            msg = f"{PATH}/{papers.key_of(native)}: its earlier content cannot be had now"
            raise Unreachable(msg) from error
        return True

    async def withdraw(
        self, link: ZaakInformatieObject, native: Informatieobject | None, actor: Actor
    ) -> None:
        """Take a document off the case; delete it where we made it."""
        await self.delete("zaken", f"zaakinformatieobjecten/{uuid_of(link.url)}", actor)
        if native is None or not native.identificatie.startswith(papers.MARK_PREFIX):
            return
        try:
            await self.delete(API, f"{PATH}/{papers.key_of(native)}", actor)
        except Rejected as error:
            # Linked to another case as well, or we may not delete: off this case is enough.
            log.info("document_left_unlinked", code=error.code)

    def download(
        self, key: str, version: str, start: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Open the content of one version for one reading, from a byte on.

        Raises:
            NotFound: No such document or version.
        """
        if not is_uuid(key) or not version.isdigit():
            msg = f"{key!r} version {version!r} is no reference of a document"
            raise NotFound(msg)
        return self._client.stream_down(API, f"{PATH}/{key}/download", {"versie": version}, start)

    async def _go_on(
        self,
        native: Informatieobject,
        changes: Mapping[str, Any],
        item: Document,
        contents: Contents,
        actor: Actor,
    ) -> None:
        """Finish a new version of ours, under the lock that it was left with."""
        key, keeper = papers.key_of(native), keeper_of(contents)
        await keeper.locking(key)
        # It may have been put back while we waited to be the only one who is at it.
        found = document_of((await self._client.get(API, f"{PATH}/{key}")).body)
        if found.bestandsdelen:
            await self._uploads.finish(found, changes, item, contents, actor)
            await keeper.unlocked(key)
        else:
            await self._uploads.replace(found, changes, item, contents, actor)

    async def _whole_before(self, native: Informatieobject) -> Informatieobject | None:
        """Find the last version before this one of which no part is missing."""
        path = f"{PATH}/{papers.key_of(native)}"
        for number in range(native.versie - 1, 0, -1):
            answer = await self._client.get(API, path, {"versie": str(number)})
            found = document_of(answer.body)
            if found.inhoud is not None or not found.bestandsomvang:
                return found.model_copy(update={"bestandsdelen": ()})
        return None

    async def _made(
        self, body: dict[str, Any], item: Document, contents: Contents, actor: Actor
    ) -> Informatieobject:
        body.setdefault("indicatieGebruiksrecht", False)
        try:
            return await self._uploads.create(body, item, contents, actor)
        except Refused as refused:
            if "identificatie-niet-uniek" not in refused.codes:
                raise
        # Made in the meantime, by a request of ours that we took for lost.
        found = await self.numbered(str(body["identificatie"]))
        if found is None:
            msg = "a document with our number exists and cannot be seen"
            raise Conflict(msg)
        kind = str(body["informatieobjecttype"])
        return await self._taken_up(found, kind, item, contents, actor)

    async def _taken_up(
        self, found: Informatieobject, kind: str, item: Document, contents: Contents, actor: Actor
    ) -> Informatieobject:
        """Make a document that we made before what it is to be by now, whole."""
        changes = papers.document_changes(papers.document(found, item.type), item)
        if found.informatieobjecttype != kind:
            changes["informatieobjecttype"] = kind
        if found.bestandsdelen:
            await self._uploads.finish(found, {}, item, contents, actor)
        elif found.locked:
            msg = "somebody is editing this document"
            raise Conflict(msg, code="existing-lock")
        elif not await self._holds(found, item):
            await self._uploads.replace(found, changes, item, contents, actor)
            return found
        if changes:
            await self._describe(papers.key_of(found), changes, contents, actor)
        return found

    async def _describe(
        self, key: str, changes: Mapping[str, Any], contents: Contents, actor: Actor
    ) -> None:
        """Make a new version with the same content."""
        async with self._locks.held(key, actor, contents) as lock:
            await self._locks.patch(key, {**changes, "lock": lock}, actor)

    async def _holds(self, found: Informatieobject, item: Document) -> bool:
        """Tell whether a whole document has the content of *item*; the system knows no digests."""
        if item.size_bytes is not None and found.bestandsomvang != item.size_bytes:
            return False
        if item.digest is None:
            return True
        digest = hashlib.sha256()
        async with self.download(papers.key_of(found), str(found.versie), 0) as pieces:
            async for piece in pieces:
                digest.update(piece)
        return digest.hexdigest() == item.digest

    async def _link(self, document: str, zaak: str, actor: Actor) -> None:
        body = {"zaak": zaak, "informatieobject": document}
        try:
            await self._client.send("POST", "zaken", "zaakinformatieobjecten", body, actor=actor)
        except Refused as refused:
            if "unique" not in refused.codes:
                raise

    async def numbered(self, number: str) -> Informatieobject | None:
        """Find the document that has a number of ours."""
        query = {
            "identificatie": number,
            "bronorganisatie": self._settings.own_organisation,
        }
        async for item in self._client.items(API, PATH, query):
            place = self._client.addresses.place(str(item.get("url")))
            if place is not None:
                # Only the thing itself shows which parts are missing.
                return document_of((await self._client.get(place.api, place.path)).body)
        return None

    async def delete(self, api: str, path: str, actor: Actor) -> None:
        """Delete something, unless it is gone."""
        try:
            await self._client.send("DELETE", api, path, actor=actor)
        except NotFound:
            return


class _Own:
    """The contents that lie in this system itself."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._documents.download(document.key, str(document.version), 0)
