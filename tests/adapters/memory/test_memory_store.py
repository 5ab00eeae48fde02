"""The store of a memory system: contents, piece by piece."""

from __future__ import annotations

import pytest

from adapters.memory.store import Store


def put(store: Store, *pieces: bytes) -> None:
    writer = store.writer("D-1@1")
    for piece in pieces:
        writer.write(piece)
    writer.finish()


def test_a_content_that_is_replaced_while_it_is_read_breaks_off() -> None:
    """It never ends as if it were whole."""
    store = Store(None)
    put(store, b"een", b"twee")
    pieces = store.pieces("D-1@1")
    assert next(pieces) == b"een"
    put(store, b"drie")
    with pytest.raises(LookupError, match="replaced"):
        next(pieces)
    assert list(store.pieces("D-1@1")) == [b"drie"]
    store.close()
