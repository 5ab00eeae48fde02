"""Short histories that random ones led to: each was once decided wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from bridge.engine.casetypes import CaseTypes
from bridge.engine.decide import Surroundings, decide_new, decide_operation, decide_wake
from bridge.engine.operate import Resume
from bridge.engine.parked import Way
from bridge.engine.sameness import Holds, is_rendering, mark_of
from bridge.engine.translate import Lens
from bridge.engine.words import Words
from contracts.case import Case, Content, Note
from contracts.crosswalk import CaseTypeTable, Row, Rule, Table, Uncovered
from contracts.ids import AgencyId
from contracts.messages import (
    ChangeOutcome,
    Command,
    Lane,
    Missing,
    Outcome,
    OutOfScope,
    Refused,
    Waiting,
)
from contracts.patch import Patch
from contracts.snapshot import Author
from tests.bridge.engine.samples import (
    AGREEMENT,
    NOORD,
    RULES,
    ZUID,
    Play,
    document,
    found_by_its_mark,
    noord_case,
    noord_lens,
    note,
    some_rules,
    zuid_lens,
)

UNKNOWN: Final = "onbekend woord"


def only_reports() -> Lens:
    """Zuid's terms, without a word for letters: a note tells of them."""
    lens = zuid_lens()
    table = Table(
        rows=(Row(local="R", shared="rapport"),),
        uncovered={"brief": Uncovered(rule=Rule.ANNOTATE)},
    )
    lens.terms.document_types = Words(table, where="documents", what="documenttype")
    return lens


def settled(
    play: Play, command: Command, outcomes: dict[str, ChangeOutcome], by: str | None, *paths: str
) -> None:
    """The hub takes a Receipt whose system says that *by* wrote *paths*."""
    result = play.settled(command, outcomes)
    authors = {path: Author(by=by, at=play.at) for path in paths} if by else {}
    snapshot = result.snapshot.model_copy(update={"authors": authors})
    play.answer(command, result.model_copy(update={"snapshot": snapshot}))
    play.settle()


def made_and_typed_in(by: str | None, **typed: object) -> Play:
    """A case that was just made at zuid, in which somebody types before it is read back."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(ZUID, **typed)
    settled(play, command, outcomes, by, *typed)
    return play


def test_a_colleague_who_types_in_a_new_case_is_not_taken_for_the_system() -> None:
    """The explanation was not asked for; the system says that z-1 wrote it: it crosses."""
    play = made_and_typed_in("z-1", explanation="Al gebeld.")
    assert play.value(NOORD, "explanation") == "Al gebeld."


def test_what_a_system_fills_in_by_itself_is_told_and_no_edit() -> None:
    """Nobody says who wrote it: a default, as the journal tells."""
    play = made_and_typed_in(None, explanation="Standaardtekst")
    assert play.value(NOORD, "explanation") is None
    rows = [row for decision in play.decisions for row in decision.journal]
    assert any(row.path == "explanation" and row.value == "Standaardtekst" for row in rows)


def found_again(by: str) -> Play:
    """A case that was made without an answer and is found later: its title is another by then."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(ZUID, title="Anders")
    outcomes["title"] = ChangeOutcome(outcome=Outcome.CONFLICT)
    settled(play, command, outcomes, by, "title")
    return play


def test_what_a_colleague_typed_in_a_case_that_is_found_again_is_an_edit() -> None:
    """Both sides changed the title; home wins, and what lost is in the journal."""
    play = found_again("z-1")
    assert play.value(ZUID, "title") == "Graafwerk"
    lost = [r for d in play.decisions for r in d.journal if r.what.value == "superseded"]
    assert [row.value for row in lost] == ["Anders"]


def test_what_the_system_filled_in_in_a_case_that_is_found_again_is_overwritten() -> None:
    """It says that our own account wrote it: a default is no edit, and nobody lost anything."""
    play = found_again("casebridge")
    assert play.value(ZUID, "title") == "Graafwerk"
    assert "superseded" not in play.told()


