"""
An edge in a process of its own, that is killed at one of its steps.

``mortal.py FOLDER STEP``: 0 lets it live until both Commands are answered; it then prints how many
steps there were.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.memory import MemoryAdapter
from bridge.broker.topology import HUB_QUEUE, commands_queue
from bridge.store import open_store, provision
from contracts.ids import CommandId
from tests.bridge.edge.conftest import change, create, update
from tests.bridge.edge.worker_site import TOPOLOGY, WorkerSite
from tests.bridge.engine.samples import ZUID

STEPS = {
    "store": ("accept", "begin", "finish", "sent"),
    "adapter": ("find", "create", "read", "write"),
    "broker": ("publish",),
}


class Mortal:
    """Counts steps: one before each call that leaves a trace, and one after it."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def between(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(call)
        async def stepped(*args: Any, **more: Any) -> Any:
            self.step()
            result = await call(*args, **more)
            self.step()
            return result

        return stepped


async def site_in(folder: Path) -> WorkerSite:
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'store.sqlite'}", environment="test")
    return WorkerSite(store, folder, path=folder / "system.sqlite")


async def begin(folder: Path) -> None:
    """A case at the system, and two Commands in the queue: one to change it, one to make one."""
    await provision(f"sqlite+aiosqlite:///{folder / 'store.sqlite'}")
    site = await site_in(folder)
    await site.broker.provision(TOPOLOGY)
    ref = site.open_case()
    await site.command(create(id=CommandId("create")))
    edit = change("title", "Graafwerk", "Nieuw")
    note = {"key": "n", "text": "Gebeld", "at": None, "by": None, "subject": "", "internal": False}
    await site.command(update(ref, edit, change("notes/n", None, note), id=CommandId("update")))
    await site.broker.close()
    await site.store.close()
    site.system.close()


async def is_done(site: WorkerSite) -> bool:
    """Tell whether everything that was asked is answered, and has left."""
    depths = await site.broker.depths()
    return (
        depths[commands_queue(ZUID)] == 0
        and depths[HUB_QUEUE] >= 2
        and not await site.store.pending(ZUID, 10)
        and not (await site.store.outbox_stats(sender=ZUID)).size
    )


async def live(folder: Path, last: int) -> None:
    site, mortal = await site_in(folder), Mortal(last)
    adapter = MemoryAdapter(site.settings)
    for name, calls in STEPS.items():
        part = adapter if name == "adapter" else getattr(site, name)
        for call in calls:
            setattr(part, call, mortal.between(getattr(part, call)))
    # A create that was begun may take this long to land; only then is it made again.
    edge = site.edge(adapter=adapter, holder="the same", request_timeout=timedelta(seconds=3))
    async with site.working_alone(edge):
        async with asyncio.timeout(30):
            while not await is_done(site):  # in store and broker
                await asyncio.sleep(0.01)
    async with site.working():
        await site.receipt(2)
    for receipt in site.receipts():
        print(receipt.command, receipt.result.kind)
    print("steps", mortal.count)
    await site.broker.close()
    await site.store.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2])))
