"""
Queues in one SQLite file; synchronous, and used by one thread only.

Everything that a crash must not lose is in the tables, also who holds which message: so a
transaction that fails leaves nothing half-changed in memory. Nobody holds anything when the file
is opened, because only one process may open it.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.broker._routes import Routes
from bridge.broker.base import (
    DEAD_QUEUE,
    DEAD_REASON,
    BrokerMisconfigured,
    BrokerUnreachable,
    Delivery,
    Outgoing,
)
from bridge.broker.topology import EVENTS_EXCHANGE, Queue, Topology, exchange_for

SCHEMA_VERSION: Final = 1
SCHEMA: Final = f"""
CREATE TABLE exchange (name TEXT PRIMARY KEY, alternate TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE queue (
    name TEXT PRIMARY KEY,
    delivery_limit INTEGER NOT NULL,
    dead_letters_to TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE binding (
    exchange TEXT NOT NULL,
    pattern TEXT NOT NULL,
    queue TEXT NOT NULL,
    PRIMARY KEY (exchange, pattern, queue)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    holder INTEGER NOT NULL DEFAULT 0,      -- 0: nobody, it is ready
    deliveries INTEGER NOT NULL DEFAULT 0,
    message_id TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX ready ON message (queue, number) WHERE holder = 0;
CREATE INDEX held ON message (holder) WHERE holder <> 0;
PRAGMA user_version = {SCHEMA_VERSION};
"""

PUT: Final = """
INSERT INTO message (queue, message_id, routing_key, headers, body) VALUES (?, ?, ?, ?, ?)"""
HAND_OUT: Final = """
UPDATE message SET holder = ?, deliveries = deliveries + 1
WHERE number IN (SELECT number FROM message WHERE queue = ? AND holder = 0 ORDER BY number LIMIT ?)
RETURNING number, message_id, routing_key, body, headers, deliveries"""
EXHAUSTED: Final = """
SELECT number, queue, routing_key, headers, dead_letters_to
FROM message JOIN queue ON queue.name = message.queue
WHERE holder = 0 AND deliveries > delivery_limit AND message.queue = ?"""
MOVE: Final = """
UPDATE message SET queue = ?, headers = ?, holder = 0, deliveries = 0 WHERE number = ?"""


@dataclass(frozen=True, slots=True)
class Held:
    """The tag of a delivery: which row, in whose hands."""

    number: int
    holder: int


class QueueFile:
    """The tables and what is done with them; each method belongs in a transaction."""

    def __init__(self, path: Path) -> None:
        """
        Open or create the file, and make ready again what the last process held.

        Raises:
            BrokerMisconfigured: Another process has it open, or it is no file of ours.
            BrokerUnreachable: It cannot be read or written now.
        """
        self.path = path
        self.enriched: set[str] = set()
        """Queues that got a message ready in this transaction."""
        self._routes: Routes | None = None
        with speaking(path):
            _make(path)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        # Exclusive before the first access: the lock stays until we end, however we end.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            msg = f"its tables have version {version}, this release knows {SCHEMA_VERSION}"
            raise BrokerMisconfigured(
                msg,
                where=str(self.path),
                way_out="start the release that wrote it and let its queues run empty",
            )
        with self.transaction():
            if version == 0:
                for statement in SCHEMA.split(";\n"):
                    self._db.execute(statement)
            held = self._names("SELECT DISTINCT queue FROM message WHERE holder <> 0")
            self._db.execute("UPDATE message SET holder = 0 WHERE holder <> 0")
            self._bury_exhausted(held)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done inside, durably, or nothing of it."""
        self.enriched.clear()
        with speaking(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._routes = None
                raise

    def declare(self, topology: Topology) -> None:
        self._routes = None
        self._db.executemany(
            "INSERT OR REPLACE INTO exchange VALUES (?, ?)",
            [(exchange.name, exchange.alternate) for exchange in topology.exchanges],
        )
        for queue in topology.queues:
            self._declare_queue(queue)

    def missing(self, expected: Topology) -> list[str]:
        exchanges = self._names("SELECT name FROM exchange")
        queues = self._names("SELECT name FROM queue")
        return [e.name for e in expected.exchanges if e.name not in exchanges] + [
            q.name for q in expected.queues if q.name not in queues
        ]

    def put(self, messages: Sequence[Outgoing]) -> list[str]:
        """Add each to the queues it belongs in; return the ids of those that no queue takes."""
        rows: list[tuple[str, str, str, str, bytes]] = []
        returned: list[str] = []
        for message in messages:
            exchange = exchange_for(message.routing_key)
            queues = self._route(exchange, message.routing_key)
            if queues is None or (not queues and exchange != EVENTS_EXCHANGE):
                returned.append(message.message_id)
                continue
            headers = json.dumps(dict(message.headers))
            rows += [
                (queue, message.message_id, message.routing_key, headers, message.body)
                for queue in queues
            ]
        self._db.executemany(PUT, rows)
        self.enriched.update(queue for queue, *_ in rows)
        return returned

    def hand_out(self, holder: int, queue: str, at_most: int) -> list[Delivery]:
        rows = self._db.execute(HAND_OUT, (holder, queue, at_most)).fetchall()
        return [
            Delivery(
                queue=queue,
                message_id=message_id,
                routing_key=routing_key,
                body=body,
                headers=json.loads(headers),
                redelivered=deliveries > 1,
                tag=Held(number, holder),
            )
            for number, message_id, routing_key, body, headers, deliveries in sorted(rows)
        ]

    def forget(self, held: Iterable[Held]) -> int:
        """Delete what is done; return how many were still in those hands."""
        before = self._db.total_changes
        self._db.executemany(
            "DELETE FROM message WHERE number = ? AND holder = ?",
            [(each.number, each.holder) for each in held],
        )
        return self._db.total_changes - before

    def release(self, holder: int) -> None:
        """Make ready again what a subscription still held."""
        queues = self._names("SELECT DISTINCT queue FROM message WHERE holder = ?", holder)
        self._db.execute("UPDATE message SET holder = 0 WHERE holder = ?", (holder,))
        self.enriched.update(queues)
        self._bury_exhausted(queues)

    def bury(self, held: Held, headers: Mapping[str, str]) -> bool:
        """Move one to the dead letters of its queue; False if it left those hands meanwhile."""
        row = self._db.execute(
            "SELECT routing_key, dead_letters_to FROM message JOIN queue ON name = queue"
            " WHERE number = ? AND holder = ?",
            (held.number, held.holder),
        ).fetchone()
        return row is not None and self._move(held.number, row[1], row[0], headers)

    def depths(self) -> dict[str, int]:
        counts = "SELECT queue, count(*) FROM message WHERE holder = 0 GROUP BY queue"
        empty = dict.fromkeys(self._names("SELECT name FROM queue"), 0)
        return empty | dict(self._db.execute(counts).fetchall())

    def oldest(self) -> dict[str, bytes]:
        """Give the body of the message that waits longest in each queue that has any."""
        rows = (
            "SELECT queue, body FROM message WHERE number IN"
            " (SELECT min(number) FROM message WHERE holder = 0 GROUP BY queue)"
        )
        return dict(self._db.execute(rows).fetchall())

    def close(self) -> None:
        self._db.close()

    def _declare_queue(self, queue: Queue) -> None:
        arguments = (queue.delivery_limit, queue.dead_letters_to)
        there = self._db.execute(
            "SELECT delivery_limit, dead_letters_to FROM queue WHERE name = ?", (queue.name,)
        ).fetchone()
        if there not in (None, arguments):
            msg = f"queue {queue.name} exists, but otherwise: {there}, not {arguments}"
            raise BrokerMisconfigured(
                msg,
                where=str(self.path),
                way_out="give the changed queue a new name; arguments are for life",
            )
        self._db.execute("INSERT OR IGNORE INTO queue VALUES (?, ?, ?)", (queue.name, *arguments))
        self._db.executemany(
            "INSERT OR IGNORE INTO binding VALUES (?, ?, ?)",
            [(binding.exchange, binding.pattern, queue.name) for binding in queue.bindings],
        )

    def _route(self, exchange: str, routing_key: str) -> tuple[str, ...] | None:
        if self._routes is None:
            self._routes = Routes(
                dict(self._db.execute("SELECT name, alternate FROM exchange")),
                self._db.execute("SELECT exchange, pattern, queue FROM binding"),
            )
        return self._routes.queues(exchange, routing_key)

    def _bury_exhausted(self, queues: Iterable[str]) -> None:
        for queue in sorted(queues):
            for number, name, key, headers, exchange in self._db.execute(
                EXHAUSTED, (queue,)
            ).fetchall():
                why = {DEAD_REASON: "delivery_limit", DEAD_QUEUE: name}
                self._move(number, exchange, key, json.loads(headers) | why)

    def _move(self, number: int, exchange: str, key: str, headers: Mapping[str, str]) -> bool:
        for queue in (self._route(exchange, key) or ())[:1]:
            self._db.execute(MOVE, (queue, json.dumps(dict(headers)), number))
            self.enriched.add(queue)
            return True
        return False

    def _names(self, statement: str, *parameters: str | int) -> set[str]:
        return {name for (name,) in self._db.execute(statement, parameters)}


def _make(path: Path) -> None:
    """Make the file if there is none; ours alone from the start, for bodies hold personal data."""
    # Never open one that exists: closing it again would end every lock of this process on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into what our caller can act upon."""
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            msg = "another process has it open"
            raise BrokerMisconfigured(
                msg,
                where=str(path),
                way_out="see its queues and letters in the console; or stop the other one, give "
                "this one its own file, or use RabbitMQ",
            ) from exc
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            msg = f"it is no sound broker file ({exc})"
            raise BrokerMisconfigured(
                msg,
                where=str(path),
                way_out="check the path; if it is right, put the file aside for examination",
            ) from exc
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise _not_ours_to_use(path, str(exc)) from exc
        msg = f"it cannot be used now ({exc})"
        raise BrokerUnreachable(msg, where=str(path), way_out="make room on the disk") from exc
    except OSError as exc:
        raise _not_ours_to_use(path, exc.strerror or str(exc)) from exc


def _not_ours_to_use(path: Path, why: str) -> BrokerMisconfigured:
    return BrokerMisconfigured(
        f"it cannot be opened ({why})",
        where=str(path),
        way_out="make its folder, and let this account write there",
    )
