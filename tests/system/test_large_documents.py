"""Documents of any size, between edges that cannot see each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.demo.pairing import Pairing
from tests.services.proxy import Way
from tests.system.crossing import MIB, Memory, apart, kill_on_the_way
from tests.system.dossiers import ODRU

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SIZE = 96 * MIB
MOST_MEMORY = 100 * MIB
SMALL = {"chunk_bytes": MIB // 2}
LOST_BY_A_KILL = 8 * MIB
"""Of reading, writing and reading back: a part, the chunks under way, and what the line holds."""


@pytest.mark.covers("F32")
async def test_a_large_document_crosses_in_little_memory(
    tmp_path: Path, vhost_url: str, postgres_url: str
) -> None:
    """Every process, the systems among them, grows by a fraction of what passes through it."""
    async with apart(
        tmp_path / "demo", broker=vhost_url, store=postgres_url, part_bytes=SIZE
    ) as crossing:
        memory = Memory(list(crossing.scene.keeper.processes))
        async with memory.watched():
            content = await crossing.put("groot", SIZE)
            await crossing.arrives(content, 240)
            await crossing.rests(120)
        await crossing.leaves_nothing(content.noise)
    assert all(grown < MOST_MEMORY for grown in memory.grown().values()), memory.grown()


@pytest.mark.covers("F29", "F57")
async def test_a_document_arrives_whole_however_often_its_edges_are_killed(
    tmp_path: Path, vhost_url: str, postgres_url: str
) -> None:
    """A kill costs a part of the upload and what the line held, however large the document is."""
    async with apart(
        tmp_path / "demo", broker=vhost_url, store=postgres_url, content=SMALL
    ) as crossing:
        before = crossing.moved
        content = await crossing.put("groot", SIZE)
        killed = await kill_on_the_way(crossing, SIZE, times=10, seed=1)
        await crossing.arrives(content, 240)
        await crossing.rests(120)
        wasted = crossing.moved - before - 3 * SIZE
        await crossing.leaves_nothing(content.noise)
    assert wasted <= len(killed) * LOST_BY_A_KILL, f"{wasted} bytes too many; killed: {killed}"


@pytest.mark.covers("F32")
async def test_small_documents_overtake_a_large_one(
    tmp_path: Path, vhost_url: str, postgres_url: str
) -> None:
    """The line to the first system is slow: a large one takes its time, a small one does not."""
    async with apart(
        tmp_path / "demo", broker=vhost_url, store=postgres_url, content=SMALL
    ) as crossing:
        crossing.lines[ODRU].slow(bytes_per_second=MIB)
        large = await crossing.put("groot", SIZE)
        small = await crossing.put("klein", 700)
        await crossing.arrives(small, 60)
        assert crossing.passed(ODRU, Way.DOWN) < SIZE, "the large one is still on its way"
        crossing.lines[ODRU].clear()
        await crossing.arrives(large, 240)


@pytest.mark.covers("F32")
@pytest.mark.parametrize("pairing", [Pairing.ZGW_STUF, Pairing.STUF_ZGW])
async def test_a_large_document_crosses_to_another_protocol_in_little_memory(
    tmp_path: Path, vhost_url: str, postgres_url: str, pairing: Pairing
) -> None:
    """
    Inside one message of StUF it streams as well, and no leg carries much more than it must.

    What a document of StUF is called is read up to its content, and the line closed: what the
    buffers of the line took in meanwhile passed as well.
    """
    async with apart(
        tmp_path / "demo", broker=vhost_url, store=postgres_url, pairing=pairing
    ) as crossing:
        memory = Memory(list(crossing.scene.keeper.processes))
        before = crossing.legs()
        async with memory.watched():
            content = await crossing.put("groot", 64 * MIB)
            await crossing.arrives(content, 240)
            await crossing.rests(120)
        await crossing.leaves_nothing(content.noise)
        needed = crossing.needed(64 * MIB)
        moved = {leg: (now - before[leg]) / needed[leg] for leg, now in crossing.legs().items()}
    buffered = 0.6 if pairing is Pairing.STUF_ZGW else 0.0
    assert moved.pop("read") < 1.05 + buffered
    assert all(ratio < 1.05 for ratio in moved.values()), moved
    assert all(grown < MOST_MEMORY for grown in memory.grown().values()), memory.grown()


@pytest.mark.covers("F29", "F57")
async def test_what_has_to_begin_anew_after_each_kill_arrives_whole_and_once(
    tmp_path: Path, vhost_url: str, postgres_url: str
) -> None:
    """StUF carries a content in one message: what a kill cuts off there leaves nothing behind."""
    async with apart(
        tmp_path / "demo",
        broker=vhost_url,
        store=postgres_url,
        content=SMALL,
        pairing=Pairing.ZGW_STUF,
    ) as crossing:
        content = await crossing.put("groot", 48 * MIB)
        await kill_on_the_way(crossing, 48 * MIB, times=4, seed=1)
        await crossing.arrives(content, 240)
        await crossing.rests(120)
        assert await crossing.is_there(content)
        await crossing.leaves_nothing(content.noise)
