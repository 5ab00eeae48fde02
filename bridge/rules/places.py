"""Places: collects faults of one file, with the help of what is known where."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from bridge.rules.faults import Fault


@dataclass(slots=True)
class Places:
    """The faults of one file."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: str, what: str, way_out: str) -> None:
        """Note one fault."""
        self.faults.append(Fault(self.file, path, what, way_out))

    def known(self, path: str, value: object, among: Collection[str], where: str) -> bool:
        """Note a fault unless *value* is one of those that *where* knows."""
        if value in among:
            return True
        near = difflib.get_close_matches(str(value), among, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"add it to {where}, or correct it here"
        self.fault(path, f"{value!r} is not in {where}", hint)
        return False

    def unique(self, path: str, values: Iterable[object], what: str) -> None:
        """Note a fault for every value that stands more than once."""
        seen: set[object] = set()
        for place, value in enumerate(values):
            if value in seen:
                self.fault(f"{path}.{place}", f"{what} {value!r} stands twice", "remove one")
            seen.add(value)
