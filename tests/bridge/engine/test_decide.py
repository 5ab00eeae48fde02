"""What the engine decides, told as short histories of one case at two agencies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.engine.decide import decide_operation, decide_receipt, decide_wake
from bridge.engine.decision import What
from bridge.engine.lane import Waiting
from bridge.engine.operate import Choose, Resume, Skip, Unlink
from contracts.messages import ChangeOutcome, Lane, Outcome, Receipt, Unanswered
from contracts.messages import Waiting as WaitingResult
from contracts.snapshot import Author
from tests.bridge.engine.samples import (
    NOORD,
    RULES,
    ZUID,
    Play,
    document,
    handler,
    noord_case,
    note,
    party,
    some_rules,
)


def linked(**case: object) -> Play:
    """A case that has crossed and is alike on both sides."""
    play = Play(case=noord_case(**case))
    play.see(NOORD)
    play.settle()
    return play


def test_a_case_that_an_agreement_covers_gets_a_counterpart_in_the_other_words() -> None:
    """What noord calls N-BOD appears at zuid as Z-1, with zuid's status and property."""
    play = linked()
    assert play.value(ZUID, "case_type") == "Z-1"
    assert play.value(ZUID, "status") == "10"
    assert play.value(ZUID, "properties/kwaliteit") == "LI"
    assert play.decisions[-1].is_equal


def test_an_echo_of_our_own_write_causes_nothing() -> None:
    """What we wrote, seen again on both sides, leaves every side alone."""
    play = linked()
    for agency in (ZUID, NOORD, ZUID):
        decision = play.see(agency)
        assert decision.commands == ()
        assert decision.is_equal


def test_an_edit_at_the_counterpart_comes_home() -> None:
    """The specialist sets a status in their own system; the other follows in its own word."""
    play = linked()
    play.edit(ZUID, status="20")
    play.see(ZUID)
    play.settle()
    assert play.value(NOORD, "status") == "2"
    assert play.decisions[-1].is_equal


def test_a_case_without_agreement_does_not_cross_and_the_journal_says_why() -> None:
    """Another participant: no route."""
    play = Play(case=noord_case(participant="GM9"))
    decision = play.see(NOORD)
    assert decision.link is None
    assert [row.what.value for row in decision.journal] == ["not-linked"]
    assert "geen geldige afspraak" in decision.journal[0].why


def test_a_lossy_word_is_not_sent_back_as_an_edit() -> None:
    """Zuid refines NT (matig or zwaar) to zwaar; noord keeps NT and nothing more is written."""
    play = linked(properties=())
    play.set_property(NOORD, "klasse", "NT")
    play.see(NOORD)
    play.settle()
    assert play.value(ZUID, "properties/kwaliteit") == "MA"
    play.set_property(ZUID, "kwaliteit", "ZW")
    play.see(ZUID)
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "NT"
    assert play.link is not None
    assert play.link.truth["properties/klasse"] == {"key": "klasse", "value": "zwaar"}
    before = len(play.commands)
    play.see(NOORD)
    play.see(ZUID)
    assert len(play.commands) == before
    assert play.value(ZUID, "properties/kwaliteit") == "ZW"


def test_text_that_a_narrower_system_cut_stands_for_the_whole() -> None:
    """Zuid holds six characters: the title at noord stays whole, and stays agreed."""
    play = Play(case=noord_case(title="Graafwerk bij de dijk"))
    play.see(NOORD)
    play.render["title"] = "Graafw"
    play.settle()
    assert play.value(ZUID, "title") == "Graafw"
    assert play.see(ZUID).commands == ()
    assert play.see(NOORD).commands == ()
    assert play.value(NOORD, "title") == "Graafwerk bij de dijk"
    assert play.decisions[-1].is_equal


def test_a_reading_that_is_not_newer_changes_nothing() -> None:
    """Readings come late, twice and out of order; only the newest counts."""
    play = linked()
    late = play.observation(ZUID)
    play.edit(ZUID, status="20")
    play.see(ZUID)
    play.settle()
    play.take(late)
    play.settle()
    assert play.value(NOORD, "status") == "2"
    assert "stale" in play.told()