def test_a_value_that_meant_nothing_is_read_anew_when_the_rules_give_it_a_meaning() -> None:
    """A row is added for a word that noord shows already: it crosses without being typed again."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.set_property(NOORD, "klasse", UNKNOWN)
    play.see(NOORD)
    assert play.parked(NOORD) == {"properties/klasse": "untranslatable"}
    play.rules = replace(RULES, version="v2", lenses={**RULES.lenses, NOORD: noord_lens(UNKNOWN)})
    play.see(NOORD)
    play.settle()
    assert play.parked(NOORD) == {}
    assert play.value(ZUID, "properties/kwaliteit") == "ZW"


def test_a_value_that_meant_nothing_waits_no_longer_once_the_old_one_is_back() -> None:
    """What was agreed stands there again: nobody has to look, and both sides are alike."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.set_property(NOORD, "klasse", UNKNOWN)
    play.see(NOORD)
    play.set_property(NOORD, "klasse", "L")
    decision = play.see(NOORD)
    assert play.parked(NOORD) == {}
    assert decision.is_equal


def test_resuming_a_value_that_still_means_nothing_parks_it_again() -> None:
    """Nothing was mended: the sides differ, and that is never called equal."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.set_property(NOORD, "klasse", UNKNOWN)
    play.see(NOORD)
    assert play.link is not None
    decision = play.keep(decide_operation(play.link, Resume("o", "opnieuw"), RULES, play.tick()))
    assert play.parked(NOORD) == {"properties/klasse": "untranslatable"}
    assert not decision.is_equal


def test_a_case_that_is_shared_with_two_parties_of_one_agreement_goes_two_routes() -> None:
    """A store lets one case go one route once; by hand to two agencies are two."""
    oost = AgencyId("oost")
    rules = some_rules(parties=["noord", "zuid", "oost"], routing=[])
    rules = replace(rules, lenses={**rules.lenses, oost: zuid_lens("oost")})
    play = Play(rules, noord_case())
    around = Surroundings(shared_with=frozenset({ZUID, oost}))
    decisions = decide_new(play.observation(NOORD), rules, play.at, around)
    links = [decision.link for decision in decisions if decision.link is not None]
    assert len(links) == len({link.route for link in links}) == 2


def test_two_notes_that_a_system_trims_are_ours_and_do_not_come_back() -> None:
    """Both land at once, neither to the letter: each is how the system renders it."""
    texts = ("Gebeld met de buren. ", "Gebeld  met de gemeente.")
    play = Play(case=noord_case(notes=tuple(note(str(n), t) for n, t in enumerate(texts))))
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(ZUID, notes=tuple(_trimmed(each) for each in play.shows[ZUID].notes))
    settled(play, command, outcomes, None)
    assert play.parked(ZUID) == {}
    assert [each.text for each in play.shows[NOORD].notes] == list(texts)
    assert len(play.shows[ZUID].notes) == 2


def _trimmed(each: Note) -> Note:
    return each.model_copy(update={"text": " ".join(each.text.split())})


def test_a_write_that_is_refused_after_the_create_had_made_it_is_no_edit() -> None:
    """The create gave the title, zuid holds capitals; writing it once more was refused."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(ZUID, title="GRAAFWERK")
    outcomes["title"] = ChangeOutcome(outcome=Outcome.REFUSED, detail="mag niet")
    settled(play, command, outcomes, None)
    assert play.value(NOORD, "title") == "Graafwerk"
    assert play.parked(ZUID) == {}


def test_a_result_that_begins_as_another_does_is_another_result() -> None:
    """A write of ours got no answer; a colleague chooses a word that ours begins with: an edit."""
    assert is_rendering("title", "Akkoord onder voorwaarden", "AKKOORD")
    assert not is_rendering("result", "Akkoord onder voorwaarden", "Akkoord")
    for holds in Holds:
        begins = is_rendering("properties/x", _value("Niet, tenzij"), _value("Niet"), holds=holds)
        assert begins is (holds is Holds.TEXT)
        rounded = is_rendering("properties/x", _value("12,57"), _value("12,6"), holds=holds)
        assert rounded is (holds is Holds.NUMBERS)
    assert not is_rendering("properties/x", _value("12,6"), _value("12,57"), holds=Holds.NUMBERS)
    assert is_rendering("properties/x", _value("12"), _value("12.00"), holds=Holds.NUMBERS)


