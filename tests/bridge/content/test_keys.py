"""Seals: what was changed, cut, swapped or sealed by others does not open."""

from __future__ import annotations

import pytest

from bridge.content.keys import Broken, Keyring, Keys, NoKeys
from bridge.content.layout import about_chunk
from tests.bridge.content.conftest import KEY

OTHER = b"o" * 32


@pytest.fixture(params=[Keys([KEY]), NoKeys()], ids=["sealed", "plain"])
def keys(request: pytest.FixtureRequest) -> Keyring:
    made: Keyring = request.param
    return made


def test_what_was_sealed_opens_again(keys: Keyring) -> None:
    box, kept = keys.new("blob")
    sealed = box.seal([b"teke", b"", b"ning"], b"1")
    assert bytes(keys.again("blob", kept).open(sealed, b"1")) == b"tekening"


@pytest.mark.parametrize("place", [0, 13, -1])
def test_a_changed_byte_is_refused(keys: Keyring, place: int) -> None:
    box, _ = keys.new("blob")
    sealed = bytearray(box.seal([b"tekening van de kelder"], b"1"))
    sealed[place] ^= 1
    with pytest.raises(Broken):
        box.open(sealed, b"1")


@pytest.mark.parametrize("left", [0, 5, 20, 37])
def test_a_cut_chunk_is_refused(keys: Keyring, left: int) -> None:
    box, _ = keys.new("blob")
    with pytest.raises(Broken):
        box.open(box.seal([b"tekening van de kelder"], b"1")[:left], b"1")


def test_a_chunk_in_another_place_is_refused(keys: Keyring) -> None:
    """Also the last one where more should follow, and one of the middle as the last."""
    box, _ = keys.new("blob")
    sealed = box.seal([b"tekening"], about_chunk(3, is_last=False))
    for number, is_last in ((2, False), (4, False), (3, True)):
        with pytest.raises(Broken):
            box.open(sealed, about_chunk(number, is_last=is_last))


def test_a_chunk_of_another_blob_is_refused(keys: Keyring) -> None:
    (one, _), (other, _) = keys.new("one"), keys.new("other")
    with pytest.raises(Broken):
        other.open(one.seal([b"tekening"], b"1"), b"1")


def test_a_key_that_was_wrapped_for_another_blob_is_refused() -> None:
    _, kept = Keys([KEY]).new("one")
    with pytest.raises(Broken):
        Keys([KEY]).again("other", kept)


def test_the_first_key_wraps_and_all_unwrap() -> None:
    _, old = Keys([OTHER]).new("blob")
    Keys([KEY, OTHER]).again("blob", old)
    _, new = Keys([KEY, OTHER]).new("blob")
    Keys([KEY]).again("blob", new)
    for wrong in (Keys([OTHER]), NoKeys()):
        with pytest.raises(Broken):
            wrong.again("blob", new)


def test_nothing_is_sealed_twice_alike() -> None:
    """Not even the same chunk under the same key: a nonce is never used again."""
    box, _ = Keys([KEY]).new("blob")
    assert box.seal([b"tekening"], b"1") != box.seal([b"tekening"], b"1")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keys([b"short"])
