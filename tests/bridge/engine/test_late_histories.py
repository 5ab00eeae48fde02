"""Short histories of tries that got no answer, and of what people did meanwhile."""

from __future__ import annotations

import pytest

from bridge.engine.again import MOST_TRIES
from bridge.engine.decide import decide_observation, decide_operation, decide_wake
from bridge.engine.decision import What
from bridge.engine.lane import InFlight
from bridge.engine.lane import Waiting as LaneWaits
from bridge.engine.neighbours import Brought, Surroundings
from bridge.engine.operate import Resume
from bridge.engine.parked import CASE
from bridge.engine.sameness import mark_of
from contracts.case import cells_of
from contracts.ids import CaseRef, Mark
from contracts.messages import ChangeOutcome, Lane, Outcome, Refused, Settled, Waiting
from contracts.snapshot import Author
from tests.bridge.engine.samples import (
    NOORD,
    RULES,
    ZUID,
    Play,
    document,
    found_by_its_mark,
    handler,
    noord_case,
    note,
    party,
    some_rules,
)

UNKNOWN = ChangeOutcome(outcome=Outcome.UNCERTAIN)
MOVED = ChangeOutcome(outcome=Outcome.CONFLICT)
STOOD = ChangeOutcome(outcome=Outcome.ALREADY)


def linked(**fields: object) -> Play:
    """Two cases that are alike."""
    play = Play(case=noord_case(**fields))
    play.see(NOORD)
    play.settle()
    return play


def told_last(play: Play) -> list[str]:
    return [row.what.value for row in play.decisions[-1].journal]


def unanswered(play: Play) -> None:
    """What noord typed is sent, and nobody knows whether it was done."""
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = {change.path: UNKNOWN for change in command.patch.changes}
    play.answer(command, play.settled(command, outcomes))


def overtaken() -> Play:
    """Noord's first title went without an answer and did not come; its second stands on both."""
    play = linked()
    play.edit(NOORD, title="Eerst")
    unanswered(play)
    play.see(ZUID)
    play.settle()
    play.edit(NOORD, title="Daarna")
    play.see(NOORD)
    play.settle()
    return play


def test_a_document_that_an_earlier_try_of_the_same_command_made_is_ours_as_it_shows() -> None:
    """The edge was started again; it finds our mark on a title in capitals, and stops there."""
    play = linked()
    play.edit(NOORD, documents=(document("a", "N-RAP"),))
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    (made,) = play.shows[ZUID].documents
    assert play.link is not None
    mark = mark_of(play.link.id, "documents/noord~a")
    shown = made.model_copy(update={"key": "z1", "title": made.title.upper(), "mark": mark})
    play.edit(ZUID, documents=(shown,))
    (path,) = (change.path for change in command.patch.changes)
    play.answer(command, play.settled(command, {path: MOVED}))
    assert "edited" not in told_last(play)
    play.settle()
    assert [each.title for each in play.shows[NOORD].documents] == [made.title]


def test_a_note_that_was_tried_twice_may_come_in_twice() -> None:
    """The first to land is it; the second stays where it is, and does not come back."""
    play = linked()
    play.edit(NOORD, notes=(note("n", "Gebeld."),))
    unanswered(play)
    play.see(ZUID)
    again = play.commands.pop(0)
    play.edit(ZUID, notes=(note("z1", "Gebeld."),))
    play.answer(again, play.settled(again, {change.path: STOOD for change in again.patch.changes}))
    play.edit(ZUID, notes=(note("z1", "Gebeld."), note("z2", "Gebeld.")))
    play.see(ZUID)
    assert "edited" not in told_last(play)
    assert play.side(ZUID).ours == ["notes/z2"]


def test_a_note_that_two_tries_brought_before_anybody_looked_is_one() -> None:
    """Both tries are of one Command, and both are in the reading that settles it."""
    play = linked()
    play.edit(NOORD, notes=(note("n", "Gebeld."),))
    play.see(NOORD)
    command = play.commands.pop(0)
    play.edit(ZUID, notes=(note("z1", "Gebeld."), note("z2", "Gebeld.")))
    (path,) = (change.path for change in command.patch.changes)
    result = play.settled(command, {path: STOOD})
    play.answer(command, result.model_copy(update={"in_doubt": (path,)}))
    assert "edited" not in told_last(play)