def test_what_is_read_while_a_command_flies_is_looked_at_again() -> None:
    """A colleague types at zuid while our write is on its way there; both edits stand."""
    play = linked()
    play.set_property(NOORD, "start", "2024-07-01")
    play.see(NOORD)
    flying = play.commands.pop(0)
    play.edit(ZUID, status="20")
    assert play.see(ZUID).commands == ()
    play.obey(flying)
    play.settle()
    assert play.value(NOORD, "status") == "2"
    assert play.value(ZUID, "properties/begin") == "2024-07-01"


def test_the_handlers_agency_wins_and_the_loser_is_in_the_journal() -> None:
    """Both change the class at once; z-1 of zuid handles the case, so zuid decides."""
    play = linked(handler=handler("z-1"))
    play.set_property(NOORD, "klasse", "NT")
    play.set_property(ZUID, "kwaliteit", "ZW")
    play.see(NOORD)
    play.settle()
    play.see(ZUID)
    play.settle()
    assert play.value(ZUID, "properties/kwaliteit") == "ZW"
    lost = [r for d in play.decisions for r in d.journal if r.what.value == "superseded"]
    assert any(row.agency == NOORD for row in lost)
    assert play.decisions[-1].is_equal


def test_the_latest_wins_where_the_agreement_says_so() -> None:
    """Start date: the later edit stands on both sides, whoever is heard first."""
    for first, second in ((NOORD, ZUID), (ZUID, NOORD)):
        play = linked()
        play.set_property(NOORD, "start", "2024-07-01")
        play.set_property(ZUID, "begin", "2024-07-08")
        early = datetime(2024, 6, 3, 11, 0, tzinfo=UTC)
        authors = {
            NOORD: {"properties/start": Author(by="n-1", at=early)},
            ZUID: {"properties/begin": Author(by="z-1", at=early + timedelta(seconds=26))},
        }
        play.take(play.observation(first, authors[first]))
        play.take(play.observation(second, authors[second]))
        play.settle()
        play.take(play.observation(second, authors[second]))
        play.settle()
        if first == NOORD:
            assert play.value(NOORD, "properties/start") == "2024-07-08"
        assert play.value(NOORD, "properties/start") == play.value(ZUID, "properties/begin")


def test_a_conflict_that_is_left_to_a_person_keeps_both_values_until_they_chose() -> None:
    """Grens is park: each side keeps its own, and only that path waits."""
    play = linked()
    play.set_property(NOORD, "grens", "N")
    play.set_property(ZUID, "iw", "?")
    play.set_property(ZUID, "begin", "2024-07-08")
    play.see(NOORD)
    play.settle()
    assert play.parked(ZUID) == {"properties/grens": "conflict"}
    assert play.value(NOORD, "properties/grens") == "N"
    assert play.value(ZUID, "properties/iw") == "?"
    assert play.value(NOORD, "properties/start") == "2024-07-08"
    assert play.link is not None
    choose = Choose(
        "coordinator", "nagevraagd", "properties/grens", {"key": "grens", "value": "boven"}
    )
    play.keep(decide_operation(play.link, choose, RULES, play.tick()))
    play.settle()
    assert play.value(NOORD, "properties/grens") == "J"
    assert play.value(ZUID, "properties/iw") == ">"
    assert play.decisions[-1].is_equal


def test_withdrawal_at_home_beats_a_substantive_result_elsewhere() -> None:
    """The agreement's precedence; the hours and the losing value stay in the journal."""
    play = linked(handler=handler("z-1"))
    play.edit(NOORD, result="Vervallen", status="9")
    play.edit(ZUID, result="Akkoord")
    play.see(NOORD)
    play.settle()
    play.see(ZUID)
    play.settle()
    assert play.value(ZUID, "result") == "Ingetrokken"
    assert play.value(ZUID, "status") == "90"
    assert play.value(NOORD, "result") == "Vervallen"


