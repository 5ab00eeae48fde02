"""Jobs: planned, held by one at a time, each case done once, and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.engine.decision import What
from bridge.store import (
    Became,
    ItemEnd,
    Job,
    JobItem,
    JobState,
    Line,
    Step,
    Store,
    Verdict,
    Work,
)
from contracts.ids import AgencyId, LinkId
from tests.bridge.store.conftest import NOW, a_link
from tests.bridge.store_sites import Site

TERM = timedelta(seconds=30)


def a_job(id_: str = "J1", state: JobState = JobState.RUNNING) -> Job:
    steps = (Step(NOW, "els", "planned", "tabel aangevuld"),)
    return Job(id_, state, {"kind": "resume"}, "els", "tabel aangevuld", NOW, steps)


def an_item(number: int, link: str = "L1", verdict: Verdict = Verdict.WRITES) -> JobItem:
    line = Line(AgencyId("odru"), "result", verdict, "zo is het")
    return JobItem(number, LinkId(link), 1, verdict, (line,))


def end(number: int, became: Became = Became.DONE) -> ItemEnd:
    return ItemEnd("J1", number, became, NOW, "klaar")


async def test_a_job_comes_back_as_it_was_planned(store: Store) -> None:
    """With its cases in their order, page by page."""
    items = [an_item(n, f"L{n}") for n in range(1, 6)]
    await store.add_job(a_job(), items)
    assert await store.job("J1") == replace(a_job(), version=1)
    assert await store.job("J2") is None
    assert await store.job_items("J1") == items
    assert await store.job_items("J1", after=2, limit=2) == items[2:4]
    counts = await store.job_counts("J1")
    assert (counts.total, counts.left, counts.foreseen) == (5, 5, {Verdict.WRITES: 5})


async def test_jobs_are_listed_the_newest_first(store: Store) -> None:
    for number in range(3):
        at = NOW + number * TERM
        await store.add_job(replace(a_job(f"J{number}"), made_at=at), [])
    assert [job.id for job in await store.jobs(2)] == ["J2", "J1"]


async def test_of_two_who_save_a_job_the_first_is_right(store: Store) -> None:
    """The other has to look again."""
    await store.add_job(a_job(), [])
    loaded = await store.job("J1")
    assert loaded is not None
    assert await store.save_job(replace(loaded, state=JobState.PAUSED))
    assert not await store.save_job(replace(loaded, state=JobState.CANCELLED))
    again = await store.job("J1")
    assert again is not None
    assert (again.state, again.version) == (JobState.PAUSED, 2)


async def test_one_at_a_time_holds_a_job_and_another_takes_over_in_time(site: Site) -> None:
    """Who was killed gives way after the term; who goes on keeps it."""
    one, other = await site.open(), await site.open()
    await one.add_job(a_job(), [])
    assert await one.claim_job("one", NOW, NOW + TERM) is not None
    assert await other.claim_job("other", NOW + TERM / 2, NOW + 2 * TERM) is None
    assert await one.claim_job("one", NOW + TERM / 2, NOW + 2 * TERM) is not None
    assert await other.claim_job("other", NOW + 2 * TERM, NOW + 3 * TERM) is not None
    assert await one.claim_job("one", NOW + 2 * TERM, NOW + 3 * TERM) is None


async def test_only_running_jobs_are_worked_off(store: Store) -> None:
    """Neither a plan nor what was paused, ended or cancelled."""
    for state in JobState:
        await store.add_job(a_job(state.value, state), [])
    found = await store.claim_job("one", NOW, NOW + TERM)
    assert found is not None
    assert found.state is JobState.RUNNING
    assert await store.save_job(replace(found, state=JobState.PAUSED))
    assert await store.claim_job("one", NOW, NOW + TERM) is None


async def test_a_case_is_done_with_the_work_on_its_link_or_not_at_all(store: Store) -> None:
    """A stale Work ends nothing; the first end counts."""
    await store.commit([Work(NOW, a_link("L1", odru="1"))])
    await store.add_job(a_job(), [an_item(1), an_item(2), an_item(3)])
    good = Work(NOW, a_link("L1", odru="1"), 1, ends=end(1))
    stale = Work(NOW, a_link("L1", odru="1"), 7, ends=end(2))
    assert await store.commit([good, stale]) == (True, False)
    await store.end_items([end(1, Became.CHANGED), end(3, Became.CHANGED)])
    items = await store.job_items("J1")
    assert [item.became for item in items] == [Became.DONE, None, Became.CHANGED]
    assert (items[0].why, items[0].at) == ("klaar", NOW)
    assert [item.number for item in await store.job_items("J1", open_only=True)] == [2]
    counts = await store.job_counts("J1")
    assert counts.became == {Became.DONE: 1, Became.CHANGED: 1}
    assert (counts.total, counts.left) == (3, 1)


async def test_cancelling_ends_what_is_still_to_come_and_the_report_adds_up(store: Store) -> None:
    await store.add_job(a_job(), [an_item(n) for n in range(1, 4)])
    await store.end_items([end(1)])
    job = await store.job("J1")
    assert job is not None
    assert await store.save_job(replace(job, state=JobState.CANCELLED), cancel_at=NOW)
    counts = await store.job_counts("J1")
    assert counts.became == {Became.CANCELLED: 2, Became.DONE: 1}
    assert (counts.total, counts.left) == (3, 0)


async def test_every_step_of_a_job_is_told_in_the_journal_with_who_and_why(store: Store) -> None:
    await store.add_job(a_job(), [])
    job = await store.job("J1")
    assert job is not None
    step = Step(NOW, "jan", "cancelled", "verkeerde tabel")
    ended = replace(job, state=JobState.CANCELLED, history=(*job.history, step))
    assert await store.save_job(ended)
    assert not await store.save_job(ended), "nothing is told of what was not saved"
    last, first = await store.journal_of(what=What.JOB)
    assert (first.value, first.by, first.why) == ("planned", "els", "tabel aangevuld")
    assert (last.value, last.by, last.why) == ("cancelled", "jan", "verkeerde tabel")
    assert (last.rule, last.cause, last.link) == ("resume", "J1", None)
