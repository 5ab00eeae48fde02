"""The whole bridge: of a document that may not cross both sides learn that it is there, no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.app import provision
from bridge.settings import Settings
from tests.integration.test_embedded_bridge import Two, running, settings_for, until

SECRET = "geheim-onderwerp"


@pytest.fixture
def two(request: pytest.FixtureRequest) -> Two:
    """Both systems of this test."""
    return Two(request.node.name)


@pytest.fixture
async def settings(
    tmp_path: Path, request: pytest.FixtureRequest, unused_tcp_port: int
) -> Settings:
    made = settings_for(tmp_path / "data", request.node.name, unused_tcp_port)
    await provision(made)
    return made


def said(cells: Any) -> list[str]:
    """The notes of a case."""
    return [str(value["text"]) for path, value in cells.items() if path.startswith("notes/")]


async def test_both_sides_read_in_their_own_case_how_many_documents_stay(
    settings: Settings, two: Two, tmp_path: Path
) -> None:
    """Number and type. Of the document itself not a word reaches the store, a queue, or a note."""
    two.open_case()
    async with running(settings) as desk:
        await until(two.counterpart, "a counterpart")
        two.attach_at_rud("Advies", b"bodem is schoon")
        at_work = two.at_work()
        key = two.rud.new_key("documents")
        writer = two.rud.content_writer(key, 1)
        writer.write(SECRET.encode())
        writer.finish()
        two.rud.add(
            at_work,
            "documents",
            {"type": "ADVN", "title": SECRET, "version": 1, "confidentiality": "geheim"},
            key=key,
        )
        theirs = await until(lambda: said(two.odru.cells(two.ref)), "a note at ODRU")
        own = await until(lambda: said(two.rud.cells(at_work)), "a note at RUD")
        (link,) = await desk.find(at_work)
        ((agency, stays),) = desk.stays(link).items()
        assert agency == "rud-utrecht"
        await until(lambda: "documents" in str(two.odru.cells(two.ref)), "what may cross")
    assert [text.partition(": ")[2] for text in theirs] == [
        f"bij rud-utrecht blijft achter: {stays}"
    ]
    assert "niet gedeeld met odru" in own[0]
    assert SECRET not in str(two.odru.cells(two.ref)) + str(theirs) + str(own)
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
