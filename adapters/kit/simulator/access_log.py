"""Every write that came in, also refused ones: what a test asks who wrote what, and when."""

from __future__ import annotations

import json
from typing import Any, Final

from .clock import Clock
from .store import Store

KEPT: Final = 200_000
_SWEEP: Final = 1_000


class AccessLog:
    """A ring in the database; it survives a restart as everything else does."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._db = store.db
        self._clock = clock
        row = self._db.execute("select coalesce(max(seq), 0) from access").fetchone()
        self._seq = int(row[0])

    @property
    def last(self) -> int:
        return self._seq

    def add(self, entry: dict[str, Any]) -> None:
        self._seq += 1
        body = json.dumps({"seq": self._seq, "at": self._clock.now().isoformat(), **entry})
        self._db.execute("insert into access (seq, body) values (?, ?)", (self._seq, body))
        if self._seq % _SWEEP == 0:
            self._db.execute("delete from access where seq <= ?", (self._seq - KEPT,))

    def since(self, seq: int, limit: int | None = None) -> list[dict[str, Any]]:
        """Entries after *seq*, oldest first."""
        sql = "select body from access where seq > ? order by seq limit ?"
        rows = self._db.execute(sql, (seq, -1 if limit is None else limit))
        return [json.loads(body) for (body,) in rows]
