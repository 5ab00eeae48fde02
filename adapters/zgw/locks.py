"""
Locks of documents: taken for a moment, and let go whatever happens.

A lock has no owner and no end. While parts of an upload are missing only those release it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import structlog

from adapters.kit.locks import keeper_of
from adapters.zgw.client import Actor, Client
from adapters.zgw.native import Informatieobject
from adapters.zgw.problems import Refused, speaking
from contracts.adapter import Contents, KeepsLocks
from contracts.errors import AdapterError, Conflict, Garbled, NotFound, Uncertain

log = structlog.get_logger(__name__)

API: Final = "documenten"
PATH: Final = "enkelvoudiginformatieobjecten"

_LOST: Final = frozenset({"incorrect-lock-id", "unlocked"})
"""What a system says of a lock that is ours no more."""


class Locks:
    """Locks documents of one system, and changes them under a lock."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @asynccontextmanager
    async def held(self, key: str, actor: Actor, contents: Contents) -> AsyncIterator[str]:
        """
        Hold the lock of a document, and give its id.

        Raises:
            Conflict: Somebody else holds it, or took or released it meanwhile.
        """
        keeper = keeper_of(contents)
        lock = await self._had(key, actor, keeper)
        try:
            await keeper.locked(key, lock)
            with _lost_is_a_conflict(key):
                yield lock
        except BaseException:
            await asyncio.shield(self._let_go(key, lock, actor, keeper))
            raise
        await self.release(key, lock, actor)
        await keeper.unlocked(key)

    async def _had(self, key: str, actor: Actor, keeper: KeepsLocks) -> str:
        """Get the lock, or the one that an earlier write of ours left here."""
        left = await keeper.locking(key)
        try:
            return await self._lock(key, actor)
        except (Uncertain, Garbled):
            raise
        except AdapterError as error:
            if left and isinstance(error, Conflict):
                return left
            if left is None:
                await keeper.unlocked(key)
            raise

    async def _lock(self, key: str, actor: Actor) -> str:
        try:
            answer = await self._client.send("POST", API, f"{PATH}/{key}/lock", {}, actor=actor)
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

    async def release(self, key: str, lock: str, actor: Actor) -> None:
        """Let go of a lock; where parts were sent, that puts them together."""
        body = {"lock": lock} if lock else {}
        await self._client.send("POST", API, f"{PATH}/{key}/unlock", body, actor=actor)

    async def is_released(self, key: str, lock: str, actor: Actor) -> bool:
        """Let go of a lock that may be ours no more; true where it is not ours now."""
        try:
            await self.release(key, lock, actor)
        except Refused as refused:
            return bool(lock and refused.codes & _LOST)
        except NotFound:
            return True
        return True

    async def _let_go(self, key: str, lock: str, actor: Actor, keeper: KeepsLocks) -> None:
        try:
            is_released = await self.is_released(key, lock, actor)
        except AdapterError as error:
            # Never in the way of the error that made us let go; it is given back later.
            log.warning("document_lock_left", document=key, code=error.code)
            return
        if is_released:
            await keeper.unlocked(key)

    async def patch(self, key: str, body: Mapping[str, Any], actor: Actor) -> Informatieobject:
        """Change a document whose lock is in *body*; that makes a new version."""
        with _lost_is_a_conflict(key):
            answer = await self._client.send("PATCH", API, f"{PATH}/{key}", body, actor=actor)
        return document_of(answer.body)


@contextmanager
def _lost_is_a_conflict(key: str) -> Iterator[None]:
    """
    Tell of a lock that is ours no more; the next try has one of its own.

    Locks that were asked for at once are all granted, and only the last one works; and a person may
    release any of them.
    """
    try:
        yield
    except Refused as refused:
        if not refused.codes & _LOST:
            raise
        msg = f"document {key} was locked or released by somebody else at the same moment"
        raise Conflict(msg, code=refused.code) from refused


def document_of(body: Any) -> Informatieobject:
    """Read a document from an answer."""
    with speaking(f"{API}/{PATH}", wrote=False):
        if not isinstance(body, dict):
            msg = "the answer is no document"
            raise Garbled(msg)
        return Informatieobject.model_validate(body)


def lock_of(native: Informatieobject) -> str:
    """Give the lock of a document of which parts are missing; empty where these do not tell it."""
    return next((part.lock for part in native.bestandsdelen if part.lock), "")
