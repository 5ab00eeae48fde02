"""
Laws about documents in the ZGW world: each is what somebody filed, and nothing is left on the way.

Asked of the case systems, version by version, and of the store of content; the bridge is not asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from adapters.zgw.papers import MARK_PREFIX
from bridge.content.keys import Keys
from bridge.demo.filing import DOCUMENTEN
from bridge.demo.looks import ZAKEN
from tests.simulation.depot_left import left_in
from tests.simulation.trace import Kept

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld


async def of_documents(world: ZgwWorld) -> AsyncIterator[tuple[str, str]]:
    """Give what does not hold, each with its law; at the end no case system runs any more."""
    for why in _unfiled(world):
        yield "documents_whole", why
    async for why in _left_in_systems(world):
        yield "nothing_left", why
    # What is read again is staged again: only sweeps are to go on.
    for process in world.systems.values():
        process.kill()
    keys = Keys(next(iter(world.keys.values())))
    for why in await left_in(world.depot, keys, world.trace.of(Kept)):
        yield "nothing_left", why


def _unfiled(world: ZgwWorld) -> Iterator[str]:
    """Find contents that nobody filed, in any version: not for a moment was one there."""
    filed = world.staff.people.ledger.contents
    for agency, process in world.systems.items():
        assert process.made is not None
        system = process.made.system
        for version in system.store.all("documentversie"):
            if version["_file"] is None:
                continue
            content = system.files.path(version["_file"]).read_bytes()
            # What was given up is emptied.
            if content and hashlib.sha256(content).hexdigest() not in filed:
                what = f"{version['identificatie']}, version {version['versie']}"
                yield f"{agency}: nobody filed what {what} holds"


async def _left_in_systems(world: ZgwWorld) -> AsyncIterator[str]:
    """Find locks, halves of uploads, and documents of ours that came into no case."""
    for agency, system in world.staff.systems.items():
        links = await system.all(f"{ZAKEN}/zaakinformatieobjecten")
        linked = {link["informatieobject"] for link in links}
        for document in await system.all(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"):
            what = f"{agency}: {document['identificatie']}"
            if document["locked"]:
                yield f"{what} is locked"
            if document["bestandsdelen"]:
                yield f"{what}: parts of it are missing"
            if _is_held(world, document) and document["url"] not in linked:
                yield f"{what} is in no case"


def _is_held(world: ZgwWorld, document: Mapping[str, Any]) -> bool:
    """Tell whether a document is one of ours that a case should hold."""
    # Deleting is a right that our account has not: what was withdrawn is in no case any more, and
    # what was given up is emptied.
    is_withdrawn = document["titel"] in world.staff.people.ledger.withdrawn
    is_ours = str(document["identificatie"]).startswith(MARK_PREFIX)
    return is_ours and bool(document["bestandsomvang"]) and not is_withdrawn
