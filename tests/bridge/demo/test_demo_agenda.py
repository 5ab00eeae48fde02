"""The agenda: all in the order of time, and what is concurrent is done at one go."""

from __future__ import annotations

from itertools import pairwise

from bridge.demo.agenda import Step, agenda
from bridge.demo.histories import read_world
from bridge.demo.run import DATA


def steps(*wanted: str) -> list[Step]:
    return agenda(read_world(DATA, wanted).histories)


def test_time_only_goes_forward() -> None:
    assert all(one.at <= other.at for one, other in pairwise(steps()))


def test_every_event_is_played_once() -> None:
    played = [(step.history.id, event.seq) for step in steps() for event in step.events]
    told = [(h.id, e.seq) for h in read_world(DATA).histories for e in h.events]
    assert sorted(played) == sorted(told)


def test_every_step_has_a_key_of_its_own() -> None:
    keys = [step.key for step in steps()]
    assert len(keys) == len(set(keys))


def test_what_both_sides_did_at_once_is_one_step() -> None:
    at_once = [tuple(e.seq for e in step.events) for step in steps("C23") if step.is_concurrent]
    assert at_once == [(3, 4, 5, 6), (7, 8)]


def test_what_lies_between_concurrent_events_goes_along() -> None:
    at_once = [tuple(e.seq for e in step.events) for step in steps("C26") if step.is_concurrent]
    assert at_once == [(4, 5, 6, 7)]


def test_a_case_is_shared_by_hand_after_it_was_made() -> None:
    for name in ("C19", "C20", "C21", "C22", "C30"):
        first, second, *_ = steps(name)
        assert first.events[0].kind == "case.created"
        assert second.is_share


def test_a_late_hint_comes_after_all_others() -> None:
    *others, last = steps("C24")
    assert [event.seq for event in last.late] == [3]
    assert not any(step.late for step in others)
