"""Anything that may be put into a store, drawn from few names, so that it meets what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final, TypeVar

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.lane import InFlight, Phase, Waiting
from bridge.engine.link import Link, Mode, Side
from bridge.engine.parked import Gap, Parked, Reason, Way
from bridge.store import (
    Answered,
    CommandRow,
    ContentKey,
    Digest,
    Known,
    OutboxRow,
    Share,
    Work,
)
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId, Mark
from contracts.messages import Cause, Command, Hint, Lane
from contracts.patch import Patch
from tests.bridge.store.conftest import NOW

T = TypeVar("T")

AGENCIES: Final = tuple(map(AgencyId, ("ggd", "odru", "rud")))
REFS: Final = tuple(map(CaseRef, ("1", "2", "é3")))
LINKS: Final = tuple(map(LinkId, ("A", "B", "C", "D", "E")))
COMMANDS: Final = tuple(map(CommandId, ("c1", "c2", "c3", "c4")))
MESSAGES: Final = ("m1", "m2", "m3", "m4", "r-c1", "r-c2")
VALUES: Final[tuple[JsonValue, ...]] = (None, 1, "x\x00", {"a": ["é"]})
HOLDERS: Final = ("one", "two")
TEXTS: Final = ("", "Schuur", "schu%_", "Café", "a\x00b", "RUD-1")
DAYS: Final = (None, "2026", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03")
CONTENTS: Final = tuple(ContentKey(document, version) for document in "de" for version in "12")


class Anything:
    """Draws from a seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def one(self, values: Sequence[T]) -> T:
        return self._random.choice(values)

    def maybe(self, value: T, share: float = 0.5) -> T | None:
        return value if self._random.random() < share else None

    def some(self, make: Callable[[], T], most: int) -> tuple[T, ...]:
        return tuple(make() for _ in range(self._random.randint(0, most)))

    def number(self, most: int) -> int:
        return self._random.randint(0, most)

    def moment(self) -> datetime:
        return NOW + timedelta(seconds=self.number(5))

    def case(self) -> tuple[AgencyId, CaseRef]:
        return self.one(AGENCIES), self.one(REFS)

    # The hub's

    def message(self) -> OutboxRow:
        headers = self.one([{}, {"h": "é"}])
        sender = self.one(["hub", *AGENCIES])
        key, body = self.one(["a.b", "c"]), self.one([b"", b"\x00"])
        return OutboxRow(self.one(MESSAGES), key, body, self.moment(), headers, sender)

    def row(self) -> Row:
        agency, ref = self.case()
        return Row(
            self.one(list(What)),
            self.moment(),
            self.maybe(self.one(LINKS)),
            self.maybe(agency, 0.8),
            self.maybe(ref, 0.8),
            self.one(TEXTS),
            self.one(VALUES),
            why=self.one(TEXTS),
            by=self.maybe(self.one(TEXTS)),
        )

    def parked(self) -> Parked:
        ways = self.some(lambda: self.one(list(Way)), 2)
        gap = self.maybe(Gap("crosswalk-odru.yaml: results", self.one(TEXTS[3:5])))
        reason, why = self.one(list(Reason)[:2]), self.one(TEXTS[:2])
        return Parked(reason, why, self.moment(), ways, gap=gap)

    def phase(self) -> Phase:
        if self.number(1):
            return Waiting(self.moment(), self.one(TEXTS))
        patch = Patch(changes=(), at=NOW, reason="test")
        command = Command(
            id=CommandId("c"), link=LinkId("A"), agency=AGENCIES[0], lane=Lane.FACTS,
            ref=None, mark=Mark("A"), patch=patch,
        )  # fmt: skip
        return InFlight(command, self.moment(), {})

    def side(self, agency: AgencyId) -> Side:
        side = Side(agency, self.maybe(self.one(REFS), 0.8), checked_at=self.maybe(self.moment()))
        if self.number(1):
            side.base["number"] = self.one(TEXTS)
        for path in self.some(lambda: self.one(["title", "status"]), 1):
            side.parked[path] = self.parked()
        if self.number(2) == 0:
            side.lane(self.one(list(Lane))).phase = self.phase()
        return side

    def link(self) -> Link:
        """A Link of any age, whose home is mostly one of its sides."""
        id_ = self.one(LINKS)
        sides = {name: self.side(name) for name in self._random.sample(AGENCIES, 2)}
        return Link(
            id_,
            self.one(["dvo", "dvo", "dvo-2"]),
            "route",
            next(iter(sides)) if self.number(5) else self.one(AGENCIES),
            NOW - timedelta(hours=LINKS.index(id_) % 3),
            mode=self.one(list(Mode)),
            truth={"title": self.one(TEXTS), "deadline": self.one(DAYS)} if self.number(3) else {},
            sides=sides,
            released=self.maybe("klaar", 0.15),
        )

    def work(self, expected: Callable[[LinkId], int]) -> Work:
        """A Work, mostly on the version that is *expected*."""
        link = self.maybe(self.link(), 0.9)
        version = expected(link.id) if link else 0
        return Work(
            self.moment(),
            link,
            version if self.number(4) else self.number(3),
            self.some(self.row, 2),
            self.some(self.message, 2),
            self.maybe(self.moment()),
            self.number(1) == 1,
        )

    def share(self) -> Share:
        return Share(*self.case(), self.one(AGENCIES), "mila", self.one(TEXTS), self.moment())

    # The edge's

    def hint(self) -> Hint:
        agency, ref = self.case()
        return Hint(agency=agency, ref=ref, cause=self.one(list(Cause)), at=self.moment())

    def command(self) -> CommandRow:
        agency, ref = self.case()
        id_, begun = self.one(COMMANDS), self.maybe(self.moment(), 0.2)
        return CommandRow(
            id_, agency, self.maybe(ref), self.one(LINKS), b"{}", self.moment(), begun
        )

    def answered(self) -> Answered:
        id_ = self.one(COMMANDS)
        return Answered(id_, replace(self.message(), id=f"r-{id_}"))

    def known(self, agency: AgencyId) -> Known:
        link = self.maybe(self.one(LINKS))
        return Known(agency, self.one(REFS), self.moment(), self.one(["x", "y"]), link)

    def digest(self) -> Digest:
        return Digest(self.one(["ab", "cd"]), self.number(9))
