"""
Where resources are kept: in memory for reading, written through to SQLite for durability.

One design, two modes: with a data folder the database is a file and a killed process finds all
it had answered for; without one the database is in memory. Rows are plain dicts; a row handed
out must not be changed but replaced (`put`). A transaction is synchronous on purpose: nothing
else runs between its begin and its commit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]
Keys = Callable[[Row], list[str]]

_SCHEMA: Final = """
create table if not exists resource (
  kind text not null, uuid text not null, seq integer not null, body text not null,
  primary key (kind, uuid)) without rowid;
create table if not exists access (seq integer primary key, body text not null);
create table if not exists outgoing (seq integer primary key, body text not null);
create table if not exists setting (name text primary key, body text not null);
"""


def by_fields(*fields: str) -> dict[str, Keys]:
    """Indexes on what stands in these members, each by its own name; a list gives many keys."""

    def keys_of(field: str) -> Keys:
        def keys(row: Row) -> list[str]:
            value = row.get(field)
            if isinstance(value, list):
                return [str(member) for member in value]
            return [str(value)] if value else []

        return keys

    return {field: keys_of(field) for field in fields}


class Table:
    """All rows of one kind, in order of creation, with indexes on what is looked up often."""

    def __init__(self, indexes: Mapping[str, Keys]) -> None:
        self.rows: dict[str, Row] = {}
        self._keys = indexes
        self._index: dict[str, dict[str, dict[str, None]]] = {name: {} for name in indexes}

    def by(self, index: str, key: str) -> list[Row]:
        """Rows with *key* in *index*, in order of creation."""
        return [self.rows[uuid] for uuid in self._index[index].get(key, ())]

    def put(self, uuid: str, row: Row) -> Row | None:
        old = self.rows.get(uuid)
        self.rows[uuid] = row
        for name, keys in self._keys.items():
            index = self._index[name]
            new_keys = keys(row)
            if old is not None:
                old_keys = keys(old)
                if old_keys == new_keys:
                    continue
                for key in old_keys:
                    index.get(key, {}).pop(uuid, None)
            for key in new_keys:
                index.setdefault(key, {})[uuid] = None
        return old

    def remove(self, uuid: str) -> Row | None:
        old = self.rows.pop(uuid, None)
        if old is not None:
            for name, keys in self._keys.items():
                for key in keys(old):
                    self._index[name].get(key, {}).pop(uuid, None)
        return old


class Store:
    """Tables by kind, and the logs that are only ever appended to; *schema* makes more of these."""

    def __init__(
        self, path: Path | None, indexes: Mapping[str, Mapping[str, Keys]], schema: str = ""
    ) -> None:
        self._tables = {kind: Table(keys) for kind, keys in indexes.items()}
        self._indexes = indexes
        self._undo: list[tuple[str, str, Row | None]] | None = None
        self._after_commit: list[Callable[[], None]] = []
        self.db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None)
        self.db.execute("pragma journal_mode=wal")
        # A killed process loses nothing under NORMAL; only a power cut may cost the last commit.
        self.db.execute("pragma synchronous=normal")
        self.db.executescript(_SCHEMA + schema)
        self._seq = 0
        self._load()

    def _load(self) -> None:
        rows = self.db.execute("select kind, uuid, seq, body from resource order by seq")
        for kind, uuid, seq, body in rows:
            self.table(kind).put(uuid, json.loads(body))
            self._seq = max(self._seq, seq)

    def close(self) -> None:
        self.db.close()

    def table(self, kind: str) -> Table:
        if kind not in self._tables:
            self._tables[kind] = Table(self._indexes.get(kind, {}))
        return self._tables[kind]

    def get(self, kind: str, uuid: str) -> Row | None:
        return self.table(kind).rows.get(uuid)

    def all(self, kind: str) -> list[Row]:
        return list(self.table(kind).rows.values())

    def by(self, kind: str, index: str, key: str) -> list[Row]:
        return self.table(kind).by(index, key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is put or removed within happens, or nothing does. Nests into the outer one."""
        if self._undo is not None:
            yield
            return
        self._undo = []
        self.db.execute("begin")
        try:
            yield
            self.db.execute("commit")
        except BaseException:
            self.db.execute("rollback")
            self._roll_back()
            raise
        finally:
            self._undo = None
        pending, self._after_commit = self._after_commit, []
        for action in pending:
            action()

    def _roll_back(self) -> None:
        self._after_commit.clear()
        reordered = set()
        for kind, uuid, old in reversed(self._undo or []):
            if old is None:
                self.table(kind).remove(uuid)
                continue
            if uuid not in self.table(kind).rows:
                reordered.add(kind)
            self.table(kind).put(uuid, old)
        for kind in reordered:
            self._reload(kind)

    def _reload(self, kind: str) -> None:
        """Read a table anew: a row that came back belongs in its old place, not at the end."""
        self._tables[kind] = Table(self._indexes.get(kind, {}))
        sql = "select uuid, body from resource where kind = ? order by seq"
        for uuid, body in self.db.execute(sql, (kind,)):
            self._tables[kind].put(uuid, json.loads(body))

    def on_commit(self, action: Callable[[], None]) -> None:
        """Do *action* once the running transaction is durable; never when it fails."""
        if self._undo is None:
            action()
        else:
            self._after_commit.append(action)

    def put(self, kind: str, row: Row) -> None:
        with self.transaction():
            uuid = row["uuid"]
            old = self.table(kind).put(uuid, row)
            self._note(kind, uuid, old)
            body = json.dumps(row)
            if old is None:
                self._seq += 1
                sql = "insert into resource (kind, uuid, seq, body) values (?, ?, ?, ?)"
                self.db.execute(sql, (kind, uuid, self._seq, body))
            else:
                sql = "update resource set body = ? where kind = ? and uuid = ?"
                self.db.execute(sql, (body, kind, uuid))

    def remove(self, kind: str, uuid: str) -> None:
        with self.transaction():
            old = self.table(kind).remove(uuid)
            self._note(kind, uuid, old)
            self.db.execute("delete from resource where kind = ? and uuid = ?", (kind, uuid))

    def _note(self, kind: str, uuid: str, old: Row | None) -> None:
        if self._undo is not None:
            self._undo.append((kind, uuid, old))

    def setting(self, name: str) -> Any:
        found = self.db.execute("select body from setting where name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else None

    def keep_setting(self, name: str, value: Any) -> None:
        sql = "insert or replace into setting (name, body) values (?, ?)"
        self.db.execute(sql, (name, json.dumps(value)))

    def counts(self) -> dict[str, int]:
        return {kind: len(table.rows) for kind, table in sorted(self._tables.items())}
