"""
SOAP to one system that speaks StUF: one envelope out, one envelope in.

It asks only at the addresses that the settings name, follows no redirect, takes no proxy from the
environment, reads no more than it was told to, and repeats only what is safe to repeat: a question
where the line failed, a change only where no connection was made.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import aiohttp

from adapters.kit.http import NotSent, on_the_line, repeated
from adapters.stuf_zds.answers import Answering, NoContent, answered, is_wanted
from adapters.stuf_zds.connections import connections
from adapters.stuf_zds.envelope import (
    CONTENT_TYPE,
    NoMessage,
    Stuurgegevens,
    read_stuurgegevens,
    unwrap,
    wrap,
)
from adapters.stuf_zds.faults import (
    TooEarly,
    fault_error,
    nonsense,
    status_error,
)
from adapters.stuf_zds.fo import read_fault
from adapters.stuf_zds.incoming import BadXml, Limits
from adapters.stuf_zds.moments import Clock
from adapters.stuf_zds.names import SOAP, SOAP_12, Operation
from adapters.stuf_zds.parts import Content, receive
from adapters.stuf_zds.schema import Gate
from adapters.stuf_zds.sending import Attachment, Body, carrying, plain
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.values import Deviations
from adapters.stuf_zds.xml import Element, local
from contracts.errors import Throttled, Unreachable

_REMEMBERED: Final = 10_000
_LONGEST_REFERENCE: Final = 40
_LONGEST_KEY: Final = 26

Build = Callable[[Stuurgegevens], Element]
"""Makes a message, told who sends it to whom, when, and by which reference."""


@dataclass(frozen=True, slots=True)
class Actor:
    """
    On whose behalf messages are sent.

    Attributes:
        key: Of the command that they carry out: their referentienummers begin with it, so that
            both sides can tell from their logs what a message was for.
        made: The changes that were acknowledged, in order: a write of several messages that stops
            after one of them has done something.
    """

    user: str | None = None
    key: str = ""
    made: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True)
class _Line:
    """How one message goes out and its answer is taken."""

    operation: Operation
    wrote: bool
    about: str = ""
    attachment: Attachment | None = None
    content: Content | None = None

    @property
    def what(self) -> str:
        return self.operation.name


class Client:
    """
    Talks to one system.

    Args:
        settings: Where and as whom.
        seen: Where deviations of the system are counted.
        now: The moment, for the tijdstip of messages.
        new_reference: Gives referentienummers, of at most 40 characters, each once.
    """

    def __init__(
        self,
        settings: StufSettings,
        *,
        seen: Deviations,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_reference: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.dialect = settings.deviating()
        self.profile = settings.version
        self.gate = Gate(settings.schemas, settings.version, strict=settings.strict)
        self.seen = seen
        self._settings = settings
        self._now = now
        self._new_reference = new_reference
        self._clock = Clock()
        self._sent: OrderedDict[str, str] = OrderedDict()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the connections; nothing is asked yet."""
        self._session = connections(self._settings)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
        self._session = None

    def sent_about(self, reference: str) -> str | None:
        """Give the number of the case that a message of ours was about."""
        return self._sent.get(reference)

    def _remember(self, reference: str, about: str) -> None:
        self._sent[reference] = about
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    def stamped(self, actor: Actor) -> Stuurgegevens:
        """Give who sends a message to whom, when, and by which reference: new each time."""
        user = actor.user or self._settings.user_id
        return Stuurgegevens(
            code="",
            sender=self._settings.sender.systeem(user),
            receiver=self._settings.receiver.systeem(),
            reference=self._reference(actor),
            at=self._clock.tick(self._now()),
        )

    def _reference(self, actor: Actor) -> str:
        own = self._new_reference()
        if not actor.key:
            return own
        return f"{actor.key[:_LONGEST_KEY]}-{own}"[:_LONGEST_REFERENCE]

    async def ask(
        self,
        operation: Operation,
        build: Build,
        *,
        actor: Actor = Actor(),
        repeats: bool = True,
    ) -> Element:
        """
        Send a question, or a free message that changes nothing that matters, and give the answer.

        Repeated within seconds where the line fails; but one that locks something is not.
        """
        line = _Line(operation, wrote=False)

        async def once() -> Element:
            return await self._exchange(line, build, actor)

        return await repeated(once, _is_passing if repeats else _is_unsent)

    async def tell(
        self,
        operation: Operation,
        build: Build,
        *,
        actor: Actor,
        about: str = "",
        attachment: Attachment | None = None,
    ) -> Element:
        """
        Send a change, with the content of a document where it brings one; give what came back.

        Sent once; again only where no connection was made, or where the moment of the message was
        not late enough. With a content never again: that can be read once. What it is *about*
        is remembered for a while, for what may be told of it later.
        """
        line = _Line(operation, wrote=True, about=about, attachment=attachment)

        async def once() -> Element:
            return await self._exchange(line, build, actor)

        answer = await (repeated(once, _is_unsent) if attachment is None else once())
        actor.made.append(operation.name)
        return answer

    @asynccontextmanager
    async def fetch(
        self, operation: Operation, build: Build, content: Content
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """
        Ask for a document, and open its content for one reading, in pieces.

        When it opens, *content* has begun: what stands before it in the message is known.
        """
        line = _Line(operation, wrote=False, content=content)
        async with self._slots, AsyncExitStack() as stack:
            # Only our own line is judged here: what fails at whoever takes the pieces is theirs.
            response, reading = await stack.enter_async_context(self._opened(line, build, Actor()))
            with on_the_line(line.what, wrote=False):
                while not content.is_there and await reading.more():
                    pass
            if not content.is_there:
                self._has_bytes(line, response, reading, content)
            yield self._pieces(line, response, reading, content)

    def _has_bytes(
        self,
        line: _Line,
        response: aiohttp.ClientResponse,
        reading: Answering,
        content: Content,
    ) -> None:
        """See, at the end of an answer in which no bytes came, that there is a content at all."""
        document = answered(self._answer(line, reading, response, ""), line.what)
        if not content.is_there:
            msg = f"{line.what}: a document without content"
            raise NoContent(msg, document)

    async def _pieces(
        self,
        line: _Line,
        response: aiohttp.ClientResponse,
        reading: Answering,
        content: Content,
    ) -> AsyncIterator[bytes]:
        has_more = True
        while True:
            if piece := content.drained():
                yield piece
            if not has_more:
                break
            with on_the_line(line.what, wrote=False):
                has_more = await reading.more()
        self._answer(line, reading, response, "")
        if rest := content.drained():
            yield rest

    async def _exchange(self, line: _Line, build: Build, actor: Actor) -> Element:
        seconds = self._settings.request_timeout.total_seconds()
        async with self._slots, AsyncExitStack() as stack:
            with on_the_line(line.what, wrote=line.wrote):
                opening = self._opened(line, build, actor)
                response, reading = await stack.enter_async_context(opening)
                async with asyncio.timeout(seconds):
                    while await reading.more():
                        pass
            return self._answer(line, reading, response, reading.reference)

    @asynccontextmanager
    async def _opened(
        self, line: _Line, build: Build, actor: Actor
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, Answering]]:
        told = self.stamped(actor)
        if line.about:
            self._remember(told.reference, line.about)
        message = build(told)
        self.gate.check(message)
        body = self._body(line, message)
        if self._session is None:
            msg = "the adapter is not open; use it as an async context manager"
            raise RuntimeError(msg)
        async with self._session.post(
            self._settings.address(line.operation.port),
            data=body.chunks(),
            headers=self._headers(line.operation, body),
            allow_redirects=False,
            server_hostname=self._settings.server_name,
        ) as response:
            yield response, self._reading(line, response, told.reference)

    def _body(self, line: _Line, message: Element) -> Body:
        envelope = wrap(message, SOAP_12 if self.dialect.soap_12 else SOAP)
        if line.attachment is None:
            return plain(envelope)
        return carrying(envelope, line.attachment, as_part=self.dialect.mtom)

    def _headers(self, operation: Operation, body: Body) -> dict[str, str]:
        action = operation.action(self.profile)
        if self.dialect.generic_action:
            element = operation.element(self.profile)
            action = f"{self.profile.namespace}/{element.rpartition('}')[2]}"
        made = {"Content-Length": str(body.length)}
        if self.dialect.soap_12:
            kind = body.content_type or "application/soap+xml; charset=utf-8"
            return {**made, "Content-Type": f'{kind}; action="{action}"'}
        kind = body.content_type or CONTENT_TYPE
        return {**made, "Content-Type": kind, "SOAPAction": f'"{action}"'}

    def _reading(self, line: _Line, response: aiohttp.ClientResponse, reference: str) -> Answering:
        largest = self._settings.max_document_bytes
        limits = Limits(
            bytes=self._settings.max_answer_bytes + 2 * largest,
            held=self._settings.max_answer_bytes,
        )
        content = line.content if line.content is not None else Content(largest)
        kind = response.headers.get("Content-Type", "")
        return Answering(
            response,
            reference,
            lambda: receive(kind, content, limits=limits, mend=self.dialect.charset),
        )

    def _answer(
        self, line: _Line, reading: Answering, response: aiohttp.ClientResponse, reference: str
    ) -> Element:
        """Judge what came back: the answer that was wanted, a fault, or neither."""
        is_good = 200 <= response.status < 300
        try:
            message = unwrap(reading.root())
        except (BadXml, NoMessage) as error:
            if not is_good:
                raise status_error(
                    line.what, response.status, response.headers, wrote=line.wrote
                ) from error
            raise nonsense(line.what, error, reading.kept, wrote=line.wrote) from error
        self.gate.measure(message)
        fault = read_fault(message)
        if fault is not None:
            raise fault_error(line.what, fault, self.dialect, wrote=line.wrote)
        if not is_good:
            raise status_error(line.what, response.status, response.headers, wrote=line.wrote)
        if not is_wanted(message, line.operation.reply):
            what = ValueError(f"it is {local(message)}")
            raise nonsense(line.what, what, reading.kept, wrote=line.wrote)
        told = read_stuurgegevens(message)
        if reference and told is not None and told.cross not in ("", reference):
            self.seen["other-crossrefnummer"] += 1
        return message


def _is_unsent(error: BaseException) -> bool:
    return isinstance(error, NotSent | TooEarly)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, Unreachable) and not isinstance(error, Throttled)
