"""
The people of the ZGW world: they work in their own systems, on one side or on both at once.

What they do is that of the people in `tests.system.people`, and more; here one deed after another
is asked for, so that a run can leave out any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from bridge.demo.backstage import case_of
from bridge.demo.papers import Paper
from bridge.demo.system import SystemAway
from contracts.ids import AgencyId
from tests.simulation.trace import Did, Trace
from tests.system.dossiers import AGENCIES, ENDS, PEOPLE, Dossier
from tests.system.people import SIZES, Deed, People, _mine

_MOST_CASES: Final = 4


@dataclass(slots=True)
class Clerks(People):
    """Who works on the cases, deed by deed as the run asks for them."""

    trace: Trace = field(default_factory=Trace)
    _begun: list[asyncio.Task[None]] = field(default_factory=list)
    _taken_in: int = 0

    def one(self, chance: Random) -> None:
        """Begin something somewhere; on both sides at once, sometimes."""
        few = self._taken_in < _MOST_CASES
        if not self._taken_in or (few and chance.random() < 0.15):
            self._begin(self._take_in(Random(chance.random())))
        elif self.dossiers:
            dossier = chance.choice(self.dossiers)
            sides = AGENCIES if chance.random() < 0.3 else (chance.choice(AGENCIES),)
            for agency in sides:
                self._begin(self._turn_to(dossier, agency, Random(chance.random())))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        begun = asyncio.get_running_loop().create_task(work)
        self._begun.append(begun)
        return begun

    def replaces(self, agency: str, number: str, chance: Random) -> asyncio.Task[None] | None:
        """Have somebody begin to replace a document of their agency's own; ``None`` where none."""
        for dossier in self.dossiers:
            if dossier.documents.get(number, ("",))[0] == agency:
                work = self._replace(dossier, agency, number, chance)
                # Not in the context of whoever gives the content, with which it would end.
                return Context().run(self._begin, work)
        return None

    async def _replace(self, dossier: Dossier, agency: str, number: str, chance: Random) -> None:
        async with self._lock(dossier, agency):
            whose, _, version = dossier.documents[number]
            if whose == agency:
                content = Paper(number, version + 1, chance.choice(SIZES))
                await self.replace(dossier, agency, content, by=chance.choice(PEOPLE[agency]))
                self._did(dossier, agency, "version")

    async def finish(self) -> list[BaseException]:
        """Wait until everybody has done what they had begun; give what kept them from it."""
        ended = await asyncio.gather(*self._begun, return_exceptions=True)
        return [each for each in ended if each is not None]

    async def _take_in(self, chance: Random) -> None:
        dossier = Dossier.new(self._taken_in, self.run, chance)
        self._taken_in += 1
        await self._open(dossier)
        self._did(dossier, dossier.kind.home, "open")

    async def _turn_to(self, dossier: Dossier, agency: str, chance: Random) -> None:
        """Do something to a case, if it is there by now."""
        try:
            if agency not in dossier.urls and not await self._is_there(dossier):
                return
        except SystemAway:
            return
        await self.act(dossier, agency, chance)

    async def _is_there(self, dossier: Dossier) -> bool:
        """
        See that the counterpart is there, and that the bridge knows it.

        What is typed before a create was answered meets what was agreed, by the rule for conflicts.
        The journal tells that, and the laws of the whole world read it; the ledger here does not.
        """
        if dossier.kind.away in dossier.urls:
            return True
        home = case_of(dossier.kind.home, dossier.urls[dossier.kind.home])
        away = AgencyId(dossier.kind.away)
        links = await self.office.backstage.links_of(home)
        is_known = any(link.sides[away].checked_at is not None for link in links)
        return is_known and await People._is_there(self, dossier)

    async def act(self, dossier: Dossier, agency: str, chance: Random) -> None:
        """Do one thing, chosen at random, to a case at an agency."""
        deeds = _mine(dossier, agency) | self._more(dossier, agency)
        (name,) = chance.choices(list(deeds), [weight for weight, _ in deeds.values()])
        async with self._lock(dossier, agency):
            await deeds[name][1](self, dossier, agency, chance)
        self._did(dossier, agency, name)

    def _lock(self, dossier: Dossier, agency: str) -> asyncio.Lock:
        return self._at_work.setdefault((dossier.number, agency), asyncio.Lock())

    def _more(self, dossier: Dossier, agency: str) -> dict[str, tuple[int, Deed]]:
        # More of them than people elsewhere: a document is written by several requests.
        found: dict[str, tuple[int, Deed]] = {
            "document": (6, People._document),
            "version": (6, People._version),
        }
        if agency == dossier.kind.home:
            found["deadline"] = (1, self._deadline)
            if len(dossier.urls) == len(AGENCIES):
                found["title"] = (1, self._title)
        if agency in dossier.writers["status"]:
            found["close"] = (1, self._close)
        if any(whose == agency for whose, _, _ in dossier.documents.values()):
            found["withdraw"] = (1, self._withdraw)
        return found

    # What they do besides

    async def _title(self, _: People, dossier: Dossier, agency: str, chance: Random) -> None:
        """Give a case another title; its people on both sides know it by that from now on."""
        title = f"{dossier.title.partition(',')[0]}, ook wel {chance.randrange(10**6)}"
        system, by = self.office.systems[agency], chance.choice(PEOPLE[agency])
        deed = partial(system.patch, dossier.urls[agency], {"omschrijving": title}, by=by)
        await self._persist(deed, "a title")
        self.ledger.retitle(dossier, title)

    async def _deadline(self, _: People, dossier: Dossier, agency: str, chance: Random) -> None:
        work, by = self.office.casework(agency), chance.choice(PEOPLE[agency])
        url, days = dossier.urls[agency], chance.randint(1, 30)
        deed = partial(work.extend, url, days, "meer tijd nodig", by=by)
        await self._persist(deed, "a deadline")

    async def _close(self, _: People, dossier: Dossier, agency: str, chance: Random) -> None:
        """Close a case that is open; a status that is set later opens it again."""
        typed = self.ledger.typed.get((dossier.title, "status"), {}).get(agency)
        if typed != ENDS[agency]:
            await self.close(dossier, chance)

    async def _withdraw(self, _: People, dossier: Dossier, agency: str, chance: Random) -> None:
        """Take a document out of a case again; nobody is told of that."""
        own = [number for number, found in dossier.documents.items() if found[0] == agency]
        number = chance.choice(own)
        title, version = dossier.documents[number][1:]
        filing, by = self.office.filing(agency), chance.choice(PEOPLE[agency])
        deed = partial(filing.remove, dossier.urls[agency], number, by=by)
        await self._persist(deed, f"withdrawing {title}")
        self.ledger.withdraw(dossier, title)
        # Its number is not given again.
        dossier.documents[number] = "", title, version

    async def touch(self, dossier: Dossier) -> None:
        """Save a case as it stands, so that its system announces it once more."""
        home = dossier.kind.home
        system, by = self.office.systems[home], PEOPLE[home][0]
        await system.patch(dossier.urls[home], {"omschrijving": dossier.title}, by=by)

    def _did(self, dossier: Dossier, agency: str, what: str) -> None:
        self.trace.add(Did(self.now(), agency, dossier.title, what))