def test_a_case_that_has_ended_already_is_made_open_and_ended_after_its_documents() -> None:
    """A closed case takes no documents."""
    play = Play(case=noord_case(status="9", documents=(document("a", "N-RAP"),)))
    play.see(NOORD)
    create = play.commands[0]
    assert "status" not in {change.path for change in create.patch.changes}
    play.settle()
    assert play.value(ZUID, "status") == "90"
    assert len(play.shows[ZUID].documents) == 1


def test_what_an_earlier_try_made_is_not_the_longer_title_of_this_one_cut_short() -> None:
    """It could not be searched for, and a person resumed it; the title had grown by then."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    play.answer(command, Refused(reason="ambiguous", detail="niet te zoeken"))
    play.edit(NOORD, title="Graafwerk bij de dijk")
    play.see(NOORD)
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "is er", ZUID, CASE), RULES, play.tick()))
    again = play.commands.pop(0)
    outcomes = {change.path: STOOD for change in again.patch.changes}
    play.answer(again, play.settled(again, outcomes))
    play.settle()
    assert play.value(ZUID, "title") == "Graafwerk bij de dijk"


def test_a_case_that_may_have_been_made_is_not_made_along_with_what_else_is_resumed() -> None:
    """Who resumes all that waits has something else in mind, and made a second case."""
    play = Play()
    play.see(NOORD)
    play.answer(play.commands.pop(0), Refused(reason="ambiguous", detail="niet te zoeken"))
    assert play.link is not None
    for meant in (Resume("o", "opgelost"), Resume("o", "opgelost", ZUID)):
        play.keep(decide_operation(play.link, meant, RULES, play.tick()))
    assert (play.commands, play.parked(ZUID)) == ([], {CASE: "ambiguous"})


def test_a_case_that_was_made_and_may_not_be_told_of_is_not_made_once_more() -> None:
    """The rules changed meanwhile; a system that cannot be searched would get a second one."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    made = CaseRef("zuid-1")
    play.answer(command, Refused(reason="out-of-scope", detail="mag niet meer weg", ref=made))
    assert play.side(ZUID).ref == made
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "mag weer"), RULES, play.tick()))
    (look,) = play.commands
    assert look.ref == made
    assert look.patch.changes == ()


def test_a_look_that_is_older_than_what_a_lane_showed_since_tells_that_lane_nothing() -> None:
    """A question about the documents is answered late: the title was written after its reading."""
    play = linked(documents=(document("a", "N-RAP"),))
    play.edit(NOORD, title="Nieuw", documents=())
    play.see(NOORD)
    facts = next(each for each in play.commands if each.lane is Lane.FACTS)
    papers = next(each for each in play.commands if each.lane is Lane.DOCUMENTS)
    play.commands.clear()
    early = play.settled(papers, {})
    play.answer(facts, play.settled(facts, play._apply(facts)))
    empty = papers.model_copy(update={"patch": papers.patch.model_copy(update={"changes": ()})})
    play.side(ZUID).lane(Lane.DOCUMENTS).phase = InFlight(empty, play.at, {})
    play.answer(empty, early)
    assert play.value(NOORD, "title") == "Nieuw"
    assert "edited" not in told_last(play)


def test_a_role_that_is_gone_when_it_is_read_back_waits_for_a_person() -> None:
    """No system makes nothing of a role by itself, unless it has no place for it."""
    play = linked()
    play.edit(NOORD, roles=(party("Aanvrager", "Jansen"),))
    with play.before_it_is_read_back():
        play.edit(ZUID, roles=())
    (path,) = play.parked(ZUID)
    assert path.startswith("roles/")


