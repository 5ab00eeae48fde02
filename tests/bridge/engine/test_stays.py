"""What may not cross is told to the people on both sides: how many documents of which type."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.decide import decide_wake
from bridge.engine.lane import Waiting as WaitsFor
from bridge.engine.link import dump_link, load_link
from contracts.agreement import Agreement
from contracts.ids import AgencyId
from contracts.messages import ChangeOutcome, Outcome, Waiting
from tests.bridge.engine.samples import (
    AGREEMENT,
    NOORD,
    RULES,
    ZUID,
    Play,
    document,
    noord_case,
    some_rules,
)


def notes(play: Play, agency: AgencyId) -> list[str]:
    """What a side's people read."""
    return [each.text for each in play.shows[agency].notes]


def told(play: Play) -> list[tuple[str | None, str]]:
    """What the journal says that sides were told."""
    rows = [row for decision in play.decisions for row in decision.journal]
    return [(row.agency, row.why) for row in rows if row.what.value == "stays-behind"]


@pytest.fixture
def play() -> Play:
    """A case at rest, of which two letters and a report stay at noord."""
    play = Play(case=noord_case(documents=(document("a", "N-RAP"),)))
    play.stays[NOORD] = {"N-BRF": 2, "N-RAP": 1}
    play.see(NOORD)
    play.settle()
    return play


def test_both_sides_are_told_once_how_many_stay_and_of_which_type(play: Play) -> None:
    """In a note on the case, each from where they stand; and never again while that holds."""
    theirs = "Documenten volgens DVO-1: bij noord blijft achter: N-BRF (2), N-RAP (1)"
    assert notes(play, ZUID) == [theirs]
    own = "Documenten volgens DVO-1: niet gedeeld met zuid: N-BRF (2), N-RAP (1)"
    assert notes(play, NOORD) == [own]
    for agency in (NOORD, ZUID, NOORD):
        play.see(agency)
        play.settle()
    assert (len(notes(play, ZUID)), len(notes(play, NOORD))) == (1, 1)
    assert sorted(str(agency) for agency, _ in told(play)) == [NOORD, ZUID]
    assert len(play.shows[ZUID].documents) == 1, "and what may cross did"


def test_the_notes_are_nobodys_edits(play: Play) -> None:
    """They cross neither way, and the cases are equal."""
    assert play.link is not None
    assert not any(path.startswith("notes/") for path in play.link.truth)
    assert play.decisions[-1].is_equal


def test_who_was_told_is_told_again_when_the_numbers_change(play: Play) -> None:
    """Also back to what they were, and to nothing."""
    for counts in ({"N-BRF": 3}, {"N-BRF": 2, "N-RAP": 1}, {}):
        play.stays[NOORD] = dict(counts)
        play.see(NOORD)
        play.settle()
    assert len(notes(play, ZUID)) == 4
    assert notes(play, ZUID)[-1].endswith("bij noord blijft achter: niets meer")
    assert notes(play, NOORD)[-1].endswith("alles gaat naar zuid")


def test_where_nothing_stays_nobody_is_told_anything() -> None:
    play = Play(case=noord_case(documents=(document("a", "N-RAP"),)))
    play.see(NOORD)
    play.settle()
    assert notes(play, ZUID) == notes(play, NOORD) == []


def test_a_system_without_notes_is_not_asked_for_ever() -> None:
    """The journal says that its people could not be told; the Link still knows."""
    play = Play()
    play.unsupported = {"notes"}
    play.stays[NOORD] = {"N-BRF": 1}
    play.see(NOORD)
    play.settle()
    assert notes(play, ZUID) == []
    assert all("neemt geen notitie aan" in why for _, why in told(play))
    assert len(told(play)) == 2
    assert play.link is not None
    assert play.link.sides[NOORD].stays == {"N-BRF": 1}
    play.see(NOORD)
    assert play.commands == []


def test_a_note_that_an_agreement_does_not_let_arrive_is_not_sent() -> None:
    """It says nothing of the case; still, what is not agreed is not written."""
    play = Play(rules=some_rules("v-no-notes", field_ownership={"notes": "each"}))
    play.stays[NOORD] = {"N-BRF": 1}
    play.see(NOORD)
    play.settle()
    assert notes(play, ZUID) == []
    assert {agency for agency, _ in told(play)} == {NOORD, ZUID}


