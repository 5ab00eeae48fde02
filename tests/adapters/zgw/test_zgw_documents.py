"""Documents: streamed up and down, locked and unlocked, taken up again after a break."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import Awaitable
from typing import Any

import pytest

from adapters.zgw import ZgwAdapter, ZgwSettings
from adapters.zgw.simulator import Fault, FaultKind, Simulator
from contracts.adapter import Refusals
from contracts.case import Content, Document
from contracts.errors import AdapterError, Conflict, NotFound, Uncertain
from contracts.ids import CaseRef
from tests.adapters.zgw.people import (
    HERE,
    NoContents,
    NotedBytes,
    People,
    TheseBytes,
    a_document,
    change,
    shown,
    writes,
)

MIB = 1024 * 1024
PIECE = bytes(range(256)) * 1024


async def _documents(adapter: ZgwAdapter, ref: CaseRef) -> list[Document]:
    return list((await adapter.read(ref)).case.documents)


async def _digest(adapter: ZgwAdapter, ref: CaseRef, document: Document) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    async with adapter.download(ref, document) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


async def _locked(people: People) -> list[str]:
    found = await people.call("GET", "documenten/api/v1/enkelvoudiginformatieobjecten")
    return [d["identificatie"] for d in found["results"] if d["locked"]]


def _added(**changes: Any) -> Any:
    return change("documents/CBDOC1", a_document(**changes), content=HERE)


async def test_small_document_goes_up_and_comes_down(adapter: ZgwAdapter, people: People) -> None:
    """In one request, linked to the case, with all that is said of it."""
    ref, content = await people.opens(), TheseBytes()
    await writes(adapter, ref, _added(), contents=content)
    (document,) = await _documents(adapter, ref)
    assert document.type == "RAP"
    assert document.title == "Rapport verkennend onderzoek"
    assert document.mark == "CBDOC1"
    assert document.version == 1
    assert document.size_bytes == 14
    assert await _digest(adapter, ref, document) == (
        hashlib.sha256(b"%PDF-1.4 proef").hexdigest(),
        14,
    )
    await writes(adapter, ref, _added(), contents=content)
    assert content.opened == 1


async def test_empty_file_is_a_document(adapter: ZgwAdapter, people: People) -> None:
    """Nothing is something: a file of no bytes."""
    ref = await people.opens()
    await writes(adapter, ref, _added(size_bytes=0), contents=TheseBytes(b""))
    (document,) = await _documents(adapter, ref)
    assert document.size_bytes == 0
    assert (await _digest(adapter, ref, document))[1] == 0


async def test_content_of_unknown_size_is_measured_first(
    adapter: ZgwAdapter, people: People
) -> None:
    """The system wants the size beforehand; it is counted by way of a file."""
    ref = await people.opens()
    await writes(adapter, ref, _added(size_bytes=None), contents=TheseBytes(b"abc", times=5))
    (document,) = await _documents(adapter, ref)
    assert document.size_bytes == 15


async def test_large_document_goes_in_parts_in_little_memory(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """50 MB up and down; neither is ever whole in memory."""
    ref, content = await people.opens(), TheseBytes(PIECE, times=200)
    await adapter.check()
    tracemalloc.start()
    await writes(adapter, ref, _added(size_bytes=content.size), contents=content)
    (document,) = await _documents(adapter, ref)
    digest, size = await _digest(adapter, ref, document)
    ours = [
        trace
        for trace in tracemalloc.take_snapshot().statistics("filename")
        if "adapters/zgw/" in trace.traceback[0].filename
        and "simulator" not in trace.traceback[0].filename
    ]
    tracemalloc.stop()
    assert size == 50 * MIB
    assert digest == hashlib.sha256(PIECE * 200).hexdigest()
    assert sum(trace.size for trace in ours) < 2 * MIB
    assert await _locked(people) == []
    parts = [w for w in simulator.access_log.since(0, None) if "bestandsdelen" in str(w)]
    assert len(parts) == 4


async def test_new_version_replaces_the_content(adapter: ZgwAdapter, people: People) -> None:
    """Lock, change, unlock: one new version, and the old one can still be had."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (first,) = await _documents(adapter, ref)
    wanted = first.model_copy(update={"title": "Rapport v2", "size_bytes": 5, "content": None})
    edit = change(
        f"documents/{first.key}",
        wanted.model_dump(mode="json"),
        expect=first.model_dump(mode="json"),
        content=HERE,
    )
    content = TheseBytes(b"twee!")
    await writes(adapter, ref, edit, contents=content)
    (second,) = await _documents(adapter, ref)
    assert (second.version, second.title, second.size_bytes) == (2, "Rapport v2", 5)
    assert (await _digest(adapter, ref, second))[0] == hashlib.sha256(b"twee!").hexdigest()
    assert (await _digest(adapter, ref, first))[1] == 14
    assert await _locked(people) == []
    await writes(adapter, ref, edit, contents=content)
    assert content.opened == 1


