"""The published fault matrix is the one of the code, and names tests that exist."""

from __future__ import annotations

from tests.docs.fault_matrix import PAGE, ROWS, covering, renewed


def test_the_published_table_is_the_one_of_the_tests() -> None:
    """Renew it with ``python -m tests.docs.fault_matrix``."""
    text = PAGE.read_text("utf-8")
    assert renewed(text) == text


def test_a_test_covers_only_rows_that_there_are() -> None:
    assert set(covering()) == set(ROWS)