def test_a_note_for_a_system_that_is_away_comes_when_it_is_back(play: Play) -> None:
    """And a Link that was saved and loaded meanwhile remembers what its notes tell."""
    play.stays[NOORD] = {"N-BRF": 5}
    play.see(NOORD)
    for command in list(play.commands):
        play.answer(command, Waiting(detail="weg"))
    play.commands.clear()
    assert play.link is not None
    play.link = load_link(dump_link(play.link))
    phases = [lane.phase for side in play.link.sides.values() for lane in side.lanes.values()]
    play.at = max(phase.until for phase in phases if isinstance(phase, WaitsFor))
    play.keep(decide_wake(play.link, play.rules, play.at))
    play.settle()
    assert notes(play, ZUID)[-1].endswith("N-BRF (5)")
    assert notes(play, NOORD)[-1].endswith("N-BRF (5)")


def test_a_note_of_which_nobody_knows_whether_it_came_is_written_once() -> None:
    """It shows later on: it is ours, and they were told."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.stays[NOORD] = {"N-BRF": 1}
    play.see(NOORD)
    command = next(each for each in play.commands if each.agency == ZUID)
    play.commands.clear()
    path = command.patch.changes[0].path
    doubt = {path: ChangeOutcome(outcome=Outcome.UNCERTAIN)}
    play.answer(command, play.settled(command, doubt))
    play.commands.clear()
    play.obey(command)
    play.at = play.at.replace(hour=23)
    assert play.link is not None
    play.keep(decide_wake(play.link, play.rules, play.at))
    play.settle()
    assert play.decisions[-1].is_equal or play.see(ZUID).is_equal


# What one agreement keeps back and another does not


def under_two_agreements() -> Play:
    """A case that both sides have, by an agreement under which no secret documents cross."""
    ours = {"may_cross": {**AGREEMENT["may_cross"], "max_confidentiality": "intern"}}
    agreements = tuple(
        Agreement.model_validate({**AGREEMENT, **changes})
        for changes in (ours, {"id": "DVO-2", "routing": []})
    )
    rules = replace(RULES, version="two", agreements=agreements)
    play = Play(rules, case=noord_case())
    play.see(NOORD)
    play.settle()
    return play


def test_an_edge_is_told_of_what_the_hub_saw_and_keeps_out_by_this_agreement() -> None:
    """
    Noord filed the same, and made it secret: it is another document, and no news to the hub.

    The edge of noord sees it, as another agreement lets it leave; it must not wait for the hub to.
    """
    play = under_two_agreements()
    secret = document("s", "N-RAP", digest="zelfde", confidentiality="geheim")
    play.edit(NOORD, documents=(secret,))
    play.see(NOORD)
    play.settle()
    play.edit(ZUID, documents=(document("b", "R", digest="zelfde"),))
    play.see(ZUID)
    (command,) = play.commands
    assert [change.path for change in command.patch.changes] == ["documents/zuid~b"]
    assert command.patch.known == ("documents/s",)
    play.settle()
    first, second = play.shows[NOORD].documents
    assert (first.key, second.digest) == ("s", "zelfde")
    assert not play.side(NOORD).parked


def test_what_an_earlier_try_brought_is_not_told_of_as_another_document() -> None:
    """It bears our mark, however secret it was made since: the edge is to find it."""
    play = under_two_agreements()
    ours = document("s", "N-RAP", digest="zelfde", confidentiality="geheim", mark="CB1")
    play.edit(NOORD, documents=(ours,))
    play.see(NOORD)
    play.settle()
    play.edit(ZUID, documents=(document("b", "R", digest="zelfde"),))
    play.see(ZUID)
    assert [command.patch.known for command in play.commands] == [()]


def test_what_is_kept_out_no_more_is_told_of_no_more_as_such() -> None:
    """Once it crosses it is an item of the Link like any other; taken away, it is none."""
    play = under_two_agreements()
    secret = document("s", "N-RAP", digest="zelfde", confidentiality="geheim")
    play.edit(NOORD, documents=(secret,))
    play.see(NOORD)
    play.settle()
    assert play.side(NOORD).kept_out == ["documents/s"]
    assert play.link is not None
    assert load_link(dump_link(play.link)).sides[NOORD].kept_out == ["documents/s"]
    play.edit(NOORD, documents=(secret.model_copy(update={"confidentiality": "intern"}),))
    play.see(NOORD)
    play.settle()
    assert play.side(NOORD).kept_out == []
    assert [each.digest for each in play.shows[ZUID].documents] == ["zelfde"]
