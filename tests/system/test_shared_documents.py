"""One document that hangs on two cases, as ZGW allows."""

from __future__ import annotations

import pytest

from bridge.demo.papers import Paper
from bridge.demo.work import NewDocument
from tests.system.conftest import Opening
from tests.system.dossiers import ODRU, PEOPLE, RUD

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

NUMBER, TITLE = "GEDEELD-1", "Gedeelde bijlage"


async def test_a_document_of_two_cases_is_shown_by_both_counterparts(embedded: Opening) -> None:
    """Also its next version, of which its system tells once."""
    async with embedded(cases=2) as scene:
        filing, by = scene.people.office.filing(ODRU), PEOPLE[ODRU][0]
        content = Paper(NUMBER, 1, 60_000)
        new = NewDocument(
            number=NUMBER,
            type="BIJL",
            title=TITLE,
            file="bijlage.pdf",
            confidentiality="openbaar",
            internal=False,
            at=scene.site.clock()(),
        )
        for dossier in scene.people.dossiers:
            await filing.add(dossier.urls[ODRU], new, content, by=by)
        await scene.rests()
        for dossier in scene.people.dossiers:
            assert await scene.people.shows(dossier, RUD, content, TITLE), dossier.title
        later = Paper(NUMBER, 2, 70_000)
        await filing.replace(NUMBER, later, by=by)
        await scene.rests()
        await scene.stage.backstage.sweep()
        await scene.rests()
        for dossier in scene.people.dossiers:
            assert await scene.people.shows(dossier, RUD, later, TITLE), dossier.title
