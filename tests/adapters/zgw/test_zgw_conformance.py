"""The ZGW adapter under the conformance suite, against the simulated system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from adapters.kit.conformance import Survives
from tests.adapters.zgw.harness import ZgwHarness

CATALOGUE = Path(__file__).with_name("catalogus.yaml")


class TestZgw(Survives):
    """Open Zaak as it was observed."""

    waived: ClassVar[Mapping[str, str]] = {
        "test_written_document_bears_our_mark": (
            "the mark reads back with CB before it; until the adapter takes it off again"
        ),
    }

    @pytest.fixture
    async def harness(self) -> AsyncIterator[ZgwHarness]:
        async with ZgwHarness(CATALOGUE) as harness:
            yield harness
