"""The ZGW adapter under the conformance suite, against the simulated system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.kit.conformance import Survives
from tests.adapters.zgw.harness import ZgwHarness

CATALOGUE = Path(__file__).with_name("catalogus.yaml")


class TestZgw(Survives):
    """Open Zaak as it was observed."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[ZgwHarness]:
        async with ZgwHarness(CATALOGUE) as harness:
            yield harness
