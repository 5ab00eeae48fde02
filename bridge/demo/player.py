"""
The player: does what the histories tell, event by event, as people would in their own systems.

A history's next event waits until its case has come to rest on both sides: people act on what
they see. Different histories do not wait for each other. What is done is written down, so that
a run that was stopped can go on.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bridge.demo.agenda import Step, agenda
from bridge.demo.backstage import Backstage, Case, case_of
from bridge.demo.deeds import Office
from bridge.demo.histories import Event, History
from bridge.demo.patience import until
from bridge.demo.telling import Teller
from bridge.demo.work import NotThere


class Unplayable(Exception):
    """A system stayed away, or the case that an event is about never came."""


@dataclass(slots=True)
class Notebook:
    """What was played already, kept in a file; and how long each took to be alike."""

    path: Path
    done: set[str] = field(default_factory=set)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path.exists():
            kept = json.loads(self.path.read_text("utf-8"))
            self.done, self.seconds = set(kept["done"]), kept["seconds"]

    def tick(self, step: Step) -> None:
        """Write down that a step is done."""
        self.done.add(step.key)
        self._save()

    def took(self, history: History, seconds: float) -> None:
        """Write down how long a case took to come to rest."""
        self.seconds.setdefault(history.id, []).append(round(seconds, 3))
        self._save()

    def _save(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"done": sorted(self.done), "seconds": self.seconds}), "utf-8")
        new.replace(self.path)


@dataclass(slots=True)
class Player:
    """Plays the histories."""

    office: Office
    notebook: Notebook
    teller: Teller
    calm: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while hints are held back: a system that fell then would let them go."""
    _cases: dict[str, set[Case]] = field(default_factory=dict)
    _rest: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def backstage(self) -> Backstage:
        """The look into the bridge's store."""
        return self.office.backstage

    async def play(self) -> None:
        """Play what was not played yet, to its end."""
        async with asyncio.TaskGroup() as tasks:
            for step in agenda(self.office.world.histories):
                if step.key in self.notebook.done:
                    continue
                history = step.history
                if (resting := self._rest.get(history.id)) is not None:
                    await resting
                await self._play(step)
                self.notebook.tick(step)
                self._rest[history.id] = tasks.create_task(self._come_to_rest(history))

    async def _play(self, step: Step) -> None:
        self.teller.plays(step)
        if step.is_share:
            await self._share(step.history)
        elif step.is_concurrent:
            async with self.calm:
                await self._at_once(step)
        else:
            await self._do(step.history, step.events[0])
            await self._hint_again(step)
        for event in step.late:
            await self._announce_again(step.history, event)

    async def _do(self, history: History, event: Event) -> None:
        """Do what an event tells, until it is done: a system may be away for a while."""

        async def deed() -> None:
            for system in self.office.systems.values():
                await system.set_clock(event.at)
            url = await self.office.do(history, event)
            if url is not None:
                self._cases.setdefault(history.id, set()).add(case_of(event.agency, url))

        await _persist(deed, f"{history.id}: event {event.seq} ({event.kind})")

    async def _share(self, history: History) -> None:
        shared = history.shared_by_hand
        assert shared is not None, "a step that shares is made of one that is shared"  # noqa: S101

        async def deed() -> None:
            url = await self.office.address(history, history.home)
            await self.backstage.share(case_of(history.home, url), shared.with_, shared.by)

        await _persist(deed, f"{history.id}: sharing")

    # Both at once

    async def _at_once(self, step: Step) -> None:
        """Let both sides act before either hears of the other; the home's hints come first."""
        systems = self.office.systems
        for system in systems.values():
            await _persist(partial(system.hold, back=True), system.agency)
        for event in step.events:
            await self._do(step.history, event)
        home = step.history.home
        for agency in sorted(systems, key=lambda name: name != home):
            await _persist(partial(systems[agency].hold, back=False), agency)
            if agency == home:
                await self._heard(agency)

    async def _heard(self, agency: str) -> None:
        """Wait until the bridge has heard all that a system announced, and looked."""

        async def is_heard() -> bool:
            waiting = await self.office.systems[agency].waiting_notifications()
            return not (waiting or await self.backstage.looks_due())

        await until(is_heard)

    # Hints that come twice, late, out of order

    async def _hint_again(self, step: Step) -> None:
        event = step.events[0]
        if event.delivery is None:
            return
        on_time = [d for d in event.delivery.delay_seconds if not d] or [0] * event.delivery.hints
        for _ in on_time[1:]:
            await self._announce_again(step.history, event)

    async def _announce_again(self, history: History, event: Event) -> None:
        """Have a system announce once more what it announced when the event was new."""
        work = self.office.casework(event.agency)

        async def deed() -> None:
            url = await self.office.address(history, event.agency, event.data.get("case"))
            await work.announce_again(url, event.at, by=event.by)

        await _persist(deed, f"{history.id}: announcing {event.seq} again")

    # Coming to rest

    async def _come_to_rest(self, history: History) -> None:
        began = time.monotonic()
        cases = self._cases.get(history.id)
        if not cases:
            return
        if await until(lambda: self.backstage.is_at_rest(cases)):
            self.notebook.took(history, time.monotonic() - began)
            self.teller.rests(history)
        else:
            self.teller.does_not_rest(history)

    async def all_at_rest(self) -> bool:
        """Wait until nothing is going on any more; false where that takes too long."""
        return await until(self._is_all_at_rest)

    async def _is_all_at_rest(self) -> bool:
        for system in self.office.systems.values():
            if await system.waiting_notifications():
                return False
        return await self.backstage.all_at_rest()


async def _persist(deed: Callable[[], Awaitable[None]], what: str) -> None:
    """Do something, again and again until it is done: every deed may be repeated."""

    async def is_done() -> bool:
        try:
            await deed()
        except NotThere:
            return False
        return True

    if not await until(is_done):
        msg = f"{what}: cannot be done; a system stays away, or a case never came"
        raise Unplayable(msg)
