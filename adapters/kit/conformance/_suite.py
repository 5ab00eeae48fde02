"""What all cases of the suite stand on: skipping, waiving, and a few verbs."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

import pytest
from pydantic import JsonValue

from adapters.kit.contents import GivenContents
from adapters.kit.faults import Fault
from adapters.kit.harness import CannotDo, Harness
from adapters.kit.samples import patch
from contracts.adapter import Adapter, Capabilities, Contents
from contracts.case import cells_of
from contracts.ids import CaseRef, Mark, Token
from contracts.patch import Change

NOTHING: Final = GivenContents()
BY_NATURE: Final = frozenset({"roles", "properties", "objects", "related"})
"""Fields whose items keep the key that they were given."""

Case = Callable[..., Awaitable[None]]


class Suite:
    """
    Base of all groups of cases.

    Attributes:
        waived: Cases that this adapter does not pass yet: name → why, and until when. The run
            fails when a waived case passes, or is none.
    """

    waived: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, case in tuple(vars(cls).items()):
            if name.startswith("test_"):
                setattr(cls, name, _skipping(case))
        for name, why in vars(cls).get("waived", {}).items():
            if not hasattr(cls, name):
                msg = f"{cls.__name__}.waived: there is no case {name!r}"
                raise TypeError(msg)
            if not why.strip():
                msg = f"{cls.__name__}.waived: say why {name!r} is waived, and until when"
                raise TypeError(msg)
            mark = pytest.mark.xfail(reason=why, strict=True)
            setattr(cls, name, mark(_skipping(getattr(cls, name))))

    @pytest.fixture
    def harness(self) -> Harness:
        """Give the harness; every author writes this one."""
        msg = f"{type(self).__name__} has no fixture 'harness': give one that yields a Harness"
        raise NotImplementedError(msg)


def _skipping(case: Case) -> Case:
    @functools.wraps(case)
    async def told(*args: Any, **kwargs: Any) -> None:
        try:
            await case(*args, **kwargs)
        except CannotDo as exc:
            pytest.skip(f"the harness cannot: {exc}")

    return told


@asynccontextmanager
async def started(harness: Harness) -> AsyncIterator[tuple[Adapter, Capabilities]]:
    """Start a new adapter, and learn what its system can do."""
    async with harness.adapter() as adapter:
        yield adapter, await adapter.check()


def need(condition: object, what: str) -> None:
    """Skip the case where the system does not promise *what*."""
    if not condition:
        pytest.skip(f"not promised: {what}")


def need_fault(harness: Harness, fault: Fault) -> None:
    """Skip the case where the harness cannot bring about *fault*."""
    if not harness.supports(fault):
        pytest.skip(f"the harness cannot break: {fault}")


def creatable_cells(harness: Harness, can: Capabilities) -> dict[str, JsonValue]:
    """Give the sample registers that a case of ours can be created with."""
    fields = can.writable | can.creatable
    return {p: v for p, v in harness.samples.cells(items=False).items() if p in fields}


def writable_registers(harness: Harness, can: Capabilities) -> list[str]:
    """Give the registers that can be written and are sampled, the plainest first."""
    fields = [f for f in harness.samples.registers if f in can.writable & can.readable]
    plain = [f for f in ("title", "explanation", "deadline") if f in fields]
    return plain + [f for f in fields if f not in plain]


def a_register(harness: Harness, can: Capabilities) -> str:
    """Give one register that can be written."""
    fields = writable_registers(harness, can)
    need(fields, "a writable register")
    return fields[0]


def two_registers(harness: Harness, can: Capabilities) -> tuple[str, str]:
    """Give two registers that can be written."""
    fields = writable_registers(harness, can)
    need(len(fields) > 1, "two writable registers")
    return fields[0], fields[1]


async def opened(harness: Harness, can: Capabilities, *, items: bool = False) -> CaseRef:
    """Let a person open the sample case, in the fields that the system has."""
    return await harness.open_case(harness.samples.only(can.readable).cells(items=items))


async def cells_read(adapter: Adapter, ref: CaseRef) -> dict[str, JsonValue]:
    """Read a case through the adapter, and lay it flat."""
    snapshot = await adapter.read(ref)
    return cells_of(snapshot.case)


async def write(
    adapter: Adapter,
    ref: CaseRef,
    *changes: Change,
    token: Token | None = None,
    contents: Contents = NOTHING,
    key: str = "command-1",
) -> None:
    """Write some changes, as the edge would: with the token of a fresh read, unless given."""
    if token is None:
        token = (await adapter.read(ref)).token
    await adapter.write(ref, patch(*changes), token=token, contents=contents, key=key)


async def created(
    adapter: Adapter, harness: Harness, can: Capabilities, mark: str = "01JMARK0000000000000000001"
) -> CaseRef:
    """Create the sample case through the adapter."""
    changes = [
        Change(path=path, become=value) for path, value in creatable_cells(harness, can).items()
    ]
    return await adapter.create(
        patch(*changes), mark=Mark(mark), contents=NOTHING, key=f"create-{mark}"
    )


def filled(shown: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Leave out what is empty."""
    return {path: value for path, value in shown.items() if value is not None}


def others_of(shown: Mapping[str, JsonValue], *paths: str) -> dict[str, JsonValue]:
    """Leave out some paths, and what a system moves along by itself."""
    return {p: v for p, v in filled(shown).items() if p not in paths}
