"""Documents that change, go or stand in the way while they cross."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from adapters.memory import MemoryAdapter
from bridge.content import Blobs, ContentStore, StoreAway
from contracts.case import Document
from contracts.ids import CaseRef
from contracts.messages import Lane, Outcome, Settled
from tests.bridge.edge.conftest import Place, change, update
from tests.bridge.edge.test_admission import brings, staged, told


def attach(place: Place, ref: CaseRef, content: bytes, *, size: int | None = None) -> str:
    """A colleague adds a document; gives its key."""
    key = place.system.new_key("documents")
    write(place, key, 1, content)
    place.system.add(ref, "documents", {
        "type": "R", "title": "Rapport", "version": 1, "confidentiality": "openbaar",
        "size_bytes": len(content) if size is None else size,
    }, key=key)  # fmt: skip
    return key


def write(place: Place, key: str, version: int, content: bytes) -> None:
    writer = place.system.content_writer(key, version)
    writer.write(content)
    writer.finish()


async def one(place: Place, ref: CaseRef) -> tuple[Document, list[str]]:
    """The document as it leaves, and what is said of it that could not be carried."""
    confined = (await place.reader.read(ref)).confined
    assert confined is not None
    (document,) = confined.case.documents
    return document, [each.why for each in confined.unmapped]


@pytest.mark.covers("F30")
async def test_a_content_that_changes_while_it_is_read_is_not_delivered(place: Place) -> None:
    """Neither half of it nor the whole under the former version; it is read anew when told."""
    ref = place.open_case()
    key = attach(place, ref, b"eerste versie")

    class Moving(MemoryAdapter):
        @asynccontextmanager
        async def download(
            self, ref: CaseRef, document: Document, *, start: int = 0
        ) -> AsyncIterator[AsyncIterator[bytes]]:
            async with super().download(ref, document, start=start) as pieces:

                async def mixed() -> AsyncIterator[bytes]:
                    async for piece in pieces:
                        yield piece[:6]
                    yield b"-- en hier gaat de tweede verder"

                yield mixed()

    place.use(Moving(place.adapter.settings))  # type: ignore[attr-defined]
    document, said = await one(place, ref)
    assert (document.digest, document.content) == (None, None)
    assert "changed meanwhile" in said[0]
    place.use(MemoryAdapter(place.adapter.settings))  # type: ignore[attr-defined]
    document, said = await one(place, ref)
    assert (document.size_bytes, said) == (len(b"eerste versie"), [])
    write(place, key, 2, b"tweede")
    place.system.set(ref, f"documents/{key}", {
        "key": key, "type": "R", "title": "Rapport", "version": 2, "size_bytes": 6,
        "confidentiality": "openbaar",
    })  # fmt: skip
    newer, _ = await one(place, ref)
    assert (newer.version, newer.size_bytes) == (2, 6)
    assert newer.digest != document.digest


async def test_a_system_that_tells_a_wrong_size_parks_that_document_alone(place: Place) -> None:
    """All else of the case leaves."""
    ref = place.open_case()
    attach(place, ref, b"rapport", size=9_000)
    document, said = await one(place, ref)
    assert document.digest is None
    assert "not as long" in said[0]
    reading = await place.reader.read(ref)
    assert reading.confined is not None
    assert reading.confined.case.title == "Graafwerk"


@pytest.mark.covers("F30")
async def test_what_is_not_as_long_as_announced_does_not_stay_in_the_store(place: Place) -> None:
    """Each look reads it again, and nobody comes for it."""
    ref = place.open_case()
    attach(place, ref, b"rapport", size=9_000)
    for _ in range(3):
        await one(place, ref)
    await place.content.sweep(timedelta(days=7), timedelta(0))
    assert not await place.content.has(hashlib.sha256(b"rapport").hexdigest())


@pytest.mark.covers("F30", "F32")
async def test_a_large_content_that_cannot_be_read_is_told_and_not_read_again_at_once(
    place: Place,
) -> None:
    """It would be read for ever: each time it came, the case would be looked at for it."""
    ref = place.open_case()
    attach(place, ref, bytes(1024 * 1024 + 1), size=2 * 1024 * 1024)
    document, said = await one(place, ref)
    assert (document.content is not None, said) == (True, []), "it comes later"
    await place.reader.fetch(ref)
    document, said = await one(place, ref)
    assert document.content is None
    assert "not as long" in said[0]
    place.at += timedelta(hours=2)
    document, said = await one(place, ref)
    assert (document.content is not None, said) == (True, []), "it is tried again"


@pytest.mark.covers("F31")
async def test_a_case_is_told_while_there_is_no_room_for_the_content_of_its_document(
    place: Place,
) -> None:
    """The document comes later, as a large one does; one that is asked for again waits."""
    ref = place.open_case()
    key = attach(place, ref, b"rapport")

    class Full(Blobs):
        def put(self, path: str, content: object) -> None:
            msg = "there is no room"
            raise StoreAway(msg)

    roomy = place.content._blobs
    place.content._blobs = Full(roomy._store)
    document, said = await one(place, ref)
    assert (document.digest, document.content is not None, said) == (None, True, [])
    with pytest.raises(StoreAway):
        await place.reader.fetch(ref)
    with pytest.raises(StoreAway):
        await place.reader.read(ref, stage=[key])
    place.content._blobs = roomy
    document, _ = await one(place, ref)
    assert document.digest == hashlib.sha256(b"rapport").hexdigest()


@pytest.mark.covers("F30", "F31")
async def test_a_content_that_breaks_off_in_an_upload_is_told_as_not_written(place: Place) -> None:
    """Or what a colleague files meanwhile would be taken for it, and get its next version."""
    ref = place.open_case()
    arrives = await staged(place, "een", bytes(5 * 1024 * 1024))

    class Damaged(Blobs):
        def get(self, path: str) -> memoryview | None:
            found = super().get(path)
            is_last = path.startswith("c/") and path.endswith("/00000001")
            return found[:-1] if found is not None and is_last else found

    store = place.content._blobs._store
    place.content._blobs = Damaged(store)
    outcomes = await told(place, brings(ref, arrives))
    assert outcomes["een"].outcome is Outcome.NO_CONTENT
    assert not [path for path in place.cells(ref) if path.startswith("documents/")]


@pytest.mark.covers("F33")
async def test_what_was_withdrawn_before_it_arrived_is_not_brought_back(place: Place) -> None:
    """A document that the hub wants changed is gone: nothing is written, and the hub sees it."""
    ref = place.open_case()
    arrives = await staged(place, "een", b"een")
    assert (await told(place, brings(ref, arrives)))["een"].outcome is Outcome.DONE
    (path,) = [path for path in place.cells(ref) if path.startswith("documents/")]
    shown = dict(place.cells(ref)[path])
    place.system.remove(ref, path)
    newer = change(path, shown, {**shown, "title": "Ander"})
    result = await place.ensure(update(ref, newer, lane=Lane.DOCUMENTS))
    assert isinstance(result, Settled)
    assert result.outcomes[path].outcome is Outcome.CONFLICT
    assert result.snapshot.case.documents == ()


async def test_a_content_that_cannot_be_noted_as_used_holds_up_no_other(place: Place) -> None:
    """The store takes no note of one of them; the others go as soon as they may."""
    ref = place.open_case()
    names = ("een", "twee", "drie")
    changes = [await staged(place, name, name.encode()) for name in names]
    digests = sorted(hashlib.sha256(name.encode()).hexdigest() for name in names)
    asked: list[str] = []

    class Forgetful(ContentStore):
        async def used(self, sha256: str) -> None:
            asked.append(sha256)
            if sha256 == digests[0]:
                msg = "there is no room"
                raise StoreAway(msg)
            await super().used(sha256)

    place.content = Forgetful(place.content._blobs)
    place.use(place.adapter)
    assert len(await told(place, brings(ref, *changes))) == 3
    assert asked == digests
    await place.content.sweep(timedelta(days=7), timedelta(0))
    assert [await place.content.has(each) for each in digests] == [True, False, False]


async def test_the_small_documents_of_a_case_go_before_the_large_one(place: Place) -> None:
    """Each is held as soon as it can be, whatever their order in the Command."""
    ref = place.open_case()
    large = await staged(place, "groot", b"x" * 100_000)
    small = [await staged(place, f"klein-{n}", b"y" * n) for n in (3, 1, 2)]
    outcomes = await told(place, brings(ref, large, *small))
    assert {each.outcome for each in outcomes.values()} == {Outcome.DONE}
    cells = place.cells(ref)
    titles = [cells[path]["title"] for path in cells if path.startswith("documents/")]
    assert titles == ["klein-1", "klein-2", "klein-3", "groot"]
