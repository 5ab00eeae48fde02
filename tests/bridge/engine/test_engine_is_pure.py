"""The engine computes: it waits for nothing, reads no clock and draws no lots."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[3] / "bridge" / "engine"
SOURCES = sorted(ENGINE.rglob("*.py"))

IMPURE_MODULES = {
    "asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
IMPURE_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "input", "print", "getenv"}
ASYNC = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


def offences(tree: ast.AST) -> Iterator[str]:
    """Yield what the engine must not do, each with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                imported = [name.name for name in names]
            case ast.ImportFrom(module=str(module)):
                imported = [module]
            case _:
                imported = []
        for module in imported:
            if module.partition(".")[0] in IMPURE_MODULES:
                yield f"{node.lineno}: imports {module}"  # type: ignore[attr-defined]
        if isinstance(node, ASYNC):
            yield f"{node.lineno}: is asynchronous"
        if isinstance(node, ast.Call) and _called(node) in IMPURE_CALLS:
            yield f"{node.lineno}: calls {_called(node)}()"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_engine_does_no_io_and_reads_no_clock(source: Path) -> None:
    """Time, ids and randomness arrive as arguments; nothing is awaited."""
    assert list(offences(ast.parse(source.read_text()))) == []


def test_engine_is_there_to_be_looked_at() -> None:
    """A moved folder must not turn the rule above into nothing."""
    assert SOURCES


@pytest.mark.parametrize(
    "breach",
    [
        "import time",
        "from random import choice",
        "import os.path",
        "def decide():\n    import asyncio",
        "async def decide(): ...",
        "at = datetime.now(UTC)",
        "day = datetime.date.today()",
        "key = uuid4()",
        "text = open('rules.yaml')",
    ],
)
def test_a_breach_is_seen(breach: str) -> None:
    """Each way to be impure is noticed, however it is written."""
    assert list(offences(ast.parse(breach)))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
