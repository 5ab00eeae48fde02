"""A simulated system, our adapter for it, and hands that write to it and look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.kit.contents import GivenContents
from adapters.stuf_zds import StufZdsAdapter
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator import Quirks
from contracts.adapter import Contents
from contracts.case import Content, cells_of
from contracts.ids import CaseRef, Mark
from contracts.patch import Change, Patch
from contracts.snapshot import Snapshot
from tests.adapters.stuf_zds.harness import StufHarness

AT = datetime.now(UTC) + timedelta(minutes=5)
MARK = Mark("01JNB3V9Q2Z8K4M6P7R8S9T0VW")
BOTH = pytest.mark.parametrize("profile", list(Profile))


@asynccontextmanager
async def site(
    profile: Profile = Profile.ZDS_1_1, quirks: Quirks | None = None, **changed: Any
) -> AsyncIterator[tuple[StufHarness, StufZdsAdapter]]:
    """Run a simulator and enter an adapter for it."""
    async with StufHarness(profile, quirks, **changed) as harness:
        adapter = StufZdsAdapter(harness.settings())
        async with adapter:
            yield harness, adapter


def change(path: str, become: Any, expect: Any = None, *, content: Content | None = None) -> Change:
    """Give one change of a patch."""
    return Change(path=path, expect=expect, become=become, content=content)


async def writes(
    adapter: StufZdsAdapter,
    ref: CaseRef,
    *changes: Change,
    known: tuple[str, ...] = (),
    contents: Contents | None = None,
) -> dict[str, Any]:
    """Make changes; give what the case shows after."""
    patch = Patch(changes=changes, at=AT, by="rud-101", known=known)
    await adapter.write(ref, patch, token=None, contents=contents or GivenContents(), key="k-1")
    return shown(await adapter.read(ref))


async def creates(adapter: StufZdsAdapter, *changes: Change, mark: Mark = MARK) -> CaseRef:
    """Make a case."""
    patch = Patch(changes=(change("case_type", "BODEM"), *changes), at=AT, by="rud-101")
    return await adapter.create(patch, mark=mark, contents=GivenContents(), key="k-0")


def shown(snapshot: Snapshot) -> dict[str, Any]:
    """Give path → value of all that a case shows."""
    return {path: value for path, value in cells_of(snapshot.case).items() if value is not None}
