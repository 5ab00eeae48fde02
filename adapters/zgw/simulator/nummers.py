"""Numbers given out by the system: ZAAK-2026-0000000001, and reserving them."""

from __future__ import annotations

import re
from typing import Final

from adapters.kit.simulator import Store

_NUMBER: Final = re.compile(r"[A-Z]+-\d{4}-(\d{10})")
RESERVED: Final = "reservering"


class Numbers:
    """
    Gives the number after the highest in use, per kind and year.

    As on the real server a number may be given again once its holder was deleted, and the
    organisation plays no part.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._highest: dict[str, int] = {}

    def next(self, kind: str, prefix: str, year: int) -> str:
        start = f"{prefix}-{year}-"
        highest = self._highest.get(start)
        if highest is None:
            highest = self._scan(kind, start)
        self._highest[start] = highest + 1
        return f"{start}{highest + 1:010d}"

    def forget(self) -> None:
        """After a deletion or a rollback the highest has to be looked up again."""
        self._highest.clear()

    def _scan(self, kind: str, start: str) -> int:
        rows = [*self._store.all(kind), *self._store.all(RESERVED)]
        used = [row.get("identificatie", "") for row in rows]
        found = [_NUMBER.fullmatch(text) for text in used if text.startswith(start)]
        return max((int(match.group(1)) for match in found if match), default=0)