def test_a_role_that_a_colleague_adds_meanwhile_is_not_ours_as_the_system_shows_it() -> None:
    play = linked()
    play.edit(NOORD, roles=(party("Aanvrager", "Jansen"),))
    with play.before_it_is_read_back():
        play.edit(ZUID, roles=(party("Specialist", "De Vries"),))
    play.settle()
    assert "De Vries" in {role.identity for role in play.shows[NOORD].roles}


def test_a_note_that_was_taken_away_at_once_is_not_the_other_one_that_was_written() -> None:
    """One was left: it passed for the first, and its own was written once more."""
    play = linked()
    play.edit(NOORD, notes=(note("a", "Gebeld."), note("b", "Gemaild.")))
    with play.before_it_is_read_back():
        play.edit(ZUID, notes=play.shows[ZUID].notes[1:])
        (left,) = play.shows[ZUID].notes
    assert play.side(ZUID).items == {f"notes/{left.key}": "notes/noord~b"}
    assert play.parked(ZUID) == {"notes/noord~a": "refused"}


def test_an_outcome_in_a_case_that_was_just_made_is_somebodys() -> None:
    """It was given before anybody had heard that the case is there, and passed for a default."""
    play = Play()
    with play.before_it_is_read_back():
        play.edit(ZUID, result="Akkoord")
    play.settle()
    assert play.value(NOORD, "result") == "Goed"


def test_what_replaces_a_value_that_stood_there_already_is_an_edit() -> None:
    """Nothing was written; no system renders what it was not given."""
    play = linked()
    play.edit(NOORD, title="Nieuw")
    play.see(NOORD)
    command = play.commands.pop(0)
    play.edit(ZUID, title="Van zuid")
    play.answer(command, play.settled(command, {"title": STOOD}))
    assert "edited" in told_last(play)


def test_other_content_than_an_unanswered_write_had_is_an_edit() -> None:
    """The title is the same: it was taken for ours, and the two stayed unlike."""
    play = linked(documents=(document("a", "N-RAP"),))
    (made,) = play.shows[ZUID].documents
    play.edit(NOORD, documents=(document("a", "N-RAP", version=2, digest="d2"),))
    unanswered(play)
    play.edit(ZUID, documents=(made.model_copy(update={"version": 2, "digest": "d3"}),))
    play.see(ZUID)
    assert "superseded" in told_last(play)


def test_what_lands_after_a_later_write_is_ours_where_the_system_says_so() -> None:
    """It was given up, and another title was settled since; then it comes in, re-cased."""
    play = overtaken()
    play.edit(ZUID, title="EERST")
    play.see(ZUID, {"title": Author(by="casebridge", at=play.at)})
    assert "edited" not in told_last(play)
    play.settle()
    assert play.value(ZUID, "title") == "Daarna"


def test_what_landed_before_a_reading_of_the_documents_alone_is_ours_all_the_same() -> None:
    """That reading did not take the title, for something was on its way there."""
    play = overtaken()
    play.edit(NOORD, status="2")
    play.see(NOORD)
    command = play.commands.pop(0)
    play.edit(ZUID, title="EERST")
    ours = {"title": Author(by="casebridge", at=play.tick())}
    play.see(ZUID, ours)
    result = play.settled(command, play._apply(command))
    snapshot = result.snapshot.model_copy(update={"authors": ours})
    play.answer(command, result.model_copy(update={"snapshot": snapshot}))
    play.settle()
    assert play.value(ZUID, "title") == "Daarna"


def test_what_a_colleague_types_after_a_later_write_is_an_edit_whatever_it_says() -> None:
    play = overtaken()
    play.edit(ZUID, title="EERST")
    play.see(ZUID, {"title": Author(by="z-1", at=play.at)})
    assert "edited" in told_last(play)


def test_what_is_typed_again_as_we_made_it_is_an_edit_though_our_making_is_told() -> None:
    """Of a property ZGW tells who made it, and of no edit: what was typed was written over."""
    play = linked()
    made = {"properties/kwaliteit": Author(by="casebridge", at=play.at)}
    play.set_property(NOORD, "klasse", "NT")
    play.see(NOORD)
    play.settle()
    play.set_property(NOORD, "klasse", "L")
    unanswered(play)
    play.see(ZUID)
    play.settle()
    play.set_property(ZUID, "kwaliteit", "MA")
    play.see(ZUID)
    play.settle()
    play.set_property(ZUID, "kwaliteit", "LI")
    play.see(ZUID, made)
    assert "edited" in told_last(play)
    play.settle()
    assert play.value(ZUID, "properties/kwaliteit") == "LI"