def test_a_result_without_a_word_parks_alone_and_the_rest_goes_on() -> None:
    """Hersteld would lie at noord: it waits for a person, the status crosses."""
    play = linked()
    play.edit(ZUID, result="Hersteld", status="20")
    play.see(ZUID)
    play.settle()
    assert play.parked(NOORD) == {"result": "no-counterpart"}
    assert play.value(NOORD, "status") == "2"
    assert play.value(NOORD, "result") is None
    assert not play.decisions[-1].is_equal
    parked = play.side(NOORD).parked["result"]
    assert "een mens kiest" in parked.why
    assert parked.ways


def test_a_parked_value_goes_on_when_the_value_changes_or_the_rules_do() -> None:
    """A new result needs no resume; nor does a row that was added."""
    play = linked()
    play.edit(ZUID, result="Hersteld")
    play.see(ZUID)
    play.settle()
    play.edit(ZUID, result="Akkoord")
    play.see(ZUID)
    play.settle()
    assert play.parked(NOORD) == {}
    assert play.value(NOORD, "result") == "Goed"


def test_a_status_without_a_word_is_annotated_and_kept() -> None:
    """Verzonden has no word at noord: a note tells it, the status stays, and nothing bounces."""
    play = linked()
    play.edit(ZUID, status="50")
    play.see(ZUID)
    play.settle()
    assert play.value(NOORD, "status") == "1"
    assert len(play.shows[NOORD].notes) == 1
    assert "erzonden" in play.shows[NOORD].notes[0].text
    play.see(NOORD)
    play.settle()
    assert play.shows[ZUID].notes == ()
    assert play.decisions[-1].is_equal


def _annotated(outcome: Outcome) -> Play:
    """Verzonden is told noord in a note, of which becomes what is asked here."""
    play = linked()
    play.edit(ZUID, status="50")
    play.see(ZUID)
    (command,) = play.commands
    (note,) = [each.path for each in command.patch.changes if each.path.startswith("notes/")]
    play.commands.clear()
    outcomes = {
        each.path: ChangeOutcome(outcome=Outcome.DONE, detail="") for each in command.patch.changes
    }
    outcomes[note] = ChangeOutcome(outcome=outcome, detail="geen notities vandaag")
    play.answer(command, play.settled(command, outcomes))
    return play


@pytest.mark.parametrize("outcome", [Outcome.UNCERTAIN, Outcome.CONFLICT])
def test_what_is_told_in_a_note_is_told_again_until_the_note_is_there(outcome: Outcome) -> None:
    """Planned is not told: the first try of it never landed."""
    play = _annotated(outcome)
    assert play.shows[NOORD].notes == ()
    assert not play.decisions[-1].is_equal
    assert play.link is not None
    play.keep(decide_wake(play.link, RULES, play.tick() + timedelta(minutes=10)))
    play.settle()
    assert [("erzonden" in note.text) for note in play.shows[NOORD].notes] == [True]
    assert play.decisions[-1].is_equal


def test_a_note_that_is_refused_waits_for_a_person_and_is_written_when_they_resume() -> None:
    """What it was to tell is parked, with the system's own words."""
    play = _annotated(Outcome.REFUSED)
    play.settle()
    assert play.parked(NOORD) == {"status": "refused"}
    assert play.side(NOORD).parked["status"].why == "geen notities vandaag"
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("ops", "hersteld"), RULES, play.tick()))
    play.settle()
    assert len(play.shows[NOORD].notes) == 1
    assert play.decisions[-1].is_equal


def test_a_system_that_takes_no_notes_is_not_told_for_ever() -> None:
    """The journal says that it could not be told."""
    play = _annotated(Outcome.UNSUPPORTED)
    play.settle()
    assert play.decisions[-1].is_equal
    told = [row for each in play.decisions for row in each.journal if row.what is What.UNSUPPORTED]
    assert [(row.path, row.agency) for row in told] == [("status", NOORD)]


