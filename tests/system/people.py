"""
People who go on working on both sides, whatever happens to systems and bridge meanwhile.

Each looks, types, and tries again where the system is away: what was typed is in the ledger only
once the system has said so. What they choose follows from a seed; when they do it does not.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from bridge.clock import Now
from bridge.demo.backstage import Case, case_of
from bridge.demo.deeds import Office
from bridge.demo.filing import DOCUMENTEN
from bridge.demo.looks import ZAKEN
from bridge.demo.papers import Paper
from bridge.demo.system import Refused, SystemAway
from bridge.demo.work import NewDocument, NotThere
from tests.system.dossiers import (
    AGENCIES,
    ENDS,
    HANDLERS,
    PEOPLE,
    REASONS,
    RESULTS,
    Dossier,
)
from tests.system.ledger import Ledger
from tests.system.patience import eventually

PATIENCE_SECONDS: Final = 90.0
SIZES: Final = (700, 9_000, 60_000, 700_000)
_GONE: Final = 404
_BEHIND: Final = timedelta(seconds=1)
_NEXT: Final = timedelta(milliseconds=1)


@dataclass(slots=True)
class People:
    """
    The people of both agencies.

    Attributes:
        pace_seconds: What one person waits between two deeds, on average.
        run: Goes into titles and numbers, so that no two runs' cases are alike.
    """

    office: Office
    now: Now
    seed: int
    pace_seconds: float = 0.5
    run: str = "run"
    ledger: Ledger = field(default_factory=Ledger)
    dossiers: list[Dossier] = field(default_factory=list)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _at_work: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)

    @property
    def cases(self) -> set[Case]:
        """The cases that they work on, as the bridge names them."""
        return {
            case_of(agency, url)
            for dossier in self.dossiers
            for agency, url in dossier.urls.items()
        }

    async def open(self, count: int, *, wait: bool = True) -> None:
        """Open cases; wait until each has its counterpart, or let that come by itself."""
        chance = random.Random(f"{self.seed}:open:{len(self.dossiers)}")
        first = len(self.dossiers)
        new = [Dossier.new(first + place, self.run, chance) for place in range(count)]
        for dossier in new:
            await self._open(dossier)
        if wait:
            assert await self.all_there(PATIENCE_SECONDS), "not every case got its counterpart"

    async def all_there(self, within_seconds: float) -> bool:
        """Wait until every case has its counterpart."""
        return all(
            [await eventually(partial(self._is_there, d), within_seconds) for d in self.dossiers]
        )

    async def _open(self, dossier: Dossier) -> None:
        kind, at = dossier.kind, self.now() - _BEHIND
        by = PEOPLE[kind.home][0]
        data = {
            **kind.body,
            "number": dossier.number,
            "description": dossier.title,
            "received": at.date().isoformat(),
        }
        work = self.office.casework(kind.home)

        async def create() -> None:
            dossier.urls[kind.home] = await work.create(data, at, kind.participant, by)

        await self._persist(create, f"opening {dossier.title}")
        self.dossiers.append(dossier)

    async def _is_there(self, dossier: Dossier) -> bool:
        """See that the counterpart is there, whole: nobody types into half a case."""
        kind = dossier.kind
        if kind.away in dossier.urls:
            return True
        work = self.office.casework(kind.away)
        url = await work.counterpart(dossier.title)
        if url is None:
            return False
        shown = await work.looks(url)
        wanted = {slot.names[kind.away] for slot in kind.slots.values()}
        if not (wanted <= shown.properties.keys() and shown.statuses):
            return False
        dossier.urls[kind.away] = url
        return True

    @asynccontextmanager
    async def working(self, each: int = 2) -> AsyncIterator[None]:
        """Let so many people of each agency work, until the block ends and they have finished."""
        self._stopping.clear()
        async with asyncio.TaskGroup() as tasks:
            for agency in AGENCIES:
                for place in range(each):
                    tasks.create_task(self._work(agency, place), name=f"{agency}:{place}")
            try:
                yield
            finally:
                self._stopping.set()

    async def _work(self, agency: str, place: int) -> None:
        chance = random.Random(f"{self.seed}:{agency}:{place}:{self.ledger.count.total()}")
        while not self._stopping.is_set():
            await asyncio.sleep(chance.expovariate(1 / self.pace_seconds))
            dossier = chance.choice(self.dossiers)
            if agency in dossier.urls or await self._finds(dossier):
                await self.act(dossier, agency, chance)

    async def _finds(self, dossier: Dossier) -> bool:
        try:
            return await self._is_there(dossier)
        except SystemAway:
            return False

    async def act(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        """Do one thing, chosen at random, to a case at an agency."""
        deeds = _mine(dossier, agency)
        (name,) = chance.choices(list(deeds), [weight for weight, _ in deeds.values()])
        lock = self._at_work.setdefault((dossier.title, agency), asyncio.Lock())
        async with lock:
            await deeds[name][1](self, dossier, agency, chance)

    async def type(
        self, dossier: Dossier, agency: str, what: str, word: str, *, by: str | None = None
    ) -> None:
        """Type a property, by the name that both agencies' properties share here."""
        by = by or PEOPLE[agency][0]
        name, work = dossier.kind.slots[what].names[agency], self.office.casework(agency)
        deed = partial(work.set_property, dossier.urls[agency], name, word, by=by)
        await self._persist(deed, name)
        self.ledger.type(dossier, what, agency, word)

    async def file(
        self, dossier: Dossier, agency: str, content: Paper, kind: str, *, by: str | None = None
    ) -> None:
        """Put a document into a case, under a title made of its number."""
        title, by = title_of(content), by or PEOPLE[agency][0]
        dossier.documents[content.name] = (agency, title, content.version)
        new = NewDocument(
            number=content.name,
            type=kind,
            title=title,
            file="stuk.pdf",
            confidentiality="openbaar",
            internal=False,
            at=self.now(),
        )
        add = partial(self.office.filing(agency).add, dossier.urls[agency], new, content, by=by)
        await self._persist(add, title)
        self.ledger.file(dossier, title, content.digest())

    async def replace(
        self, dossier: Dossier, agency: str, content: Paper, *, by: str | None = None
    ) -> None:
        """Put a new version of a document in the place of the last."""
        title, by = title_of(content), by or PEOPLE[agency][0]
        dossier.documents[content.name] = (agency, title, content.version)
        replace = partial(self.office.filing(agency).replace, content.name, content, by=by)
        await self._persist(replace, title)
        self.ledger.file(dossier, title, content.digest())

    async def shows(
        self, dossier: Dossier, agency: str, content: Paper, title: str | None = None
    ) -> bool:
        """Tell whether a case shows a document there, once and with just this content."""
        shown = (await self.office.casework(agency).looks(dossier.urls[agency])).documents
        found = [each for each in shown if each.title == (title or title_of(content))]
        filing = self.office.filing(agency)
        return len(found) == 1 and await filing.digest(found[0]) == content.digest()

    async def all_show(self, what: str, word: str) -> bool:
        """Tell whether all cases show a property so; of a word that both agencies have."""
        shown = {
            (await self.office.casework(agency).looks(url)).properties.get(
                dossier.kind.slots[what].names[agency]
            )
            for dossier in self.dossiers
            for agency, url in dossier.urls.items()
        }
        return shown == {word}

    async def titles(self, dossier: Dossier, agency: str) -> list[str]:
        """Give the titles of the documents that a case shows at an agency."""
        looks = await self.office.casework(agency).looks(dossier.urls[agency])
        return [document.title for document in looks.documents]

    async def close(self, dossier: Dossier, chance: random.Random) -> None:
        """Give a case its outcome and its end, as the agency does whose status it is."""
        (agency,) = dossier.writers["status"]
        by, outcome = PEOPLE[agency][0], chance.choice(RESULTS[agency])
        work, url = self.office.casework(agency), dossier.urls[agency]
        await self._persist(partial(work.set_result, url, outcome, by=by), "a result")
        self.ledger.type(dossier, "result", agency, outcome)
        await self._set_status(dossier, agency, ENDS[agency], by)

    async def release_locks(self) -> int:
        """
        Release documents that are locked though nobody works on them; give how many there were.

        A kill between the lock of a document and its release leaves one behind, and only people
        may break it: until then the document waits.
        """
        released = 0
        for agency, system in self.office.systems.items():
            for document in await system.all(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"):
                if document["locked"]:
                    await system.post(f"{document['url']}/unlock", {}, by=PEOPLE[agency][0])
                    released += 1
        return released

    async def _set_status(self, dossier: Dossier, agency: str, code: str, by: str) -> None:
        work, url, at = self.office.casework(agency), dossier.urls[agency], None
        system = self.office.systems[agency]

        async def deed() -> None:
            nonlocal at
            if at is None:
                # As of a moment ago: a system's clock may be a little behind. But after the last.
                statuses = await system.all(f"{ZAKEN}/statussen", {"zaak": url})
                set_at = [datetime.fromisoformat(each["datumStatusGezet"]) for each in statuses]
                at = max([self.now() - _BEHIND, *[each + _NEXT for each in set_at]])
            await work.set_status(url, code, at, by=by)

        await self._persist(deed, "a status")
        self.ledger.type(dossier, "status", agency, code)

    # What they do

    async def _property(
        self, dossier: Dossier, agency: str, chance: random.Random, *, what: str
    ) -> None:
        word = dossier.kind.slots[what].words[agency](chance)
        await self.type(dossier, agency, what, word, by=chance.choice(PEOPLE[agency]))

    async def _status(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        known = self.ledger.typed.get((dossier.title, "status"), {}).get(agency)
        code = chance.choice([c for c in dossier.kind.statuses[agency] if c != known])
        await self._set_status(dossier, agency, code, chance.choice(PEOPLE[agency]))

    async def _handler(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        staff, role = chance.choice(HANDLERS), dossier.kind.roles[agency]
        work, by = self.office.casework(agency), chance.choice(PEOPLE[agency])
        deed = partial(work.assign, dossier.urls[agency], staff, role, by=by)
        await self._persist(deed, "a handler")
        self.ledger.type(dossier, "handler", agency, staff)

    async def _suspension(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        reason = chance.choice([*REASONS, None])
        work, url = self.office.casework(agency), dossier.urls[agency]
        by = chance.choice(PEOPLE[agency])
        deed = (
            partial(work.suspend, url, reason, by=by)
            if (reason is not None)
            else partial(work.resume, url, by=by)
        )
        await self._persist(deed, "a suspension")
        self.ledger.type(dossier, "suspension", agency, reason)

    async def _note(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        text = f"Notitie {len(self.ledger.noted)} van {agency}: {chance.randrange(10**6)}"
        work, by = self.office.casework(agency), chance.choice(PEOPLE[agency])
        deed = partial(work.note, dossier.urls[agency], text, internal=False, by=by)
        await self._persist(deed, "a note")
        self.ledger.note(dossier, text)

    async def _document(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        number = f"{dossier.number}-{agency}-{len(dossier.documents)}"
        content = Paper(number, 1, chance.choice(SIZES))
        kind = chance.choice(dossier.kind.document_types[agency])
        await self.file(dossier, agency, content, kind, by=chance.choice(PEOPLE[agency]))

    async def _version(self, dossier: Dossier, agency: str, chance: random.Random) -> None:
        own = [(number, d) for number, d in dossier.documents.items() if d[0] == agency]
        if not own:
            await self._document(dossier, agency, chance)
            return
        number, (_, _, version) = chance.choice(own)
        content = Paper(number, version + 1, chance.choice(SIZES))
        await self.replace(dossier, agency, content, by=chance.choice(PEOPLE[agency]))

    async def _persist(self, deed: Callable[[], Awaitable[Any]], what: str) -> None:
        """Do something again and again until the system has said that it is done."""
        why = ""

        async def is_done() -> bool:
            nonlocal why
            try:
                await deed()
            except (SystemAway, NotThere) as error:
                why = str(error)
                return False
            except Refused as refused:
                if refused.status != _GONE:
                    raise
                why = str(refused)  # somebody else took it away between looking and doing
                return False
            return True

        assert await eventually(is_done, PATIENCE_SECONDS), f"{what} cannot be done: {why}"


def title_of(content: Paper) -> str:
    """Give the title under which a document is filed."""
    return f"Stuk {content.name}"


Deed = Callable[[People, Dossier, str, random.Random], Awaitable[None]]


def _mine(dossier: Dossier, agency: str) -> dict[str, tuple[int, Deed]]:
    """Say what the people of an agency do to a case, and how often compared with the rest."""
    always: dict[str, tuple[int, Deed]] = {
        "note": (1, People._note),
        "document": (1, People._document),
        "version": (1, People._version),
    }
    theirs: dict[str, tuple[int, Deed]] = {
        "status": (2, People._status),
        "handler": (1, People._handler),
        "suspension": (1, People._suspension),
    }
    return always | {
        what: theirs.get(what) or (2, partial(People._property, what=what))
        for what, agencies in dossier.writers.items()
        if agency in agencies
    }
