"""Whatever is asked of them in whatever order, a store in memory and one in SQLite answer alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import pytest

from bridge.engine.parked import Reason
from bridge.store import (
    CasePage,
    CaseState,
    Finished,
    HintRow,
    MemoryState,
    MemoryStore,
    Pause,
    Presence,
    SqlStore,
    Store,
    Work,
)
from bridge.store.migrate import upgrade
from bridge.store.sqlite import InlineSqlite
from contracts.ids import AgencyId, Cursor, LinkId
from tests.bridge.store.anything import (
    AGENCIES,
    COMMANDS,
    CONTENTS,
    HOLDERS,
    LINKS,
    MESSAGES,
    REFS,
    TEXTS,
    Anything,
)
from tests.bridge.store.conftest import NOW

T = TypeVar("T")
Call = Callable[[Store], Coroutine[Any, Any, T]]

MUCH: Final = 1000
LATE: Final = NOW + timedelta(hours=1)
TERM: Final = timedelta(seconds=2)
STEPS: Final = 400


def at_once(call: Coroutine[Any, Any, T]) -> T:
    """Give what a coroutine returns that never suspends."""
    try:
        call.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    call.close()
    pytest.fail("it suspended")


def outcome(store: Store, call: Call[Any]) -> Any:
    """What a call gives, or that it was refused."""
    try:
        return at_once(call(store))
    except Exception as error:  # noqa: BLE001  # whichever: the other store must refuse it as well
        is_ours = type(error).__module__.startswith("bridge.")
        return type(error) if is_ours else "a bug, as each store finds it"


class Twins:
    """Both stores, what they were told, and what each of them gave."""

    def __init__(self, sql: SqlStore, memory: MemoryStore, random: Random) -> None:
        self.sql, self.memory, self.any = sql, memory, Anything(random)
        self.hints: list[tuple[HintRow, HintRow]] = []
        self.epochs: dict[AgencyId, int] = {}

    def both(self, call: Call[Any]) -> Any:
        """Do it to both; give what both gave."""
        one, other = outcome(self.sql, call), outcome(self.memory, call)
        assert one == other
        return one

    # The hub's

    def commit(self) -> None:
        versions: dict[LinkId, int] = {}

        def expected(id_: LinkId) -> int:
            there = at_once(self.memory.links([id_]))
            version = versions.get(id_, there[id_].version if there else 0)
            versions[id_] = version + 1
            return version

        group: tuple[Work, ...] = self.any.some(lambda: self.any.work(expected), 3)
        self.both(lambda store: store.commit(group))

    def postpone(self) -> None:
        ids, until = self.any.some(lambda: self.any.one(LINKS), 3), self.any.moment()
        self.both(lambda store: store.postpone(ids, until))

    def add_share(self) -> None:
        share = self.any.share()
        self.both(lambda store: store.add_share(share))

    def sent(self) -> None:
        ids = set(self.any.some(lambda: self.any.one(MESSAGES), 3))
        self.both(lambda store: store.sent(ids))

    # The edge's

    def hint(self) -> None:
        hints, due_at = self.any.some(self.any.hint, 3), self.any.maybe(self.any.moment())
        cursors = self.any.maybe({self.any.one(AGENCIES): Cursor(self.any.one(TEXTS[:3]))})
        self.both(lambda store: store.hint(hints, due_at=due_at, cursors=cursors))

    def due_hints(self) -> None:
        """Versions are each store's own; all else is alike."""
        agency, at, limit = self.any.one(AGENCIES), self.any.moment(), 1 + self.any.number(2)
        one, other = (at_once(s.due_hints(agency, at, limit)) for s in (self.sql, self.memory))
        assert [replace(row, version=0) for row in one] == [replace(r, version=0) for r in other]
        self.hints = [*self.hints, *zip(one, other, strict=True)][-6:]

    def requeue_hint(self) -> None:
        of, due_at = self._seen(), self.any.moment()
        self.both(lambda store: store.requeue_hint(of(store), due_at))

    def accept(self) -> None:
        commands = self.any.some(self.any.command, 3)
        self.both(lambda store: store.accept(commands))

    def begin(self) -> None:
        command, at = self.any.one(COMMANDS), self.any.moment()
        self.both(lambda store: store.begin(command, at))

    def acquire(self) -> None:
        agency, holder, now = self.any.one(AGENCIES), self.any.one(HOLDERS), self.any.moment()
        epoch = self.both(lambda store: store.acquire(agency, holder, TERM, now))
        if epoch is not None:
            self.epochs[agency] = epoch

    def renew(self) -> None:
        agency, holder, now = self.any.one(AGENCIES), self.any.one(HOLDERS), self.any.moment()
        epoch = self._epoch(agency)
        self.both(lambda store: store.renew(agency, holder, epoch, TERM, now))

    def release(self) -> None:
        agency, holder = self.any.one(AGENCIES), self.any.one(HOLDERS)
        epoch = self._epoch(agency)
        self.both(lambda store: store.release(agency, holder, epoch))

    def finish(self) -> None:
        agency = self.any.one(AGENCIES)
        epoch, of = self._epoch(agency), self._seen()
        answered = self.any.some(self.any.answered, 2)
        outgoing = self.any.some(self.any.message, 2)
        seen = self.any.some(lambda: self.any.known(agency), 2)
        second = Finished(outgoing=outgoing)

        def call(store: Store) -> Coroutine[Any, Any, None]:
            return store.finish(agency, epoch, [Finished((of(store),), answered, (), seen), second])

        self.both(call)

    def save_digests(self) -> None:
        agency, digests = self.any.one(AGENCIES), {self.any.one(CONTENTS): self.any.digest()}
        self.both(lambda store: store.save_digests(agency, digests, NOW))

    def prune(self) -> None:
        before = self.any.moment()
        self.both(lambda store: store.prune(before))

    # Everybody's

    def attend(self) -> None:
        process, at, until = self.any.one(["a", "b"]), self.any.moment(), self.any.moment()
        presence = Presence(process, "hub", until)
        self.both(lambda store: store.attend(presence, at))
        self.both(lambda store: store.at_work(at))

    def leave(self) -> None:
        process = self.any.one(["a", "b"])
        self.both(lambda store: store.leave(process))

    def restored(self) -> None:
        self.both(lambda store: store.restored(NOW))

    def list_cases(self) -> None:
        text, state = self.any.one(TEXTS), self.any.one(list(CaseState))
        agency, limit = self.any.maybe(self.any.one(AGENCIES)), 1 + self.any.number(2)
        wanted: dict[str, Any] = {"text": text, "state": state, "agency": agency, "limit": limit}
        page = self.both(lambda store: store.cases(**wanted))
        while after := page.after:
            page = self.both(partial(_next_page, wanted, after))

    def list_parked(self) -> None:
        reason, lately = self.any.one(list(Reason)[:2]), self.any.moment()
        groups = self.both(lambda store: store.parked_groups(lately))
        matter = self.any.one([group.matter.id for group in groups] or ["none"])
        wanted: dict[str, Any] = {"link": self.any.maybe(self.any.one(LINKS), 0.3),
                  "agency": self.any.maybe(self.any.one(AGENCIES), 0.3),
                  "reason": self.any.maybe(reason, 0.3), "matter": self.any.maybe(matter, 0.3),
                  "limit": 1 + self.any.number(3), "skip": self.any.number(2)}  # fmt: skip
        self.both(lambda store: store.parked(**wanted))

    def pause(self) -> None:
        agency, told = self.any.one(AGENCIES), self.any.row()
        if self.any.number(1):
            self.both(lambda store: store.pause(Pause(agency, "els", "onderhoud", NOW), told))
        else:
            self.both(lambda store: store.unpause(agency, told))

    def read_journal(self) -> None:
        link, case = self.any.maybe(self.any.one(LINKS)), self.any.maybe(self.any.case())
        limit, before = 1 + self.any.number(3), self.any.maybe(1 + self.any.number(60))
        self.both(lambda store: store.journal_of(link, case=case, limit=limit, before=before))

    def look(self) -> None:
        """Everything that is there is alike."""
        every = [(agency, ref) for agency in AGENCIES for ref in REFS]
        before, after = self.any.maybe(self.any.moment()), self.any.maybe(self.any.one(REFS))
        calls: list[Call[Any]] = [
            lambda store: store.identity(),
            lambda store: items_of(store.links(LINKS[::-1])),
            lambda store: items_of(store.links_of(every[::-1])),
            lambda store: store.shares_of(every),
            lambda store: store.figures(),
            lambda store: store.case(LINKS[0]),
            lambda store: in_any_order(items_of(store.numbers(LINKS))),
            lambda store: store.unsent(MUCH, before=before),
            # In which order things come that came about in the same moment is nobody's promise.
            lambda store: in_any_order(store.due_timers(LATE, MUCH)),
            lambda store: store.parked_groups(NOW),
            lambda store: store.due(NOW.date(), limit=2),
        ]
        for call in calls:
            self.both(call)
        for agency in AGENCIES:
            self._look_at(agency, after)

    def _look_at(self, agency: AgencyId, after: Any) -> None:
        calls: list[Call[Any]] = [
            lambda store: store.cursor(agency),
            lambda store: store.pending(agency, 2),
            lambda store: store.known(agency, after, 2),
            lambda store: store.known_cases(agency, REFS),
            lambda store: store.digests(agency, CONTENTS[1:]),
            lambda store: store.unsent(2, sender=agency),
            lambda store: store.outbox_stats(sender=agency),
        ]
        for call in calls:
            self.both(call)

    def _seen(self) -> Callable[[Store], HintRow]:
        """Name a Hint that was seen once, as each store knows it."""
        if not self.hints:
            row = HintRow(*self.any.case(), self.any.hint().cause, NOW, 0, -1)
            return lambda _: row
        pair = self.any.one(self.hints)
        return lambda store: pair[0] if store is self.sql else pair[1]

    def _epoch(self, agency: AgencyId) -> int:
        return self.epochs.get(agency, 0) - (self.any.number(4) == 0)