def test_a_refused_field_parks_alone_with_the_systems_own_words() -> None:
    """The system refuses one property; everything else of that Command is done."""
    play = linked()
    play.refuse["properties/begin"] = "datum ligt in het verleden"
    play.set_property(NOORD, "start", "2020-01-01")
    play.edit(NOORD, status="2")
    play.see(NOORD)
    play.settle()
    assert play.parked(ZUID) == {"properties/start": "refused"}
    assert play.value(ZUID, "status") == "20"
    assert play.side(ZUID).parked["properties/start"].why == "datum ligt in het verleden"
    play.refuse.clear()
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("ops", "hersteld"), RULES, play.tick()))
    play.settle()
    assert play.value(ZUID, "properties/begin") == "2020-01-01"


def test_a_field_that_the_system_cannot_hold_is_not_taken_for_deleted() -> None:
    """Unsupported: the side stands for it without showing it, and nobody loses the value."""
    play = linked()
    play.unsupported.add("explanation")
    play.edit(NOORD, explanation="Uitleg")
    play.see(NOORD)
    play.settle()
    play.see(ZUID)
    assert play.value(NOORD, "explanation") == "Uitleg"
    assert play.decisions[-1].is_equal


def test_the_type_of_a_case_that_cannot_be_changed_waits_for_a_person() -> None:
    """Immutable: never silently kept."""
    play = linked()
    play.unsupported.add("case_type")
    assert play.link is not None
    choose = Choose("c", "r", "case_type", "geluid")
    play.keep(decide_operation(play.link, choose, RULES, play.tick()))
    play.settle()
    assert set(play.parked(ZUID).values()) <= {"immutable", "no-counterpart"}
    assert "case_type" in play.parked(ZUID)


def test_documents_cross_in_their_own_lane_and_the_end_waits_for_them() -> None:
    """A drawing does not hold up a status, but a case is closed only after its documents."""
    play = linked()
    play.edit(ZUID, documents=(document("a", "R"),), result="Akkoord", status="90")
    decision = play.see(ZUID)
    lanes = {command.lane for command in decision.commands}
    assert lanes == {Lane.FACTS, Lane.DOCUMENTS}
    facts = next(c for c in decision.commands if c.lane is Lane.FACTS)
    assert "status" not in {change.path for change in facts.patch.changes}
    play.settle()
    assert [d.type for d in play.shows[NOORD].documents] == ["N-RAP"]
    assert play.value(NOORD, "status") == "9"
    assert play.decisions[-1].is_equal


def test_a_document_with_the_same_content_on_both_sides_is_linked_and_not_copied() -> None:
    """Recognised by its digest."""
    play = linked()
    play.edit(NOORD, documents=(document("n", "N-RAP", "Zelfde"),))
    play.edit(ZUID, documents=(document("z", "R", "Zelfde"),))
    play.see(NOORD)
    play.commands.clear()
    play.see(ZUID)
    play.settle()
    assert len(play.shows[ZUID].documents) == 1
    assert len(play.shows[NOORD].documents) == 1


def test_what_somebody_works_on_is_tried_again_after_ever_longer_waits() -> None:
    """Nothing moved, and yet it would not let us, as with a locked document: not at once again."""
    play = linked(documents=(document("n", "N-RAP", "Eerst"),))
    play.edit(NOORD, documents=(document("n", "N-RAP", "Eerst", digest="dNieuw", version=2),))
    play.see(NOORD)
    waits = []
    for _ in range(3):
        (command,) = play.commands
        play.commands.clear()
        (change,) = command.patch.changes
        locked = {change.path: ChangeOutcome(outcome=Outcome.CONFLICT, detail="staat op slot")}
        decision = play.answer(command, play.settled(command, locked))
        assert decision.commands == ()
        phase = play.side(ZUID).lane(Lane.DOCUMENTS).phase
        assert isinstance(phase, Waiting)
        assert phase.why == "staat op slot"
        assert decision.wake_at == phase.until
        waits.append(phase.until - play.at)
        play.at = phase.until
        assert play.link is not None
        play.keep(decide_wake(play.link, RULES, play.at))
        (look,) = play.commands
        play.commands.clear()
        play.answer(look, play.settled(look, {}))
    assert waits == sorted(set(waits))
    assert play.told().count("unanswered") == len(waits)
    play.settle()
    assert [found.digest for found in play.shows[ZUID].documents] == ["dNieuw"]


