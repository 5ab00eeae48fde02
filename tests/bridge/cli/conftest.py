"""A terminal that wraps nothing and colours nothing, and no secrets of whoever runs the tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("CASEBRIDGE_SECRETS", str(tmp_path / "none"))
    monkeypatch.setattr("bridge.cli.context.set_up_logs", lambda *_: None)
