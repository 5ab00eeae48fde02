"""The StUF adapter under the conformance suite, against the simulated system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from adapters.kit.conformance import Survives
from adapters.kit.conformance.creating import Creating
from adapters.stuf_zds.names import Profile
from tests.adapters.stuf_zds.harness import LAG, StufHarness

_NO_SUBSCRIPTION = "in ZDS an administrator sets whom a system tells; there is no message for it"
_NO_UNLINKING = "ZDS 1.1 has no message that takes a document from a case; 1.2 has"


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
