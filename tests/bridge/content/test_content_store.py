"""A store of content, whatever it is made of: found by digest, whole, gone on with, swept."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore

from bridge.content import ContentStore
from bridge.content.blobs import Blobs, StoreAway
from bridge.content.keys import Keys
from bridge.content.sweeping import BROKEN_OFF, LOST, Sweep
from bridge.store.records import Digest
from tests.bridge.content.conftest import (
    CHUNK,
    KB,
    KEY,
    Origin,
    content_store,
    document,
    plain,
    read,
)
from tests.simulation.loop import SimLoop

NEVER, AT_ONCE = timedelta(days=365), timedelta(seconds=-60)


def paths(blobs: ObjectStore, kind: str = "") -> list[str]:
    return sorted(meta["path"] for page in obstore.list(blobs, kind or None) for meta in page)


def bodies(blobs: ObjectStore) -> bytes:
    return b"".join(bytes(obstore.get(blobs, path).bytes()) for path in paths(blobs))


@pytest.fixture(params=[(), (KEY,)], ids=["plain", "sealed"])
def store(request: pytest.FixtureRequest, blobs: ObjectStore) -> ContentStore:
    return content_store(blobs, *request.param)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7])
async def test_what_was_staged_is_found_by_its_digest(store: ContentStore, size: int) -> None:
    content = plain(size)
    told: list[int] = []
    found = await store.stage("a", Origin(content), progress=told.append)
    assert found == Digest(hashlib.sha256(content).hexdigest(), size)
    assert await store.has(found.sha256)
    assert await read(store, found.sha256) == content
    assert told[-1] == size


async def test_what_is_not_here_is_told(store: ContentStore) -> None:
    assert not await store.has(None)
    assert not await store.has("0" * 64)
    with pytest.raises(LookupError):
        await read(store, "0" * 64)


@pytest.mark.covers("F29")
async def test_a_staging_that_broke_off_goes_on_from_what_lies_there(
    store: ContentStore, blobs: ObjectStore
) -> None:
    """The digest is that of the whole, and the source is asked for the rest alone."""
    origin = Origin(plain(10 * CHUNK + 5))
    origin.breaks_at = 9 * CHUNK + 100
    with pytest.raises(ConnectionResetError):
        await store.stage("a", origin)
    assert not paths(blobs, "i"), "nothing is found by a digest before it is whole"
    origin.breaks_at = None
    found = await store.stage("a", origin)
    assert found.sha256 == hashlib.sha256(origin.content).hexdigest()
    assert origin.starts == [0, 9 * CHUNK], "all that came is kept"
    assert await read(store, found.sha256) == origin.content
    assert not paths(blobs, "b")


async def test_a_staging_that_broke_off_after_its_last_chunk_asks_the_source_for_nothing(
    store: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        msg = "away"
        raise StoreAway(msg)

    origin = Origin(plain(2 * CHUNK + 5))
    with monkeypatch.context() as patch:
        patch.setattr("bridge.content.store.write_whole", away)
        with pytest.raises(StoreAway):
            await store.stage("a", origin)
    found = await store.stage("a", origin)
    assert origin.starts == [0]
    assert await read(store, found.sha256) == origin.content


async def test_what_is_staged_is_gone_on_with_however_often_it_breaks(
    store: ContentStore,
) -> None:
    """Ten breaks cost less than a tenth of the whole."""
    origin = Origin(plain(200 * CHUNK))
    for number in range(1, 11):
        origin.breaks_at = number * 19 * CHUNK
        with pytest.raises(ConnectionResetError):
            await store.stage("a", origin)
    origin.breaks_at = None
    found = await store.stage("a", origin)
    assert found.sha256 == hashlib.sha256(origin.content).hexdigest()
    assert origin.sent < 1.2 * len(origin.content)


async def test_what_is_known_is_recognised_and_not_kept(
    store: ContentStore, blobs: ObjectStore
) -> None:
    content = plain(3 * CHUNK)
    like = Digest(hashlib.sha256(content).hexdigest(), len(content))
    assert await store.recognise("a", Origin(content), [like]) == like
    assert await store.recognise("a", Origin(content[:-1]), [like]) is None
    assert await store.recognise("a", Origin(content + b"!"), [like]) is None
    assert not paths(blobs)


@pytest.mark.parametrize("wrong", [0, CHUNK, 6 * CHUNK + 3])
async def test_what_is_here_is_compared_from_where_an_earlier_try_broke_off(
    store: ContentStore, blobs: ObjectStore, wrong: int
) -> None:
    """As a target is read back: nothing is kept of it, and what was the same is not read again."""
    content = plain(9 * CHUNK + 5)
    like = await store.stage("a", Origin(content))
    before = paths(blobs)
    origin = Origin(content)
    origin.breaks_at = 7 * CHUNK
    with pytest.raises(ConnectionResetError):
        await store.recognise("b", origin, [like])
    origin.breaks_at = None
    assert await store.recognise("b", origin, [like]) == like
    assert origin.starts == [0, 4 * CHUNK]
    changed = bytearray(content)
    changed[wrong] ^= 1
    for other in (bytes(changed), content[:-1], content + b"!"):
        assert await store.recognise("c", Origin(other), [like]) is None
    assert paths(blobs) == before


async def test_what_a_target_has_goes_soon_and_the_rest_later(
    store: ContentStore, blobs: ObjectStore
) -> None:
    one = await store.stage("a", Origin(plain(2 * CHUNK)))
    other = await store.stage("b", Origin(plain(2 * CHUNK + 1)))
    await store.used(one.sha256)
    assert await store.sweep(NEVER, timedelta(minutes=10)) == 0
    assert await store.sweep(NEVER, AT_ONCE) == 1
    assert not await store.has(one.sha256)
    assert await read(store, other.sha256) == plain(2 * CHUNK + 1)
    assert await store.sweep(AT_ONCE, NEVER) == 1
    assert not paths(blobs), "nothing is left"


async def test_what_is_being_read_again_is_not_taken_for_used(store: ContentStore) -> None:
    """A further target of the same content comes while it is kept for such."""
    found = await store.stage("a", Origin(plain(CHUNK)))
    await store.used(found.sha256)
    await read(store, found.sha256)
    assert await store.sweep(NEVER, AT_ONCE) == 0


async def test_notes_are_kept_sealed_and_forgotten(store: ContentStore, blobs: ObjectStore) -> None:
    assert await store.noted("zgw|part of jansen") is None
    await store.note("zgw|part of jansen", "digest-1")
    await store.note("zgw|part of jansen", "digest-2")
    assert await store.noted("zgw|part of jansen") == "digest-2"
    assert not any("jansen" in path for path in paths(blobs))
    await store.note("zgw|part of jansen", None)
    assert await store.noted("zgw|part of jansen") is None
    assert not paths(blobs)


async def test_what_broke_off_and_what_is_lost_is_swept(blobs: ObjectStore) -> None:
    store = content_store(blobs, KEY)
    origin = Origin(plain(9 * CHUNK))
    origin.breaks_at = 5 * CHUNK
    with pytest.raises(ConnectionResetError):
        await store.stage("a", origin)
    await store.note("place", "text")
    obstore.put(blobs, "c/0123456789abcdef/00000000", b"of nobody")
    now = datetime.now(UTC)
    assert Sweep(Blobs(blobs)).run(now, NEVER, NEVER) == 0
    assert Sweep(Blobs(blobs)).run(now + 2 * LOST, NEVER, NEVER) == 1
    assert paths(blobs, "b"), "a staging is gone on with for a day"
    assert Sweep(Blobs(blobs)).run(now + 2 * BROKEN_OFF, NEVER, NEVER) == 1
    assert not paths(blobs)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_a_killed_process_had_half_put_goes_too(tmp_path: Path) -> None:
    """A folder does not list it; with its blob it goes at once, else after a while."""
    store = content_store(LocalStore(tmp_path), KEY)
    found = await store.stage("a", Origin(plain(2 * CHUNK)))
    (blob,) = (tmp_path / "c").iterdir()
    (blob / "00000001#1").write_bytes(b"half")
    alone = tmp_path / "b" / "00#2"
    alone.parent.mkdir(exist_ok=True)
    alone.write_bytes(b"half")
    await store.used(found.sha256)
    assert await store.sweep(NEVER, AT_ONCE) == 1
    assert not blob.exists()
    assert alone.exists()
    Sweep(Blobs(LocalStore(tmp_path))).run(datetime.now(UTC) + 2 * LOST, NEVER, NEVER)
    assert _files(tmp_path) == []


async def test_two_that_stage_the_same_get_the_same(store: ContentStore) -> None:
    content = plain(4 * CHUNK + 1)
    one, other = await asyncio.gather(
        store.stage("a", Origin(content)), store.stage("b", Origin(content))
    )
    assert one == other
    assert await read(store, one.sha256) == content


@pytest.mark.covers("F30")
async def test_content_that_is_damaged_is_told_before_its_first_wrong_byte(
    store: ContentStore, blobs: ObjectStore
) -> None:
    """It is not here any more then, so that it is asked for again."""
    content = plain(3 * CHUNK)
    found = await store.stage("a", Origin(content))
    damaged = paths(blobs, "c")[1]
    body = bytearray(bytes(obstore.get(blobs, damaged).bytes()))
    body[1000] ^= 1
    obstore.put(blobs, damaged, bytes(body))
    got: list[bytes] = []
    async with store.open(document(found.sha256)) as pieces:
        with pytest.raises(LookupError):
            await _take(pieces, got)
    assert b"".join(got) == content[:CHUNK]
    assert not await store.has(found.sha256)


async def test_chunks_of_two_who_staged_under_one_name_are_not_mixed(
    store: ContentStore, blobs: ObjectStore
) -> None:
    """A process that lost its lease may still be putting chunks of what it read before."""
    origin = Origin(plain(3 * CHUNK))
    origin.breaks_at = 2 * CHUNK + 100
    with pytest.raises(ConnectionResetError):
        await store.stage("a", origin)
    late = paths(blobs, "c")[0]
    of_before = bytes(obstore.get(blobs, late).bytes())
    obstore.delete(blobs, late)
    now = Origin(bytes(reversed(origin.content)))
    found = await store.stage("a", now)
    assert await read(store, found.sha256) == now.content
    obstore.put(blobs, late, of_before)
    with pytest.raises(LookupError):
        await read(store, found.sha256)


async def _take(pieces: AsyncIterator[bytes], got: list[bytes]) -> None:
    async for piece in pieces:
        got += [piece]


async def test_nothing_in_the_store_tells_of_the_case(blobs: ObjectStore) -> None:
    """Neither a name, nor a digest that somebody with a copy could compare, nor a byte."""
    content = plain(2 * CHUNK)
    found = await content_store(blobs, KEY).stage("odru|bezwaar jansen|1", Origin(content))
    seen = "\n".join(paths(blobs)).encode() + bodies(blobs)
    for secret in (found.sha256.encode(), found.sha256[:16].encode(), b"jansen", b"odru", b"plain"):
        assert secret not in seen
    assert KEY not in seen


async def test_a_key_is_replaced_while_content_is_on_its_way(blobs: ObjectStore) -> None:
    """The first wraps, all unwrap; what was begun is gone on with; the old one alone is enough."""
    new = bytes(reversed(KEY))
    content = plain(4 * CHUNK)
    before = await content_store(blobs, KEY).stage("a", Origin(content))
    origin = Origin(plain(9 * CHUNK + 1))
    origin.breaks_at = 6 * CHUNK
    with pytest.raises(ConnectionResetError):
        await content_store(blobs, KEY).stage("b", origin)
    rotating = content_store(blobs, new, KEY)
    assert await read(rotating, before.sha256) == content
    origin.breaks_at = None
    after = await rotating.stage("b", origin)
    assert origin.starts[1] > 0
    await rotating.used(before.sha256)
    assert await rotating.sweep(NEVER, AT_ONCE) == 1
    fresh = await rotating.stage("c", Origin(b"fresh"))
    assert await read(content_store(blobs, new), fresh.sha256) == b"fresh"
    assert await content_store(blobs, KEY, new).has(after.sha256)
    assert not await content_store(blobs, KEY).has(fresh.sha256)


async def test_a_wrong_key_finds_nothing_and_breaks_nothing(blobs: ObjectStore) -> None:
    found = await content_store(blobs, KEY).stage("a", Origin(plain(CHUNK)))
    assert not await content_store(blobs, b"w" * 32).has(found.sha256)
    assert not await content_store(blobs).has(found.sha256)
    assert await read(content_store(blobs, KEY), found.sha256) == plain(CHUNK)


class Full:
    """A store on which nothing more can be put."""

    def __init__(self, after: int) -> None:
        self.left = after

    def put(self, path: str, content: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            msg = "no room"
            raise StoreAway(msg)


@pytest.mark.covers("F31")
async def test_a_full_store_is_told_and_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was put before stays; when there is room, only the rest is read."""
    blobs = MemoryStore()
    store = content_store(blobs, KEY)
    real, full = Blobs.put, Full(after=7)

    def put(self: Blobs, path: str, content: bytes) -> None:
        full.put(path, content)
        real(self, path, content)

    origin = Origin(plain(12 * CHUNK))
    monkeypatch.setattr(Blobs, "put", put)
    with pytest.raises(OSError, match="no room"):
        await store.stage("a", origin)
    monkeypatch.undo()
    found = await store.stage("a", origin)
    assert origin.starts == [0, 6 * CHUNK]
    assert await read(store, found.sha256) == origin.content


