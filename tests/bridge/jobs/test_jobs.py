"""Jobs over many cases: planned, applied once, paused, cancelled, reported; on every store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.desk import Chosen, Deed, DeedKind, Desk, NotToBeDone, Report
from bridge.desk.cures import HEALERS
from bridge.engine.decision import What
from bridge.engine.lane import InFlight
from bridge.engine.operate import Resume
from bridge.engine.parked import CASE, Gap, Reason
from bridge.jobs.fits import see_fits
from bridge.jobs.runner import JobRunner
from bridge.store import Became, JobState, Store, Verdict
from contracts.envelope import source_of
from contracts.ids import CaseRef, LinkId
from contracts.messages import Lane, Missing, Observation, Refused
from tests.bridge.engine.samples import NOORD, ZUID, Play
from tests.bridge.hub.conftest import Bench

SOURCE = source_of("0" * 20, "casebridge")
WHY = "tabel aangevuld"


class Room:
    """A desk and runners over one store, and cases of which the result waits at noord."""

    def __init__(self, store: Store) -> None:
        self.bench, self.store = Bench(store), store
        self.desk = Desk(store, rules=lambda: self.bench.rules, source=SOURCE, now=self.bench.tick)

    def runner(self, holder: str = "one", rate: int = 2) -> JobRunner:
        return JobRunner(
            store=self.store,
            rules=lambda: self.bench.rules,
            source=SOURCE,
            now=self.bench.tick,
            holder=holder,
            rate=rate,
        )

    async def stuck(self, count: int = 3) -> str:
        """So many cases that wait for one row; give what is the matter."""
        for number in range(count):
            await self.bench.come_to_rest(await self.bench.settle(self.bench.see(f"N-{number}")))
            case = CaseRef(f"N-{number}")
            ((stored,),) = (await self.store.links_of([(NOORD, case)])).values()
            ref = str(stored.link.sides[ZUID].ref)
            await self.bench.settle(self.bench.see(ref, ZUID, result="Hersteld"))
        (group,) = await self.desk.parked_by_matter.groups()
        return group.id

    async def plan(self, deed: Deed, chosen: Chosen | None = None, reason: str = WHY) -> Report:
        return await self.desk.jobs.plan(deed, chosen or Chosen(), by="els", reason=reason)

    async def apply(self, report: Report, turns: int = 10) -> Report:
        await self.desk.jobs.start(report.job.id, by="els")
        return await self.work_off(report, turns)

    async def work_off(self, report: Report, turns: int = 10) -> Report:
        runner = self.runner()
        for _ in range(turns):
            await runner.turn()
        return await self.desk.jobs.show(report.job.id)

    async def waiting(self) -> int:
        return len(await self.desk.parked())


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store)


async def test_many_cases_wait_for_one_row_and_are_one_group(room: Room) -> None:
    matter = await room.stuck(3)
    group = await room.desk.parked_by_matter.group(matter)
    assert (group.counted.cases, group.healer) == (3, "administrator")
    assert group.counted.matter.gap == Gap("crosswalk-noord.yaml: results", "hersteld")
    assert len(group.shown) == 3


async def test_a_plan_says_what_would_be_written_and_does_nothing(room: Room) -> None:
    matter = await room.stuck(3)
    report = await room.plan(Deed(DeedKind.CHOOSE, matter, value="goed"))
    assert report.job.state is JobState.PLANNED
    assert report.counts.foreseen == {Verdict.WRITES: 3}
    lines = {(line.agency, line.path, line.verdict) for line in report.items[0].lines}
    assert lines == {
        (NOORD, "result", Verdict.WRITES),
        (ZUID, "result", Verdict.WRITES),
    }
    assert await room.waiting() == 3
    await room.work_off(report)
    assert await room.waiting() == 3


async def test_what_would_only_wait_again_is_told_beforehand(room: Room) -> None:
    """Resuming without a row changes nothing."""
    matter = await room.stuck(2)
    report = await room.plan(Deed(DeedKind.RESUME, matter))
    assert report.counts.foreseen == {Verdict.REFUSED: 2}
    assert "hersteld" in report.items[0].lines[0].why
    report = await room.plan(Deed(DeedKind.SKIP, matter))
    assert report.counts.foreseen == {Verdict.NOTHING: 2}


async def test_a_group_is_set_going_and_the_report_adds_up_to_the_plan(room: Room) -> None:
    """Each with who and why in the journal; what follows is sent."""
    matter = await room.stuck(3)
    report = await room.apply(await room.plan(Deed(DeedKind.CHOOSE, matter, value="goed")))
    assert report.job.state is JobState.DONE
    assert report.counts.became == {Became.DONE: 3}
    assert (report.counts.total, report.counts.left) == (3, 0)
    assert await room.waiting() == 0
    for link in await room.bench.links():
        assert link.truth["result"] == "goed"
        rows = await room.store.journal_of(link.id)
        (row,) = [each for each in rows if each.rule == "chosen by a person"]
        assert (row.by, row.why, row.value) == ("els", WHY, "goed")
    assert len(await room.store.unsent(100)) >= 6
    assert [step.what for step in report.job.history] == ["planned", "running", "done"]


async def test_one_is_tried_first(room: Room) -> None:
    matter = await room.stuck(3)
    deed = Deed(DeedKind.SKIP, matter)
    report = await room.apply(await room.plan(deed, Chosen(most=1)))
    assert report.counts.became == {Became.DONE: 1}
    assert await room.waiting() == 2


async def test_a_case_that_changed_after_the_plan_is_left_alone(room: Room) -> None:
    """And the report says which."""
    matter = await room.stuck(2)
    report = await room.plan(Deed(DeedKind.CHOOSE, matter, value="goed"))
    await room.bench.settle(room.bench.see("N-0", title="Anders"))
    report = await room.apply(report)
    assert report.counts.became == {Became.CHANGED: 1, Became.DONE: 1}
    assert report.changed == 1
    assert await room.waiting() == 1


async def test_a_job_is_paused_goes_on_and_is_cancelled(room: Room) -> None:
    """So many cases a turn; what is done stays done."""
    matter = await room.stuck(5)
    jobs, runner = room.desk.jobs, room.runner(rate=2)
    report = await room.plan(Deed(DeedKind.SKIP, matter))
    id_ = report.job.id
    await jobs.start(id_, by="els")
    assert await runner.turn()
    await jobs.pause(id_, by="els", reason="even wachten")
    assert not await runner.turn()
    assert await room.waiting() == 3
    await jobs.resume(id_, by="els")
    assert await runner.turn()
    await jobs.cancel(id_, by="els", reason="toch niet")
    assert not await runner.turn()
    report = await jobs.show(id_)
    assert report.counts.became == {Became.CANCELLED: 1, Became.DONE: 4}
    assert await room.waiting() == 1
    with pytest.raises(NotToBeDone, match="cancelled already"):
        await jobs.resume(id_, by="els")


async def test_whoever_works_it_off_each_case_is_done_once(room: Room) -> None:
    """A runner that was killed between two turns gives way; another goes on where it was."""
    matter = await room.stuck(4)
    report = await room.plan(Deed(DeedKind.CHOOSE, matter, value="goed"))
    await room.desk.jobs.start(report.job.id, by="els")
    one, other = room.runner("one"), room.runner("other")
    assert await one.turn()
    assert not await other.turn()
    room.bench.at += timedelta(minutes=1)
    items = await room.store.job_items(report.job.id, open_only=True)
    assert await other.turn()
    # The first was only frozen, and does what it had taken.
    await one._do(report.job, items)
    assert await other.turn()
    report = await room.desk.jobs.show(report.job.id)
    assert report.counts.became == {Became.DONE: 4}
    chosen = [
        row for row in await room.store.journal_of(limit=1000) if row.rule == "chosen by a person"
    ]
    assert len(chosen) == 4


@pytest.mark.parametrize("kind", [DeedKind.SKIP, DeedKind.UNLINK, DeedKind.RECREATE])
async def test_what_cannot_be_taken_back_asks_a_reason(room: Room, kind: DeedKind) -> None:
    matter = await room.stuck(1)
    with pytest.raises(NotToBeDone, match="say why"):
        await room.plan(Deed(kind, matter), reason=" ")
    await room.plan(Deed(DeedKind.RESUME, matter), reason="")


async def test_a_choice_without_a_value_is_no_choice(room: Room) -> None:
    with pytest.raises(NotToBeDone, match="needs the value"):
        Deed(DeedKind.CHOOSE, "x")


async def test_cases_are_let_go_or_looked_at_by_what_a_list_shows(room: Room) -> None:
    await room.stuck(2)
    looked = await room.apply(await room.plan(Deed(DeedKind.SWEEP), Chosen(), reason=""))
    assert looked.counts.foreseen == {Verdict.LOOKS: 2}
    hints = [row for row in await room.store.unsent(100) if row.routing_key.startswith("hint.")]
    assert len(hints) == 4
    gone = await room.apply(await room.plan(Deed(DeedKind.UNLINK), Chosen(text="n-0")))
    assert gone.counts.foreseen == {Verdict.LETS_GO: 1}
    released = [link for link in await room.bench.links() if link.released]
    assert [link.released for link in released] == [WHY]


async def test_a_counterpart_that_is_gone_is_made_anew(room: Room) -> None:
    """At the agency where it was made; where the case began only its people can."""
    bench = room.bench
    await bench.come_to_rest(await bench.settle(bench.see()))
    link = await bench.link()
    ref = link.sides[ZUID].ref
    assert ref is not None
    seen = bench.see(ref, ZUID)
    gone = Observation.model_validate({**seen.model_dump(), "sight": Missing(gone=True)})
    await bench.settle(gone)
    assert (await bench.link()).sides[ZUID].parked[CASE].reason is Reason.GONE
    chosen = Chosen(links=(LinkId(link.id),))
    at_home = await room.plan(Deed(DeedKind.RECREATE, agency=NOORD), chosen)
    assert at_home.counts.foreseen == {Verdict.REFUSED: 1}
    report = await room.plan(Deed(DeedKind.RECREATE, agency=ZUID), chosen)
    assert report.counts.foreseen == {Verdict.WRITES: 1}
    bench.cases.pop((ZUID, ref))
    await room.apply(report)
    link = await bench.link()
    phase = link.sides[ZUID].lane(Lane.FACTS).phase
    assert isinstance(phase, InFlight)
    command = phase.command
    assert command.ref is None
    await bench.come_to_rest(await bench.settle(bench.obey(command, "Z-new")))
    link = await bench.link()
    assert link.sides[ZUID].ref == "Z-new"
    assert not link.is_parked
    whats = [row.what for row in await room.store.journal_of(link.id)]
    assert whats.count(What.CREATED) == 2
    assert link.sides[ZUID].stands["title"] == link.truth["title"]


def test_a_case_that_may_have_been_made_is_resumed_only_by_who_names_it() -> None:
    """They have looked for it; whoever resumes all that waits has not."""
    play = Play()
    play.see(NOORD)
    play.answer(play.commands.pop(0), Refused(reason="ambiguous", detail="niet te zoeken"))
    link = play.link
    assert link is not None
    with pytest.raises(NotToBeDone):
        Deed(DeedKind.RESUME).operations(link, by="els", reason=WHY)
    with pytest.raises(NotToBeDone, match="look there first"):
        see_fits(link, Resume("els", WHY))
    (named,) = Deed(DeedKind.RESUME, path=CASE).operations(link, by="els", reason=WHY)
    see_fits(link, named)
    assert named == Resume("els", WHY, ZUID, CASE)


def test_somebody_can_take_away_whatever_stands_still() -> None:
    """Each reason has who is asked first."""
    assert HEALERS.keys() == set(Reason)
