"""One document that hangs on two cases, as ZGW allows: how often its content travels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.memory import MemoryAdapter
from contracts.case import Document
from contracts.ids import CaseRef
from tests.bridge.edge.conftest import Place

LARGE = 2 * 1024 * 1024


class Counting(MemoryAdapter):
    """Counts the bytes that it gives."""

    given = 0

    @asynccontextmanager
    async def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().download(ref, document, start=start) as pieces:

            async def counted() -> AsyncIterator[bytes]:
                async for piece in pieces:
                    Counting.given += len(piece)
                    yield piece

            yield counted()


@pytest.mark.parametrize("size_bytes", [60_000, LARGE])
async def test_a_content_of_two_cases_is_read_once(place: Place, size_bytes: int) -> None:
    """Also where both are looked at in the same moment, and it is too large to be read along."""
    place.use(Counting(place.adapter.settings))  # type: ignore[attr-defined]
    Counting.given = 0
    refs, key = [place.open_case(), place.open_case()], place.system.new_key("documents")
    writer = place.system.content_writer(key, 1)
    writer.write(bytes(size_bytes))
    writer.finish()
    for ref in refs:
        place.system.add(ref, "documents", {
            "type": "R", "title": "Bijlage", "version": 1, "confidentiality": "openbaar",
            "size_bytes": size_bytes,
        }, key=key)  # fmt: skip
    await asyncio.gather(*map(place.reader.read, refs))
    await asyncio.gather(*map(place.reader.fetch, refs))
    found = [(await place.reader.read(ref)).confined for ref in refs]
    digests = [each.case.documents[0].digest for each in found if each is not None]
    assert len(digests) == 2
    assert len(set(digests)) == 1
    assert await place.content.has(digests[0])
    assert Counting.given == size_bytes
