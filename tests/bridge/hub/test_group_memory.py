"""A store in memory hands out what it keeps, so nobody who decides on it may change it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bridge.engine.link import dump_link
from bridge.engine.operate import Unlink
from bridge.hub.group import Operate
from bridge.store import CaseKey, MemoryState, MemoryStore, StoredLink, Work
from contracts.ids import LinkId
from contracts.messages import Waiting
from tests.bridge.engine.samples import ZUID, document
from tests.bridge.hub.conftest import Bench, three_parties


class Watched(MemoryStore):
    """Knows how everything looked that went in or out."""

    def __init__(self) -> None:
        super().__init__(MemoryState(), environment="test")
        self.looked: list[tuple[Work | StoredLink, bytes]] = []

    async def commit(self, group: Sequence[Work]) -> tuple[bool, ...]:
        self.looked += [(work, dump_link(work.link)) for work in group if work.link]
        return await super().commit(group)

    async def links_of(
        self, cases: Collection[CaseKey]
    ) -> Mapping[CaseKey, tuple[StoredLink, ...]]:
        found = await super().links_of(cases)
        self.looked += [(each, dump_link(each.link)) for links in found.values() for each in links]
        return found

    async def links(self, ids: Collection[LinkId]) -> Mapping[LinkId, StoredLink]:
        found = await super().links(ids)
        self.looked += [(each, dump_link(each.link)) for each in found.values()]
        return found


async def test_deciding_leaves_alone_what_was_loaded_and_what_was_saved() -> None:
    """Edits on both sides, documents, a lost answer, rules that changed, a case let go."""
    store = Watched()
    bench = Bench(store)
    await bench.come_to_rest(
        await bench.settle(bench.see(documents=(document("N-D1", "R", "Kaart"),)))
    )
    ref = (await bench.link()).sides[ZUID].ref or ""
    await bench.come_to_rest(
        await bench.settle(bench.see(ref, ZUID, status="20"), bench.see(title="Nieuw"))
    )
    (command,) = await bench.settle(bench.see(title="Nieuwer"))
    await bench.settle(bench.answer(command, Waiting(detail="weg")))
    await bench.come_to_rest(await bench.settle(bench.obey(command)))
    bench.rules = three_parties()
    await bench.come_to_rest(await bench.settle(bench.see(title="Nieuwst")))
    for link in await bench.links():
        await bench.settle(Operate(link.id, Unlink("els", "klaar")))
    assert {link.released for link in await bench.links()} == {"klaar"}
    for each, before in store.looked:
        assert each.link is not None
        assert dump_link(each.link) == before
