"""A store of content that hangs costs one caller a moment, and nobody else anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from obstore.store import S3Store

from bridge.content import Blobs, ContentStore, StoreAway
from bridge.content.keys import Keys
from bridge.store.records import Digest
from tests.bridge.content.conftest import CHUNK, KEY, Origin, document, plain, read
from tests.services.proxy import CLEAR, SHUT, Proxy

WITHIN = timedelta(seconds=0.3)


@pytest.fixture
async def line(s3: Callable[..., S3Store]) -> AsyncIterator[tuple[Proxy, ContentStore]]:
    """A store that speaks S3, and the line to it."""
    bucket = s3()
    endpoint = urlsplit(str(bucket.config["endpoint"]))
    assert endpoint.port is not None
    async with Proxy(endpoint.port) as proxy:
        config: Any = {**bucket.config, "endpoint": f"http://127.0.0.1:{proxy.port}"}
        store = S3Store(
            prefix="casebridge",
            config=config,
            client_options={"allow_http": True, "timeout": timedelta(seconds=2)},
            retry_config={"max_retries": 0},
        )
        blobs = Blobs(store, answers_within=WITHIN)
        yield proxy, ContentStore(blobs, Keys([KEY]), chunk_bytes=CHUNK)


async def seconds_until_told(store: ContentStore) -> float:
    began = time.monotonic()
    with pytest.raises(StoreAway):
        await store.stage("a", Origin(b"een rapport"))
    return time.monotonic() - began


@pytest.mark.covers("F21", "F31")
async def test_a_store_that_hangs_is_waited_for_once(
    line: tuple[Proxy, ContentStore],
) -> None:
    """Its client has far more patience; a case with many documents is told all the same."""
    proxy, store = line
    proxy.set(down=SHUT)
    first = await seconds_until_told(store)
    assert WITHIN.total_seconds() <= first < 1.5
    others = [await seconds_until_told(store) for _ in range(20)]
    assert sum(others) < WITHIN.total_seconds()


async def test_a_store_that_answers_again_is_used_again(line: tuple[Proxy, ContentStore]) -> None:
    """What nobody waits for finds that out."""
    proxy, store = line
    content = plain(3 * CHUNK)
    proxy.set(down=SHUT)
    await seconds_until_told(store)
    proxy.set(down=CLEAR)
    found: Digest | None = None
    async with asyncio.timeout(10):
        while found is None:
            with suppress(StoreAway):
                found = await store.stage("a", Origin(content))
            await asyncio.sleep(0.1)
    assert await read(store, found.sha256) == content


async def test_a_store_that_comes_to_hang_while_a_content_is_read_hangs_nobody_else(
    line: tuple[Proxy, ContentStore],
) -> None:
    """Whoever reads that content waits as long as its client does; who comes after does not."""
    proxy, store = line
    found = await store.stage("a", Origin(plain(3 * CHUNK)))
    async with store.open(document(found.sha256)) as pieces:
        await anext(pieces)
        proxy.set(down=SHUT)
        await seconds_until_told(store)
        assert await seconds_until_told(store) < WITHIN.total_seconds() / 2
