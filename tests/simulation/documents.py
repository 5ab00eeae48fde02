"""
The documents' world: the whole world over the real store of content, with a scanner at each door.

People file, replace, withdraw and hide documents more than anything else, and everything on the
way of a content breaks that this seed lets break. When all is at rest the clock of the store is
put on by more than anything may be kept there: what is left then was left behind.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from adapters.memory.record import CaseLocked, NoSuchCase, Refused
from bridge.content import ContentStore, Staging
from bridge.content.keys import Keys
from bridge.scan import Scanner
from bridge.settings import EdgeSettings
from contracts.case import path_of
from contracts.ids import AgencyId
from tests.simulation.content_faults import CONTENT_KINDS
from tests.simulation.depot import Depot, DepotBlobs
from tests.simulation.depot_left import KEEP_USED, left_in
from tests.simulation.documents_trouble import DocumentsTrouble
from tests.simulation.faults import KINDS, some
from tests.simulation.in_words import InWords, sha256_of
from tests.simulation.machine import machine
from tests.simulation.people import Edit
from tests.simulation.processes import Process, edge_settings
from tests.simulation.scanner import SimScanner
from tests.simulation.trace import Kept, Outcome
from tests.simulation.world import Options, World

_CHUNK_BYTES: Final = 3
"""So that a content of some bytes has chunks."""
_MOSTLY: Final = 30


@dataclass(slots=True)
class DocumentsWorld(World):
    """
    Everything of one run.

    Attributes:
        keys: By agency: the keys of content that its edge is given when it starts.
        left: What was left behind, once nothing had been done for long.
    """

    depot: Depot = field(init=False)
    keys: dict[AgencyId, tuple[bytes, ...]] = field(default_factory=dict)
    edge: dict[str, Any] = field(default_factory=dict)
    scanned: frozenset[AgencyId] = frozenset()

    def __post_init__(self) -> None:
        World.__post_init__(self)
        random = Random(f"{self.options.seed}/content")
        self.chance.kinds = {**KINDS, **CONTENT_KINDS}
        if self.options.faults is None:
            # More of them than of the others: what the whole world tries is tried there.
            self.chance.active |= some(random, CONTENT_KINDS) | some(random, CONTENT_KINDS)
        self.depot = Depot(self, Random(random.random()))
        self.trouble = DocumentsTrouble(self)
        self.people.weigh("document", _MOSTLY)
        agencies = self.ruleset.agencies
        key = random.randbytes(32)
        self.keys = dict.fromkeys(agencies, (key,))
        self.scanned = frozenset(agency for agency in agencies if random.random() < 0.7)
        self.edge = {
            "keep_used_content": KEEP_USED,
            "large_document_bytes": random.choice((0, 5, 1000)),
        }

    # What the edges are given

    def content_for(self, process: Process, agency: AgencyId) -> Staging:
        """Give an edge its way to the store of content."""
        blobs = DepotBlobs(self.depot, process.id)
        store = ContentStore(blobs, Keys(self.keys[agency]), chunk_bytes=_CHUNK_BYTES)
        return InWords(self, agency, store)

    def scanner_for(self, agency: AgencyId) -> Scanner | None:
        """Give the scanner that stands before a system, where there is one."""
        return (
            SimScanner(self.chance, agency, self.depot.random) if agency in self.scanned else None
        )

    def edge_settings(self, *, polls: bool) -> EdgeSettings:
        """Give the settings of every edge."""
        return edge_settings(polls=polls).model_copy(update=self.edge)

    # What people do, and what their contents are

    def word_of(self, sha256: str) -> str:
        """Give a content by its digest, as it was typed; with a mark where nobody typed it."""
        return self.words.get(sha256, f"? {sha256[:12]}")

    def change_document(self, key: str, word: str) -> None:
        """Have somebody change a document, known by its key or by its content, wherever it is."""
        random = self.depot.random
        for agency, system in self.systems.items():
            for ref in system.refs():
                for path, value in system.cells(ref).items():
                    if path == path_of("documents", key) or _holds(path, value, word):
                        by = self.people.clerk(random, agency)
                        become = self.people.other_document(random, value)
                        with suppress(CaseLocked, NoSuchCase, Refused):
                            self.deeds.do(system, ref, Edit(path, become, by))
                        return

    # One run

    def run(self) -> Outcome:
        """Play the whole run; ids, keys and nonces come from its seed as well."""
        with machine(self.options.seed, self.now):
            return World.run(self)

    async def end(self) -> None:
        """See what is left."""
        keys = Keys(next(iter(self.keys.values())))
        self.left += await left_in(self.depot, keys, self.trace.of(Kept), sha256_of)
        for agency, system in self.systems.items():
            self.left += [f"{agency}: {what}" for what in system.leftovers()]


def _holds(path: str, value: object, word: str) -> bool:
    return (
        bool(word)
        and path.startswith("documents/")
        and isinstance(value, dict)
        and value.get("digest") == word
    )


def play(options: Options) -> tuple[Outcome, DocumentsWorld]:
    """Play one run; give how it ended, and the world for who wants to look behind it."""
    world = DocumentsWorld(options)
    return world.run(), world
