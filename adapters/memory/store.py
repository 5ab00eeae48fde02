"""The file that keeps a memory system across restarts, and the contents of its documents."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from adapters.memory.record import StoredCase

PIECE_BYTES: Final = 1024 * 1024
"""Contents are kept and given in pieces of at most this size."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS cases (ref TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pieces (
    content TEXT NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (content, part)
);
"""


class Store:
    """
    Keeps cases, state and contents; in memory, or in a SQLite file.

    Small and synchronous: a call costs less than handing it to a thread would.
    """

    def __init__(self, path: Path | None) -> None:
        self._keeps_cases = path is not None
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.executescript(_TABLES)
        if path is not None:
            self._connection.execute("PRAGMA journal_mode=WAL")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def save(self, case: StoredCase) -> None:
        """Keep *case* as it is now; only where there is a file, the system itself has it too."""
        if self._keeps_cases:
            self._connection.execute(
                "INSERT OR REPLACE INTO cases VALUES (?, ?)", (case.ref, case.model_dump_json())
            )

    def cases(self) -> Iterator[StoredCase]:
        """Give all cases that were kept."""
        for (data,) in self._connection.execute("SELECT data FROM cases").fetchall():
            yield StoredCase.model_validate_json(data)

    def remember(self, name: str, value: JsonValue) -> None:
        """Keep one piece of the system's state."""
        if self._keeps_cases:
            self._connection.execute(
                "INSERT OR REPLACE INTO state VALUES (?, ?)", (name, json.dumps(value))
            )

    def remembered(self, name: str) -> JsonValue:
        """Give a piece of state; ``None`` where it was never kept."""
        found = self._connection.execute("SELECT value FROM state WHERE name = ?", (name,))
        row = found.fetchone()
        value: JsonValue = json.loads(row[0]) if row else None
        return value

    def writer(self, content: str) -> ContentWriter:
        """Begin a content; nothing of it is there until it is finished."""
        return ContentWriter(self._connection, content)

    def pieces(self, content: str, start: int = 0) -> Iterator[bytes]:
        """
        Give a content piece by piece, from a byte on.

        Raises:
            LookupError: It was replaced by a shorter one meanwhile.
        """
        sizes = self._connection.execute(
            "SELECT length(data) FROM pieces WHERE content = ? ORDER BY part", (content,)
        ).fetchall()
        for part, (size,) in enumerate(sizes):
            if start < size or size == 0:
                found = self._connection.execute(
                    "SELECT substr(data, ?) FROM pieces WHERE content = ? AND part = ?",
                    (start + 1, content, part),
                ).fetchone()
                if found is None:
                    msg = f"the content {content} was replaced while it was read"
                    raise LookupError(msg)
                yield found[0] or b""
            start = max(0, start - size)

    def has(self, content: str) -> bool:
        """Tell whether a content is there, be it of zero bytes."""
        found = self._connection.execute(
            "SELECT 1 FROM pieces WHERE content = ? LIMIT 1", (content,)
        ).fetchone()
        return found is not None

    def unfinished(self) -> list[str]:
        """Give the contents that were begun, and neither finished nor given up."""
        rows = self._connection.execute(
            "SELECT DISTINCT content FROM pieces WHERE content LIKE 'unfinished:%'"
        )
        return [row[0] for row in rows]


class ContentWriter:
    """Takes a content piece by piece, and counts and digests it on the way."""

    def __init__(self, connection: sqlite3.Connection, content: str) -> None:
        self._connection = connection
        self._content = content
        self._part = 0
        self._digest = hashlib.sha256()
        self._is_given_up = False
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Take the next piece; one that comes when all was given up is dropped."""
        if self._is_given_up:
            return
        self._connection.execute(
            "INSERT OR REPLACE INTO pieces VALUES (?, ?, ?)",
            (f"unfinished:{self._content}", self._part, piece),
        )
        self._part += 1
        self._digest.update(piece)
        self.size_bytes += len(piece)

    def finish(self) -> str:
        """Make the content be there; gives its digest."""
        if self._part == 0:
            self.write(b"")
        self._connection.execute("DELETE FROM pieces WHERE content = ?", (self._content,))
        self._connection.execute(
            "UPDATE pieces SET content = ? WHERE content = ?",
            (self._content, f"unfinished:{self._content}"),
        )
        return self._digest.hexdigest()

    def give_up(self) -> None:
        """Leave nothing of it."""
        self._is_given_up = True
        self._connection.execute(
            "DELETE FROM pieces WHERE content = ?", (f"unfinished:{self._content}",)
        )