def test_a_try_in_doubt_is_remembered_though_its_command_was_done_in_the_end() -> None:
    """The edge was started again, and wrote once more; then the first try lands."""
    play = linked()
    play.edit(NOORD, title="Eerst")
    play.see(NOORD)
    command = play.commands.pop(0)
    result = play.settled(command, play._apply(command))
    assert isinstance(result, Settled)
    play.answer(command, result.model_copy(update={"in_doubt": ("title",)}))
    (write,) = play.side(ZUID).unsettled
    assert (write.path, write.become, write.is_over) == ("title", "Eerst", True)


def given_and_emptied(play: Play) -> None:
    """The explanation is taken away at noord while nobody knows that zuid's case was made."""
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    play.answer(command, Refused(reason="garbled", detail="<html>"))
    play.edit(NOORD, explanation=None)
    play.see(NOORD)


def test_what_a_create_without_an_answer_gave_is_no_default_of_the_system() -> None:
    """The explanation that it gave was taken away meanwhile: it goes there, too."""
    play = Play(case=noord_case(explanation="Gemeld."))
    given_and_emptied(play)
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "weer te lezen"), RULES, play.tick()))
    play.settle()
    assert play.value(ZUID, "explanation") is None
    assert "rendered" not in play.told()


def test_what_it_gave_is_none_either_where_its_case_is_found_by_the_mark() -> None:
    """The same, where a person resumes nothing and zuid's case is announced."""
    play = Play(case=noord_case(explanation="Gemeld."))
    given_and_emptied(play)
    assert play.link is not None
    play.side(ZUID).parked.clear()
    play.keep(decide_wake(play.link, RULES, play.tick()))
    command = play.commands.pop(0)
    play.answer(command, Waiting(detail="onbereikbaar"))
    found_by_its_mark(play)
    play.settle()
    assert play.value(ZUID, "explanation") is None


def test_another_word_than_we_wrote_is_an_edit_though_nobody_says_whose() -> None:
    """A colleague chose another class before ours was read back: no system makes that of ours."""
    play = linked()
    play.set_property(NOORD, "klasse", "NT")
    with play.before_it_is_read_back():
        play.set_property(ZUID, "kwaliteit", "ZW")
    assert play.link is not None
    assert play.link.truth["properties/klasse"] == {"key": "klasse", "value": "zwaar"}
    assert "rendered" not in play.told()


def test_another_status_than_we_set_is_an_edit_though_nobody_says_whose() -> None:
    """A colleague took the case a step further before ours was read back."""
    play = linked()
    play.edit(NOORD, status="2")
    with play.before_it_is_read_back():
        play.edit(ZUID, status="90")
    play.settle()
    assert play.value(NOORD, "status") == "9"


@pytest.mark.parametrize("by", ["z-1", None])
def test_what_a_colleague_emptied_in_a_case_that_was_found_again_is_an_edit(by: str | None) -> None:
    """It was made with an explanation, which nobody read; if nobody took it away, it never came."""
    play = Play(case=noord_case(explanation="Gemeld."))
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    play.edit(ZUID, explanation=None)
    result = play.settled(command, {"explanation": MOVED})
    authors = {"explanation": Author(by=by, at=play.at)} if by else {}
    snapshot = result.snapshot.model_copy(update={"authors": authors})
    play.answer(command, result.model_copy(update={"snapshot": snapshot}))
    play.settle()
    left = None if by else "Gemeld."
    assert (play.value(NOORD, "explanation"), play.value(ZUID, "explanation")) == (left, left)


def test_another_word_in_a_case_that_was_just_made_is_an_edit() -> None:
    """The edge stood still between making the case and reading it; somebody worked in it."""
    play = Play()
    with play.before_it_is_read_back():
        play.set_property(ZUID, "kwaliteit", "ZW")
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "NT"


