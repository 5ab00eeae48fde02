"""
Documents: brought with their content, changed under a check-out, taken from a case, downloaded.

A document is added by one message with its content inside. It is changed under a check-out, which
locks it for everybody else: whatever happens then, it is given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from adapters.kit.flow import Flow, blaming, opened, passing_over
from adapters.stuf_zds import papers
from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.messages import cancel, check_in, check_out, notification
from adapters.stuf_zds.names import (
    CANCEL_CHECKOUT,
    GEEF_ZAAKDOCUMENT_BEWERKEN,
    GEEF_ZAAKDOCUMENT_LEZEN,
    MAAK_ZAAKDOCUMENT,
    ONTKOPPEL_ZAAKDOCUMENT,
    UPDATE_ZAAKDOCUMENT,
    VOEG_ZAAKDOCUMENT_TOE,
)
from adapters.stuf_zds.numbers import Numbers
from adapters.stuf_zds.parts import Content
from adapters.stuf_zds.reading import Reader
from adapters.stuf_zds.sending import Attachment
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Reading, mark_in
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import child, text
from contracts.adapter import Contents
from contracts.case import Document
from contracts.errors import AdapterError, NotFound, Rejected
from contracts.patch import Change

log = structlog.get_logger(__name__)

_PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Task:
    """
    What one write works with.

    Attributes:
        reading: The case as it stands.
        day: On which the Patch was made.
    """

    reading: Reading
    actor: Actor
    contents: Contents
    day: str


class Documents:
    """Writes and downloads the documents of one system."""

    def __init__(
        self, client: Client, reader: Reader, numbers: Numbers, settings: StufSettings
    ) -> None:
        self._client = client
        self._reader = reader
        self._numbers = numbers
        self._settings = settings

    async def write(self, change: Change, standing: Document | None, task: Task) -> None:
        """
        Make one change of a document true.

        Args:
            change: What is to become.
            standing: The document as the case shows it, where it does.
            task: The case.

        Raises:
            ContentMissing: The content is not here yet.
            Rejected: It cannot be told, or the system refuses.
        """
        if change.become is None:
            if standing is not None:
                await self._unlink(standing, task)
            return
        wanted = Document.model_validate(change.become)
        content = change.content if change.content is not None else wanted.content
        wanted = wanted.model_copy(update={"content": content})
        if standing is None:
            await self._add(wanted, task)
        else:
            brings = change.content is not None
            await self._change(standing, wanted, task, brings=brings)

    async def _add(self, wanted: Document, task: Task) -> None:
        operation = VOEG_ZAAKDOCUMENT_TOE if wanted.content is not None else MAAK_ZAAKDOCUMENT
        async with opened(wanted, task.contents) as (pieces, size):
            self._fits(size)
            flow = Flow(pieces, size)
            number = await self._numbers.of_document(wanted.mark, task.actor)
            made = papers.added(
                wanted,
                number,
                task.reading.zaak,
                with_mark=mark_in(number, self._settings.document_pattern) != wanted.mark,
                with_content=wanted.content is not None,
                by=task.actor.user or self._settings.sender.applicatie,
                day=task.day,
            )
            with blaming(flow):
                await self._client.tell(
                    operation,
                    lambda told: notification(
                        operation, self._client.profile, told, Mutatiesoort.TOEVOEGING, [made]
                    ),
                    actor=task.actor,
                    about=task.reading.number,
                    attachment=Attachment(flow.take(size), size) if wanted.content else None,
                )

    def _fits(self, size: int) -> None:
        if size > self._settings.max_document_bytes:
            msg = f"a document holds at most {self._settings.max_document_bytes} bytes"
            raise Rejected(msg, code="size")

    async def _change(
        self, standing: Document, wanted: Document, task: Task, *, brings: bool
    ) -> None:
        if not brings:
            await self._under_check_out(standing, wanted, task, None)
            return
        async with opened(wanted, task.contents) as (pieces, size):
            self._fits(size)
            flow = Flow(pieces, size)
            with blaming(flow):
                attachment = Attachment(flow.take(size), size)
                await self._under_check_out(standing, wanted, task, attachment)

    async def _under_check_out(
        self, standing: Document, wanted: Document, task: Task, attachment: Attachment | None
    ) -> None:
        """Change a document while it is locked for us."""
        lock, versie = await self._checked_out(standing.key, task.actor)
        try:
            pair = papers.changed(
                standing,
                wanted,
                versie,
                with_content=attachment is not None,
                natives=task.reading.natives(standing.key),
            )
            await self._client.tell(
                UPDATE_ZAAKDOCUMENT,
                lambda told: check_in(
                    UPDATE_ZAAKDOCUMENT, self._client.profile, told, pair, checked_out=lock
                ),
                actor=task.actor,
                about=task.reading.number,
                attachment=attachment,
            )
        except BaseException:
            # Also when we are cancelled: a document that stays checked out is nobody's.
            await asyncio.shield(self._give_back(standing.key, lock, task.actor))
            raise

    async def _checked_out(self, number: str, actor: Actor) -> tuple[str, str]:
        """Check a document out; where we are cancelled meanwhile, hear the answer and undo it."""
        asking = asyncio.ensure_future(self._check_out(number, actor))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            with suppress(AdapterError, TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    lock, _ = await asking
                await self._give_back(number, lock, actor)
            raise

    async def _check_out(self, number: str, actor: Actor) -> tuple[str, str]:
        answer = await self._client.ask(
            GEEF_ZAAKDOCUMENT_BEWERKEN,
            lambda told: check_out(GEEF_ZAAKDOCUMENT_BEWERKEN, self._client.profile, told, number),
            actor=actor,
            repeats=False,
        )
        lock = text(child(answer, "parameters", "checkedOutId"))
        versie = text(child(answer, "edcLa01", "antwoord", "object", "versie"))
        return lock, versie

    async def _give_back(self, number: str, lock: str, actor: Actor) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._client.ask(
                    CANCEL_CHECKOUT,
                    lambda told: cancel(CANCEL_CHECKOUT, self._client.profile, told, number, lock),
                    actor=actor,
                )
        except (AdapterError, TimeoutError) as error:
            # It may have been given back by the very message that got no answer.
            log.warning("check_out_not_given_back", document=number, why=str(error))

    async def _unlink(self, standing: Document, task: Task) -> None:
        if not self._reader.has(ONTKOPPEL_ZAAKDOCUMENT):
            msg = "a document cannot be taken from a case at this system"
            raise Rejected(msg)
        pair = papers.unlinked(standing, task.reading.zaak)
        await self._client.tell(
            ONTKOPPEL_ZAAKDOCUMENT,
            lambda told: check_in(
                ONTKOPPEL_ZAAKDOCUMENT, self._client.profile, told, pair, checked_out=None
            ),
            actor=task.actor,
        )

    @asynccontextmanager
    async def download(
        self, number: str, version: str, start: int
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """
        Open the content of a document for one reading, from a byte on; it always comes whole.

        Raises:
            NotFound: There is no such document, or another version of it by now: older ones
                cannot be asked for.
        """
        told: list[str] = []
        content = Content(
            self._settings.max_document_bytes,
            lambda inhoud: told.append(text(child(inhoud.getparent(), "versie"))),
        )
        build = self._reader.asking_content(number)
        async with self._client.fetch(GEEF_ZAAKDOCUMENT_LEZEN, build, content) as pieces:
            if told and told[0] and str(papers.version_of(told[0])) != version:
                msg = f"document {number} has another version by now, and keeps no older ones"
                raise NotFound(msg)
            yield passing_over(pieces, start)