def test_an_object_of_which_less_is_held_is_rendered_and_one_of_which_else_is_said_is_not() -> None:
    """A system that keeps no name of a parcel shows its number; another name was typed there."""
    path = "objects/perceel:1"
    number: dict[str, JsonValue] = {"kadastraleIdentificatie": "1"}
    parcel = _parcel({**number, "kadastraleAanduiding": "TST04 Z 9003"})
    assert is_rendering(path, parcel, _parcel(number))
    assert not is_rendering(path, parcel, _parcel({**number, "kadastraleAanduiding": "TST05 Z 1"}))
    assert not is_rendering(path, parcel, _parcel({**number, "naam": "Weide"}))
    assert not is_rendering(path, parcel, _parcel({}))


def _parcel(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"key": "perceel:1", "type": "perceel", "identity": "1", "data": data}


def _value(text: str) -> JsonValue:
    return {"key": "x", "value": text}


def test_a_field_that_may_not_leave_as_its_write_is_settled_is_known_again_later() -> None:
    """Zuid cuts the title, and the Receipt may not tell it; the next reading is no edit."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, title="Graafwerk bij de dijk")
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(ZUID, title="Graafwerk b")
    whole = play.shows[ZUID]
    play.shows[ZUID] = Case(**{name: getattr(whole, name) for name in ("number", "case_type")})
    settled(play, command, outcomes, None)
    play.shows[ZUID] = whole
    play.see(ZUID)
    play.settle()
    assert play.value(NOORD, "title") == "Graafwerk bij de dijk"


def test_what_a_refused_create_may_have_made_is_no_edit_when_it_is_found() -> None:
    """Refused as out of scope after it was made; by then noord's title is another."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    refused = Refused(reason="out-of-scope", detail="mag niet meer weg")
    play.answer(command, refused)
    play.edit(NOORD, title="Sanering")
    play.see(NOORD)
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "mag weer"), RULES, play.tick()))
    again = play.commands.pop(0)
    outcomes = play._apply(again)
    play.edit(ZUID, title="Graafwerk")
    outcomes["title"] = ChangeOutcome(outcome=Outcome.CONFLICT)
    settled(play, again, outcomes, None)
    assert play.value(NOORD, "title") == "Sanering"
    assert play.value(ZUID, "title") == "Sanering"


def test_a_note_about_a_document_that_is_seen_before_its_receipt_is_ours() -> None:
    """It goes with the documents; the facts are read meanwhile."""
    play = Play(replace(RULES, lenses={**RULES.lenses, ZUID: only_reports()}))
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(document("a", "N-BRF"),))
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    assert len(play.shows[ZUID].notes) == 1
    play.see(ZUID)
    settled(play, command, outcomes, None)
    assert play.shows[NOORD].notes == ()
    assert play.parked(ZUID) == {}


def test_a_case_too_secret_for_one_agreement_does_not_cross_under_it() -> None:
    """Its edge told of it, for another agreement lets it leave; this Link's does not."""
    may = {**AGREEMENT["may_cross"], "max_confidentiality": "intern"}
    play = Play(some_rules("intern", may_cross=may))
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, confidentiality="geheim", title="Geheim graafwerk")
    play.see(NOORD)
    play.settle()
    assert play.value(ZUID, "title") == "Graafwerk"
    assert play.parked(NOORD) == {"case": "out-of-scope"}
    play.edit(NOORD, confidentiality="intern")
    play.see(NOORD)
    play.settle()
    assert play.value(ZUID, "title") == "Geheim graafwerk"


