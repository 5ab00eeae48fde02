"""Logs hold what was named, and nothing of anybody."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bridge.logs import masked, set_up_logs

BSN, NAME = "999993653", "Jansen"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    structlog.reset_defaults()
    root.handlers[:] = before


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = capsys.readouterr().err.strip().splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_only_keys_that_were_named_come_through(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    structlog.get_logger("x").info("command_sent", agency="odru", link="L1", name="J. Jansen")
    line = logged(capsys)
    assert line["event"] == "command_sent"
    assert line["agency"] == "odru"
    assert "name" not in line


def test_what_looks_like_a_number_or_an_address_is_masked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("info", "json")
    structlog.get_logger("x").info(
        "said", why=f"rol {BSN} van j.jansen@example.nl", faults={"a": [f"x {BSN}"]}
    )
    line = json.dumps(logged(capsys))
    assert BSN not in line
    assert "example.nl" not in line
    assert "<number>" in line


def test_an_exception_tells_its_place_and_not_what_it_quotes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("info", "json")
    try:
        try:
            raise KeyError(NAME + BSN)
        except KeyError as error:
            raise TypeError("no such operand") from error
    except TypeError:
        structlog.get_logger("x").exception("adapter_bug")
    said = str(logged(capsys)["exception"])
    assert NAME not in said
    assert BSN not in said
    assert "KeyError" in said
    assert "TypeError: no such operand" in said
    assert "test_logs.py" in said


def test_what_libraries_log_obeys_the_same_rules(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error with %s", BSN)
    said = capsys.readouterr().err
    assert "aiohttp.server" in said
    assert "ValueError" in said
    assert BSN not in said
    assert NAME not in said


def test_groups_and_circles_of_exceptions_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    inner = ValueError(NAME)
    inner.__cause__ = inner
    structlog.get_logger("x").error("bug", exc_info=ExceptionGroup("g", [inner]))
    said = str(logged(capsys)["exception"])
    assert "ValueError" in said
    assert NAME not in said


def test_a_longer_number_is_no_citizens() -> None:
    assert masked("epoch 1733011200") == "epoch 1733011200"
    assert masked(f"({BSN})") == "(<number>)"