def test_another_word_of_whom_we_wrote_for_is_an_edit_in_a_case_that_was_found_again() -> None:
    """It was made and then lost sight of; z-1, who opened it at noord, chose another at zuid."""
    play = Play()
    play.set_property(NOORD, "klasse", "NT")
    play.see(NOORD, {path: Author(by="z-1", at=play.at) for path in cells_of(play.shows[NOORD])})
    command = play.commands.pop(0)
    assert command.patch.by == "z-1"
    play._apply(command)
    play.set_property(ZUID, "kwaliteit", "ZW")
    path = "properties/kwaliteit"
    result = play.settled(command, {path: MOVED})
    snapshot = result.snapshot.model_copy(update={"authors": {path: Author(by="z-1", at=play.at)}})
    play.answer(command, result.model_copy(update={"snapshot": snapshot}))
    play.settle()
    assert "rendered" not in play.told()
    assert play.value(ZUID, path) == "ZW"


def test_what_a_system_makes_of_a_word_that_means_nothing_else_is_its_rendering() -> None:
    """It has a spelling of its own for it, which no table knows: nothing comes back."""
    play = linked()
    play.set_property(NOORD, "klasse", "NT")
    play.render["properties/kwaliteit"] = {"key": "kwaliteit", "value": "MA (matig)"}
    play.see(NOORD)
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "NT"
    assert play.parked(ZUID) == {}


def wake(play: Play) -> None:
    """Let the time pass that zuid's facts are to wait, and do what is then asked."""
    phase = play.side(ZUID).lane(Lane.FACTS).phase
    assert isinstance(phase, LaneWaits), phase
    play.at = phase.until
    assert play.link is not None
    play.keep(decide_wake(play.link, play.rules, play.at))
    play.settle()


def test_what_a_colleague_put_back_is_not_called_held() -> None:
    """The old word again, before ours was read back: it passed for ours, and the sides parted."""
    play = linked()
    play.set_property(NOORD, "klasse", "NT")
    with play.before_it_is_read_back():
        play.set_property(ZUID, "kwaliteit", "LI")
    assert "written" not in told_last(play)
    assert not play.decisions[-1].is_equal
    wake(play)
    assert play.value(ZUID, "properties/kwaliteit") == "MA"
    assert play.decisions[-1].is_equal


def test_a_handler_whom_a_colleague_put_back_is_not_called_passed_on() -> None:
    """Each side went on with a handler of its own: no system makes another person of ours."""
    play = linked(handler=handler("n-1"))
    before = play.shows[ZUID].handler
    play.edit(NOORD, handler=handler("z-1"))
    with play.before_it_is_read_back():
        play.edit(ZUID, handler=before)
    assert "written" not in told_last(play)
    wake(play)
    now = play.shows[ZUID].handler
    assert now is not None
    assert now.id == "z-1"


def told_of_what_has_no_word(play: Play) -> None:
    """Zuid says of the border that nobody knows: for that noord has no word, and shows nothing."""
    play.set_property(ZUID, "iw", "?")
    play.see(ZUID)
    assert play.commands == []


def test_what_was_typed_before_the_other_side_was_heard_of_is_a_conflict() -> None:
    """Nothing shows there of what was agreed; it was written over as if they had known."""
    play = linked(properties=())
    play.set_property(NOORD, "grens", "J")
    told_of_what_has_no_word(play)
    play.see(NOORD)
    assert "superseded" in told_last(play)
    assert play.parked(ZUID) == {"properties/grens": "conflict"}


def test_what_was_typed_since_there_was_nothing_to_see_is_an_edit() -> None:
    play = linked(properties=())
    told_of_what_has_no_word(play)
    play.see(NOORD)
    play.set_property(NOORD, "grens", "J")
    play.see(NOORD)
    play.settle()
    assert play.value(ZUID, "properties/iw") == ">"
    assert "superseded" not in play.told()


