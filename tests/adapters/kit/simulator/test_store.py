"""The store: all of a transaction or nothing, and the order of creation kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.kit.simulator import Store

INDEXES: dict[str, Any] = {"dier": {"soort": lambda row: [row["soort"]]}}


def a_store(path: Path | None = None) -> Store:
    store = Store(path, INDEXES)
    for name, kind in (("a", "kat"), ("b", "hond"), ("c", "kat")):
        store.put("dier", {"uuid": name, "soort": kind})
    return store


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["uuid"] for row in rows]


def fail_within(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        change_and_fail(store)


def change_and_fail(store: Store) -> None:
    with store.transaction():
        store.remove("dier", "a")
        store.put("dier", {"uuid": "b", "soort": "kat"})
        store.put("dier", {"uuid": "d", "soort": "kat"})
        store.on_commit(lambda: pytest.fail("told of what did not happen"))
        raise ZeroDivisionError


def test_a_failed_transaction_leaves_everything_in_its_place() -> None:
    store = a_store()
    fail_within(store)
    assert names(store.all("dier")) == ["a", "b", "c"]
    assert names(store.by("dier", "soort", "kat")) == ["a", "c"]
    assert names(store.by("dier", "soort", "hond")) == ["b"]
    store.close()


def test_what_was_committed_is_read_back_in_order(tmp_path: Path) -> None:
    store = a_store(tmp_path / "dieren.sqlite")
    fail_within(store)
    store.put("dier", {"uuid": "a", "soort": "muis"})
    store.close()
    again = Store(tmp_path / "dieren.sqlite", INDEXES)
    assert names(again.all("dier")) == ["a", "b", "c"]
    assert names(again.by("dier", "soort", "muis")) == ["a"]
    again.close()
