"""The memory adapter under the conformance suite, with different abilities switched on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from adapters.kit.conformance import Survives
from adapters.memory.faults import Rendering
from adapters.memory.harness import MemoryHarness
from contracts.adapter import CreateGuard, DocumentLimits, Intake, Limit, UpdateGuard
from contracts.case import FIELDS


class _Memory(Survives):
    settings: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def harness(self) -> Iterator[MemoryHarness]:
        with MemoryHarness(**self.settings) as harness:
            yield harness


class TestEverything(_Memory):
    """All that a memory system can do."""


class TestLocking(_Memory):
    """Writes are guarded by a lock."""

    settings: ClassVar = {"update_guard": UpdateGuard.LOCK}


class TestUnguarded(_Memory):
    """Nothing guards a write, and items are known by their content alone."""

    settings: ClassVar = {"update_guard": UpdateGuard.NONE, "item_references": False}


class TestNarrow(_Memory):
    """A system that holds little, polls, tells nothing of deletion, and keeps texts short."""

    settings: ClassVar = {
        "readable": frozenset(FIELDS) - {"hours", "decisions", "unit", "archive"},
        "writable": frozenset({"title", "explanation", "deadline", "status", "notes"}),
        "creatable": frozenset(),
        "intake": frozenset({Intake.POLL}),
        "create_guard": frozenset({CreateGuard.MARK}),
        "settles_within": timedelta(minutes=2),
        "sees_deletion": False,
        "documents": None,
        "limits": {"title": Limit(max_length=40), "explanation": Limit(max_length=1000)},
        "tells_authors": False,
    }


class TestKeyed(_Memory):
    """Creates are guarded by their key, hints are pushed, old versions are not kept."""

    settings: ClassVar = {
        "intake": frozenset({Intake.PUSH}),
        "create_guard": frozenset({CreateGuard.KEY}),
        "documents": DocumentLimits(max_bytes=60_000_000, keeps_versions=False),
    }


class TestRendering(_Memory):
    """The system shouts, trims and cuts what it stores, and shows the newest first."""

    settings: ClassVar = {
        "rendering": Rendering(cut=30, case="upper", trims=True, reverses=True),
    }
