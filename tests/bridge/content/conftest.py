"""Stores of content of every kind, and contents to put there."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from bridge.content import Blobs, ContentStore
from bridge.content.keys import Keys
from contracts.case import Document

KB = 1024
CHUNK = 64 * KB
KEY = bytes(range(32))


class Origin:
    """A content that can be read from any byte on, and breaks off where it is told to."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.breaks_at: int | None = None
        self.starts: list[int] = []
        self.sent = 0

    def __call__(self, start: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        self.starts.append(start)
        return self._open(start)

    @asynccontextmanager
    async def _open(self, start: int) -> AsyncIterator[AsyncIterator[bytes]]:
        yield self._pieces(start)

    async def _pieces(self, start: int) -> AsyncIterator[bytes]:
        for place in range(start, len(self.content), 10 * KB):
            if self.breaks_at is not None and place >= self.breaks_at:
                msg = "the line broke"
                raise ConnectionResetError(msg)
            piece = self.content[place : place + 10 * KB]
            self.sent += len(piece)
            await asyncio.sleep(0)
            yield piece


def plain(size: int) -> bytes:
    """Bytes that can be told from sealed ones, and from each other."""
    return b"".join(f"plain {number:08d};".encode() for number in range(size // 15 + 1))[:size]


def document(sha256: str | None) -> Document:
    return Document(key="d", title="t", type="x", version=1, digest=sha256)


async def read(store: ContentStore, sha256: str) -> bytes:
    async with store.open(document(sha256)) as pieces:
        return b"".join([piece async for piece in pieces])


def content_store(store: ObjectStore, *keys: bytes) -> ContentStore:
    return ContentStore(Blobs(store), Keys(keys) if keys else None, chunk_bytes=CHUNK)


@pytest.fixture(scope="session")
def s3() -> Iterator[Callable[[], S3Store]]:
    """A server that speaks S3; gives a bucket of its own each time."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    access: dict[str, Any] = {
        "endpoint": f"http://{host}:{port}",
        "access_key_id": "test",
        "secret_access_key": "test",
        "region": "eu-west-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=access["endpoint"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="eu-west-1",
    )

    def bucket() -> S3Store:
        name = f"content-{secrets.token_hex(4)}"
        client.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        return S3Store(name, prefix="casebridge", client_options={"allow_http": True}, **access)

    yield bucket
    client.close()
    server.stop()


@pytest.fixture(params=["memory", "local", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An object store of each kind, empty."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "local":
        return LocalStore(tmp_path / "content", automatic_cleanup=True, mkdir=True)
    made: S3Store = request.getfixturevalue("s3")()
    return made
