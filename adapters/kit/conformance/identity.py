# ruff: noqa: S101
"""Identity: an adapter is what it says it is."""

from __future__ import annotations

from adapters.kit.conformance._suite import Suite, started
from adapters.kit.harness import Harness
from contracts.adapter import (
    AdapterSettings,
    CarriesDocuments,
    CreateGuard,
    Hears,
    Intake,
    Polls,
    UpdateGuard,
)


class Identity(Suite):
    """What can be told without any case."""

    async def test_class_declares_kind_settings_and_capabilities(self, harness: Harness) -> None:
        """The registry can tell what it has before it talks to any system."""
        adapter = type(harness.adapter())
        assert adapter.kind
        assert adapter.kind == adapter.kind.lower()
        assert issubclass(adapter.Settings, AdapterSettings)
        assert adapter.Settings.model_config.get("frozen"), "settings must not change under way"

    async def test_methods_are_what_is_promised(self, harness: Harness) -> None:
        """Each optional role has its methods exactly where the class promises it."""
        adapter = harness.adapter()
        most = type(adapter).capabilities
        assert isinstance(adapter, Hears) == (Intake.PUSH in most.intake)
        assert isinstance(adapter, Polls) == (Intake.POLL in most.intake)
        assert isinstance(adapter, CarriesDocuments) == (most.documents is not None)

    async def test_check_promises_no_more_than_the_class(self, harness: Harness) -> None:
        """What this system offers is at most what the class said."""
        async with started(harness) as (adapter, can):
            most = type(adapter).capabilities
        assert can.readable <= most.readable
        assert can.writable <= most.writable
        assert can.creatable <= most.creatable
        assert can.intake <= most.intake
        assert can.create_guard <= most.create_guard
        ranks = list(UpdateGuard)
        assert ranks.index(can.update_guard) <= ranks.index(most.update_guard)
        assert most.sees_deletion or not can.sees_deletion
        assert can.documents is None or most.documents is not None

    async def test_check_promises_only_what_fits_together(self, harness: Harness) -> None:
        """What can be written can be read back, and what is found in time has a bound."""
        async with started(harness) as (_, can):
            pass
        blind = can.writable - can.readable
        assert not blind, f"written, and never seen again: {sorted(blind)}"
        assert not can.writable & can.creatable, "a field is either writable or creatable only"
        assert ("documents" in can.readable) == (can.documents is not None)
        assert CreateGuard.MARK in can.create_guard or not can.settles_within

    async def test_check_changes_nothing(self, harness: Harness) -> None:
        """A check can be repeated at any time without leaving a trace."""
        async with started(harness) as (adapter, can):
            assert await adapter.check() == can
        assert not await harness.effects()
