"""The StUF adapter under the conformance suite, against the simulated system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from adapters.kit.conformance import Survives
from adapters.kit.conformance.creating import Creating
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator import Quirks
from tests.adapters.stuf_zds.harness import LAG, StufHarness

_NO_SUBSCRIPTION = "in ZDS an administrator sets whom a system tells; there is no message for it"
_NO_UNLINKING = "ZDS 1.1 has no message that takes a document from a case; 1.2 has"

_REFUSES_LATER = "it acknowledges first, and tells what it refuses in a message of its own (Fo01)"
_ASKS_NOTHING = "it gives the numbers itself, so there is no question by which to find a mark"


class TestStuf11(Survives):
    """A system that speaks ZDS 1.1 and compares the old with what stands there."""

    waived: ClassVar = {
        "test_unsubscribing_stops_the_pushes": _NO_SUBSCRIPTION,
        "test_withdrawn_document_is_gone": _NO_UNLINKING,
    }

    @pytest.fixture
    async def harness(self) -> AsyncIterator[StufHarness]:
        async with StufHarness(Profile.ZDS_1_1, deviations={"checks_old": True}) as harness:
            yield harness


class TestStuf12(Survives):
    """A system that speaks ZDS 1.2."""

    waived: ClassVar = {"test_unsubscribing_stops_the_pushes": _NO_SUBSCRIPTION}

    @pytest.fixture
    async def harness(self) -> AsyncIterator[StufHarness]:
        async with StufHarness(Profile.ZDS_1_2) as harness:
            yield harness


class TestStufLater(Creating):
    """A system that takes a message at once, and shows only later what came of it."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[StufHarness]:
        deviations = {"checks_old": True, "processes_within": LAG}
        async with StufHarness(Profile.ZDS_1_1, deviations=deviations) as harness:
            yield harness


class TestStufQueued(Survives):
    """A system of ZDS 1.1 that acknowledges first, and works through a queue."""

    waived: ClassVar = {
        **TestStuf11.waived,
        "test_refused_create_leaves_no_case": _REFUSES_LATER,
        "test_refused_change_stands_alone": _REFUSES_LATER,
    }

    @pytest.fixture
    async def harness(self) -> AsyncIterator[StufHarness]:
        quirks = Quirks(acknowledge_first=True)
        async with StufHarness(Profile.ZDS_1_1, quirks, dialect="queued") as harness:
            yield harness


class TestStufNumbering(Survives):
    """A system of ZDS 1.1 that gives the numbers of cases and documents itself."""

    waived: ClassVar = {
        **TestStuf11.waived,
        "test_nobody_there_is_unreachable": _ASKS_NOTHING,
    }

    @pytest.fixture
    async def harness(self) -> AsyncIterator[StufHarness]:
        options = {"number_pattern": None, "document_pattern": None}
        async with StufHarness(Profile.ZDS_1_1, **options) as harness:
            yield harness
