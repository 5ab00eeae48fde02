# ruff: noqa: S101
"""Hints that are pushed: trusted only when signed, and never doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.kit.conformance._suite import Suite, a_register, need, opened, started
from adapters.kit.harness import Harness
from contracts.adapter import Adapter, Capabilities, Hears, Intake, Push
from contracts.errors import Denied, Garbled

GARBAGE = (b"", b"\xff\xfe\x00", b"<html></html>", b"{", b"[]", b"null", b'"x"', b"[[[[" * 5000)


class Hearing(Suite):
    """What `hear` tells, and how often the system pushes."""

    async def test_push_names_the_case_that_a_person_changed(self, harness: Harness) -> None:
        """What the system sends after an edit is heard as that case."""
        async with _subscribed(harness) as (adapter, hears, can):
            ref = await opened(harness, can)
            await harness.pushes()
            await _edit(harness, adapter, can)
            await harness.set(ref, a_register(harness, can), None)
            heard = [hears.hear(push) for push in await harness.pushes()]
        assert ref in {one for some in heard for one in some.refs}
        assert all(200 <= some.answer.status < 300 for some in heard)

    async def test_unsigned_push_is_denied(self, harness: Harness) -> None:
        """Whoever does not know our secret is not listened to."""
        async with _subscribed(harness) as (_, hears, can):
            for push in await _some_pushes(harness, can):
                with pytest.raises(Denied):
                    hears.hear(push.model_copy(update={"headers": {}}))
                wrong = {name: f"{value}x" for name, value in push.headers.items()}
                with pytest.raises(Denied):
                    hears.hear(push.model_copy(update={"headers": wrong}))

    @pytest.mark.parametrize("body", GARBAGE)
    async def test_signed_garbage_is_garbled(self, harness: Harness, body: bytes) -> None:
        """Bytes that are no message are told as such, whatever they are."""
        async with _subscribed(harness) as (_, hears, _can):
            with pytest.raises(Garbled):
                hears.hear(harness.sign(body))

    async def test_unsigned_garbage_is_denied_before_it_is_read(self, harness: Harness) -> None:
        """A stranger learns nothing from how we read."""
        async with _subscribed(harness) as (_, hears, _can):
            stranger = harness.sign(b"{").model_copy(update={"headers": {}})
            with pytest.raises(Denied):
                hears.hear(stranger)

    async def test_hearing_changes_nothing(self, harness: Harness) -> None:
        """The same bytes give the same references, as often as they come."""
        async with _subscribed(harness) as (_, hears, can):
            pushes = await _some_pushes(harness, can)
            effects = await harness.effects()
            assert [hears.hear(push) for push in pushes] == [hears.hear(push) for push in pushes]
            assert await harness.effects() == effects

    async def test_subscribing_twice_does_not_double(self, harness: Harness) -> None:
        """A restart subscribes again; one edit is still pushed as often as before."""
        async with _subscribed(harness) as (_, hears, can):
            once = len(await _some_pushes(harness, can))
            await hears.subscribe(harness.callback_url)
        async with started(harness) as (restarted, _):
            assert isinstance(restarted, Hears)
            await restarted.subscribe(harness.callback_url)
            assert len(await _some_pushes(harness, can)) == once

    async def test_unsubscribing_stops_the_pushes(self, harness: Harness) -> None:
        """And is no error where nothing was subscribed."""
        async with _subscribed(harness) as (_, hears, can):
            ref = await opened(harness, can)
            await harness.pushes()
            await hears.unsubscribe(harness.callback_url)
            await harness.set(ref, a_register(harness, can), None)
            assert not await harness.pushes()
            await hears.unsubscribe(harness.callback_url)


@asynccontextmanager
async def _subscribed(harness: Harness) -> AsyncIterator[tuple[Adapter, Hears, Capabilities]]:
    async with started(harness) as (adapter, can):
        need(Intake.PUSH in can.intake, "pushes")
        assert isinstance(adapter, Hears)
        await adapter.subscribe(harness.callback_url)
        yield adapter, adapter, can


async def _some_pushes(harness: Harness, can: Capabilities) -> list[Push]:
    ref = await opened(harness, can)
    await harness.pushes()
    await harness.set(ref, a_register(harness, can), None)
    pushes = list(await harness.pushes())
    assert pushes, "an edit was not pushed"
    return pushes


async def _edit(harness: Harness, adapter: Adapter, can: Capabilities) -> None:
    another = await opened(harness, can)
    await adapter.read(another)
    await harness.pushes()
