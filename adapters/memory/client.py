"""Calls to a memory system, with what can go wrong said in the bridge's words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime

from pydantic import JsonValue

from adapters.memory.network import (
    AnswerLost,
    BadCredentials,
    Moved,
    NobodyAnswers,
    Nonsense,
    ServerError,
    TooBusy,
)
from adapters.memory.record import (
    AlreadyCreated,
    Authors,
    CaseChanged,
    CaseDeleted,
    CaseLocked,
    NoSuchCase,
    Refused,
    StoredCase,
)
from adapters.memory.settings import MemorySettings
from adapters.memory.system import MemorySystem
from adapters.memory.wire import Credentials, Page, Wire
from contracts.adapter import CreateGuard
from contracts.case import COLLECTIONS, Cells
from contracts.errors import (
    Conflict,
    Denied,
    Garbled,
    Gone,
    NotFound,
    Rejected,
    Throttled,
    Uncertain,
    Unreachable,
)


class MemoryClient:
    """What an adapter calls; each method is one step that is done, or not, as its error says."""

    def __init__(self, system: MemorySystem, settings: MemorySettings) -> None:
        who = Credentials(settings.account, settings.secret.get_secret_value())
        self._settings = settings
        self._wire = Wire(system, who, settings.page_size)

    async def check(self) -> None:
        """Try the credentials."""
        with self.asking("check", ""):
            await self._wire.check()

    async def read(self, ref: str, fields: frozenset[str]) -> StoredCase:
        """Read a case whole: its registers, and all items of *fields*, page by page."""
        with self.asking("read", ref):
            case = await self._wire.read(ref)
            cells = {path: value for path, value in case.cells.items() if path not in COLLECTIONS}
            cells = {path: value for path, value in cells.items() if "/" not in path}
            authors = {path: who for path, who in case.authors.items() if path in cells}
            for field in sorted(fields & COLLECTIONS):
                items, told = await self.items(ref, field)
                cells |= items
                authors |= told
        return case.model_copy(update={"cells": cells, "authors": authors})

    async def items(self, ref: str, field: str) -> tuple[dict[str, JsonValue], Authors]:
        """
        Read all items of one field, with who changed each last.

        Raises:
            Garbled: The pages do not add up to what the system says there is; what is missing
                must not be taken for deleted.
        """
        found: dict[str, JsonValue] = {}
        authors: Authors = {}
        start = 0
        while True:
            page = await self._wire.items(ref, field, start)
            found |= dict(page.items)
            authors |= page.authors
            if page.next is None:
                break
            if page.next <= start:
                msg = f"read {field} of {ref}: the page after {start} is {page.next}"
                raise Garbled(msg)
            start = page.next
        if len(found) != page.count:
            msg = f"read {field} of {ref}: {len(found)} items came, {page.count} were announced"
            raise Garbled(msg)
        return found, authors

    async def change(
        self,
        ref: str,
        path: str,
        become: JsonValue,
        *,
        version: int | None,
        at: datetime,
        origin: str | None = None,
    ) -> int:
        """Make one change; see `Wire.change`."""
        with self.telling("change", ref, path):
            return await self._wire.change(ref, path, become, version=version, at=at, origin=origin)

    async def upload(
        self,
        ref: str,
        path: str,
        document: Cells,
        pieces: AsyncIterator[bytes],
        *,
        version: int | None,
        origin: str | None = None,
    ) -> int:
        """Store a document with its content; see `Wire.upload`."""
        with self.telling("upload", ref, path):
            return await self._wire.upload(
                ref, path, document, pieces, version=version, origin=origin
            )

    async def download(
        self, ref: str, key: str, version: int, start: int
    ) -> AsyncGenerator[bytes, None]:
        """Give the content of one version of a document, from a byte on."""
        with self.asking("download", ref):
            async for piece in self._wire.download(ref, key, version, start):
                yield piece

    async def lock(self, ref: str) -> None:
        """Hold a case; one that somebody else holds is busy, not refused."""
        with self.telling("lock", ref, None):
            await self._wire.lock(ref)

    async def unlock(self, ref: str) -> None:
        """Let a case go."""
        with self.telling("unlock", ref, None):
            await self._wire.unlock(ref)

    async def create(self, cells: Cells, *, mark: str, key: str) -> str:
        """Open a case; gives the one that was opened with *key* before, where there is one."""
        takes_key = CreateGuard.KEY in self._settings.create_guard
        with self.telling("create", mark, None):
            try:
                return await self._wire.create(cells, mark=mark, key=key if takes_key else None)
            except AlreadyCreated as before:
                return before.ref

    async def find(self, mark: str) -> list[str]:
        """Find the cases that bear *mark*."""
        with self.asking("find", mark):
            return await self._wire.find(mark)

    async def changes(self, since: int) -> Page:
        """Read one page of the feed of changes."""
        with self.asking("poll", str(since)):
            page = await self._wire.changes(since)
        if page.next is not None and page.next <= since:
            msg = f"poll: the page after {since} is {page.next}"
            raise Garbled(msg)
        return page

    async def subscribe(self, url: str, secret: str) -> None:
        """Let the system push to *url*."""
        with self.asking("subscribe", url):
            await self._wire.subscribe(url, secret)

    async def unsubscribe(self, url: str) -> None:
        """Let it stop."""
        with self.asking("unsubscribe", url):
            await self._wire.unsubscribe(url)

    @contextmanager
    def asking(self, what: str, about: str) -> Iterator[None]:
        """Say what went wrong with a call that changes nothing: it may be repeated."""
        try:
            with self._speaking(what, about, None):
                yield
        except (AnswerLost, ServerError) as exc:
            msg = f"{what} {about}: no answer ({type(exc).__name__})"
            raise Unreachable(msg) from exc
        except Nonsense as exc:
            msg = f"{what} {about}: the answer makes no sense"
            raise Garbled(msg, body=exc.body) from exc

    @contextmanager
    def telling(self, what: str, about: str, path: str | None) -> Iterator[None]:
        """Say what went wrong with a call that changes something: no answer is no refusal."""
        try:
            with self._speaking(what, about, path):
                yield
        except (AnswerLost, ServerError, Nonsense) as exc:
            msg = f"{what} {about}: no usable answer ({type(exc).__name__}), it may have been done"
            raise Uncertain(msg, path=path) from exc

    @contextmanager
    def _speaking(self, what: str, about: str, path: str | None) -> Iterator[None]:
        try:
            yield
        except NobodyAnswers as exc:
            msg = f"{what} {about}: nobody answers"
            raise Unreachable(msg) from exc
        except TooBusy as exc:
            msg = f"{what} {about}: come back later"
            raise Throttled(msg, retry_after=exc.retry_after) from exc
        except BadCredentials as exc:
            msg = f"{what} {about}: the account {exc} is refused; look at its secret"
            raise Denied(msg) from exc
        except Moved as exc:
            msg = f"{what} {about}: a redirect came, which is not followed; correct the address"
            raise Garbled(msg) from exc
        except CaseLocked as exc:
            msg = f"{what} {about}: {exc}"
            raise Unreachable(msg) from exc
        except CaseChanged as exc:
            msg = f"{what} {about}: {exc}"
            raise Conflict(msg, path=path) from exc
        except CaseDeleted as exc:
            absent = Gone if self._settings.sees_deletion else NotFound
            msg = f"{what} {about}: there is no such case"
            raise absent(msg) from exc
        except NoSuchCase as exc:
            msg = f"{what} {about}: there is no such case"
            raise NotFound(msg) from exc
        except Refused as exc:
            raise Rejected(str(exc), path=path) from exc
