"""Foresee: what a deed would come to at one case, by deciding it and saving nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.engine.decide import decide_operations
from bridge.engine.decision import Decision, What
from bridge.engine.lane import InFlight
from bridge.engine.link import Link
from bridge.engine.parked import CASE, Parked
from bridge.engine.rules import Rules
from bridge.engine.sameness import same
from bridge.jobs.deed import Deed, DeedKind, Place
from bridge.jobs.errors import NotToBeDone
from bridge.jobs.fits import see_fits
from bridge.store.job_records import Line, Verdict

_WEIGHT: Final = (
    Verdict.LETS_GO,
    Verdict.WRITES,
    Verdict.LOOKS,
    Verdict.REFUSED,
    Verdict.SUPERSEDED,
    Verdict.NOTHING,
)
"""What a case comes to is what weighs most of its lines."""
_INSTEAD: Final = frozenset({What.KEPT, What.NOT_CROSSING, What.UNSUPPORTED, What.ANNOTATED})


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a deed would come to at one case."""

    verdict: Verdict
    lines: tuple[Line, ...]


def foresee(
    deed: Deed, link: Link, rules: Rules, at: datetime, *, by: str, reason: str
) -> Foreseen:
    """Say field by field what a deed would come to; pure."""
    if deed.kind is DeedKind.SWEEP:
        seen = [side for side in link.sides.values() if side.ref is not None]
        return _all_of(Line(side.agency, CASE, Verdict.LOOKS) for side in seen)
    try:
        decision = decided(deed, link, rules, at, by=by, reason=reason)
    except NotToBeDone as error:
        return _all_of([Line(deed.agency, deed.path or CASE, Verdict.REFUSED, str(error))])
    if deed.kind is DeedKind.UNLINK:
        return _all_of([Line(None, CASE, Verdict.LETS_GO)])
    written = set(writes(decision))
    lines = [
        _line(place, parked, link, decision, written) for place, parked in deed.places(link).items()
    ]
    told = {(line.agency, line.path) for line in lines}
    also = (Line(agency, path, Verdict.WRITES) for agency, path in sorted(written - told))
    return _all_of([*lines, *also])


def decided(
    deed: Deed, link: Link, rules: Rules, at: datetime, *, by: str, reason: str
) -> Decision:
    """
    Decide a deed on one Link.

    Raises:
        NotToBeDone: It does not fit how the Link stands.
    """
    operations = deed.operations(link, by=by, reason=reason)
    for operation in operations:
        see_fits(link, operation)
    return decide_operations(link, operations, rules, at)


def writes(decision: Decision) -> Iterator[Place]:
    """Name the shared paths that a decision has written, with their agencies."""
    for command in decision.commands:
        side = decision.link.sides[command.agency] if decision.link else None
        phase = side.lane(command.lane).phase if side else None
        if command.ref is None:
            yield command.agency, CASE
        for change in command.patch.changes if isinstance(phase, InFlight) else ():
            if not same(change.path, change.expect, change.become):
                means = phase.means.get(change.path) if isinstance(phase, InFlight) else None
                yield from ((command.agency, path) for path in means or (change.path,))


def _line(
    place: Place, parked: Parked, before: Link, decision: Decision, written: set[Place]
) -> Line:
    agency, path = place
    after = decision.link.sides[agency] if decision.link else before.sides[agency]
    is_asked = any(
        command.agency == agency and not command.patch.changes for command in decision.commands
    )
    waits = after.parked.get(path)
    if waits is not None and is_asked:
        return Line(agency, path, Verdict.LOOKS)
    if waits is not None:
        return Line(agency, path, Verdict.REFUSED, waits.why)
    if place in written:
        return Line(agency, path, Verdict.WRITES)
    truth = before.truth.get(path)
    if parked.value is not None and not same(path, parked.value, truth):
        return Line(agency, path, Verdict.SUPERSEDED)
    if is_asked:
        return Line(agency, path, Verdict.LOOKS)
    told = [row.why for row in decision.journal if row.path == path and row.what in _INSTEAD]
    return Line(agency, path, Verdict.NOTHING, told[-1] if told else "")


def _all_of(lines: Iterable[Line]) -> Foreseen:
    every = tuple(lines)
    verdict = min((line.verdict for line in every), key=_WEIGHT.index, default=Verdict.NOTHING)
    return Foreseen(verdict, every)