def test_resuming_a_case_that_may_not_leave_only_looks_again() -> None:
    """Whether it may, its edge tells; until then nothing goes over."""
    play = Play()
    play.see(NOORD)
    play.settle()
    out = play.observation(NOORD).model_copy(update={"sight": OutOfScope()})
    play.take(out)
    play.edit(ZUID, status="20")
    play.see(ZUID)
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "mag weer"), RULES, play.tick()))
    (look,) = play.commands
    assert look.agency == NOORD
    assert look.patch.changes == ()
    play.settle()
    assert play.parked(NOORD) == {}
    assert play.value(NOORD, "status") == "2"


def test_a_write_in_doubt_is_remembered_though_others_of_its_command_were_done() -> None:
    """The status is done, the title is not; it lands later, and is ours."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, status="2", title="Sanering")
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(ZUID, title="Graafwerk")
    outcomes["title"] = ChangeOutcome(outcome=Outcome.UNCERTAIN)
    play.answer(command, play.settled(command, outcomes))
    play.edit(ZUID, title="Sanering")
    play.edit(NOORD, title="Ontgraving")
    play.see(NOORD)
    play.see(ZUID)
    play.settle()
    assert "superseded" not in play.told()
    assert play.value(ZUID, "title") == "Ontgraving"


def test_an_item_whose_field_was_not_read_back_is_waited_for() -> None:
    """Written, and the notes are not in the reading: neither refused, nor a colleague's later."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, notes=(note("1", "Gebeld."),))
    with play.before_it_is_read_back():
        whole = play.shows[ZUID]
        read = {name: getattr(whole, name) for name in whole.model_fields_set - {"notes"}}
        play.shows[ZUID] = Case(**read)
    assert play.parked(ZUID) == {}
    play.shows[ZUID] = whole
    play.see(ZUID)
    play.settle()
    assert [each.text for each in play.shows[NOORD].notes] == ["Gebeld."]
    assert [each.text for each in play.shows[ZUID].notes] == ["Gebeld."]


def test_a_word_that_was_held_back_is_not_taken_up_by_resuming_what_stood_there_before() -> None:
    """First a word without meaning, which waits; then z-2, deployed no longer, types another."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.set_property(ZUID, "kwaliteit", UNKNOWN)
    play.see(ZUID)
    play.set_property(ZUID, "kwaliteit", "ZW")
    authors = {"properties/kwaliteit": Author(by="z-2", at=play.at)}
    play.take(play.observation(ZUID, authors))
    assert play.parked(ZUID) == {}
    assert play.link is not None
    play.keep(decide_operation(play.link, Resume("o", "opnieuw"), RULES, play.tick()))
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "L"


def test_a_document_that_was_first_seen_without_its_content_crosses_once_it_is_known() -> None:
    """A look at the facts fetches no content; the next reading does, of the same version."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(document("a", "N-RAP", digest=None, size_bytes=None),))
    play.see(NOORD)
    play.settle()
    assert play.shows[ZUID].documents == ()
    play.edit(NOORD, documents=(document("a", "N-RAP"),))
    play.see(NOORD)
    play.settle()
    assert [each.title for each in play.shows[ZUID].documents] == ["Rapport"]
    assert play.parked(ZUID) == {}
    assert play.decisions[-1].is_equal


def test_a_large_document_waits_for_its_content_and_for_nobody() -> None:
    """It is told before its content was read: nothing parks, and all else of the case crosses."""
    play = Play()
    play.see(NOORD)
    play.settle()
    content = Content(agency=NOORD, key="a", version="1")
    play.edit(
        NOORD, title="Nieuw", documents=(document("a", "N-RAP", digest=None, content=content),)
    )
    play.see(NOORD)
    play.settle()
    assert play.shows[ZUID].documents == ()
    assert play.value(ZUID, "title") == "Nieuw"
    assert play.parked(ZUID) == {}
    assert not play.decisions[-1].is_equal, "it is still on its way"
    play.edit(NOORD, documents=(document("a", "N-RAP", content=content),))
    play.see(NOORD)
    play.settle()
    assert [each.title for each in play.shows[ZUID].documents] == ["Rapport"]
    assert play.decisions[-1].is_equal


