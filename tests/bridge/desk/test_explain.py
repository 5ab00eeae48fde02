"""What is said of a field that the other side does not have yet."""

from __future__ import annotations

from typing import Any

from bridge.desk import Standing
from bridge.desk.explain import explained
from contracts.case import Content, Document
from contracts.ids import AgencyId
from tests.bridge.engine.samples import NOORD, RULES, ZUID, Play, document, noord_case


def unread(agency: AgencyId, key: str, kind: str, title: str) -> Document:
    """A document that is too large to be read along with its case."""
    content = Content(agency=agency, key=key, version="1")
    return document(key, kind, title, digest=None, content=content)


def standings(play: Play, agency: AgencyId) -> dict[str, Standing]:
    """How each document stands on one side, by its title."""
    assert play.link is not None
    found: dict[str, Standing] = {}
    for each in explained(play.link, (), RULES, play.tick()):
        value: Any = each.agreed
        if each.path.startswith("documents/"):
            (side,) = [side for side in each.sides if side.agency == agency]
            found[value["title"]] = side.standing
    return found


def test_it_is_said_which_document_waits_for_which_content() -> None:
    """Its own is being read, or that of one over there that it may be; then it is held."""
    play = Play(case=noord_case())
    play.see(NOORD)
    play.settle()
    play.edit(NOORD, documents=(unread(NOORD, "a", "N-RAP", "Tekening"),))
    play.see(NOORD)
    play.settle()
    assert standings(play, ZUID) == {"Tekening": Standing.BEING_READ}
    play.edit(NOORD, documents=())
    play.edit(ZUID, documents=(unread(ZUID, "b", "R", "Bijlage"),))
    play.see(ZUID)
    play.edit(NOORD, documents=(document("c", "N-RAP", "Rapport"),))
    play.see(NOORD)
    play.settle()
    assert standings(play, ZUID) == {"Bijlage": Standing.HELD, "Rapport": Standing.MAY_BE_THERE}
    assert standings(play, NOORD) == {"Bijlage": Standing.BEING_READ, "Rapport": Standing.HELD}
    play.edit(ZUID, documents=(document("b", "R", "Bijlage"),))
    play.see(ZUID)
    play.settle()
    assert set(standings(play, ZUID).values()) == {Standing.HELD}
