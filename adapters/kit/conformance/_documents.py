# ruff: noqa: S101
"""A few verbs about documents, which the cases of two groups share."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from pydantic import JsonValue

from adapters.kit.conformance._suite import need, opened, write
from adapters.kit.contents import GivenContents, Source
from adapters.kit.harness import Harness
from contracts.adapter import Adapter, Capabilities, CarriesDocuments
from contracts.case import Content, Document
from contracts.ids import CaseRef
from contracts.patch import Change
from contracts.snapshot import Snapshot

NAMES: Final = (
    "Bijlage één - café's & 'plan' (2)",
    "Żółć Łódź ŞĞİ",
    "Πρόταση",
    "طلب تصريح",
    "建築計画",
    "Bouw 🏗️ tekening",
    "e\u0301 decomposed",
    "../../etc/passwd",
    "C:\\tekeningen\\plan",
    "Rapport v2.",
    "rechts \u202egnp.exe naar links",
    "<b>&amp; ]]> {inhoud:x}",
    "Lang " + "ü" * 195,
)
"""Titles that people give to documents: accents, other scripts, right to left, emoji, paths."""

MEDIA_TYPES: Final = (
    "application/pdf",
    "APPLICATION/PDF",
    "image/vnd.dwg",
    "text/plain; charset=utf-8",
    "application/x-nobody-knows",
    "",
)
"""What documents are said to be; whether they are is nobody's business on the way."""

ANY_MEDIA_TYPE: Final = "application/octet-stream"


def carrying(adapter: Adapter, can: Capabilities) -> CarriesDocuments:
    """Skip the case where the system holds no documents."""
    need(can.documents is not None, "documents")
    assert isinstance(adapter, CarriesDocuments), "documents are promised, and there is no method"
    return adapter


def brought(harness: Harness, can: Capabilities, **members: JsonValue) -> Change:
    """Make the change that brings the sample document, whose bytes are content ``c1``."""
    need("documents" in can.writable, "writing documents")
    become: dict[str, Any] = {
        **harness.samples.document,
        "key": "d1",
        "version": 1,
        "mark": "mark-of-d1",
        **members,
    }
    become = Document.model_validate(become).model_dump(mode="json")
    content = Content(agency="odru", key="c1", version="1")
    return Change(path="documents/d1", become=become, content=content)


def document_named(snapshot: Snapshot, title: str) -> Document:
    """Give the one document that bears *title*."""
    found = [document for document in snapshot.case.documents if document.title == title]
    assert len(found) == 1, f"{len(found)} documents bear the title"
    return found[0]


async def upload(
    harness: Harness, adapter: Adapter, can: Capabilities, source: Source
) -> tuple[CaseRef, Document]:
    """Bring the sample document with this content to a new case."""
    bring = brought(harness, can)
    ref = await opened(harness, can)
    await write(adapter, ref, bring, contents=GivenContents({"c1": source}))
    title = str(harness.samples.document["title"])
    return ref, document_named(await adapter.read(ref), title)


async def attached(
    harness: Harness, adapter: Adapter, can: Capabilities, source: Source
) -> tuple[CaseRef, Document]:
    """Let a person attach the sample document with this content to a new case."""
    ref = await opened(harness, can)
    await harness.attach(ref, harness.samples.document, source)
    return ref, document_named(await adapter.read(ref), str(harness.samples.document["title"]))


async def downloaded(
    carrier: CarriesDocuments, ref: CaseRef, document: Document, start: int = 0
) -> tuple[str, int, int]:
    """Download a document; give its digest, its size, and the size of its largest piece."""
    digest, size, largest = hashlib.sha256(), 0, 0
    async with carrier.download(ref, document, start=start) as pieces:
        async for piece in pieces:
            digest.update(piece)
            size += len(piece)
            largest = max(largest, len(piece))
    return digest.hexdigest(), size, largest