def test_each_property_has_its_own_author() -> None:
    """Noord changed the class long ago and the start just now; zuid changed the class between."""
    play = Play(some_rules("latest", field_ownership={"properties": "latest-wins"}))
    play.see(NOORD)
    play.settle()
    early = play.at
    play.set_property(NOORD, "klasse", "NT")
    play.set_property(NOORD, "start", "2024-07-01")
    play.set_property(ZUID, "kwaliteit", "ZW")
    told = {
        "properties/klasse": Author(by="n-1", at=early),
        "properties/start": Author(by="n-1", at=early + timedelta(minutes=9)),
    }
    play.at += timedelta(minutes=10)
    play.take(play.observation(NOORD, told))
    between = {"properties/kwaliteit": Author(by="z-1", at=early + timedelta(minutes=5))}
    command = play.commands.pop(0)
    result = play.settled(command, play._apply(command))
    snapshot = result.snapshot.model_copy(update={"authors": between})
    play.answer(command, result.model_copy(update={"snapshot": snapshot}))
    lost = [row for row in play.decisions[-1].journal if row.what.value == "superseded"]
    assert [(row.agency, row.by) for row in lost] == [(NOORD, "n-1")]


def test_content_that_no_side_shows_any_more_is_not_asked_for_for_ever() -> None:
    """The agreed version was replaced by one of somebody who is not deployed: a person looks."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(document("a", "N-RAP", "Eerste"),))
    play.see(NOORD)
    command = play.commands.pop(0)
    play.edit(NOORD, documents=(document("a", "N-RAP", "Tweede", version=2),))
    play.take(play.observation(NOORD, {"documents/a": Author(by="z-2", at=play.at)}))
    path = command.patch.changes[0].path
    nothing = {path: ChangeOutcome(outcome=Outcome.NO_CONTENT)}
    play.answer(command, play.settled(command, nothing))
    play.settle()
    assert play.commands == []
    assert play.parked(ZUID) == {"documents/noord~a": "unreadable"}


def test_content_of_a_case_that_was_deleted_is_asked_for_again_once_it_is_back() -> None:
    """Until then a person sees that it waits; nobody asks a case that is not there."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(document("a", "N-RAP"),))
    play.see(NOORD)
    command = play.commands.pop(0)
    play.take(play.observation(NOORD).model_copy(update={"sight": Missing(gone=True)}))
    nothing = {command.patch.changes[0].path: ChangeOutcome(outcome=Outcome.NO_CONTENT)}
    play.answer(command, play.settled(command, nothing))
    play.at += timedelta(minutes=5)
    assert play.link is not None
    decision = play.keep(decide_wake(play.link, RULES, play.at))
    assert (play.commands, decision.wake_at) == ([], None)
    assert play.parked(ZUID) == {"documents/noord~a": "unreadable"}
    play.see(NOORD)
    play.settle()
    assert [each.title for each in play.shows[ZUID].documents] == ["Rapport"]


def test_content_that_is_not_at_hand_yet_is_waited_for_ever_longer() -> None:
    """Its side shows it, and is asked again and again, but not in a storm."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(document("a", "N-RAP"),))
    play.see(NOORD)
    waits = []
    for _ in range(4):
        command = next(each for each in play.commands if each.agency == ZUID)
        play.commands.clear()
        nothing = {command.patch.changes[0].path: ChangeOutcome(outcome=Outcome.NO_CONTENT)}
        play.answer(command, play.settled(command, nothing))
        phase = play.side(ZUID).lane(Lane.DOCUMENTS).phase
        waits.append(phase.until - play.at)
        asked = next(each for each in play.commands if each.agency == NOORD)
        play.answer(asked, play.settled(asked, {}))
        play.at = phase.until
        assert play.link is not None
        play.keep(decide_wake(play.link, RULES, play.at))
    assert waits == sorted(waits)
    assert waits[-1] > 3 * waits[0]


def _with_a_document(title: str = "Rapport") -> tuple[Play, Command]:
    """A case whose document is on its way to zuid."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(document("a", "N-RAP", title),))
    play.see(NOORD)
    return play, next(each for each in play.commands if each.agency == ZUID)


