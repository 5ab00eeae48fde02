"""
What programs ask of the machine, and in a run get from its seed: ids, secrets, the time.

Clients, case systems and stores mint ids and tell the time by themselves. In a run all of that
comes from one source, so that the same seed writes the same bytes.
"""

from __future__ import annotations

import importlib
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from random import Random
from typing import Final
from unittest import mock

from adapters.zgw.catalogue import Catalogue
from adapters.zgw.client import Client

CLOCKS: Final = ("adapters.zgw.adapter", "adapters.kit.simulator.clock")
"""Modules that ask the machine for the moment, rather than being told a clock."""
TOLD: Final = ((Client, "clock"), (Catalogue, "monotonic"))
"""Classes that take a clock, and else the machine's: as it was when they were defined."""


@contextmanager
def machine(seed: int | str, now: Callable[[], datetime]) -> Iterator[None]:
    """Have ids and secrets come from *seed*, and the time from *now*."""
    source, state, moved = Random(f"{seed}/machine"), random.getstate(), _moved(now)
    random.seed(f"{seed}/anybody")

    def seconds() -> float:
        return now().timestamp()

    with ExitStack() as stack:
        # `uuid` asks `os`, `secrets` asks what `random` took from there.
        stack.enter_context(mock.patch.object(os, "urandom", source.randbytes))
        stack.enter_context(mock.patch.object(random, "_urandom", source.randbytes))
        stack.enter_context(mock.patch("time.time", seconds))
        stack.enter_context(mock.patch("time.monotonic", seconds))
        for name in CLOCKS:
            module = importlib.import_module(name)
            stack.enter_context(mock.patch.object(module, "datetime", moved))
        for told, name in TOLD:
            stack.enter_context(mock.patch.dict(told.__init__.__kwdefaults__, {name: seconds}))
        try:
            yield
        finally:
            random.setstate(state)


def _moved(now: Callable[[], datetime]) -> type[datetime]:
    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return now().astimezone(tz)

    return Moved