def test_a_withdrawn_document_is_withdrawn_at_the_other_side() -> None:
    """Union, and what is taken away is taken away."""
    play = linked()
    play.edit(ZUID, documents=(document("a", "R"),))
    play.see(ZUID)
    play.settle()
    assert len(play.shows[NOORD].documents) == 1
    play.edit(ZUID, documents=())
    play.see(ZUID)
    play.settle()
    assert play.shows[NOORD].documents == ()
    assert play.decisions[-1].is_equal


def test_a_note_taken_away_on_one_side_stays_on_the_other() -> None:
    """A log only grows."""
    play = linked()
    play.edit(ZUID, notes=(note("1", "Gebeld."),))
    play.see(ZUID)
    play.settle()
    play.edit(ZUID, notes=())
    play.see(ZUID)
    play.settle()
    assert [n.text for n in play.shows[NOORD].notes] == ["Gebeld."]


def test_a_role_crosses_under_the_other_sides_name() -> None:
    """Natural keys follow the words."""
    play = linked()
    play.edit(NOORD, roles=(party("Aanvrager", "Bedrijf"),))
    play.see(NOORD)
    play.settle()
    assert [role.role for role in play.shows[ZUID].roles] == ["Initiator"]
    play.see(ZUID)
    assert play.decisions[-1].is_equal


def test_a_write_without_an_answer_that_shows_later_is_ours_and_no_edit() -> None:
    """Unanswered, then visible: it stands for what we wrote, and nothing is reverted."""
    play = linked()
    play.edit(NOORD, status="2")
    play.see(NOORD)
    command = play.commands.pop(0)
    decision = play.answer(command, Unanswered(detail="verbinding verbroken"))
    assert decision.wake_at is not None
    play.edit(ZUID, status="20")
    play.edit(NOORD, status="3")
    play.see(NOORD)
    play.see(ZUID)
    play.settle()
    assert play.value(NOORD, "status") == "3"
    assert play.link is not None
    assert play.link.truth["status"] == "toets"


def test_a_system_that_is_away_waits_and_catches_up_with_one_command() -> None:
    """Three edits while zuid is down become one Command with their sum."""
    play = linked()
    play.edit(NOORD, status="2")
    play.see(NOORD)
    play.answer(play.commands.pop(0), WaitingResult(detail="onbereikbaar"))
    play.set_property(NOORD, "start", "a")
    play.see(NOORD)
    play.set_property(NOORD, "start", "b")
    play.see(NOORD)
    assert play.commands == []
    state = play.side(ZUID).lane(Lane.FACTS)
    assert isinstance(state.phase, Waiting)
    assert play.link is not None
    play.at = state.phase.until
    play.keep(decide_wake(play.link, RULES, play.at))
    assert len(play.commands) == 1
    play.settle()
    assert play.value(ZUID, "status") == "20"
    assert play.value(ZUID, "properties/begin") == "b"


def test_a_system_that_is_seen_again_is_not_waited_for() -> None:
    """A reading proves that it is back: what waited goes at once."""
    play = linked()
    play.edit(NOORD, status="2")
    play.see(NOORD)
    play.answer(play.commands.pop(0), WaitingResult(detail="onbereikbaar"))
    play.see(ZUID)
    assert len(play.commands) == 1
    play.settle()
    assert play.value(ZUID, "status") == "20"


def test_a_receipt_that_comes_twice_changes_nothing_the_second_time() -> None:
    """Recognised by the Command that it answers."""
    play = linked()
    play.edit(NOORD, status="2")
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    result = play.settled(command, outcomes)
    play.answer(command, result)
    play.edit(ZUID, status="50")
    decision = play.answer(command, result)
    assert decision.commands == ()
    assert [row.what.value for row in decision.journal] == ["stale"]