def _answered(play: Play, outcome: Outcome, detail: str) -> None:
    command = next(each for each in play.commands if each.agency == ZUID)
    play.commands.clear()
    told = ChangeOutcome(outcome=outcome, detail=detail)
    play.answer(command, play.settled(command, {command.patch.changes[0].path: told}))


def test_a_document_in_which_something_was_found_waits_alone_for_a_person() -> None:
    """With the finding; all else crosses; and once its owner replaced it, it goes by itself."""
    play, _ = _with_a_document()
    _answered(play, Outcome.UNSAFE, "de virusscanner vond Eicar in dit document")
    parked = play.side(ZUID).parked["documents/noord~a"]
    assert (parked.reason.value, parked.ways) == ("unsafe", (Way.RESUME, Way.SKIP))
    assert "Eicar" in parked.why
    play.edit(NOORD, title="Ander onderwerp")
    play.see(NOORD)
    play.settle()
    assert play.shows[ZUID].title == "Ander onderwerp"
    assert play.shows[ZUID].documents == ()
    play.edit(NOORD, documents=(document("a", "N-RAP", "Schoon", version=2),))
    play.see(NOORD)
    play.settle()
    assert play.parked(ZUID) == {}
    assert [each.title for each in play.shows[ZUID].documents] == ["Schoon"]


def test_while_the_scanner_is_away_a_document_waits_ever_longer_and_nobody_is_asked() -> None:
    """It is said once; and when the scanner is back it goes."""
    play, _ = _with_a_document()
    waits, said = [], 0
    for _ in range(4):
        _answered(play, Outcome.UNSCANNED, "de virusscanner is niet te bereiken")
        phase = play.side(ZUID).lane(Lane.DOCUMENTS).phase
        assert play.commands == [], "nor is its content asked for again"
        waits.append(phase.until - play.at)
        said += sum(row.what.value == "waiting" for row in play.decisions[-1].journal)
        play.at = phase.until
        assert play.link is not None
        play.keep(decide_wake(play.link, RULES, play.at))
    assert (waits, said) == (sorted(waits), 1)
    assert waits[-1] > 3 * waits[0]
    play.settle()
    assert play.parked(ZUID) == {}
    assert len(play.shows[ZUID].documents) == 1


def test_another_version_does_not_carry_back_the_title_that_was_cut() -> None:
    """Zuid cuts titles; its new content crosses, the title of noord stays whole."""
    play = Play(case=noord_case(documents=(document("a", "N-RAP", "Bodemrapport dijk"),)))
    play.see(NOORD)
    play.settle()
    (made,) = play.shows[ZUID].documents
    cut = made.model_copy(update={"title": "Bodemrap"})
    play.edit(ZUID, documents=(cut,))
    assert play.link is not None
    play.link.sides[ZUID].base[f"documents/{made.key}"] = cut.model_dump(mode="json")
    play.edit(ZUID, documents=(cut.model_copy(update={"version": 2, "digest": "d2"}),))
    play.see(ZUID)
    play.settle()
    (document_there,) = play.shows[NOORD].documents
    assert (document_there.title, document_there.digest) == ("Bodemrapport dijk", "d2")


