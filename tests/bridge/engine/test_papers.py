"""Documents in a case that both sides work on: one each, the newest, under each side's own name."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.engine.decide import decide_operation
from bridge.engine.decision import What
from bridge.engine.operate import Resume
from bridge.engine.parked import Reason
from contracts.case import Content, Document
from contracts.ids import AgencyId
from contracts.messages import ChangeOutcome, Outcome
from tests.bridge.engine.samples import NOORD, RULES, ZUID, Play, document, noord_case


def linked(*documents: Document) -> Play:
    """A case that both sides have, with these documents of noord."""
    play = Play(case=noord_case(documents=documents))
    play.see(NOORD)
    play.settle()
    return play


def seen(play: Play, *agencies: AgencyId) -> None:
    """Their edges look, before any Command of the hub is obeyed."""
    for agency in agencies:
        play.see(agency)
    play.settle()


def titles(play: Play, agency: AgencyId) -> list[str]:
    return sorted(each.title for each in play.shows[agency].documents)


def unread(agency: AgencyId, key: str, kind: str, title: str = "Rapport") -> Document:
    """A document that is too large to be read along with its case."""
    content = Content(agency=agency, key=key, version="1")
    return document(key, kind, title, digest=None, content=content)


def change(play: Play, agency: AgencyId, **changes: Any) -> None:
    """Somebody changes the one document of the case."""
    (one,) = play.shows[agency].documents
    play.edit(agency, documents=(one.model_copy(update=changes),))


def contents_written(play: Play) -> list[str]:
    """Which changes brought a content."""
    return [
        change.path
        for decision in play.decisions
        for command in decision.commands
        for change in command.patch.changes
        if change.content is not None
    ]


def test_a_large_document_that_turns_out_to_be_unreadable_parks_alone() -> None:
    """It was told that it comes; that it does not is told as well, and nobody waits for it."""
    play = linked()
    play.edit(NOORD, documents=(unread(NOORD, "a", "N-RAP"),))
    seen(play, NOORD)
    assert not play.side(ZUID).parked
    change(play, NOORD, content=None)
    seen(play, NOORD)
    (parked,) = play.side(ZUID).parked.values()
    assert parked.reason is Reason.UNREADABLE
    play.edit(NOORD, title="Verder")
    seen(play, NOORD)
    assert play.shows[ZUID].title == "Verder"


def test_the_same_large_report_that_both_sides_put_there_by_hand_is_one_document() -> None:
    """Its content was read only later: then it shows that they are the same, and none is copied."""
    play = linked()
    play.edit(NOORD, documents=(unread(NOORD, "a", "N-RAP"),))
    play.edit(ZUID, documents=(unread(ZUID, "b", "R"),))
    seen(play, NOORD, ZUID)
    play.edit(NOORD, documents=(document("a", "N-RAP", digest="groot"),))
    play.edit(ZUID, documents=(document("b", "R", digest="groot"),))
    play.see(ZUID)
    play.see(NOORD)
    play.settle()
    assert [each.key for each in play.shows[NOORD].documents] == ["a"]
    assert [each.key for each in play.shows[ZUID].documents] == ["b"]
    assert play.decisions[-1].is_equal


def test_a_report_that_somebody_files_while_it_is_on_its_way_is_the_one_that_is_brought() -> None:
    """The edge finds it there and makes no second one; at the next look the two are one."""
    play = linked()
    play.edit(NOORD, documents=(document("a", "N-RAP", digest="klein"),))
    play.see(NOORD)
    (command,) = play.commands
    play.commands.clear()
    play.edit(ZUID, documents=(document("b", "R", digest="klein"),))
    (there,) = command.patch.changes
    play.answer(
        command,
        play.settled(command, {there.path: ChangeOutcome(outcome=Outcome.CONFLICT)}),
    )
    play.settle()
    assert [each.key for each in play.shows[NOORD].documents] == ["a"]
    assert [each.key for each in play.shows[ZUID].documents] == ["b"]
    assert play.parked(ZUID) == {}
    play.see(ZUID)
    play.settle()
    assert play.decisions[-1].is_equal


def test_a_report_that_is_one_keeps_crossing_as_one() -> None:
    """Whoever puts another version there changes the one of the other side, too."""
    play = linked()
    play.edit(NOORD, documents=(unread(NOORD, "noord-1", "N-RAP"),))
    seen(play, NOORD)
    play.edit(NOORD, documents=(document("noord-1", "N-RAP", digest="groot"),))
    play.edit(ZUID, documents=(document("b", "R", digest="groot"),))
    play.see(ZUID)
    play.see(NOORD)
    play.settle()
    change(play, ZUID, version=2, digest="nieuw")
    seen(play, ZUID)
    assert [each.digest for each in play.shows[NOORD].documents] == ["nieuw"]
    assert len(play.shows[ZUID].documents) == 1


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"title": "Rapport, definitief"}, {"title": "Rapport, definitief"}),
        ({"type": "N-BRF"}, {"type": "B"}),
        ({"status": "definitief"}, {"status": "definitief"}),
        ({"file_name": "رسم.pdf"}, {"file_name": "رسم.pdf"}),
    ],
)
def test_what_is_said_of_a_document_crosses_without_its_content(
    changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """A new title, type or status is a few bytes; the drawing stays where it lies."""
    play = linked(document("a", "N-RAP"))
    play.decisions.clear()
    change(play, NOORD, **changes)
    seen(play, NOORD)
    (there,) = play.shows[ZUID].documents
    assert {name: getattr(there, name) for name in shown} == shown
    assert contents_written(play) == []


@pytest.mark.covers("F33")
def test_a_version_that_came_while_the_last_one_was_brought_is_what_stays() -> None:
    """The Command of the old one is obeyed late: the newest follows, once."""
    play = linked(document("a", "N-RAP"))
    change(play, NOORD, version=2, digest="twee")
    play.see(NOORD)
    change(play, NOORD, version=3, digest="drie")
    play.see(NOORD)
    play.settle()
    assert [each.digest for each in play.shows[ZUID].documents] == ["drie"]
    assert play.decisions[-1].is_equal


def test_a_large_version_that_is_not_read_yet_is_not_written_over() -> None:
    """It would be gone unseen. Once it is read both sides have it, under the new title."""
    play = linked(document("a", "N-RAP"))
    (there,) = play.shows[ZUID].documents
    content = Content(agency=ZUID, key=there.key, version="2")
    change(play, ZUID, version=2, digest=None, content=content)
    seen(play, ZUID)
    change(play, NOORD, title="Nieuwe naam")
    seen(play, NOORD)
    (there,) = play.shows[ZUID].documents
    assert (there.version, there.digest) == (2, None)
    change(play, ZUID, digest="groot")
    seen(play, ZUID)
    for agency in (NOORD, ZUID):
        assert [each.digest for each in play.shows[agency].documents] == ["groot"]
        assert titles(play, agency) == ["Nieuwe naam"]


def test_two_versions_of_one_number_are_two_while_one_is_not_read_yet() -> None:
    """Each system counts its own: who loses is told, and nothing goes over unseen."""
    play = linked(document("a", "N-RAP"))
    (there,) = play.shows[ZUID].documents
    theirs = Content(agency=ZUID, key=there.key, version="2")
    change(play, ZUID, version=2, digest=None, content=theirs)
    ours = Content(agency=NOORD, key="a", version="2")
    change(play, NOORD, version=2, digest="onze", content=ours)
    play.see(ZUID)
    play.see(NOORD)
    (lost,) = (
        row for each in play.decisions for row in each.journal if row.what is What.SUPERSEDED
    )
    assert (lost.path, lost.rule) == ("documents/noord~a", "DVO-1: documents/noord~a union")


def test_the_content_of_an_older_version_tells_nothing_of_a_newer_one() -> None:
    """What is read late where it was brought is no news of what its owner filed since."""
    play = linked(document("a", "N-RAP", digest="een"))
    (there,) = play.shows[ZUID].documents
    at_zuid = Content(agency=ZUID, key=there.key, version="1")
    change(play, ZUID, title="Andere naam", digest=None, content=at_zuid)
    seen(play, ZUID)
    newer = Content(agency=NOORD, key="a", version="2")
    change(play, NOORD, version=2, digest=None, content=newer)
    play.see(NOORD)
    change(play, ZUID, digest="een", content=at_zuid)
    told = play.see(ZUID)
    assert [row for row in told.journal if row.agency == ZUID] == []


@pytest.mark.covers("F33")
def test_a_document_that_is_withdrawn_while_it_is_brought_does_not_stay() -> None:
    """It comes in at the other side, and goes again; nothing brings it back."""
    play = linked()
    play.edit(NOORD, documents=(document("a", "N-RAP"),))
    play.see(NOORD)
    play.edit(NOORD, documents=())
    play.see(NOORD)
    play.settle()
    assert titles(play, ZUID) == []
    assert titles(play, NOORD) == []
    assert play.decisions[-1].is_equal


def test_an_empty_document_crosses() -> None:
    """Zero bytes are a content, and no reason to wait for one."""
    play = linked(document("a", "N-RAP", "Leeg", digest="leeg", size_bytes=0))
    assert titles(play, ZUID) == ["Leeg"]
    assert play.parked(ZUID) == {}


def test_a_document_that_may_be_one_there_waits_until_that_one_was_read() -> None:
    """As large, and its content not known yet: which of the two it is, its digest tells."""
    play = linked()
    play.edit(ZUID, documents=(unread(ZUID, "b", "R", "Bijlage"),))
    play.edit(NOORD, documents=(document("a", "N-RAP", digest="een"),))
    seen(play, ZUID, NOORD)
    assert titles(play, ZUID) == ["Bijlage"]
    assert play.parked(ZUID) == {}
    play.edit(ZUID, documents=(document("b", "R", "Bijlage", digest="ander"),))
    seen(play, ZUID)
    assert titles(play, ZUID) == titles(play, NOORD) == ["Bijlage", "Rapport"]
    assert play.decisions[-1].is_equal


def test_a_document_that_may_be_one_there_goes_on_when_that_one_cannot_be_read() -> None:
    """Only the one that cannot be read waits for a person; when it is read, it crosses as well."""
    play = linked()
    play.edit(ZUID, documents=(unread(ZUID, "b", "R", "Bijlage"),))
    play.edit(NOORD, documents=(document("a", "N-RAP", digest="een"),))
    seen(play, ZUID, NOORD)
    cannot_be_read = document("b", "R", "Bijlage", digest=None)
    play.edit(ZUID, documents=(cannot_be_read,))
    seen(play, ZUID)
    assert titles(play, ZUID) == ["Bijlage", "Rapport"]
    assert list(play.parked(NOORD).values()) == ["unreadable"]
    seen(play, ZUID, NOORD)
    assert len(play.parked(NOORD)) == 1
    (there,) = [each for each in play.shows[ZUID].documents if each.title == "Rapport"]
    play.edit(ZUID, documents=(document("b", "R", "Bijlage", digest="ander"), there))
    seen(play, ZUID)
    assert titles(play, NOORD) == ["Bijlage", "Rapport"]
    assert play.decisions[-1].is_equal


def test_who_tries_an_unreadable_document_again_has_its_content_asked_for() -> None:
    """What waits goes on waiting until it was read: trying alone tells nothing."""
    play = linked(document("a", "N-RAP", digest=None))
    (path,) = play.parked(ZUID)
    resume = Resume("beheerder", "het bestand is er weer", path=path)
    assert play.link is not None
    play.keep(decide_operation(play.link, resume, RULES, play.tick()))
    (command,) = play.commands
    assert (command.agency, command.stage) == (NOORD, ("a",))
    assert list(play.parked(ZUID)) == [path]
    play.edit(NOORD, documents=(document("a", "N-RAP", digest="een"),))
    play.settle()
    assert play.parked(ZUID) == {}
    assert titles(play, ZUID) == ["Rapport"]
