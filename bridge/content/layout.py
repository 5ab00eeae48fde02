"""
What lies in a store of content, under which names.

    c/<blob>/<n>        chunk n of a blob, sealed
    i/<name>/<blob>     index: the blob is whole, and its digest is what <name> was made of
    b/<name>/<blob>     begun: the blob is being staged, under a name made of the document's
    u/<name>            used: a target has this content
    n/<name>/<id>       note: what an adapter wants to know after a restart

A blob's name is drawn, the others are made with a key: none tells anything about a case. An index
and a begun one hold the blob's key, wrapped, and a sealed body.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

from bridge.content.blobs import Blobs
from bridge.content.keys import TAG_BYTES, Box, Broken, Bytes, Keyring

CHUNKS: Final = "c"
INDEXES: Final = "i"
BEGUN: Final = "b"
USED: Final = "u"
NOTES: Final = "n"


@dataclass(frozen=True, slots=True)
class Blob:
    """One blob, and what opens its chunks."""

    id: str
    box: Box
    kept: str

    def chunk(self, number: int) -> str:
        """Give the path of a chunk."""
        return f"{CHUNKS}/{self.id}/{number:08d}"


@dataclass(frozen=True, slots=True)
class Whole:
    """
    A blob that is whole.

    Attributes:
        tags: Of its chunks, one behind the other: those that were hashed, whoever else may have
            put chunks of this blob meanwhile.
    """

    blob: Blob
    path: str
    sha256: str
    size_bytes: int
    tags: bytes

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return len(self.tags) // TAG_BYTES

    def tag(self, number: int) -> bytes:
        """Give the tag of a chunk."""
        return self.tags[number * TAG_BYTES :][:TAG_BYTES]


def about_chunk(number: int, *, is_last: bool) -> bytes:
    """Say which chunk of a blob one is, for its seal."""
    return b"chunk" + number.to_bytes(8, "big") + (b"." if is_last else b"+")


def described(blob: Blob, about: bytes, body: dict[str, Any]) -> bytes:
    """Write an index, or what is begun."""
    head = json.dumps({"version": 1, "key": blob.kept}).encode()
    return head + b"\n" + bytes(blob.box.seal([json.dumps(body).encode()], about))


def read_described(
    keys: Keyring, id_: str, about: bytes, content: Bytes
) -> tuple[Blob, dict[str, Any]]:
    """
    Read an index, or what is begun.

    Raises:
        Broken: It is none of ours.
    """
    head, _, sealed = bytes(content).partition(b"\n")
    try:
        kept = str(json.loads(head)["key"])
        box = keys.again(id_, kept)
        body = json.loads(bytes(box.open(sealed, about)))
    except (ValueError, KeyError, TypeError) as error:
        msg = "an index in the content store cannot be read"
        raise Broken(msg) from error
    return Blob(id_, box, kept), body


def find_whole(blobs: Blobs, keys: Keyring, sha256: str) -> Whole | None:
    """Find a blob that is whole by its digest; blocks."""
    for name in keys.names(sha256):
        for lying in reversed(blobs.list(f"{INDEXES}/{name}")):
            content = blobs.get(lying.path)
            if content is None:
                continue
            try:
                blob, body = read_described(keys, lying.path.split("/")[2], b"index", content)
            except Broken:
                continue
            if body["sha256"] == sha256:
                tags = base64.b64decode(body["tags"])
                return Whole(blob, lying.path, sha256, body["size"], tags)
    return None


def write_whole(blobs: Blobs, keys: Keyring, whole: Whole) -> None:
    """Write the index of a blob, which makes it whole for everybody; blocks."""
    tags = base64.b64encode(whole.tags).decode()
    body = {"sha256": whole.sha256, "size": whole.size_bytes, "tags": tags}
    blobs.put(whole.path, described(whole.blob, b"index", body))
    blobs.remove([f"{USED}/{name}" for name in keys.names(whole.sha256)])


def index_path(keys: Keyring, sha256: str, blob: Blob) -> str:
    """Give the path of the index of a blob."""
    return f"{INDEXES}/{keys.names(sha256)[0]}/{blob.id}"
