"""Downloads that are gone on with: by the rest alone where the server gives it, else from whole."""

from __future__ import annotations

import pytest
from aiohttp import web

from adapters.zgw import ZgwAdapter
from adapters.zgw.client import Client
from adapters.zgw.simulator import Quirks
from adapters.zgw.simulator.settings import Features
from contracts.errors import Garbled
from tests.adapters.zgw.people import People, TheseBytes, writes
from tests.adapters.zgw.test_zgw_client import answering
from tests.adapters.zgw.test_zgw_documents import _added, _documents


@pytest.fixture(params=[True, False], ids=["ranges", "whole"])
def quirks(request: pytest.FixtureRequest) -> Quirks:
    return Quirks(features=Features(ranges=request.param))


async def test_a_download_is_gone_on_with_from_any_byte(
    adapter: ZgwAdapter, people: People
) -> None:
    ref = await people.opens()
    await writes(adapter, ref, _added(), contents=TheseBytes())
    (document,) = await _documents(adapter, ref)
    async with adapter.download(ref, document) as pieces:
        whole = b"".join([piece async for piece in pieces])
    size = len(whole)
    assert size == document.size_bytes
    for start in (0, 1, size // 2, size - 1, size):
        async with adapter.download(ref, document, start=start) as pieces:
            got = b"".join([piece async for piece in pieces])
        assert got == whole[start:]


async def _from_three(client: Client) -> bytes:
    async with client.stream_down("documenten", "x", start=3) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_the_rest_alone_is_asked_for() -> None:
    asked: list[str | None] = []

    async def gives_the_rest(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Range"))
        return web.Response(status=206, body=b"def", headers={"Content-Range": "bytes 3-5/6"})

    async with answering(gives_the_rest) as client:
        assert await _from_three(client) == b"def"
    assert asked == ["bytes=3-"]


@pytest.mark.parametrize("told", ["", "bytes 0-5/6", "bytes 4-5/6", "bytes */6"])
async def test_another_part_than_was_asked_for_is_refused(told: str) -> None:
    """It would be put where it does not belong."""

    async def gives_something(request: web.Request) -> web.Response:
        return web.Response(status=206, body=b"xyz", headers={"Content-Range": told})

    async with answering(gives_something) as client:
        with pytest.raises(Garbled):
            await _from_three(client)
