"""The contents of documents: made on the spot, and the same on every run."""

from __future__ import annotations

import pytest

from bridge.demo.papers import SCALE, paper


def test_the_same_paper_is_the_same_bytes() -> None:
    one, other = (paper("C01-D1", 1, 500_000, full_size=True) for _ in range(2))
    assert one.whole() == other.whole()


def test_another_version_is_other_bytes() -> None:
    first, second = (paper("C12-D1", version, 2**20, full_size=False) for version in (1, 2))
    assert first.whole() != second.whole()


@pytest.mark.parametrize("size", [600, 256 * 1024, 256 * 1024 + 1, 1_000_003])
def test_a_paper_is_as_large_as_it_says(size: int) -> None:
    assert len(paper("C01-D1", 1, size, full_size=True).whole()) == size


def test_to_scale_the_largest_is_small() -> None:
    assert paper("C30-D1", 1, 1_288_490_188, full_size=False).size < 3 * 1024**2
    assert paper("C30-D1", 1, 1_288_490_188, full_size=False).size == 1_288_490_188 // SCALE


async def test_pieces_together_are_the_whole() -> None:
    content = paper("C01-D2", 1, 700_000, full_size=True)
    assert b"".join([piece async for piece in content.pieces()]) == content.whole()
