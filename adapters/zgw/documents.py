"""
Documents of a case: made, linked, given a new version, withdrawn, fetched.

A document that we make gets our mark as its ``identificatie``: a repetition is refused as not
unique, and we take up what is there. An upload in parts that broke off is taken up too: the
server lists the parts that are missing, each with its lock.

A lock has no owner and no end. It is released here whatever happens, except while parts are
missing: then only the missing parts can release it, which is what the next try sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeVar

import structlog

from adapters.kit.flow import Flow, blaming, opened
from adapters.zgw import papers
from adapters.zgw.client import Actor, Client
from adapters.zgw.links import is_uuid, uuid_of
from adapters.zgw.native import Bestandsdeel, Informatieobject, ZaakInformatieObject
from adapters.zgw.problems import Refused, speaking
from adapters.zgw.settings import ZgwSettings
from adapters.zgw.transfer import InForm, InJson
from contracts.adapter import Contents
from contracts.case import Document
from contracts.errors import AdapterError, Conflict, Garbled, NotFound, Rejected, Uncertain

log = structlog.get_logger(__name__)

_API: Final = "documenten"
_PATH: Final = "enkelvoudiginformatieobjecten"
_PIECE: Final = 256 * 1024

T = TypeVar("T")


class Documents:
    """Writes and fetches the documents of one system."""

    def __init__(self, client: Client, settings: ZgwSettings) -> None:
        self._client = client
        self._settings = settings

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
        found = await self._by_number(number) if number else None
        if found is None:
            made = await self._made({k: v for k, v in body.items() if v}, item, contents, actor)
        else:
            made = await self._finished(found, item, contents, actor)
        await self._link(made.url, zaak, actor)

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
        key = papers.key_of(native)
        if item.content is None:
            async with self._locked(key, actor) as lock:
                await self._patch(key, {**changes, "lock": lock}, actor)
            return
        async with opened(item, contents) as (chunks, size):
            flow = Flow(chunks, size)
            with blaming(flow):
                await self._new_version(native, dict(changes), flow, size, actor)

    async def withdraw(
        self, link: ZaakInformatieObject, native: Informatieobject | None, actor: Actor
    ) -> None:
        """Take a document off the case; delete it where we made it."""
        await self._delete("zaken", f"zaakinformatieobjecten/{uuid_of(link.url)}", actor)
        if native is None or not native.identificatie.startswith(papers.MARK_PREFIX):
            return
        try:
            await self._delete(_API, f"{_PATH}/{papers.key_of(native)}", actor)
        except Rejected as error:
            # Linked to another case as well, or we may not delete: off this case is enough.
            log.info("document_left_unlinked", code=error.code)

    def download(self, key: str, version: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Open the content of one version for one reading.

        Raises:
            NotFound: No such document or version.
        """
        if not is_uuid(key) or not version.isdigit():
            msg = f"{key!r} version {version!r} is no reference of a document"
            raise NotFound(msg)
        return self._client.stream_down(_API, f"{_PATH}/{key}/download", {"versie": version})

    async def _made(
        self, body: dict[str, Any], item: Document, contents: Contents, actor: Actor
    ) -> Informatieobject:
        body.setdefault("indicatieGebruiksrecht", False)
        async with opened(item, contents) as (chunks, size):
            flow = Flow(chunks, size)
            with blaming(flow):
                try:
                    return await self._created(body, flow, size, actor)
                except Refused as refused:
                    if "identificatie-niet-uniek" not in refused.codes:
                        raise
        # Made in the meantime, by a request of ours that we took for lost.
        found = await self._by_number(str(body["identificatie"]))
        if found is None:
            msg = "a document with our number exists and cannot be seen"
            raise Conflict(msg)
        return await self._finished(found, item, contents, actor)

    async def _created(
        self, body: dict[str, Any], flow: Flow, size: int, actor: Actor
    ) -> Informatieobject:
        body = {**body, "bestandsomvang": size}
        if size <= self._settings.inline_document_bytes:
            whole = InJson(body, flow, size)
            answer = await self._client.stream_up(
                "POST",
                _API,
                _PATH,
                whole.chunks,
                length=whole.length,
                content_type=whole.content_type,
                actor=actor,
            )
            return _document(answer.body)
        answer = await self._client.send("POST", _API, _PATH, {**body, "inhoud": None}, actor=actor)
        made = _document(answer.body)
        await self._complete(made, made.lock, flow, actor)
        return made

    async def _finished(
        self, found: Informatieobject, item: Document, contents: Contents, actor: Actor
    ) -> Informatieobject:
        """Send the parts that are missing of a document that we made before."""
        if found.bestandsdelen:
            async with opened(item, contents) as (chunks, size):
                _fits(found.bestandsdelen, size)
                flow = Flow(chunks, size)
                with blaming(flow):
                    await self._complete(found, "", flow, actor)
        elif found.locked:
            msg = "somebody is editing this document"
            raise Conflict(msg, code="existing-lock")
        return found

    async def _new_version(
        self, native: Informatieobject, changes: dict[str, Any], flow: Flow, size: int, actor: Actor
    ) -> None:
        key = papers.key_of(native)
        if native.bestandsdelen and native.identificatie.startswith(papers.MARK_PREFIX):
            _fits(native.bestandsdelen, size)
            await self._complete(native, "", flow, actor)
            return
        body = {**changes, "bestandsomvang": size}
        if size <= self._settings.inline_document_bytes:
            async with self._locked(key, actor) as lock:
                whole = InJson({**body, "lock": lock}, flow, size)
                await self._client.stream_up(
                    "PATCH",
                    _API,
                    f"{_PATH}/{key}",
                    whole.chunks,
                    length=whole.length,
                    content_type=whole.content_type,
                    actor=actor,
                )
            return
        async with self._locked(key, actor) as lock:
            answer = await self._patch(key, {**body, "inhoud": None, "lock": lock}, actor)
            await self._send_parts(answer.bestandsdelen, lock, flow, actor)

    async def _complete(
        self, native: Informatieobject, lock: str, flow: Flow, actor: Actor
    ) -> None:
        parts = native.bestandsdelen
        await self._send_parts(parts, lock, flow, actor)
        held = lock or next((part.lock for part in parts if part.lock), "")
        await self._unlock(papers.key_of(native), held, actor)

    async def _send_parts(
        self, parts: tuple[Bestandsdeel, ...], lock: str, flow: Flow, actor: Actor
    ) -> None:
        for part in sorted(parts, key=lambda part: part.volgnummer):
            if part.voltooid:
                await flow.skip(part.omvang)
                continue
            # Some servers give each part a lock of its own.
            form = InForm(part.lock or lock, flow, part.omvang)
            await self._client.stream_up(
                "PUT",
                _API,
                f"bestandsdelen/{uuid_of(part.url)}",
                form.chunks,
                length=form.length,
                content_type=form.content_type,
                actor=actor,
            )

    @asynccontextmanager
    async def _locked(self, key: str, actor: Actor) -> AsyncIterator[str]:
        lock = await self._lock(key, actor)
        try:
            yield lock
        except BaseException:
            await asyncio.shield(self._let_go(key, lock, actor))
            raise
        await self._unlock(key, lock, actor)

    async def _lock(self, key: str, actor: Actor) -> str:
        try:
            answer = await self._client.send("POST", _API, f"{_PATH}/{key}/lock", {}, actor=actor)
        except Refused as refused:
            if "existing-lock" in refused.codes:
                msg = f"document {key} is locked: somebody is editing it"
                raise Conflict(msg, code="existing-lock") from refused
            raise
        lock = answer.body.get("lock") if isinstance(answer.body, dict) else None
        if not isinstance(lock, str) or not lock:
            msg = f"document {key}: the lock came without its id"
            raise Uncertain(msg)
        return lock

    async def _unlock(self, key: str, lock: str, actor: Actor) -> None:
        body = {"lock": lock}
        await self._client.send("POST", _API, f"{_PATH}/{key}/unlock", body, actor=actor)

    async def _let_go(self, key: str, lock: str, actor: Actor) -> None:
        try:
            await self._unlock(key, lock, actor)
        except AdapterError as error:
            # Never in the way of the error that made us let go; the next try comes by here again.
            log.warning("document_lock_left", document=key, code=error.code)

    async def _patch(self, key: str, body: Mapping[str, Any], actor: Actor) -> Informatieobject:
        try:
            answer = await self._client.send("PATCH", _API, f"{_PATH}/{key}", body, actor=actor)
        except Refused as refused:
            if "incorrect-lock-id" in refused.codes:
                # Locks that were asked for at once are all granted, and only the last one works.
                msg = f"document {key} was locked by somebody else at the same moment"
                raise Conflict(msg, code="incorrect-lock-id") from refused
            raise
        return _document(answer.body)

    async def _link(self, document: str, zaak: str, actor: Actor) -> None:
        body = {"zaak": zaak, "informatieobject": document}
        try:
            await self._client.send("POST", "zaken", "zaakinformatieobjecten", body, actor=actor)
        except Refused as refused:
            if "unique" not in refused.codes:
                raise

    async def _by_number(self, number: str) -> Informatieobject | None:
        query = {
            "identificatie": number,
            "bronorganisatie": self._settings.own_organisation,
        }
        async for item in self._client.items(_API, _PATH, query):
            place = self._client.addresses.place(str(item.get("url")))
            if place is not None:
                # Only the thing itself shows which parts are missing.
                return _document((await self._client.get(place.api, place.path)).body)
        return None

    async def _delete(self, api: str, path: str, actor: Actor) -> None:
        try:
            await self._client.send("DELETE", api, path, actor=actor)
        except NotFound:
            return


def _fits(parts: tuple[Bestandsdeel, ...], size: int) -> None:
    if sum(part.omvang for part in parts) != size:
        msg = "an upload of another size was left unfinished here; a person must release it"
        raise Conflict(msg, code="incomplete-upload")


def _document(body: Any) -> Informatieobject:
    with speaking(f"{_API}/{_PATH}", wrote=False):
        if not isinstance(body, dict):
            msg = "the answer is no document"
            raise Garbled(msg)
        return Informatieobject.model_validate(body)
