"""After a restore the engine looks first: short histories around a backup of one Link."""

from __future__ import annotations

from typing import Any

from bridge.engine.decide import decide_wake
from bridge.engine.decision import What
from bridge.engine.link import Link, copy_link, dump_link, load_link
from bridge.engine.parked import CASE, Reason
from bridge.engine.restored import suspect
from contracts.ids import AgencyId
from contracts.messages import Command, Refused, Unanswered
from tests.bridge.engine.samples import NOORD, ZUID, Play, document, noord_case, note


def linked(**case: Any) -> Play:
    """A case that has crossed and is alike on both sides."""
    play = Play(case=noord_case(**case))
    play.see(NOORD)
    play.settle()
    assert play.decisions[-1].is_equal
    return play


def backup(play: Play) -> Link:
    """What the store holds now."""
    assert play.link is not None
    return copy_link(play.link)


def typed(play: Play, agency: AgencyId, **changes: Any) -> None:
    """Somebody types, and the other side is told."""
    play.edit(agency, **changes)
    play.see(agency)
    play.settle()


def restore(play: Play, kept: Link) -> None:
    """Bring the backup back; what was sent meanwhile is lost."""
    play.commands.clear()
    play.link = load_link(dump_link(suspect(kept)))
    play.keep(decide_wake(play.link, play.rules, play.tick()))


def written(play: Play) -> list[Command]:
    """Settle; give what was written (looks ask for nothing)."""
    found: list[Command] = []
    for _ in range(30):
        if not play.commands:
            return found
        command = play.commands.pop(0)
        found += [command] if command.patch.changes or command.ref is None else []
        play.obey(command)
    raise AssertionError("it does not come to rest")


def test_nothing_is_sent_but_looks_until_both_sides_were_read() -> None:
    """Also where it is plain already what somebody typed."""
    play = linked()
    kept = backup(play)
    play.edit(NOORD, status="2")
    restore(play, kept)
    looks = [*play.commands]
    assert {look.agency for look in looks} == {NOORD, ZUID}
    assert not any(look.patch.changes for look in looks)
    play.commands.clear()
    assert play.obey(looks[0]).commands == ()
    assert not play.decisions[-1].is_equal
    (write,) = play.obey(looks[1]).commands
    assert (write.agency, write.patch.changes[0].path) == (ZUID, "status")


def test_what_was_not_touched_is_left_alone() -> None:
    """And is equal again."""
    play = linked()
    restore(play, backup(play))
    assert written(play) == []
    assert play.decisions[-1].is_equal


def test_what_crossed_since_the_backup_is_agreed_again_without_a_write() -> None:
    """Both sides show it."""
    play = linked()
    kept = backup(play)
    typed(play, NOORD, status="2")
    typed(play, ZUID, explanation="Nader bekeken")
    restore(play, kept)
    assert written(play) == []
    assert play.decisions[-1].is_equal
    assert (play.value(NOORD, "status"), play.value(ZUID, "status")) == ("2", "20")


def test_what_was_typed_on_one_side_crosses() -> None:
    """It was never told, or what told of it was lost."""
    play = linked()
    kept = backup(play)
    play.edit(ZUID, explanation="Nader bekeken")
    restore(play, kept)
    assert [command.agency for command in written(play)] == [NOORD]
    assert play.value(NOORD, "explanation") == "Nader bekeken"


def test_a_text_that_was_cut_since_the_backup_damages_nothing_at_its_author() -> None:
    """What the other side shows is what its system made of it."""
    play = linked()
    kept = backup(play)
    long = "Een heel lange omschrijving van de zaak"
    play.edit(NOORD, title=long)
    play.edit(ZUID, title=long[:12])
    restore(play, kept)
    assert written(play) == []
    assert (play.value(NOORD, "title"), play.value(ZUID, "title")) == (long, long[:12])
    assert play.decisions[-1].is_equal


def test_what_both_sides_changed_otherwise_is_for_a_person() -> None:
    """Nobody remembers which was seen by whom; both keep their own meanwhile."""
    play = linked()
    kept = backup(play)
    play.edit(NOORD, explanation="Van noord")
    play.edit(ZUID, explanation="Van zuid")
    restore(play, kept)
    assert written(play) == []
    assert play.link is not None
    assert play.link.sides[ZUID].parked["explanation"].reason is Reason.CONFLICT
    assert play.value(ZUID, "explanation") == "Van zuid"
    told = [row.value for row in play.decisions[-1].journal if row.what is What.EDITED]
    assert told == [play.link.truth["explanation"]]


def test_items_that_crossed_since_the_backup_are_not_doubled() -> None:
    """A document is known by its mark or its content, a note by what it says."""
    play = linked()
    kept = backup(play)
    typed(play, NOORD, documents=(document("d1", "N-RAP", digest="a" * 64),))
    typed(play, NOORD, notes=(note("n1", "Gebeld"),))
    before = dict(play.shows)
    assert len(before[ZUID].documents) == len(before[ZUID].notes) == 1
    restore(play, kept)
    assert written(play) == []
    assert play.shows == before
    assert play.decisions[-1].is_equal


def test_an_item_that_was_made_since_crosses_once() -> None:
    """It was never told."""
    play = linked()
    kept = backup(play)
    play.edit(NOORD, notes=(note("n1", "Gebeld"),))
    restore(play, kept)
    written(play)
    assert [each.text for each in play.shows[ZUID].notes] == ["Gebeld"]
    assert written(play) == []


def test_what_is_seen_between_two_looks_is_not_lost() -> None:
    """Somebody types where it was looked already; it is looked at again."""
    play = linked()
    restore(play, backup(play))
    first = next(look for look in play.commands if look.agency == NOORD)
    play.commands.remove(first)
    play.obey(first)
    play.edit(NOORD, status="2")
    assert play.see(NOORD).commands == ()
    play.settle()
    assert play.value(ZUID, "status") == "20"


def test_a_look_without_an_answer_is_asked_for_again() -> None:
    """Nothing is written before."""
    play = linked()
    kept = backup(play)
    play.edit(NOORD, status="2")
    restore(play, kept)
    noord, zuid = sorted(play.commands, key=lambda look: look.agency)
    play.commands.clear()
    play.obey(noord)
    assert play.answer(zuid, Unanswered(detail="stil")).commands == ()
    assert play.link is not None
    play.at = play.decisions[-1].wake_at or play.at
    play.keep(decide_wake(play.link, play.rules, play.tick()))
    play.settle()
    assert play.value(ZUID, "status") == "20"


def test_a_case_that_is_gone_waits_for_a_person_and_nothing_is_written() -> None:
    """Until it can be read again."""
    play = linked()
    kept = backup(play)
    play.edit(NOORD, status="2")
    restore(play, kept)
    noord, zuid = sorted(play.commands, key=lambda look: look.agency)
    play.commands.clear()
    play.obey(noord)
    assert play.answer(zuid, Refused(reason="gone", detail="weg")).commands == ()
    assert play.link is not None
    assert play.link.sides[ZUID].parked[CASE].reason is Reason.GONE
    play.see(ZUID)
    play.settle()
    assert play.value(ZUID, "status") == "20"