def test_somebody_no_longer_deployed_changes_only_their_own_house() -> None:
    """z-2's deployment ended in March: it stays at zuid, told in shared terms; z-1's crosses."""
    play = linked()
    may = datetime(2024, 5, 2, tzinfo=UTC)
    play.set_property(ZUID, "kwaliteit", "ZW")
    play.take(play.observation(ZUID, {"properties/kwaliteit": Author(by="z-2", at=may)}))
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "L"
    assert play.value(ZUID, "properties/kwaliteit") == "ZW"
    (held,) = (r for d in play.decisions for r in d.journal if r.what is What.HELD_BACK)
    assert (held.path, held.value) == ("properties/klasse", {"key": "klasse", "value": "zwaar"})
    play.set_property(ZUID, "kwaliteit", "MA")
    play.take(play.observation(ZUID, {"properties/kwaliteit": Author(by="z-1", at=may)}))
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "NT"


def test_a_crossing_never_lowers_confidentiality() -> None:
    """Strictest: raising crosses, lowering stays where it was done."""
    play = linked(confidentiality="openbaar")
    play.edit(ZUID, confidentiality="vertrouwelijk")
    play.see(ZUID)
    play.settle()
    assert play.value(NOORD, "confidentiality") == "vertrouwelijk"
    play.edit(NOORD, confidentiality="openbaar")
    play.see(NOORD)
    play.settle()
    assert play.value(ZUID, "confidentiality") == "vertrouwelijk"


def test_after_the_agreement_ended_nothing_is_written_across() -> None:
    """Reading goes on; what would have been written waits, and is listed."""
    play = linked()
    play.at = datetime(2025, 1, 2, tzinfo=UTC)
    play.edit(NOORD, status="2")
    play.see(NOORD)
    assert play.commands == []
    assert play.parked(ZUID) == {"case": "out-of-scope"}


def test_skipping_leaves_both_sides_as_they_are() -> None:
    """A person decides that this difference may stand."""
    play = linked()
    play.edit(ZUID, result="Hersteld")
    play.see(ZUID)
    play.settle()
    assert play.link is not None
    play.keep(
        decide_operation(play.link, Skip("c", "afgesproken", NOORD, "result"), RULES, play.tick())
    )
    assert play.decisions[-1].is_equal
    assert play.value(NOORD, "result") is None


def test_cases_that_were_let_go_stay_apart() -> None:
    """Unlinked: what is typed afterwards goes nowhere."""
    play = linked()
    assert play.link is not None
    play.keep(decide_operation(play.link, Unlink("c", "vergissing"), RULES, play.tick()))
    play.edit(NOORD, status="2")
    assert play.see(NOORD).commands == ()


def test_a_rule_that_was_added_sets_a_parked_value_going() -> None:
    """New rules: what had no word is looked at again."""
    play = linked()
    play.edit(ZUID, result="Hersteld")
    play.see(ZUID)
    play.settle()
    play.rules = some_rules(version="v2")
    play.see(NOORD)
    assert "unparked" in play.told()


def test_a_receipt_for_a_link_that_waits_for_nothing_is_dropped() -> None:
    """Nobody asked: stale."""
    play = linked()
    play.edit(NOORD, status="2")
    play.see(NOORD)
    command = play.commands.pop(0)
    play.obey(command)
    assert play.link is not None
    result = play.settled(command, {})
    receipt = Receipt(
        command=command.id,
        link=command.link,
        agency=ZUID,
        lane=command.lane,
        at=play.tick(),
        result=result,
    )
    decision = decide_receipt(play.link, receipt, RULES, play.at)
    assert decision.commands == ()


def test_an_edit_between_our_write_and_reading_it_back_is_no_rendering() -> None:
    """The system says that n-1 changed it after we wrote: theirs is the newest, and crosses."""
    play = linked()
    play.edit(ZUID, status="20")
    play.see(ZUID)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(NOORD, status="3")
    result = play.settled(command, outcomes)
    authors = {"status": Author(by="n-1", at=play.at)}
    snapshot = result.snapshot.model_copy(update={"authors": authors})
    play.answer(command, result.model_copy(update={"snapshot": snapshot}))
    play.settle()
    assert play.link is not None
    assert play.link.truth["status"] == "toets"
    assert play.value(NOORD, "status") == "3"
