"""Which edits a Receipt shows to have arrived, and how long they took since they were seen."""

from __future__ import annotations

from datetime import timedelta

from bridge.engine.decision import Decision, What
from bridge.engine.sameness import same
from bridge.store.records import Crossing
from contracts.ids import AgencyId


def crossings_of(decision: Decision) -> tuple[Crossing, ...]:
    """
    Give one crossing for each agency whose edits this decision found to be held at another.

    One Command may carry many edits: the one that waited longest counts. A value that is no more
    agreed by now says nothing, for its author is another.
    """
    link = decision.link
    if link is None:
        return ()
    longest: dict[tuple[AgencyId, AgencyId], timedelta] = {}
    for row in decision.journal:
        origin = link.origins.get(row.path) if row.what is What.WRITTEN else None
        if origin is None or row.agency is None or origin.agency == row.agency:
            continue
        if same(row.path, row.value, link.truth.get(row.path)):
            took = max(row.at - (origin.seen_at or origin.at), timedelta())
            pair = origin.agency, row.agency
            longest[pair] = max(longest.get(pair, took), took)
    return tuple(Crossing(from_, to, took) for (from_, to), took in longest.items())
