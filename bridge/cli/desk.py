"""Commands at the desk: it is opened over the store that the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from bridge.cli.context import err, inert, settings_of
from bridge.cli.running import running
from bridge.clock import clock_set
from bridge.desk import Desk
from bridge.opening import open_rules, opened_store
from bridge.settings import Settings
from contracts.envelope import source_of

T = TypeVar("T")


@asynccontextmanager
async def desk_of(settings: Settings) -> AsyncIterator[Desk]:
    """Open the desk over the store that the settings name."""
    async with opened_store(settings) as store:
        rules = await open_rules(settings, store)
        if rules.refused is not None:
            err.print(
                f"[yellow]The rules' files are not in force, those before them are:[/] "
                f"{inert(rules.refused)}"
            )
        yield Desk(
            store,
            rules=rules.current,
            source=source_of(settings.oin, "casebridge"),
            now=clock_set(settings.clock_ahead),
        )


def with_desk(config: Path | None, job: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Run *job* at the desk, and turn what goes wrong into words and an exit code."""

    async def run(settings: Settings) -> T:
        async with desk_of(settings) as desk:
            return await job(desk)

    return running(lambda: run(settings_of(config)))
