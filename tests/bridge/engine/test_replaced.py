"""What people put in place of what the bridge wrote, or of a word of their own."""

from __future__ import annotations

from dataclasses import replace

from contracts.messages import ChangeOutcome, Outcome
from contracts.snapshot import Author
from tests.bridge.engine.samples import NOORD, ZUID, Play, noord_lens, some_rules, zuid_lens

UNKNOWN = ChangeOutcome(outcome=Outcome.UNCERTAIN)
MOVED = ChangeOutcome(outcome=Outcome.CONFLICT)


def remarked() -> Play:
    """A depth is sent to zuid and nobody knows whether it was written; there is a remark then."""
    play = Play()
    play.see(NOORD)
    play.settle()
    play.set_property(NOORD, "diepte", "3.5")
    play.see(NOORD)
    command = play.commands.pop(0)
    play.answer(command, play.settled(command, {"properties/diep": UNKNOWN}))
    play.set_property(ZUID, "diep", "zie bijlage")
    play.see(ZUID)
    return play


def test_what_means_nothing_and_may_have_replaced_an_unanswered_write_stays_where_it_is() -> None:
    """Its colleague saw the number and put a remark in its place; the number does not come back."""
    play = remarked()
    assert "unread" in play.told()
    play.settle()
    assert play.value(ZUID, "properties/diep") == "zie bijlage"


def test_what_is_agreed_later_comes_in_place_of_what_means_nothing() -> None:
    play = remarked()
    play.set_property(NOORD, "diepte", "4")
    play.see(NOORD)
    play.settle()
    assert play.value(ZUID, "properties/diep") == "4"


def test_another_word_that_means_the_same_is_the_later_choice() -> None:
    """Zuid's was typed between the two words of noord, and is read last: the latest wins."""
    latest = some_rules(field_ownership={"properties": "latest-wins"})
    rules = replace(latest, lenses={NOORD: noord_lens("ZW-1", "ZW-2"), ZUID: zuid_lens()})
    play = Play(rules)
    play.see(NOORD)
    play.settle()
    play.set_property(NOORD, "klasse", "ZW-1")
    play.see(NOORD, {"properties/klasse": Author(by="n-1", at=play.tick())})
    command = play.commands.pop(0)
    play.set_property(ZUID, "kwaliteit", "MA")
    theirs = Author(by="z-1", at=play.tick())
    play.set_property(NOORD, "klasse", "ZW-2")
    play.see(NOORD, {"properties/klasse": Author(by="n-1", at=play.tick())})
    result = play.settled(command, {"properties/kwaliteit": MOVED})
    seen = result.snapshot.model_copy(update={"authors": {"properties/kwaliteit": theirs}})
    play.answer(command, result.model_copy(update={"snapshot": seen}))
    play.settle()
    assert play.value(NOORD, "properties/klasse") == "ZW-2"
    assert play.value(ZUID, "properties/kwaliteit") == "ZW"