@pytest.mark.parametrize("seed", range(5))
def test_a_content_is_put_together_in_order_whichever_task_comes_first(seed: int) -> None:
    """Chunks are sealed and put by tasks of their own."""

    async def staged() -> bytes:
        store, content = content_store(MemoryStore(), KEY), plain(9 * CHUNK)
        found = await store.stage("a", Origin(content))
        assert found.sha256 == hashlib.sha256(content).hexdigest()
        return await read(store, found.sha256)

    loop = SimLoop(seed)
    try:
        assert loop.run_until_complete(staged()) == plain(9 * CHUNK)
    finally:
        loop.bury()


@pytest.mark.covers("F31")
async def test_a_store_that_is_away_is_told_without_pages_of_detail() -> None:
    away = obstore.store.S3Store(
        "bucket", endpoint="http://127.0.0.1:9", access_key_id="AKEY", secret_access_key="hunter2",
        region="x", client_options={"allow_http": True}, retry_config={"max_retries": 0},
    )  # fmt: skip
    store = ContentStore(Blobs(away), Keys([KEY]))
    with pytest.raises(OSError, match="the content store does not list b/") as caught:
        await store.stage("a", Origin(b"x"))
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(OSError, match="does not list"):
        await store.has("0" * 64)


async def test_memory_is_bounded_by_a_few_chunks(tmp_path: Path) -> None:
    """However large a content is."""
    store = ContentStore(Blobs(LocalStore(tmp_path)), Keys([KEY]), chunk_bytes=1024 * KB)
    tracemalloc.start()
    try:
        content = plain(1024 * KB) * 24
        before = tracemalloc.get_traced_memory()[0]
        found = await store.stage("a", Origin(content))
        async with store.open(document(found.sha256)) as pieces:
            async for _ in pieces:
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 10 * 1024 * KB