def test_a_system_that_takes_a_word_and_never_shows_it_is_looked_at_by_a_person() -> None:
    """It says that it is done each time: after so many tries somebody must look why."""
    play = linked()
    play.render["properties/kwaliteit"] = {"key": "kwaliteit", "value": "LI"}
    play.set_property(NOORD, "klasse", "NT")
    play.see(NOORD)
    play.settle()
    for _ in range(MOST_TRIES - 1):
        assert play.parked(ZUID) == {}
        wake(play)
    assert list(play.parked(ZUID)) == ["properties/klasse"]
    assert play.value(NOORD, "properties/klasse") == "NT"


def test_what_never_showed_does_not_yield_unsaid_to_an_older_value_of_another_agreement() -> None:
    """Zuid has no word for a check; what a third system typed before comes in there meanwhile."""
    play = linked()
    older = play.tick()
    play.edit(NOORD, status="3")
    play.see(NOORD)
    play.settle()
    play.see(ZUID)
    assert play.value(ZUID, "status") == "10"
    play.edit(ZUID, status="20")
    brought = Surroundings(brought={"status": Brought("bezig", older)})
    assert play.link is not None
    seen = play.observation(ZUID)
    rules = some_rules(field_ownership={"status": "latest-wins"})
    play.keep(decide_observation(play.link, seen, rules, play.at, brought))
    (lost,) = (row for row in play.decisions[-1].journal if row.what is What.SUPERSEDED)
    assert (lost.agency, lost.value, lost.other) == (ZUID, "bezig", "toets")
    play.settle()
    assert (play.value(NOORD, "status"), play.value(ZUID, "status")) == ("3", "20")


def test_what_another_agreement_brought_later_than_what_never_showed_is_an_edit_like_any() -> None:
    play = linked()
    play.edit(NOORD, status="3")
    play.see(NOORD)
    play.settle()
    play.see(ZUID)
    play.edit(ZUID, status="20")
    brought = Surroundings(brought={"status": Brought("bezig", play.tick())})
    assert play.link is not None
    play.keep(decide_observation(play.link, play.observation(ZUID), RULES, play.at, brought))
    assert "superseded" not in told_last(play)
    play.settle()
    assert play.value(NOORD, "status") == "2"


def test_the_status_with_which_a_case_opens_that_could_not_be_told_of_is_no_edit() -> None:
    """The agreed one ends the case; the case at home was opened again by the other's default."""
    play = Play(case=noord_case(status="9"))
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    made = CaseRef("zuid-1")
    play.answer(command, Refused(reason="out-of-scope", detail="mag nog niet weg", ref=made))
    play.edit(ZUID, status="10")
    found_by_its_mark(play)
    assert "edited" not in told_last(play)
    play.settle()
    assert (play.value(NOORD, "status"), play.value(ZUID, "status")) == ("9", "90")


def test_that_status_is_none_either_where_its_documents_were_read_before_its_facts() -> None:
    """It is announced while somebody has it looked at; the answer to that is the first of it."""
    play = Play(case=noord_case(status="9"))
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    made = CaseRef("zuid-1")
    play.answer(command, Refused(reason="out-of-scope", detail="mag nog niet weg", ref=made))
    play.edit(ZUID, status="10")
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "weer afgesproken"), RULES, play.tick()))
    found_by_its_mark(play)
    look = play.commands.pop(0)
    result = play.settled(look, {})
    marked = result.snapshot.model_copy(update={"mark": Mark(play.link.id)})
    play.answer(look, result.model_copy(update={"snapshot": marked}))
    assert "edited" not in told_last(play)
    play.settle()
    assert (play.value(NOORD, "status"), play.value(ZUID, "status")) == ("9", "90")


def test_a_reading_that_ended_just_before_a_receipt_was_answered_is_no_step_back() -> None:
    """Both were taken in; when the case was last seen is when the later of them was told."""
    play = linked()
    play.edit(NOORD, title="Nieuw")
    play.see(NOORD)
    looked = play.at
    play.settle()
    answered = play.side(ZUID).checked_at
    assert answered > looked
    play.take(play.observation(ZUID).model_copy(update={"at": looked}))
    assert play.side(ZUID).checked_at == answered