async def test_new_version_in_parts(people: People, settings: ZgwSettings) -> None:
    """Above the threshold a new version goes in parts too."""
    ref = await people.opens()
    small = settings.model_copy(update={"inline_document_bytes": 3})
    async with ZgwAdapter(small) as adapter:
        await writes(adapter, ref, _added(), contents=TheseBytes())
        (first,) = await _documents(adapter, ref)
        wanted = first.model_copy(update={"size_bytes": 9, "content": None})
        edit = change(
            f"documents/{first.key}",
            wanted.model_dump(mode="json"),
            expect=first.model_dump(mode="json"),
            content=HERE,
        )
        await writes(adapter, ref, edit, contents=TheseBytes(b"abc", times=3))
        (second,) = await _documents(adapter, ref)
        assert (second.version, second.size_bytes) == (2, 9)
        assert await _locked(people) == []


@pytest.mark.parametrize(
    "at", ["/enkelvoudiginformatieobjecten$", "bestandsdelen", "unlock", "zaakinf"]
)
@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.ERROR_BEFORE])
async def test_upload_that_broke_off_is_taken_up(
    people: People, settings: ZgwSettings, simulator: Simulator, at: str, kind: FaultKind
) -> None:
    """Wherever it broke: one document, whole, unlocked, linked once."""
    ref, content = await people.opens(), TheseBytes(b"abc", times=9)
    small = settings.model_copy(update={"inline_document_bytes": 3})
    async with ZgwAdapter(small) as adapter:
        await adapter.check()
        simulator.faults.add(Fault(kind, method="POST|PUT", path=at, times=1))
        with pytest.raises(Uncertain):
            await writes(adapter, ref, _added(size_bytes=27), contents=content)
        await writes(adapter, ref, _added(size_bytes=27), contents=content)
        (document,) = await _documents(adapter, ref)
        assert (await _digest(adapter, ref, document))[0] == hashlib.sha256(b"abc" * 9).hexdigest()
        assert await _locked(people) == []
        found = await people.call("GET", "documenten/api/v1/enkelvoudiginformatieobjecten")
        assert found["count"] == 1


@pytest.mark.covers("F30")
@pytest.mark.parametrize("after", [b"wxyz" * 9, b"xyz" * 9], ids=["longer", "as-long"])
@pytest.mark.parametrize("is_restarted", [True, False])
async def test_content_that_changed_while_its_upload_was_broken_off_is_sent_whole(
    people: People,
    settings: ZgwSettings,
    simulator: Simulator,
    after: bytes,
    is_restarted: bool,
) -> None:
    """
    The server knows of its parts no more than how large they are.

    One of another size waited for a person for ever; of one as long, the old parts were kept.
    """
    ref = await people.opens()
    small = settings.model_copy(update={"inline_document_bytes": 3})
    old = _added(size_bytes=27, digest=hashlib.sha256(b"abc" * 9).hexdigest())
    new = _added(size_bytes=len(after), digest=hashlib.sha256(after).hexdigest())
    async with ZgwAdapter(small) as adapter:
        await adapter.check()
        simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, path="unlock", times=1))
        with pytest.raises(Uncertain):
            await writes(adapter, ref, old, contents=TheseBytes(b"abc", times=9))
        if not is_restarted:
            await writes(adapter, ref, new, contents=TheseBytes(after))
    if is_restarted:
        async with ZgwAdapter(small) as adapter:
            await writes(adapter, ref, new, contents=TheseBytes(after))
    async with ZgwAdapter(small) as adapter:
        (document,) = await _documents(adapter, ref)
        assert (await _digest(adapter, ref, document))[0] == hashlib.sha256(after).hexdigest()
    assert await _locked(people) == []


