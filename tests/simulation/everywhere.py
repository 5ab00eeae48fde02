"""
A crash at every single await: one short history, again and again, killed one step later each time.

The history is always the same: two agencies, one case that crosses, somebody who types on either
side, a document, a status. Random kills find what is likely; this finds what is rare.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from contracts.ids import AgencyId
from tests.simulation.laws import Broken, judge
from tests.simulation.people import Edit
from tests.simulation.world import Options, World

SEED: Final = 3
_BACK_AFTER: Final = 3.0
_DEEDS: Final = 7


@dataclass(slots=True)
class Short(World):
    """A world in which the same few things happen, and one process is killed at one step."""

    victim: str = ""
    at_step: int = 0
    is_killed: bool = False

    def watch(self) -> None:
        """Have the victim killed when its step comes."""
        self.loop.on_step = self._stepped

    def _stepped(self, process: str) -> None:
        name = process.partition("#")[0]
        if self.is_killed or name != self.victim or self.loop.steps[process] < self.at_step:
            return
        self.is_killed = True
        found = self.processes[name]
        found.kill()
        self.loop.call_later(_BACK_AFTER, found.start)

    async def act(self) -> None:
        """Let people do the same few things."""
        home, other = self.ruleset.agencies[:2]
        random = Random(SEED)
        cells, by = self.people.opens(random, home)
        self.deeds.open(self.systems[home], cells, by)
        await asyncio.sleep(4)
        for _ in range(_DEEDS):
            for agency in (home, other):
                system = self.systems[agency]
                for ref in system.refs()[:1]:
                    title = Edit("title", f"#{self.people.number()} {agency}", self._clerk(agency))
                    self.deeds.do(system, ref, title)
                    self.deeds.type(agency, ref, random)
            await asyncio.sleep(0.7)

    def _clerk(self, agency: AgencyId) -> str:
        staff = self.rules().staff.values()
        return next(member.id for member in staff if member.employer == agency)


def world(victim: str = "", at_step: int = 0) -> Short:
    """Make the world of the short history; without a victim nobody is killed."""
    options = Options(SEED, agencies=2, faults=frozenset(), hubs=1)
    made = Short(options, victim=victim, at_step=at_step)
    made.watch()
    return made


def steps() -> dict[str, int]:
    """Count the steps that each process takes where nobody is killed."""
    undisturbed = world()
    undisturbed.run()
    found: dict[str, int] = {}
    for process, count in undisturbed.loop.steps.items():
        name = process.partition("#")[0]
        if name in undisturbed.processes:
            found[name] = count
    return found


def killed_at(moment: tuple[str, int]) -> list[Broken]:
    """Play the history with one process killed at one of its steps; give what broke."""
    victim, at_step = moment
    played = world(victim, at_step)
    outcome = played.run()
    place = len(outcome.trace.events)
    bugs = [Broken("no_bug", place, why) for why in played.bugs]
    return [*judge(outcome), *bugs]


def every(nth: int = 1) -> Iterator[tuple[str, int]]:
    """Name each process with each of its steps, or with every *nth* one."""
    for name, count in steps().items():
        for step in range(1, count + 1, nth):
            yield name, step
