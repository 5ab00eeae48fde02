# ruff: noqa: S101
"""Secrecy: no credential and no person's data in what is logged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from pydantic import JsonValue

from adapters.kit.conformance._suite import Suite, need_fault, opened, started
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from contracts.adapter import AdapterSettings
from contracts.errors import AdapterError

TROUBLES = (Fault.UNREACHABLE, Fault.ERROR_ON_READ, Fault.GARBLED_READ, Fault.WRONG_SECRET)


class Secrecy(Suite):
    """What errors and representations say."""

    @pytest.mark.parametrize("fault", TROUBLES)
    async def test_errors_name_no_person_and_no_secret(
        self, harness: Harness, fault: Fault
    ) -> None:
        """A message says what was tried and what came back; it goes into logs."""
        need_fault(harness, fault)
        async with started(harness) as (adapter, can):
            ref = await opened(harness, can, items=True)
            async with harness.breaking(fault):
                said = await _said(lambda: adapter.read(ref))
        assert said, "an error must say something"
        for words in (*_personal(harness), *harness.secrets):
            assert words not in said

    async def test_settings_show_no_secret(self, harness: Harness) -> None:
        """Neither an adapter nor its settings tell a credential when they are printed."""
        adapter = harness.adapter()
        held = [one for one in vars(adapter).values() if isinstance(one, AdapterSettings)]
        shown = f"{adapter!r} {adapter} {held!r} {[one.model_dump_json() for one in held]}"
        assert not [secret for secret in harness.secrets if secret in shown]


async def _said(act: Callable[[], Awaitable[object]]) -> str:
    try:
        await act()
    except AdapterError as exc:
        return f"{exc} {exc!r}"
    pytest.fail("nothing went wrong")


def _personal(harness: Harness) -> list[str]:
    values: list[JsonValue] = []
    for role in harness.samples.items.get("roles", ()):
        values += [role.get("identity"), *role.get("person", {}).values()]
    return [value for value in values if isinstance(value, str) and len(value) > 3]