@pytest.mark.covers("F9", "F30")
@pytest.mark.parametrize("limit", [3, 100], ids=["in-parts", "in-one"])
@pytest.mark.parametrize("after", [b"wxyz" * 9, b"xyz" * 9, b""], ids=["longer", "as-long", "none"])
async def test_document_made_and_not_yet_linked_gets_what_was_filed_since(
    people: People, settings: ZgwSettings, simulator: Simulator, limit: int, after: bytes
) -> None:
    """
    In no case yet, so nobody saw it; its colleague's next version comes as the same document.

    Linked as it was, the older version was then taken for the newer, and came back over it.
    """
    ref, first = await people.opens(), b"abc" * 9
    old = _added(size_bytes=27, digest=hashlib.sha256(first).hexdigest())
    new = _added(
        title="Rapport v2", size_bytes=len(after), digest=hashlib.sha256(after).hexdigest()
    )
    limited = settings.model_copy(update={"inline_document_bytes": limit})
    async with ZgwAdapter(limited) as adapter:
        await adapter.check()
        simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="POST", path="zaakinf", times=1))
        with pytest.raises(Uncertain):
            await writes(adapter, ref, old, contents=TheseBytes(first))
        content = TheseBytes(after)
        await writes(adapter, ref, new, contents=content)
        (document,) = await _documents(adapter, ref)
        assert document.title == "Rapport v2"
        found, _ = await _digest(adapter, ref, document)
        assert found == hashlib.sha256(after).hexdigest()
        await writes(adapter, ref, new, contents=content)
        assert content.opened == 1
    assert await _locked(people) == []


async def test_parts_that_were_sent_before_a_restart_are_not_sent_again(
    people: People, settings: ZgwSettings, simulator: Simulator
) -> None:
    """A note says of which content they are; it goes with the end of the upload."""
    ref, notes = await people.opens(), dict[str, str]()
    small = settings.model_copy(update={"inline_document_bytes": 3})
    digest = hashlib.sha256(b"abc" * 9).hexdigest()
    bring = _added(size_bytes=27, digest=digest)
    async with ZgwAdapter(small) as adapter:
        await adapter.check()
        simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, path="unlock", times=1))
        with pytest.raises(Uncertain):
            await writes(adapter, ref, bring, contents=NotedBytes(b"abc", times=9, notes=notes))
    assert list(notes.values()) == [digest]
    async with ZgwAdapter(small) as adapter:
        simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, path="bestandsdelen", times=1))
        await writes(adapter, ref, bring, contents=NotedBytes(b"abc", times=9, notes=notes))
        (document,) = await _documents(adapter, ref)
        assert (await _digest(adapter, ref, document))[0] == digest
    assert notes == {}
    assert await _locked(people) == []


async def test_parts_of_another_content_are_never_taken_for_those_of_a_noted_one(
    people: People, settings: ZgwSettings, simulator: Simulator
) -> None:
    """One is sent, then half of another as large, then the first again."""
    ref, notes = await people.opens(), dict[str, str]()
    small = settings.model_copy(update={"inline_document_bytes": 3})

    def brings(content: bytes) -> Any:
        return _added(size_bytes=27, digest=hashlib.sha256(content * 9).hexdigest())

    for content in (b"abc", b"xyz", b"abc"):
        async with ZgwAdapter(small) as adapter:
            await adapter.check()
            simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, path="unlock", times=1))
            given = NotedBytes(content, times=9, notes=notes)
            with pytest.raises(Uncertain):
                await writes(adapter, ref, brings(content), contents=given)
    async with ZgwAdapter(small) as adapter:
        given = NotedBytes(b"abc", times=9, notes=notes)
        await writes(adapter, ref, brings(b"abc"), contents=given)
        (document,) = await _documents(adapter, ref)
        found, _ = await _digest(adapter, ref, document)
        assert found == hashlib.sha256(b"abc" * 9).hexdigest()


