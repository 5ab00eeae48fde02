"""
The show: the demo on a terminal, and line by line where there is none.

While it runs each history is a row: its number and product on both sides in those sides' own
words, and how it stands. At the end the same rows say how each came out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bridge.demo.agenda import Step
from bridge.demo.backstage import Backstage
from bridge.demo.closing import Books
from bridge.demo.expect import Verdict
from bridge.demo.histories import History, World
from bridge.demo.looks import Looks
from bridge.demo.overview import STYLES, Overview
from bridge.demo.pairing import KEPT_ALIKE, Protocol
from bridge.demo.papers import SCALE
from bridge.demo.visitors import VISITORS
from bridge.demo.workplace import Workplace
from bridge.store import Direction, StoreError, Transfer

_SPOKEN: Final = {Protocol.ZGW: "ZGW", Protocol.STUF: "StUF-ZDS"}
_LAST_LINES: Final = 4
_DRAW_EVERY: Final = 1.0


def underway_line(transfer: Transfer) -> str:
    """Say in one line how far the content of a document is."""
    way = "uit" if transfer.direction is Direction.OUT else "naar"
    share = "" if transfer.share is None else f"{transfer.share:.0%} "
    of = "" if transfer.size_bytes is None else f" van {transfer.size_bytes / 1e6:.1f}"
    return (
        f"document {way} {transfer.agency}: {share}{transfer.done_bytes / 1e6:.1f}{of} MB "
        f"sinds {transfer.since:%H:%M:%S}"
    )


@dataclass(slots=True)
class Show:
    """Tells people what happens, and how it ended."""

    world: World
    workplace: Workplace
    full_size: bool = False
    console: Console = field(default_factory=Console)
    overview: Overview = field(init=False)
    _live: Live | None = None
    _told: list[str] = field(default_factory=list)
    _underway: Sequence[Transfer] = ()

    def __post_init__(self) -> None:
        self.overview = Overview.of(self.world, self.workplace.rules)

    def __enter__(self) -> Self:
        self.console.print(self._opening())
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _opening(self) -> RenderableType:
        lines = [f"Map: {self.workplace.folder}"]
        for agency in KEPT_ALIKE:
            name = self.world.agencies[agency].name
            speaks = _SPOKEN[self.workplace.pairing.of(agency)]
            lines.append(f"{name} ({speaks}): {self.workplace.url(agency)}")
        if not self.full_size:
            lines.append(f"Documenten zijn op schaal 1 op {SCALE} (--full-size voor echt)")
        return Text("\n".join(lines), style="dim")

    # While it runs

    def says(self, text: str) -> None:
        """Tell anything."""
        self._tell(text)

    def plays(self, step: Step) -> None:
        """Tell that a step is played."""
        self.overview.plays(step)
        for event in step.events:
            who = "" if event.agency not in KEPT_ALIKE else f" ({event.by})"
            self._tell(f"{event.at:%d-%m %H:%M} {step.history.id} {event.agency}{who} {event.kind}")
        if step.is_share and step.history.shared_by_hand is not None:
            self._tell(f"{step.history.id} gedeeld met {step.history.shared_by_hand.with_}")

    def rests(self, history: History) -> None:
        """Tell that a case has come to rest: the rows show it."""

    def does_not_rest(self, history: History) -> None:
        """Tell that a case does not come to rest in time."""
        self._tell(f"{history.id} komt niet tot rust")

    def _tell(self, text: str) -> None:
        self._told.append(text)
        if self._live is None:
            self.console.print(text, highlight=False, soft_wrap=True, markup=False)

    async def follow(self, backstage: Backstage) -> None:
        """Draw the rows anew now and then, until cancelled."""
        while self._live is not None:
            with suppress(StoreError):
                await self.overview.refresh(backstage)
                self._underway = await backstage.store.transfers()
            moving = Text("\n".join(map(underway_line, self._underway)), style="cyan")
            last = Text("\n".join(self._told[-_LAST_LINES:]), style="dim")
            self._live.update(Group(self._rows(), moving, last))
            await asyncio.sleep(_DRAW_EVERY)

    def _rows(self) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("", "hier", "product", "daar", "product", "staat"):
            table.add_column(column, no_wrap=True)
        for line in self.overview.lines():
            table.add_row(
                line.history,
                line.here.number,
                line.here.product,
                line.there.number,
                line.there.product,
                Text(line.state, style=STYLES.get(line.state, "")),
            )
        return table

    # At the end

    def report(
        self, verdicts: Sequence[Verdict], books: Books, seconds: Mapping[str, Sequence[float]]
    ) -> None:
        """Show how each history ended, and all together."""
        for verdict in verdicts:
            self._report_one(verdict, seconds.get(verdict.history.id, ()))
        held = sum(verdict.holds for verdict in verdicts)
        every = sorted(each for taken in seconds.values() for each in taken)
        print_ = self._line
        print_("")
        for fault in books.faults:
            print_(f"  FOUT {fault}", style="bold red")
        print_(f"Geschiedenissen gehouden: {held} van {len(verdicts)}")
        print_(
            f"Gekoppelde zaken nu gelijk: {books.equal} van {books.linked}"
            f" (geparkeerd: {books.parked})"
        )
        if every:
            print_(
                f"Van gebeurtenis tot gelijk: mediaan {median(every):.1f} s,"
                f" langste {every[-1]:.1f} s, {len(every)} keer gemeten"
            )
        if hours := self._hours():
            print_(
                f"Uren: {hours} boekingen blijven waar ze zijn;"
                " ZGW en StUF hebben er geen plaats voor"
            )
        for agency, count in books.writes.items():
            print_(
                f"Door de bridge geschreven bij {agency}: {count} keer,"
                " elk met een reden in het journaal"
            )

    def _hours(self) -> int:
        events = [event for history in self.world.histories for event in history.events]
        return sum(event.kind == "hours.booked" for event in events)

    def _report_one(self, verdict: Verdict, seconds: Sequence[float]) -> None:
        history = verdict.history
        word, style = ("GEHOUDEN", "green") if verdict.holds else ("NIET GEHOUDEN", "bold red")
        took = f"{median(seconds):.1f} s" if seconds else "-"
        self._line(f"{history.id} {history.title} [{took}] {word}", style=style)
        for agency, looks in verdict.sides.items():
            self._line(f"     {agency:<12} {words_of(looks)}")
        for waits in verdict.waits:
            self._line(
                f"     wacht bij {waits.agency} op een mens ({waits.path}): {waits.why}",
                style="magenta",
            )
        for fault in verdict.faults:
            self._line(f"     FOUT {fault}", style="bold red")

    def _line(self, text: str, style: str = "") -> None:
        self.console.print(text, style=style, highlight=False, soft_wrap=True, markup=False)

    def stays_open(self) -> None:
        """Tell where to look while everything goes on running."""
        for agency in KEPT_ALIKE:
            self._line(f"{agency}: {self.workplace.url(agency)}/")
        self._line(f"console: {self.workplace.url('console')}/")
        for visitor in VISITORS:
            password = self.workplace.password(visitor)
            self._line(f"     {visitor.name}: naam {visitor.id}, wachtwoord {password}")
        self._line(f"Instellingen: {self.workplace.config(self.workplace.bridge_processes()[0])}")
        self._line("Ctrl-C om te stoppen")


def words_of(looks: Looks) -> str:
    """Say how a case shows, in its agency's own words."""
    result = looks.result or "nog geen resultaat"
    return f"{looks.number:<16} {looks.case_type_name} | {looks.status_name} | {result}"
