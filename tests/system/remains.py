"""What documents must not leave behind: content in the store, locks and halves in a case system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Final

from bridge.demo.filing import DOCUMENTEN
from bridge.demo.looks import ZAKEN
from bridge.demo.pairing import Protocol
from bridge.demo.system import CaseSystem
from tests.system.patience import eventually
from tests.system.scene import Scene

SWEPT_SOON: Final = {"keep_used_content": 2}
"""Settings of an edge with which content goes seconds after the target holds it."""
_GOES_WITHIN_SECONDS: Final = 60.0


async def store_empties(folder: Path) -> None:
    """See that no object is left in a store of content that is a folder."""

    async def is_empty() -> bool:
        try:
            return not _files_in(folder)
        except FileNotFoundError:
            return False  # a folder went while we looked: it is being emptied

    assert await eventually(is_empty, _GOES_WITHIN_SECONDS), _files_in(folder)


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def uploads_are_whole(scene: Scene) -> None:
    """See that no system that speaks ZGW keeps anything of a broken upload."""
    for agency, system in scene.people.office.systems.items():
        if scene.site.pairing.of(agency) is Protocol.ZGW:
            cases = [dossier.urls[agency] for dossier in scene.people.dossiers]
            assert [each async for each in _left_in(system, cases)] == []


async def _left_in(system: CaseSystem, cases: Collection[str]) -> AsyncIterator[str]:
    links = [
        link
        for case in cases
        for link in await system.all(f"{ZAKEN}/zaakinformatieobjecten", {"zaak": case})
    ]
    linked = {link["informatieobject"] for link in links}
    for document in await system.all(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"):
        if document["locked"]:
            yield f"{system.agency}: {document['titel']} is locked"
        if document["bestandsdelen"]:
            yield f"{system.agency}: of {document['titel']} parts are missing"
        if document["url"] not in linked:
            yield f"{system.agency}: {document['titel']} is in no case"
