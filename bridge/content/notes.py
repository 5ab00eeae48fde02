"""Notes on transfers, kept sealed beside the content: what an adapter asks for after a restart."""

from __future__ import annotations

import secrets

from bridge.content.blobs import Blobs
from bridge.content.keys import Broken, Keyring
from bridge.content.layout import NOTES, Blob, described, read_described


class Notes:
    """Short texts by name; every call blocks."""

    def __init__(self, blobs: Blobs, keys: Keyring) -> None:
        self._blobs, self._keys = blobs, keys

    def write(self, place: str, text: str | None) -> None:
        """Keep a text, or forget it."""
        folders = [f"{NOTES}/{name}" for name in self._keys.names(place)]
        before = [lying.path for folder in folders for lying in self._blobs.list(folder)]
        if text is not None:
            id_ = secrets.token_hex(16)
            box, kept = self._keys.new(id_)
            note = described(Blob(id_, box, kept), b"note", {"text": text})
            self._blobs.put(f"{folders[0]}/{id_}", note)
        self._blobs.remove(before)

    def read(self, place: str) -> str | None:
        """Give what was written, where it can be read."""
        for name in self._keys.names(place):
            for lying in self._blobs.list(f"{NOTES}/{name}"):
                content, id_ = self._blobs.get(lying.path), lying.path.split("/")[2]
                try:
                    _, body = read_described(self._keys, id_, b"note", content or b"")
                except Broken:
                    continue
                return str(body["text"])
        return None
