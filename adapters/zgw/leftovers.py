"""
What a write that was killed left: a document that is locked, or one that is in no case yet.

A lock is released by its id; there is no other way to a lock whose id we never heard, unless our
account may force it (`documenten.geforceerd-unlock`). It then is forced on a document of ours
alone, and only where a write of ours asked for its lock and was never answered.
"""

from __future__ import annotations

import structlog

from adapters.zgw import papers
from adapters.zgw.client import Actor, Client
from adapters.zgw.documents import Documents
from adapters.zgw.locks import API, PATH, Locks, document_of, lock_of
from adapters.zgw.native import Informatieobject
from contracts.errors import NotFound, Rejected

log = structlog.get_logger(__name__)


class Leftovers:
    """Gives back what writes left in one system."""

    def __init__(self, client: Client, locks: Locks, documents: Documents) -> None:
        self._client, self._locks, self._documents = client, locks, documents

    async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
        """Give back what was left at a place; true where nothing of ours is left there."""
        actor = Actor(reason=key)
        if (number := papers.number_at(place)) is not None:
            found = await self._documents.numbered(number)
            return (
                found is None
                or await self._is_filed(found)
                or (for_good and await self._taken_away(found, actor))
            )
        try:
            found = document_of((await self._client.get(API, f"{PATH}/{place}")).body)
        except NotFound:
            return True
        if not found.locked:
            return True
        if found.bestandsdelen:
            # Half a new version: unlocking it would lose the content. The next write goes on.
            return for_good and await self._documents.put_back(found, actor)
        is_ours = found.identificatie.startswith(papers.MARK_PREFIX)
        if not lock and not is_ours:
            return False
        return await self._locks.is_released(place, lock, actor)

    async def _is_filed(self, found: Informatieobject) -> bool:
        links = self._client.items(API, "objectinformatieobjecten", {"informatieobject": found.url})
        async for _ in links:
            return True
        return False

    async def _taken_away(self, found: Informatieobject, actor: Actor) -> bool:
        key = papers.key_of(found)
        lock = lock_of(found)
        try:
            if lock:
                # Half an upload cannot be unlocked; one of nothing can.
                body = {"bestandsomvang": 0, "inhoud": "", "lock": lock}
                await self._locks.patch(key, body, actor)
                await self._locks.release(key, lock, actor)
            await self._documents.delete(API, f"{PATH}/{key}", actor)
        except Rejected as error:
            log.info("document_left_unlinked", code=error.code)
            return not found.locked or bool(lock)
        return True
