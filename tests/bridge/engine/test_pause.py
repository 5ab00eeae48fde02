"""A paused agency: nothing is written there, and everything is afterwards, once."""

from __future__ import annotations

from bridge.engine.decide import WHILE_PAUSED, decide_wake
from bridge.engine.lane import InFlight
from contracts.messages import Lane
from tests.bridge.engine.samples import NOORD, RULES, ZUID, Play

PAUSED = RULES.pausing(frozenset({ZUID}))


def linked() -> Play:
    """A case that is equal on both sides; then zuid is paused."""
    play = Play()
    play.see(NOORD)
    while play.commands:
        play.obey()
    assert play.decisions[-1].is_equal
    play.rules = PAUSED
    return play


def unpaused(play: Play) -> None:
    play.rules = RULES
    assert play.link is not None
    play.keep(decide_wake(play.link, RULES, play.tick()))


def test_a_paused_side_is_sent_nothing_and_the_truth_goes_on() -> None:
    play = linked()
    play.edit(NOORD, title="Anders")
    decision = play.see(NOORD)
    assert decision.commands == ()
    assert decision.link is not None
    assert decision.link.truth["title"] == "Anders"
    assert not decision.is_equal
    assert decision.wake_at == play.at + WHILE_PAUSED


def test_a_paused_side_still_tells_what_changed_there() -> None:
    """Its edge goes on looking, and the other side is written to."""
    play = linked()
    play.edit(ZUID, title="Van zuid")
    decision = play.see(ZUID)
    assert [command.agency for command in decision.commands] == [NOORD]
    assert play.obey().is_equal


def test_after_the_pause_one_command_carries_the_sum() -> None:
    play = linked()
    for title in ("Een", "Twee", "Drie"):
        play.edit(NOORD, title=title)
        play.see(NOORD)
    unpaused(play)
    (command,) = play.commands
    assert command.agency == ZUID
    assert [change.become for change in command.patch.changes if change.path == "title"] == ["Drie"]
    assert play.obey().is_equal


def test_no_counterpart_is_made_at_a_paused_agency() -> None:
    play = Play(PAUSED)
    assert play.see(NOORD).commands == ()
    unpaused(play)
    assert [(command.agency, command.ref) for command in play.commands] == [(ZUID, None)]


def test_what_is_in_flight_when_it_is_paused_settles() -> None:
    """A Command that was sent is not called back; but nothing follows it."""
    play = Play()
    play.see(NOORD)
    play.rules = PAUSED
    play.edit(NOORD, title="Na de pauze")
    play.see(NOORD)
    assert play.link is not None
    assert isinstance(play.link.sides[ZUID].lane(Lane.FACTS).phase, InFlight)
    settled = play.obey()
    assert (settled.commands, settled.is_equal) == ((), False)
    assert play.link.sides[ZUID].is_idle


def test_an_equal_case_of_a_paused_agency_needs_no_timer() -> None:
    play = linked()
    assert play.see(NOORD).wake_at is None
