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
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.demo.agenda import Step, agenda
from bridge.demo.backstage import Backstage, Case, case_of
from bridge.demo.casework import NotThere
from bridge.demo.deeds import Office
from bridge.demo.histories import Event, History
from bridge.demo.system import SystemAway
from bridge.demo.telling import Teller

PATIENCE_SECONDS: Final = 60.0
"""How long a case may take to come to rest before the demo goes on without it."""

_LOOK_EVERY: Final = 0.05
_AGAIN_AFTER: Final = 0.25


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
        gives_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                for system in self.office.systems.values():
                    await system.set_clock(event.at)
                if (url := await self.office.do(history, event)) is not None:
                    self._cases.setdefault(history.id, set()).add(case_of(event.agency, url))
                return
            except (SystemAway, NotThere):
                if time.monotonic() > gives_up:
                    raise
                await asyncio.sleep(_AGAIN_AFTER)

    async def _share(self, history: History) -> None:
        shared = history.shared_by_hand
        assert shared is not None, "a step that shares is made of one that is shared"  # noqa: S101
        url = await self.office.address(history, history.home)
        await self.backstage.share(case_of(history.home, url), shared.with_, shared.by)

    # Both at once

    async def _at_once(self, step: Step) -> None:
        """Let both sides act before either hears of the other; the home's hints come first."""
        systems = self.office.systems
        for system in systems.values():
            await system.hold(back=True)
        for event in step.events:
            await self._do(step.history, event)
        home = step.history.home
        for agency in sorted(systems, key=lambda name: name != home):
            await systems[agency].hold(back=False)
            if agency == home:
                await self._heard(agency)

    async def _heard(self, agency: str) -> None:
        """Wait until the bridge has heard all that a system announced, and looked."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self._is_unheard(agency):
                    await asyncio.sleep(_LOOK_EVERY)

    async def _is_unheard(self, agency: str) -> bool:
        waiting = await self.office.systems[agency].waiting_notifications()
        return bool(waiting or await self.backstage.looks_due())

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
        url = await self.office.address(history, event.agency, event.data.get("case"))
        system = self.office.systems[event.agency]
        zaak = await system.get(url)
        message = {
            "kanaal": "zaken", "hoofdObject": url, "resource": "zaak", "resourceUrl": url,
            "actie": "partial_update", "aanmaakdatum": event.at.isoformat(),
            "kenmerken": {
                "bronorganisatie": zaak["bronorganisatie"], "zaaktype": zaak["zaaktype"],
                "vertrouwelijkheidaanduiding": zaak["vertrouwelijkheidaanduiding"],
            },
        }
        await system.post("/notificaties/api/v1/notificaties", message, by=event.by)

    # Coming to rest

    async def _come_to_rest(self, history: History) -> None:
        began = time.monotonic()
        cases = self._cases.get(history.id)
        if not cases:
            return
        while time.monotonic() < began + PATIENCE_SECONDS:
            with suppress(SystemAway):
                if await self.backstage.is_at_rest(cases):
                    self.notebook.took(history, time.monotonic() - began)
                    self.teller.rests(history)
                    return
            await asyncio.sleep(_LOOK_EVERY)
        self.teller.does_not_rest(history)

    async def all_at_rest(self) -> bool:
        """Wait until nothing is going on any more; false where that takes too long."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            with suppress(SystemAway):
                if not await self._is_anything_unheard() and await self.backstage.all_at_rest():
                    return True
            await asyncio.sleep(_LOOK_EVERY)
        return False

    async def _is_anything_unheard(self) -> bool:
        return any(
            [await system.waiting_notifications() for system in self.office.systems.values()]
        )

    def cases(self, history: History) -> Sequence[Case]:
        """Give the cases of a history that were touched."""
        return sorted(self._cases.get(history.id, ()))
