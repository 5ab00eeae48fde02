"""
The calls that an adapter makes to a memory system, with everything that can go wrong on the way.

What goes wrong is told as a caller would see it on a network: no answer, an inner error, bytes
that make no sense. What that means for the bridge is the adapter's to say.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from pydantic import JsonValue

from adapters.memory.faults import Fault, Method, Misbehaviour
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
    Refused,
    StoredCase,
    SystemSays,
)
from adapters.memory.system import MemorySystem
from contracts.case import Cells, split_path

T = TypeVar("T")

APPLICATION: Final = "casebridge"
"""The application under which our mark stands among a case's references."""


@dataclass(frozen=True, slots=True)
class Page:
    """
    Part of a list: how long the whole is, and where it goes on.

    Attributes:
        authors: Of items of a case: who changed each last, and when.
    """

    items: tuple[tuple[str, JsonValue], ...]
    count: int
    next: int | None
    authors: Authors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who calls."""

    account: str
    secret: str


class Wire:
    """A way to one memory system."""

    def __init__(self, system: MemorySystem, credentials: Credentials, page_size: int) -> None:
        self.system = system
        self._who = credentials.account
        self._credentials = credentials
        self._page_size = page_size

    async def check(self) -> None:
        """Say who we are, and nothing else."""
        await self._call("check", lambda _: None)

    async def read(self, ref: str) -> StoredCase:
        """Read a case; of its items only those on the first page of each field."""

        def act(fault: Fault | None) -> StoredCase:
            case = self._as_of(ref, fault)
            # As it is now: people go on while the answer travels.
            now = {"cells": dict(case.cells), "authors": dict(case.authors)}
            return case.model_copy(update={**now, "origins": dict(case.origins)})

        return await self._call("read", act, ref=ref)

    async def items(self, ref: str, field: str, start: int) -> Page:
        """Read one page of a field's items."""

        def act(fault: Fault | None) -> Page:
            case = self._as_of(ref, fault)
            every = case.items(field)
            if self.system.rendering.reverses:
                every.reverse()
            page = self._page(every, start, fault)
            told = {path: case.authors[path] for path, _ in page.items if path in case.authors}
            return replace(page, authors=told)

        return await self._call("items", act, ref=ref, path=field)

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
        """
        Make *become* stand at *path*, where the case is at *version*.

        For an item that is to be added *origin* is given: the key under which we know it.

        Returns:
            The version after.
        """

        def act(_: Fault | None) -> int:
            self._at_version(ref, version)
            if origin is not None and isinstance(become, dict):
                field, _key = split_path(path)
                self.system.add(ref, field, become, who=self._who, origin=origin)
            else:
                self.system.set(ref, path, become, who=self._who, at=at)
            return self.system.case(ref).version

        return await self._call("change", act, ref=ref, path=path)

    async def upload(
        self,
        ref: str,
        path: str,
        document: Cells,
        pieces: AsyncIterator[bytes],
        *,
        version: int | None,
        origin: str | None,
    ) -> int:
        """Store a document with its content; it is there only once the last piece came."""
        field, ours = split_path(path)
        key = ours if origin is None else self.system.new_key(field)
        number = _version_of(document)
        if origin is None:
            # Numbers are the system's own: somebody may have given this one to theirs.
            number = max(number, self._newest(ref, path) + 1)
        writer = self.system.content_writer(key, number)

        def act(_: Fault | None) -> int:
            self._at_version(ref, version)
            if origin is None and self._newest(ref, path) >= number:
                msg = f"{path} van zaak {ref} is intussen vervangen"
                raise CaseChanged(msg)
            item = {
                **document,
                "version": number,
                "digest": writer.finish(),
                "size_bytes": writer.size_bytes,
            }
            if origin is None:
                self.system.set(ref, path, {**item, "key": key}, who=self._who)
            else:
                self.system.add(ref, field, item, who=self._who, origin=origin, key=key)
            return self.system.case(ref).version

        try:
            async for piece in pieces:
                await self._call("upload", lambda _, p=piece: writer.write(p), ref=ref, path=path)  # type: ignore[misc]
            return await self._call("change", act, ref=ref, path=path)
        finally:
            writer.give_up()

    def _newest(self, ref: str, path: str) -> int:
        shown = self.system.case(ref).current(path)
        return _version_of(shown) if isinstance(shown, dict) else 0

    async def download(
        self, ref: str, key: str, version: int, start: int
    ) -> AsyncGenerator[bytes, None]:
        """Give the content of one version of a document from a byte on, piece by piece."""

        def act(fault: Fault | None) -> tuple[list[bytes] | None, bool]:
            self.system.case(ref)
            return None, fault is not None and fault.kind is Misbehaviour.BREAKS

        _, breaks = await self._call("download", act, ref=ref, path=f"documents/{key}")
        pieces = self.system.content(key, version, start)
        if pieces is None:
            msg = f"document {key} heeft geen versie {version}"
            raise CaseDeleted(msg)
        try:
            for count, piece in enumerate(pieces):
                if breaks and count:
                    raise AnswerLost
                yield piece[: len(piece) // 2] if breaks else piece
        except LookupError as replaced:
            raise AnswerLost from replaced
        if breaks:
            raise AnswerLost

    async def lock(self, ref: str) -> None:
        """Hold a case."""
        await self._call("lock", lambda _: self.system.lock(ref, self._who), ref=ref)

    async def unlock(self, ref: str) -> None:
        """Let a case go."""
        await self._call("unlock", lambda _: self.system.unlock(ref, self._who), ref=ref)

    async def create(self, cells: Cells, *, mark: str, key: str | None) -> str:
        """Open a case that bears *mark*; refused where one was opened with *key* before."""

        def act(_: Fault | None) -> str:
            if key is not None and key in self.system.created_by_key:
                raise AlreadyCreated(self.system.created_by_key[key])
            ref = self.system.open_case(cells, who=self._who, references={APPLICATION: mark})
            if key is not None:
                self.system.created_by_key[key] = ref
                self.system.remember()
            return ref

        return await self._call("create", act)

    async def find(self, mark: str) -> list[str]:
        """Find the cases that bear *mark*, as far as the system can find them by now."""

        def act(_: Fault | None) -> list[str]:
            until = self.system.now() - self.system.findable_after
            bearing = self.system.bearing(APPLICATION, mark)
            return [ref for ref in bearing if self.system.case(ref).created <= until]

        return await self._call("find", act)

    async def changes(self, since: int) -> Page:
        """Read one page of the feed of changes: references, and their places in the feed."""

        def act(fault: Fault | None) -> Page:
            changed = self.system.changed_since(since, self._page_size + 1)
            every = [(case.ref, case.place) for case in changed]
            page: tuple[tuple[str, JsonValue], ...] = tuple(every[: self._page_size])
            has_more = len(every) > self._page_size
            if fault is not None and fault.kind is Misbehaviour.LOOPS:
                return Page(page, len(page), since)
            return Page(page, len(page), every[self._page_size - 1][1] if has_more else None)

        return await self._call("changes", act)

    async def subscribe(self, url: str, secret: str) -> None:
        """Let the system push to *url*; a second time changes nothing."""
        await self._call("subscribe", lambda _: self._subscribe(url, secret))

    async def unsubscribe(self, url: str) -> None:
        """Let it stop."""
        await self._call("unsubscribe", lambda _: self._subscribe(url, None))

    def _subscribe(self, url: str, secret: str | None) -> None:
        subscriptions = self.system.announcer.subscriptions
        if secret is None:
            subscriptions.pop(url, None)
        else:
            subscriptions[url] = secret
        self.system.remember()

    def _as_of(self, ref: str, fault: Fault | None) -> StoredCase:
        if fault is not None and fault.kind is Misbehaviour.STALE:
            return self.system.case_before(ref, fault.delay)
        return self.system.case(ref)

    def _page(self, every: list[tuple[str, JsonValue]], start: int, fault: Fault | None) -> Page:
        end = start + self._page_size
        page = tuple(every[start:end])
        following = end if end < len(every) else None
        if fault is not None and fault.kind is Misbehaviour.LOOPS:
            following = start
        if fault is not None and fault.kind is Misbehaviour.SHORT:
            page, following = page[:-1], None
        return Page(page, len(every), following)

    def _at_version(self, ref: str, version: int | None) -> None:
        if version is not None and self.system.case(ref).version != version:
            msg = f"zaak {ref} is intussen gewijzigd"
            raise CaseChanged(msg)

    async def _call(
        self, method: Method, act: Callable[[Fault | None], T], *, ref: str = "", path: str = ""
    ) -> T:
        system = self.system
        system.calls[method] += 1
        await system.travel()
        fault = system.faults.take(method, ref, path)
        if fault is not None:
            await self._before(fault, ref)
        if system.secret is not None and self._credentials.secret != system.secret:
            raise BadCredentials(self._who)
        if fault is not None and fault.kind is Misbehaviour.LATE:
            system.later(fault.delay, lambda: _unheard(act))
            raise AnswerLost
        result = act(fault)
        await system.travel()
        if fault is not None and fault.kind is Misbehaviour.LOST_AFTER:
            raise AnswerLost
        if fault is not None and fault.kind is Misbehaviour.SERVER_ERROR:
            raise ServerError
        if fault is not None and fault.kind is Misbehaviour.GARBLED:
            raise Nonsense
        return result

    async def _before(self, fault: Fault, ref: str) -> None:
        match fault.kind:
            case Misbehaviour.SLOW:
                await self.system.sleep(fault.delay.total_seconds())
            case Misbehaviour.UNREACHABLE:
                raise NobodyAnswers
            case Misbehaviour.THROTTLED:
                raise TooBusy(fault.delay)
            case Misbehaviour.LOST_BEFORE:
                raise AnswerLost
            case Misbehaviour.REFUSED:
                raise Refused(fault.words)
            case Misbehaviour.DENIED:
                raise BadCredentials(self._who)
            case Misbehaviour.MOVED:
                raise Moved(fault.to)
            case Misbehaviour.GONE:
                raise CaseDeleted(ref)
            case _:
                pass


def _unheard(act: Callable[[Fault | None], object]) -> None:
    """Do it so late that nobody hears what the system says to it."""
    with suppress(SystemSays):
        act(None)


def _version_of(document: Cells) -> int:
    version = document.get("version")
    return version if isinstance(version, int) else 1