def test_a_write_that_an_earlier_try_had_made_is_known_as_the_system_renders_it() -> None:
    """The edge crashed after it; then it finds something else than was expected: our own, cut."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, title="Sanering aan de dijk")
    play.see(NOORD)
    command = play.commands.pop(0)
    play.edit(ZUID, title="Sanering aan")
    play.answer(command, play.settled(command, {"title": ChangeOutcome(outcome=Outcome.CONFLICT)}))
    play.settle()
    assert play.value(NOORD, "title") == "Sanering aan de dijk"
    assert play.decisions[-1].is_equal


def test_who_changes_what_a_lost_create_gave_meets_who_emptied_it_meanwhile() -> None:
    """Both changed the explanation: home decides, and what lost is told."""
    play = Play(case=noord_case(explanation="Eerste"))
    play.see(NOORD)
    command = play.commands.pop(0)
    outcomes = play._apply(command)
    play.edit(NOORD, explanation=None)
    play.see(NOORD)
    play.edit(ZUID, explanation="Tweede")
    outcomes["explanation"] = ChangeOutcome(outcome=Outcome.CONFLICT)
    settled(play, command, outcomes, "z-1", "explanation")
    lost = [r for d in play.decisions for r in d.journal if r.what.value == "superseded"]
    assert [(row.agency, row.value) for row in lost] == [(ZUID, "Tweede")]
    assert play.value(ZUID, "explanation") is None


def test_other_content_under_the_same_title_is_no_earlier_try_of_ours() -> None:
    """Both put another version there: what lost is told, and nothing counts as written."""
    play = Play(case=noord_case(documents=(document("a", "N-RAP"),)))
    play.see(NOORD)
    play.settle()
    (made,) = play.shows[ZUID].documents
    play.edit(NOORD, documents=(document("a", "N-RAP", version=2, digest="d2"),))
    play.see(NOORD)
    command = play.commands.pop(0)
    path = f"documents/{made.key}"
    play.edit(ZUID, documents=(made.model_copy(update={"version": 2, "digest": "d3"}),))
    play.answer(command, play.settled(command, {path: ChangeOutcome(outcome=Outcome.CONFLICT)}))
    told = [row.what.value for row in play.decisions[-1].journal]
    assert "written" not in told
    assert "superseded" in told


def test_a_write_that_met_a_colleagues_value_may_still_come_in_over_it() -> None:
    """A try that was given up lands after the next one found z-1's title: it is ours."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, title="Nieuw", explanation="Anders")
    play.see(NOORD)
    command = play.commands.pop(0)
    unknown = ChangeOutcome(outcome=Outcome.UNCERTAIN)
    play.answer(command, play.settled(command, {"title": unknown, "explanation": unknown}))
    play.edit(NOORD, start="2024-09-01")
    play.at += timedelta(minutes=10)
    assert play.link is not None
    play.keep(decide_wake(play.link, RULES, play.at))
    play.see(NOORD)
    looked = play.commands.pop(0)
    play.answer(looked, play.settled(looked, {}))
    again = play.commands.pop(0)
    play.edit(ZUID, title="Van zuid")
    play.obey(again)
    assert "title" in {write.path for write in play.side(ZUID).unsettled}
    play.edit(ZUID, title="Nieuw")
    play.see(ZUID)
    edited = [r for r in play.decisions[-1].journal if r.what.value == "edited"]
    assert edited == []


def test_what_a_system_filled_in_is_no_edit_where_a_case_is_found_by_its_mark() -> None:
    """An edge gave up on a create that was done; the system had put a date in it by itself."""
    play = Play()
    play.see(NOORD)
    command = play.commands.pop(0)
    play._apply(command)
    play.edit(ZUID, start="2024-06-01")
    play.answer(command, Waiting(detail="onbereikbaar"))
    found_by_its_mark(play)
    play.settle()
    assert play.shows[NOORD].start is None
    assert "adopted" in play.told()


def test_what_a_frozen_edge_made_after_all_is_no_edit() -> None:
    """It made the case by an old Command after another said that nothing was done."""
    play = Play()
    play.set_property(NOORD, "start", "eerst")
    play.see(NOORD)
    command = play.commands.pop(0)
    play.answer(command, Waiting(detail="onbereikbaar"))
    play.set_property(NOORD, "start", "later")
    play.see(NOORD)
    play._apply(command)
    found_by_its_mark(play)
    play.settle()
    assert play.value(NOORD, "properties/start") == "later"
    assert play.value(ZUID, "properties/begin") == "later"


def test_a_document_that_comes_in_twice_with_our_mark_is_nobodys_second_one() -> None:
    """A try that was given up lands after the next one was settled: the copy stays where it is."""
    play = Play(case=noord_case(documents=(document("a", "N-RAP"),)))
    play.see(NOORD)
    play.settle()
    (made,) = play.shows[ZUID].documents
    assert play.link is not None
    ours = made.model_copy(update={"mark": mark_of(play.link.id, "documents/noord~a")})
    play.edit(ZUID, documents=(made, ours.model_copy(update={"key": "late"})))
    play.see(ZUID)
    play.settle()
    assert [each.key for each in play.shows[NOORD].documents] == ["a"]


