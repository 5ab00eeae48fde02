"""
How content lies in a store that others can read: sealed, under names that tell nothing.

Every document has a key of its own. It lies beside the content, wrapped by a key from the
settings: the first of those wraps, all unwrap, so that a key can be replaced while content is on
its way. What is sealed is bound to what it is (which blob, which chunk of it, whether the last):
a chunk that was changed, cut, swapped or taken from another document does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import GCM

Bytes = bytes | bytearray | memoryview

KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
_NONCE: Final = 12


class Broken(Exception):
    """What lies in the store is not what was put there, or not sealed with a key of ours."""


class Box(Protocol):
    """Seals and opens what belongs to one document."""

    def seal(self, pieces: Sequence[Bytes], about: bytes) -> Bytes:
        """Close up a content that comes in pieces, bound to what it is."""

    def open(self, sealed: Bytes, about: bytes) -> Bytes:
        """
        Give what was sealed.

        Raises:
            Broken: It was changed, or is about something else.
        """


class Keyring(Protocol):
    """Makes boxes, and names that tell nothing to who has no key."""

    def names(self, what: str) -> tuple[str, ...]:
        """Give the names of one thing; the first is the one to write."""

    def new(self, blob: str) -> tuple[Box, str]:
        """Make a box for a new blob, and what to keep beside it to open it again."""

    def again(self, blob: str, kept: str) -> Box:
        """
        Give the box of a blob again.

        Raises:
            Broken: It was sealed with none of our keys.
        """


class SealedBox:
    """AES-256-GCM under the key of one document; each chunk with a nonce of its own."""

    def __init__(self, key: bytes) -> None:
        self._key, self._opener = AES256(key), AESGCM(key)

    def seal(self, pieces: Sequence[Bytes], about: bytes) -> Bytes:
        # Drawn, not counted: a chunk that is written again after a crash never repeats a nonce.
        nonce = secrets.token_bytes(_NONCE)
        sealing = Cipher(self._key, GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(about)
        sealed = bytearray(_NONCE + sum(map(len, pieces)) + TAG_BYTES)
        sealed[:_NONCE], at, room = nonce, _NONCE, memoryview(sealed)
        for piece in pieces:
            at += sealing.update_into(piece, room[at:])
        sealing.finalize()
        room[at:] = sealing.tag
        return sealed

    def open(self, sealed: Bytes, about: bytes) -> Bytes:
        view = memoryview(sealed)
        try:
            return self._opener.decrypt(bytes(view[:_NONCE]), view[_NONCE:], about)
        except (InvalidTag, ValueError) as error:
            msg = "a piece of content does not open: it was changed, cut or swapped"
            raise Broken(msg) from error


def tag_of(sealed: Bytes) -> bytes:
    """Give what tells one sealing from every other, of another content or of the same."""
    return bytes(memoryview(sealed)[-TAG_BYTES:])


class Keys:
    """The keys of the settings: the first wraps, all unwrap."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            msg = f"a key has {KEY_BYTES} bytes"
            raise ValueError(msg)
        self._keys = tuple(keys)

    def names(self, what: str) -> tuple[str, ...]:
        # A plain digest would tell whoever holds a copy of a document that it was here.
        return tuple(_derived(key, b"name", what.encode()).hex()[:40] for key in self._keys)

    def new(self, blob: str) -> tuple[Box, str]:
        key, nonce = AESGCM.generate_key(8 * KEY_BYTES), secrets.token_bytes(_NONCE)
        wrapped = AESGCM(_wrapping(self._keys[0])).encrypt(nonce, key, blob.encode())
        return SealedBox(key), base64.b64encode(nonce + wrapped).decode()

    def again(self, blob: str, kept: str) -> Box:
        raw = base64.b64decode(kept)
        for key in self._keys:
            try:
                found = AESGCM(_wrapping(key)).decrypt(raw[:_NONCE], raw[_NONCE:], blob.encode())
            except (InvalidTag, ValueError):
                continue
            return SealedBox(found)
        msg = "content was sealed with none of the keys in content.key_files"
        raise Broken(msg)


class NoKeys:
    """
    For the folder of one process alone: the key of a document lies beside it as it is.

    Whoever reads the folder reads the content; what a crash or a bad disk did to it shows.
    """

    def names(self, what: str) -> tuple[str, ...]:
        return (hashlib.sha256(what.encode()).hexdigest()[:40],)

    def new(self, blob: str) -> tuple[Box, str]:
        key = AESGCM.generate_key(8 * KEY_BYTES)
        return SealedBox(key), base64.b64encode(key).decode()

    def again(self, blob: str, kept: str) -> Box:
        key = base64.b64decode(kept)
        if len(key) != KEY_BYTES:
            msg = "content was sealed, and there are no keys; set content.key_files"
            raise Broken(msg)
        return SealedBox(key)


def _wrapping(key: bytes) -> bytes:
    return _derived(key, b"wrap", b"")


def _derived(key: bytes, purpose: bytes, what: bytes) -> bytes:
    return hmac.digest(key, b"casebridge content 1 " + purpose + b"\0" + what, "sha256")


_: tuple[type[Keyring], ...] = (Keys, NoKeys)