async def test_lock_is_released_when_the_change_fails(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """A lock has no owner and no end: it must not outlive the write."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (first,) = await _documents(adapter, ref)
    wanted = first.model_copy(update={"title": "Anders"})
    simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="PATCH", times=1))
    with pytest.raises(Uncertain):
        await writes(
            adapter,
            ref,
            change(
                f"documents/{first.key}",
                wanted.model_dump(mode="json"),
                expect=first.model_dump(mode="json"),
            ),
        )
    assert await _locked(people) == []


async def test_document_that_somebody_edits_is_left_alone(
    adapter: ZgwAdapter, people: People
) -> None:
    """Somebody else's lock is a conflict, and everything else is written."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (first,) = await _documents(adapter, ref)
    path = f"documenten/api/v1/enkelvoudiginformatieobjecten/{first.key}"
    await people.call("POST", f"{path}/lock", {})
    wanted = first.model_copy(update={"title": "Anders"})
    with pytest.raises(Conflict, match="locked"):
        await writes(
            adapter,
            ref,
            change(
                f"documents/{first.key}",
                wanted.model_dump(mode="json"),
                expect=first.model_dump(mode="json"),
            ),
            change("explanation", "Wel geschreven"),
        )
    assert (await adapter.read(ref)).case.explanation == "Wel geschreven"


@pytest.mark.parametrize("content", [None, HERE], ids=["a-title", "a-content"])
async def test_lock_of_ours_that_a_person_releases_is_a_conflict(
    adapter: ZgwAdapter, people: People, simulator: Simulator, content: Content | None
) -> None:
    """Not a refusal, for which somebody would have to look: the next try has a lock of its own."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (first,) = await _documents(adapter, ref)
    path = f"documenten/api/v1/enkelvoudiginformatieobjecten/{first.key}"
    simulator.faults.add(Fault(FaultKind.SLOW, method="PATCH", path=first.key, seconds=1.0))
    wanted = first.model_copy(update={"title": "Anders"}).model_dump(mode="json")
    edit = change(
        f"documents/{first.key}", wanted, expect=first.model_dump(mode="json"), content=content
    )
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(caught(writes(adapter, ref, edit, contents=TheseBytes())))
        while not await _locked(people):
            await asyncio.sleep(0.05)
        await people.call("POST", f"{path}/unlock", {})
    assert isinstance(writing.result(), Conflict)


async def caught(doing: Awaitable[None]) -> Exception | None:
    """Give the error by which something ended."""
    try:
        await doing
    except Exception as error:  # noqa: BLE001  # it is looked at
        return error
    return None


async def test_content_that_is_not_here_waits_alone(adapter: ZgwAdapter, people: People) -> None:
    """No content yet: no document, and all else is written."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), change("explanation", "Alvast"), contents=NoContents())
    assert (await adapter.read(ref)).case.explanation == "Alvast"
    assert await _documents(adapter, ref) == []


async def test_content_of_another_size_is_refused_and_leaves_nothing(
    adapter: ZgwAdapter, people: People
) -> None:
    """Fewer or more bytes than announced: refused, no half a document is linked."""
    ref = await people.opens()
    for size in (13, 15):
        with pytest.raises((Refusals, AdapterError)) as caught:
            await writes(adapter, ref, _added(size_bytes=size), contents=TheseBytes())
        assert isinstance(caught.value, Refusals)
    assert await _documents(adapter, ref) == []


async def test_withdrawn_document_of_ours_is_gone(adapter: ZgwAdapter, people: People) -> None:
    """Off the case; a document of the agency itself would stay in its register."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (document,) = await _documents(adapter, ref)
    stands = shown(await adapter.read(ref))[f"documents/{document.key}"]
    await writes(adapter, ref, change(f"documents/{document.key}", None, expect=stands))
    assert await _documents(adapter, ref) == []


async def test_internal_document_is_told_as_such(adapter: ZgwAdapter, people: People) -> None:
    """By its level or by a keyword."""
    ref = await people.opens()
    kind = await people.call("GET", "catalogi/api/v1/informatieobjecttypen")
    for words, level in (([], "intern"), (["Intern"], "openbaar"), ([], "openbaar")):
        made = await people.call(
            "POST",
            "documenten/api/v1/enkelvoudiginformatieobjecten",
            {
                "bronorganisatie": People.RSIN,
                "creatiedatum": "2026-02-01",
                "titel": f"{level}{len(words)}",
                "auteur": "x",
                "taal": "nld",
                "inhoud": "aGFsbG8=",
                "bestandsomvang": 5,
                "informatieobjecttype": kind["results"][0]["url"],
                "vertrouwelijkheidaanduiding": level,
                "trefwoorden": words,
            },
        )
        await people.call(
            "POST",
            "zaken/api/v1/zaakinformatieobjecten",
            {"zaak": people.zaak(ref), "informatieobject": made["url"]},
        )
    told = {d.title: d.internal for d in await _documents(adapter, ref)}
    assert told == {"intern0": True, "openbaar1": True, "openbaar0": False}
    assert {d.mark for d in await _documents(adapter, ref)} == {None}


async def test_download_of_what_is_not_there(adapter: ZgwAdapter, people: People) -> None:
    """An unknown version is not found, before any byte."""
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (document,) = await _documents(adapter, ref)
    assert document.content is not None
    missing = document.content.model_copy(update={"version": "9"})
    with pytest.raises(NotFound):
        async with adapter.download(ref, document.model_copy(update={"content": missing})):
            pass
