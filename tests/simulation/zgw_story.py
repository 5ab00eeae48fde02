"""The story of a run in the ZGW world: the shortest that breaks a law, and what happened in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.simulation.shrink import fewest
from tests.simulation.trace import Answered, Did, Event, Phase, Struck
from tests.simulation.zgw_world import Options, ZgwWorld, play


def shortest(options: Options, law: str) -> Options:
    """Give the shortest run that was found to break *law* still: fewer faults, then fewer steps."""

    def breaks(tried: Options) -> bool:
        return any(broken.law == law for broken in play(tried).broken)

    # Played, as a world that is only made is never cleared away.
    active = sorted(play(options).chance.active)
    few = fewest(active, lambda kept: breaks(replace(options, faults=frozenset(kept))))
    options = replace(options, faults=frozenset(few))
    every = range(options.steps)

    def without(kept: object) -> Options:
        assert isinstance(kept, list | range)
        return replace(options, skipped=frozenset(every) - frozenset(kept))

    return without(fewest(every, lambda kept: breaks(without(list(kept)))))


def tell(world: ZgwWorld) -> Iterator[str]:
    """Tell what people did, what struck and what was written; readings are left out."""
    for event in world.trace.events:
        if line := _line(event):
            yield f"{event.at:%H:%M:%S.%f}  {line}"
    for broken in world.broken:
        yield f">>> {broken}"


def _line(event: Event) -> str | None:
    match event:
        case Did(agency=agency, case=case, what=what):
            return f"{agency}: somebody did {what!r} to {case!r}"
        case Struck(kind=kind, where=where):
            return f"*** {kind} {where}"
        case Phase(name=name):
            return f"=== {name}"
        case Answered(agency=agency, method=method, path=path, status=status) if method != "GET":
            return f"{agency}: {method} {path} -> {status}"
        case _:
            return None
