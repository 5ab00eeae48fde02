"""
Saving: what an edge saw or did is committed under its lease, many at a time, and then sent.

What was seen or done under an old lease is not told: the successor looks itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.edge.lease import Lease
from bridge.outbox import Outbox
from bridge.store.base import EdgeStore
from bridge.store.errors import LeaseLost, StoreError
from bridge.store.records import Finished, OutboxRow
from contracts.ids import AgencyId
from contracts.messages import Observation, Receipt

Wrap = Callable[[Observation | Receipt, str], OutboxRow]
"""Makes the row of what is told, under an id."""

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 50
_WAITING: Final = 500
_STORE_PAUSE: Final = 1.0
"""Seconds, while the store is away."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What is to be saved and sent, under which lease, and who waits until it is saved."""

    epoch: int
    finished: Finished
    saved: asyncio.Future[None]


class Saving:
    """Commits and sends what the edge of one agency has done."""

    def __init__(self, *, agency: AgencyId, store: EdgeStore, lease: Lease, outbox: Outbox) -> None:
        self._agency, self._store, self._lease, self._outbox = agency, store, lease, outbox
        self._done: asyncio.Queue[_Done] = asyncio.Queue(maxsize=_WAITING)

    async def finish(self, epoch: int, finished: Finished) -> None:
        """
        Have saved and sent what was done under the lease of *epoch*.

        Returns once it is saved; until then the same hint or Command must not be taken up again.
        Cancelled, where the lease was lost meanwhile.
        """
        saved = asyncio.get_running_loop().create_future()
        await self._done.put(_Done(epoch, finished, saved))
        await saved

    async def run(self) -> None:
        """
        Commit what comes in; until cancelled. A store that is away is waited for.

        Raises:
            LeaseLost: It is somebody else's now; what was about to be saved is dropped.
        """
        while True:
            group = [await self._done.get()]
            while len(group) < _AT_ONCE and not self._done.empty():
                group.append(self._done.get_nowait())
            await self._save(group)

    async def _save(self, group: Sequence[_Done]) -> None:
        epoch = self._lease.epoch
        current = [done for done in group if done.epoch == epoch]
        _drop([done for done in group if done.epoch != epoch])
        while current:
            try:
                await self._store.finish(self._agency, epoch, [done.finished for done in current])
                break
            except LeaseLost:
                _drop(current)
                raise
            except StoreError as error:
                log.warning("save_waits", agency=self._agency, why=str(error))
                await asyncio.sleep(_STORE_PAUSE)
        for done in current:
            if not done.saved.done():
                done.saved.set_result(None)
        await self._outbox.send([row for done in current for row in _rows(done.finished)])


def _rows(finished: Finished) -> list[OutboxRow]:
    """Give what is to be sent of it: Observations and Receipts."""
    return [*finished.outgoing, *(each.receipt for each in finished.answered)]


def _drop(group: Sequence[_Done]) -> None:
    for done in group:
        done.saved.cancel()
