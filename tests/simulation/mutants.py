"""
Mutants: the bridge, broken on purpose in one place, to see that a law notices.

A mutant is a line of the real code, written otherwise. It must be caught by a law that is meant
for what it breaks, within a bounded number of seeds. One that survives means that a law is
missing, or that the line is not needed.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tests.simulation.runs import WORLDS

_OURS: Final = ("bridge.", "adapters.", "tests.simulation.")
MOST_SEEDS: Final = 400


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One way to break the bridge.

    Attributes:
        where: Module and function, ``module:function`` or ``module:Class.method``.
        old: What stands there, once.
        new: What the mutant has instead.
        laws: Those meant to catch it.
        world: ``quick``, ``whole``, ``documents`` or ``zgw``: where such a fault can show.
        faults: Those of its runs, in any world but the quick one; ``None``: each seed's.
    """

    name: str
    where: str
    old: str
    new: str
    laws: frozenset[str]
    world: str = "quick"
    faults: frozenset[str] | None = None

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Have the code so broken for a while; nothing that was derived meanwhile is kept."""
        try:
            with self._in_place():
                _forget()
                yield
        finally:
            _forget()

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        module_name, _, place = self.where.partition(":")
        module = importlib.import_module(module_name)
        owner_name, _, name = place.rpartition(".")
        owner = getattr(module, owner_name) if owner_name else module
        original = inspect.getattr_static(owner, name)
        broken = self._broken(module, original, name)
        if owner_name:
            setattr(owner, name, broken)
            try:
                yield
            finally:
                setattr(owner, name, original)
            return
        # Other modules have it under its name, too.
        homes = [(each, key) for each in _modules() for key, value in _named(each, original)]
        for home, key in homes:
            setattr(home, key, broken)
        try:
            yield
        finally:
            for home, key in homes:
                setattr(home, key, original)

    def _broken(self, module: Any, original: Any, name: str) -> Any:
        source = textwrap.dedent(inspect.getsource(original))
        if source.count(self.old) != 1:
            msg = f"{self.name}: {self.old!r} stands {source.count(self.old)} times in {self.where}"
            raise LookupError(msg)
        made: dict[str, Any] = {}
        code = compile("from __future__ import annotations\n" + source.replace(self.old, self.new),
                       f"<mutant {self.name}>", "exec")  # fmt: skip
        exec(code, vars(module), made)  # our own source, one line of it changed
        return made[name]


def _forget() -> None:
    """Empty what the bridge derives once and keeps."""
    for module in _modules():
        for _, value in sorted(vars(module).items()):
            if module.__name__.startswith("bridge.") and hasattr(value, "cache_clear"):
                value.cache_clear()


def _modules() -> list[Any]:
    return [m for n, m in sorted(sys.modules.items()) if n.startswith(_OURS) and m is not None]


def _named(module: Any, original: Callable[..., Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in list(vars(module).items()) if value is original]


@dataclass(frozen=True, slots=True)
class Caught:
    """
    What became of a mutant.

    Attributes:
        seeds: How many were needed; all of them where it survived.
        law: The law that caught it; ``None``: it survived.
        others: Laws that broke before and are not meant for it.
    """

    mutant: Mutant
    seeds: int
    law: str | None
    others: tuple[str, ...]


def hunt(mutant: Mutant, most: int = MOST_SEEDS) -> Caught:
    """
    Play seeds with a mutant alive until a law that is meant for it breaks.

    A seed in which that law breaks without the mutant, too, has caught nothing.
    """
    others: dict[str, None] = {}
    for seed in range(most):
        with mutant.alive():
            found = _broken(mutant.world, seed, mutant.faults)
        if not found:
            continue
        anyway = _broken_anyway(mutant.world, seed, mutant.faults)
        laws = [law for law in found if law not in anyway]
        meant = next((law for law in laws if law in mutant.laws), None)
        others |= dict.fromkeys(law for law in laws if law not in mutant.laws)
        if meant is not None:
            return Caught(mutant, seed + 1, meant, tuple(others))
    return Caught(mutant, most, None, tuple(others))


def _broken(world: str, seed: int, faults: frozenset[str] | None) -> tuple[str, ...]:
    run = WORLDS[world]
    verdict = run(seed, digest=False) if faults is None else run(seed, faults, digest=False)
    return tuple(broken.law for broken in verdict.broken)


_broken_anyway = lru_cache(maxsize=None)(_broken)
