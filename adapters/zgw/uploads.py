"""
Uploads: the bytes of a document, in one request or in parts.

An upload in parts that broke off is taken up where it stood, but only where it is surely one of
the same content: the server knows of its parts no more than how large they are. So before the
first part is sent we note of which content these parts are. They keep their addresses until
somebody changes the document, which plans them anew. For another content of the same size every
part is sent anew; for one of another size the server plans its parts anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.kit.flow import ContentMissing, Flow, blaming, opened
from adapters.zgw import papers
from adapters.zgw.client import Actor, Client
from adapters.zgw.links import uuid_of
from adapters.zgw.locks import API, PATH, Locks, document_of, lock_of
from adapters.zgw.native import Bestandsdeel, Informatieobject
from adapters.zgw.settings import ZgwSettings
from adapters.zgw.transfer import InForm, InJson
from contracts.adapter import Contents, Remembers
from contracts.case import Document
from contracts.errors import Rejected


class Uploads:
    """Sends contents to one system."""

    def __init__(self, client: Client, settings: ZgwSettings, locks: Locks) -> None:
        self._client, self._settings, self._locks = client, settings, locks

    async def create(
        self, body: Mapping[str, Any], item: Document, contents: Contents, actor: Actor
    ) -> Informatieobject:
        """
        Make a document with its content.

        Raises:
            Refused: With ``identificatie-niet-uniek`` where it is there already.
            ContentMissing: The content is not here yet.
        """
        async with opened(item, contents) as (chunks, size):
            flow = Flow(chunks, size)
            with blaming(flow):
                whole = {**body, "bestandsomvang": size}
                if size <= self._settings.inline_document_bytes:
                    return await self._in_one("POST", PATH, whole, flow, size, actor)
                answer = await self._client.send(
                    "POST", API, PATH, {**whole, "inhoud": None}, actor=actor
                )
                made = document_of(answer.body)
                await _note(made.bestandsdelen, item.digest, contents)
                await self._complete(made, made.lock, flow, actor)
                await _note(made.bestandsdelen, None, contents)
                return made

    async def finish(
        self,
        found: Informatieobject,
        changes: Mapping[str, Any],
        item: Document,
        contents: Contents,
        actor: Actor,
    ) -> None:
        """
        Send what is missing of a document whose upload we began.

        Raises:
            Rejected: It is of another size, and its lock cannot be had.
            ContentMissing: The content is not here yet.
        """
        parts, lock = found.bestandsdelen, lock_of(found)
        async with opened(item, contents) as (chunks, size):
            if sum(part.omvang for part in parts) != size or changes:
                parts = (await self._planned_anew(found, changes, size, actor)).bestandsdelen
            is_ours = await _are_of(parts, item, contents)
            # Where some are of another content, no note may say of which they all are.
            is_mixed = not is_ours and any(part.voltooid for part in parts)
            await _note(parts, None if is_mixed else item.digest, contents)
            if not is_ours:
                parts = tuple(part.model_copy(update={"voltooid": False}) for part in parts)
            flow = Flow(chunks, size)
            with blaming(flow):
                anew = found.model_copy(update={"bestandsdelen": parts})
                await self._complete(anew, lock, flow, actor)
            await _note(parts, None, contents)

    async def _planned_anew(
        self, found: Informatieobject, changes: Mapping[str, Any], size: int, actor: Actor
    ) -> Informatieobject:
        lock = lock_of(found)
        if not lock:
            msg = "an upload of another size was left unfinished here; a person must release it"
            raise Rejected(msg, code="incomplete-upload")
        body = {**changes, "bestandsomvang": size, "inhoud": None, "lock": lock}
        return await self._locks.patch(papers.key_of(found), body, actor)

    async def replace(
        self,
        native: Informatieobject,
        changes: Mapping[str, Any],
        item: Document,
        contents: Contents,
        actor: Actor,
    ) -> None:
        """
        Make a new version with another content.

        Raises:
            Conflict: Somebody is editing the document.
            ContentMissing: The content is not here yet.
        """
        key = papers.key_of(native)
        async with (
            opened(item, contents) as (chunks, size),
            self._locks.held(key, actor, contents) as lock,
        ):
            flow = Flow(chunks, size)
            with blaming(flow):
                body = {**changes, "bestandsomvang": size, "lock": lock}
                if size <= self._settings.inline_document_bytes:
                    await self._in_one("PATCH", f"{PATH}/{key}", body, flow, size, actor)
                    return
                answer = await self._locks.patch(key, {**body, "inhoud": None}, actor)
                await _note(answer.bestandsdelen, item.digest, contents)
                await self._send_parts(answer.bestandsdelen, lock, flow, actor)
                await _note(answer.bestandsdelen, None, contents)

    async def _in_one(
        self, method: str, path: str, body: Mapping[str, Any], flow: Flow, size: int, actor: Actor
    ) -> Informatieobject:
        whole = InJson(body, flow, size)
        answer = await self._client.stream_up(
            method,
            API,
            path,
            whole.chunks,
            length=whole.length,
            content_type=whole.content_type,
            actor=actor,
        )
        return document_of(answer.body)

    async def _complete(
        self, native: Informatieobject, lock: str, flow: Flow, actor: Actor
    ) -> None:
        await self._send_parts(native.bestandsdelen, lock, flow, actor)
        held = lock or lock_of(native)
        await self._locks.release(papers.key_of(native), held, actor)

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
                API,
                f"bestandsdelen/{uuid_of(part.url)}",
                form.chunks,
                length=form.length,
                content_type=form.content_type,
                actor=actor,
            )


async def _note(parts: tuple[Bestandsdeel, ...], digest: str | None, contents: Contents) -> None:
    """Remember of which content these parts are."""
    if isinstance(contents, Remembers):
        try:
            await contents.note(_place(parts), digest)
        except OSError as error:
            # Not sent either: what an older note says of them would no longer be true.
            msg = "the content is not at hand"
            raise ContentMissing(msg) from error


async def _are_of(parts: tuple[Bestandsdeel, ...], item: Document, contents: Contents) -> bool:
    """Tell whether what was sent of these parts is surely of the content that is to be sent."""
    if item.digest is None or not isinstance(contents, Remembers):
        return False
    try:
        return await contents.noted(_place(parts)) == item.digest
    except OSError as error:
        msg = "the content is not at hand"
        raise ContentMissing(msg) from error


def _place(parts: tuple[Bestandsdeel, ...]) -> str:
    return "|".join(["zgw", *sorted(part.url for part in parts)])