async def _next_page(wanted: dict[str, Any], after: str, store: Store) -> CasePage:
    return await store.cases(**wanted, after=after)


async def items_of(call: Coroutine[Any, Any, Mapping[Any, T]]) -> list[tuple[Any, T]]:
    return list((await call).items())


async def in_any_order(call: Coroutine[Any, Any, Collection[T]]) -> list[T]:
    return sorted(await call, key=repr)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with its tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite"
    database = InlineSqlite(path)
    at_once(upgrade(database))
    at_once(database.close())
    return path


@pytest.fixture
def sql(template: Path, tmp_path: Path) -> Iterator[SqlStore]:
    shutil.copy(template, tmp_path / "store.sqlite")
    store = SqlStore(InlineSqlite(tmp_path / "store.sqlite"), environment="test")
    yield store
    at_once(store.close())


@pytest.mark.parametrize("seed", range(12))
def test_a_store_in_memory_answers_as_one_in_sqlite(sql: SqlStore, seed: int) -> None:
    """Hubs and edges, people and sweeps, in any order: whatever is given back is alike."""
    random = Random(seed)
    twins = Twins(sql, MemoryStore(MemoryState(), environment="test"), random)
    twins.both(lambda store: store.check())
    deeds = {
        twins.commit: 10, twins.pause: 1, twins.postpone: 1, twins.add_share: 1, twins.sent: 3,
        twins.hint: 4, twins.due_hints: 4, twins.requeue_hint: 2, twins.accept: 3, twins.begin: 1,
        twins.acquire: 2, twins.renew: 1, twins.release: 1, twins.finish: 5,
        twins.save_digests: 1, twins.prune: 1, twins.restored: 1, twins.list_cases: 3,
        twins.attend: 1, twins.leave: 2, twins.list_parked: 2, twins.read_journal: 2, twins.look: 4,
    }  # fmt: skip
    for deed in random.choices([*deeds], [*deeds.values()], k=STEPS):
        deed()
    twins.look()
