"""
Translate: one agency's terms ↔ the shared terms, as a lens.

`Lens.get` says what local changes mean; `Lens.put` what the truth is to become there. Two laws
hold for every table, checked when it is loaded:

GetPut: what is put back unchanged writes nothing.
PutGet: what was put is what is read, for every shared value that the table covers.

Neither moves what need not move: reading keeps the truth where the local value stands for it
already, writing keeps the local value that already means the truth. A value without a
counterpart follows its declared rule, and never silently vanishes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bridge.engine.casetypes import CaseKind
from bridge.engine.reading import Reading
from bridge.engine.sameness import Holds
from bridge.engine.terms import Terms
from bridge.engine.verdict import Got, How, Put, Unread
from bridge.engine.writing import Writing
from contracts.case import Cells, path_of, split_path
from contracts.crosswalk import Catalogue, Crosswalk, Vocabulary

__all__ = ["CaseKind", "Got", "How", "Lens", "Put", "Unread"]


class Lens:
    """
    The terms of one agency against the shared ones.

    Pure: every method takes whole cases, laid flat, and gives what follows.
    """

    def __init__(self, crosswalk: Crosswalk, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.agency = crosswalk.agency
        self.terms = Terms(crosswalk, catalogue, vocabulary)

    def crosses(self, local: Cells) -> CaseKind:
        """Give the shared type of a whole local case, or why it has none."""
        return self.terms.case_types.crosses(local)

    def candidates(self, local_type: str) -> tuple[str, ...]:
        """Give every shared type that cases of a local type may be of."""
        return self.terms.case_types.candidates(local_type)

    def accepts(self, shared_type: str, truth: Cells) -> Put:
        """Say what a case of *shared_type* would be here, were it created now."""
        return self.terms.case_types.put({**truth, "case_type": shared_type}, {})

    def holds(self, path: str) -> Holds:
        """Say what a local property holds; anything else is what its field is."""
        name, key = split_path(path)
        lens = self.terms.details.lenses.get(key)
        return lens.holds if name == "properties" and lens is not None else Holds.WORDS

    def local_paths(self, shared: str) -> tuple[str, ...]:
        """Name the local paths at which a shared one may show, but for items known by their ids."""
        name, key = split_path(shared)
        match name:
            case "properties":
                names = sorted(self.terms.details.local_names(key))
                return tuple(path_of(name, each) for each in names)
            case "roles":
                return self.terms.parties.local_paths(shared)
            case _:
                return (shared,)

    def get(
        self, local: Cells, changed: Collection[str], truth: Cells, items: Mapping[str, str]
    ) -> Got:
        """
        Say what local changes mean.

        A property that tells case types apart makes the case type be read again with it.

        Args:
            local: The whole case as it is there now.
            changed: Local paths that show otherwise than before; gone where *local* lacks them.
            truth: The shared case so far.
            items: Local path → shared path, for items that have no natural key.
        """
        reading = Reading(self.terms, local, truth, items)
        told_by = self.terms.case_types.discriminators(local.get("case_type"))
        decisive = {path_of("properties", name) for name in told_by}
        if "case_type" not in changed and decisive.intersection(changed):
            reading.take("case_type")
        for path in changed:
            reading.take(path)
        return Got(reading.values, tuple(reading.unread))

    def put(
        self, truth: Cells, lagging: Collection[str], local: Cells, items: Mapping[str, str]
    ) -> tuple[Put, ...]:
        """
        Say what the truth becomes here.

        Args:
            truth: The whole shared case.
            lagging: Shared paths in which the side stands for something else than the truth.
            local: The whole case as it is there now; on create what is written at first.
            items: Shared path → local path, for items that have no natural key.

        Returns:
            Verdicts, in the order in which they are best written. While the type of an existing
            case is to change, what depends on that has no verdict yet: ask again when it is done,
            or cannot be done.
        """
        if "case_type" not in lagging:
            return tuple(Writing(self.terms, truth, local, local, items).verdicts(lagging))
        first = self.terms.case_types.put(truth, local)
        then = {**local, **dict(first.writes)}
        rest = [path for path in lagging if path != "case_type"]
        after = tuple(Writing(self.terms, truth, local, then, items).verdicts(rest))
        if "case_type" not in local or then["case_type"] == local["case_type"]:
            return (first, *after)
        before = tuple(Writing(self.terms, truth, local, local, items).verdicts(rest))
        return (first, *(put for put in after if put in before))