def test_a_note_that_comes_in_after_a_later_command_is_still_known_as_ours() -> None:
    """What it says was cut; the title that was settled meanwhile tells nothing of it."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, notes=(note("n", "Gebeld met de indiener."),))
    play.see(NOORD)
    command = play.commands.pop(0)
    path = command.patch.changes[0].path
    play.answer(command, play.settled(command, {path: ChangeOutcome(outcome=Outcome.UNCERTAIN)}))
    play.edit(NOORD, title="Nieuw")
    play.see(NOORD)
    play.see(ZUID)
    again = play.commands.pop(0)
    outcomes = play._apply(again.model_copy(update={"patch": only(again, "title")}))
    refused = ChangeOutcome(outcome=Outcome.REFUSED)
    play.answer(again, play.settled(again, {**outcomes, path: refused}))
    play.edit(ZUID, notes=(note("z", "Gebeld met"),))
    play.see(ZUID)
    assert "edited" not in [row.what.value for row in play.decisions[-1].journal]


def only(command: Command, path: str) -> Patch:
    """What one Command asks for at one path."""
    kept = tuple(change for change in command.patch.changes if change.path == path)
    return command.patch.model_copy(update={"changes": kept})


def test_another_version_put_there_right_after_ours_is_an_edit() -> None:
    """It bore the same title, and was read back for ours: it never came over."""
    play = Play(case=noord_case(documents=(document("a", "N-RAP"),)))
    play.see(NOORD)
    play.settle()
    (made,) = play.shows[ZUID].documents
    play.edit(NOORD, documents=(document("a", "N-RAP", version=2, digest="d2"),))
    with play.before_it_is_read_back():
        play.edit(ZUID, documents=(made.model_copy(update={"version": 3, "digest": "d3"}),))
    play.settle()
    assert [found.digest for found in play.shows[NOORD].documents] == ["d3"]


def test_an_edit_beside_a_word_that_is_kept_is_weighed_and_not_taken_for_news() -> None:
    """Zuid has no word for *toets* and keeps its own; what z-1 typed meanwhile meets it."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, status="3")
    play.see(NOORD)
    play.edit(ZUID, status="50")
    play.settle()
    lost = [r for d in play.decisions for r in d.journal if r.what.value == "superseded"]
    assert [row.path for row in lost] == ["status"]


def test_who_changes_what_their_own_side_had_agreed_is_told_of_no_loser() -> None:
    """It showed an older word again meanwhile; what they type now is not in conflict with it."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.edit(ZUID, status="20")
    play.see(ZUID)
    play.settle()
    play.side(ZUID).stands["status"] = "ontvangen"
    play.edit(ZUID, status="50")
    rows = [row for row in play.see(ZUID).journal if row.path == "status"]
    assert [(row.what.value, row.value) for row in rows if row.agency == ZUID] == [
        ("edited", "verzonden")
    ]


def test_a_case_whose_word_hangs_on_a_property_crosses_once_that_is_filled_in() -> None:
    """It was read between its making and its properties; nobody has to resume it."""
    lens = zuid_lens()
    part = Uncovered(rule=Rule.DEFAULT, value="Z-1", when={"klasse": "licht"})
    lens.terms.case_types = CaseTypes(CaseTypeTable(uncovered={"bodem": part}), where="zaaktypen")
    play = Play(replace(RULES, lenses={**RULES.lenses, ZUID: lens}), noord_case(properties=()))
    play.see(NOORD)
    assert play.parked(ZUID) == {"case_type": "no-counterpart"}
    assert play.commands == []
    play.set_property(NOORD, "klasse", "L")
    play.see(NOORD)
    play.settle()
    assert play.parked(ZUID) == {}
    assert play.shows[ZUID].case_type == "Z-1"
