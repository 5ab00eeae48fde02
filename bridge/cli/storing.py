"""Commands about the store itself: restored, adopt."""

from __future__ import annotations

import asyncio

import typer

from bridge.cli.context import Config, out, plain, settings_of
from bridge.cli.running import running
from bridge.clock import clock_set
from bridge.opening import opened_store
from bridge.presence import WITHIN
from bridge.settings import Settings
from bridge.store import Identity, adopt, see_nobody

group = typer.Typer(no_args_is_help=True, help="Say what happened to the store itself.")

_LEFT = "every linked case is read anew on both sides before anything is written"


@group.command()
def restored(config: Config = None) -> None:
    """Say that the store was brought back from a backup: look first, write later.

    Give it while everything is stopped. Give it once for each store that was brought back. It
    looks for some seconds whether anybody is at work, and refuses then.
    """

    async def run(settings: Settings) -> Identity:
        now = clock_set(settings.clock_ahead)
        async with opened_store(settings) as store:
            see_nobody(await store.at_work(now()), where=store.where)
            # What runs since before the backup was put back is in no row of it, until it tells.
            await asyncio.sleep(WITHIN.total_seconds())
            return await store.restored(now())

    begun = running(lambda: run(settings_of(config)))
    out.print(f"the store begins epoch {begun.epoch}; {_LEFT}")


@group.command("adopt")
def take_over(config: Config = None) -> None:
    """Make another environment's store, or a copy of it, this environment's own.

    Then that environment refuses it. As after a restore, nothing is sent before it was looked at.
    """

    async def run(settings: Settings) -> Identity:
        return await adopt(
            settings.store_url,
            environment=settings.environment,
            at=clock_set(settings.clock_ahead)(),
        )

    ours = running(lambda: run(settings_of(config)))
    out.print(f"the store is that of {plain(ours.environment)}, in epoch {ours.epoch}; {_LEFT}")
