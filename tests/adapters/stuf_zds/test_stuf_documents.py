"""Documents: brought, changed under a check-out that is always given back, taken, downloaded."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from adapters.kit.contents import GivenContents, digest_of, plenty, these
from adapters.stuf_zds import StufZdsAdapter
from adapters.stuf_zds.client import Actor
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator import Deviations, Fault, FaultKind, Quirks
from contracts.adapter import Refusals
from contracts.case import Content, Document
from contracts.errors import NotFound, Uncertain
from contracts.ids import CaseRef
from contracts.patch import Change
from tests.adapters.stuf_zds.hands import BOTH, change, creates, site, writes

_COLLEAGUE = Actor("collega")
HERE = Content(agency="noord", key="c-1", version="1")
GIVEN = GivenContents({"c-1": these(b"%PDF-1.4 proef")})
NEW: dict[str, Any] = {
    "key": "x", "type": "RAP", "title": "Rapport", "version": 1, "media_type": "application/pdf",
    "file_name": "rapport.pdf", "author": "Lab", "created": "2026-02-20", "mark": "M1",
    "confidentiality": "openbaar",
}  # fmt: skip


def adds(content: Content | None = HERE, **more: Any) -> Change:
    return change("documents/x", {**NEW, **more}, content=content)


def edits(document: Document, *, content: Content | None = None, **more: Any) -> Change:
    now = document.model_dump(mode="json")
    return change(f"documents/{document.key}", {**now, **more}, now, content=content)


async def documents(adapter: StufZdsAdapter, ref: CaseRef) -> list[Document]:
    return list((await adapter.read(ref)).case.documents or ())


async def bytes_of(adapter: StufZdsAdapter, ref: CaseRef, document: Document) -> bytes:
    async with adapter.download(ref, document) as pieces:
        return b"".join([piece async for piece in pieces])


@BOTH
async def test_a_document_is_brought_once_and_read_back(profile: Profile) -> None:
    async with site(profile) as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (document,) = await documents(adapter, ref)
        shown = document.model_dump(mode="json")
        same = ("type", "title", "media_type", "file_name", "author", "created", "confidentiality")
        assert {n: shown[n] for n in same} == {n: NEW[n] for n in same}
        assert document.mark == "M1", "known by its number"
        assert await bytes_of(adapter, ref, document) == b"%PDF-1.4 proef"


@pytest.mark.parametrize(
    ("said", "status"), [("In bewerking", "in_bewerking"), ("DEFINITIEF", "definitief"),
                         ("Concept van Jan", None)],
)  # fmt: skip
async def test_the_status_of_a_document_is_free_text_there_and_a_code_here(
    said: str, status: str | None
) -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        await harness.attach(ref, {**harness.samples.document, "status": said}, these(b"x"))
        snapshot = await adapter.read(ref)
        (document,) = snapshot.case.documents or ()
        assert document.status == status
        assert bool(snapshot.unmapped) is (status is None)
        await writes(adapter, ref, edits(document, status="ter_vaststelling"))
        (document,) = await documents(adapter, ref)
        assert document.status == "ter_vaststelling"
        (row,) = harness.simulator.daden.toon.whole(harness._row(ref))["documenten"]
        assert row["status"] == "ter vaststelling"


async def test_the_mark_stands_beside_a_number_that_the_system_gave() -> None:
    async with site(document_pattern=None) as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (document,) = await documents(adapter, ref)
        assert document.mark == "M1"


@pytest.mark.parametrize("mtom", [False, True])
async def test_a_document_may_come_and_go_beside_its_message(mtom: bool) -> None:
    quirks = Quirks(deviations=Deviations(mtom=True))
    source = plenty(3_000_001)
    async with site(quirks=quirks, deviations={"mtom": mtom}) as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GivenContents({"c-1": source}))
        (document,) = await documents(adapter, ref)
        found = await bytes_of(adapter, ref, document)
        assert hashlib.sha256(found).hexdigest() == digest_of(source)
        assert await harness.content_digest(ref, "Rapport") == digest_of(source)


@BOTH
async def test_a_new_content_is_a_new_version_and_the_old_one_is_no_more(profile: Profile) -> None:
    async with site(profile) as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        newer = GivenContents({"c-1": these(b"twee!")})
        edit = edits(first, title="Rapport v2", content=HERE)
        await writes(adapter, ref, edit, contents=newer)
        (second,) = await documents(adapter, ref)
        assert second.version > first.version
        assert second.title == "Rapport v2"
        assert await bytes_of(adapter, ref, second) == b"twee!"
        with pytest.raises(NotFound, match="another version"):
            await bytes_of(adapter, ref, first)
        assert await harness.leftovers() == []
        await writes(adapter, ref, edit, contents=GivenContents())  # done: nothing is opened


async def test_what_is_told_of_a_document_changes_without_its_content() -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(description="Concept"), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        await writes(adapter, ref, edits(first, title="Definitief rapport", description=""))
        (second,) = await documents(adapter, ref)
        assert (second.title, second.description) == ("Definitief rapport", "")
        assert await bytes_of(adapter, ref, second) == b"%PDF-1.4 proef"
        assert await harness.leftovers() == []


@pytest.mark.parametrize(
    ("kind", "error"),
    [(FaultKind.DROP_AFTER, Uncertain), (FaultKind.ERROR_BEFORE, Uncertain),
     (FaultKind.REFUSED, Refusals)],
)  # fmt: skip
async def test_a_check_out_is_given_back_however_the_change_ends(
    kind: FaultKind, error: type[Exception]
) -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        trouble = Fault(kind, path="updateZaakdocument", code="StUF058", times=1)
        harness.simulator.faults.add(trouble)
        with pytest.raises(error):
            await writes(adapter, ref, edits(first, title="Anders"))
        assert await harness.leftovers() == []
        await writes(adapter, ref, edits(first, title="Anders"))
        assert (await documents(adapter, ref))[0].title == "Anders"


async def test_a_check_out_is_given_back_when_we_are_told_to_stop() -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        harness.simulator.faults.add(Fault(FaultKind.HANG_BEFORE, path="updateZaakdocument"))
        writing = asyncio.create_task(writes(adapter, ref, edits(first, title="Anders")))
        async with asyncio.timeout(10):
            while not await harness.leftovers():
                await asyncio.sleep(0.01)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await harness.leftovers() == []


async def test_a_check_out_whose_answer_was_not_here_yet_is_given_back_too() -> None:
    """Only that answer says by what: we hear it before we stop."""
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        system = harness.simulator.system
        system.quirks = replace(system.quirks, late_downloads=0.5)
        writing = asyncio.create_task(writes(adapter, ref, edits(first, title="Anders")))
        async with asyncio.timeout(10):
            while not await harness.leftovers():
                assert not writing.done(), writing
                await asyncio.sleep(0.01)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await harness.leftovers() == []
        assert (await documents(adapter, ref))[0].title == first.title


async def test_a_document_that_a_colleague_edits_is_left_to_him() -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        lock, _ = await adapter._documents._check_out(first.key, _COLLEAGUE)
        with pytest.raises(Refusals, match=first.key) as caught:
            await writes(adapter, ref, edits(first, title="Anders"), change("title", "Wel"))
        assert "bewerking" in caught.value.refused[f"documents/{first.key}"]
        assert len(await harness.leftovers()) == 1, "his"
        await adapter._documents._give_back(first.key, lock, _COLLEAGUE)
        assert (await adapter.read(ref)).case.title == "Wel"


async def test_a_document_is_taken_from_a_case_where_there_is_a_message_for_it() -> None:
    async with site(Profile.ZDS_1_2) as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        gone = change(f"documents/{first.key}", None, first.model_dump(mode="json"))
        await writes(adapter, ref, gone)
        assert await documents(adapter, ref) == []
    async with site(Profile.ZDS_1_1) as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        (first,) = await documents(adapter, ref)
        gone = change(f"documents/{first.key}", None, first.model_dump(mode="json"))
        with pytest.raises(Refusals):
            await writes(adapter, ref, gone)
        assert await documents(adapter, ref) == [first]


async def test_a_content_that_is_not_here_yet_keeps_nothing_else_waiting() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), change("title", "Wel"))
        assert (await adapter.read(ref)).case.title == "Wel"
        assert await documents(adapter, ref) == []


async def test_a_document_that_is_too_large_is_refused_before_it_is_sent() -> None:
    async with site(max_document_bytes=1024) as (harness, adapter):
        ref = await creates(adapter)
        before = len(await harness.effects())
        with pytest.raises(Refusals):
            await writes(adapter, ref, adds(), contents=GivenContents({"c-1": plenty(1025)}))
        assert len(await harness.effects()) == before


async def test_a_document_without_content_is_announced_as_one() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(content=None))
        (document,) = await documents(adapter, ref)
        assert document.content is None
        with pytest.raises(NotFound):
            adapter.download(ref, document)
