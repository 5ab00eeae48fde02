"""Leaks are found in any byte, and only where a word may not stand."""

from __future__ import annotations

from pathlib import Path

from bridge.demo.leaks import PIECE, Secret, search

COMPLAINER = Secret("Steekproef", "wie klaagt", frozenset({"odru"}))


def a_file(folder: Path, content: bytes) -> Path:
    folder.mkdir()
    (folder / "zaaksysteem.sqlite").write_bytes(content)
    return folder


def test_a_word_where_it_may_not_stand_is_found(tmp_path: Path) -> None:
    folders = {"rud-utrecht": a_file(tmp_path / "rud", b"\0\1E-mail van G. Steekproef\0")}
    assert search(folders, [COMPLAINER]) == ["gelekt: wie klaagt staat bij rud-utrecht"]


def test_a_word_at_home_is_no_leak(tmp_path: Path) -> None:
    assert search({"odru": a_file(tmp_path / "odru", b"Steekproef")}, [COMPLAINER]) == []


def test_a_word_across_two_pieces_is_found(tmp_path: Path) -> None:
    content = b"." * (PIECE - 4) + b"Steekproef"
    assert search({"bridge": a_file(tmp_path / "bridge", content)}, [COMPLAINER])
