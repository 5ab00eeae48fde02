"""What the writes of edges have locked in their systems: kept so that a restart gives it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, or_, select

from bridge.store.engine import Database, OnDatabase
from bridge.store.records import Lock
from bridge.store.statements import upsert
from bridge.store.tables import COMMANDS, LOCKS
from contracts.ids import AgencyId

_OTHERS: Final = LOCKS.alias("others")
_IS_PENDING: Final = exists().where(
    COMMANDS.c.id == LOCKS.c.command, COMMANDS.c.finished_at.is_(None)
)
_IS_IN_USE: Final = exists(
    select(_OTHERS.c.place)
    .join(COMMANDS, and_(COMMANDS.c.id == _OTHERS.c.command, COMMANDS.c.finished_at.is_(None)))
    .where(_OTHERS.c.agency == LOCKS.c.agency, _OTHERS.c.place == LOCKS.c.place)
)
_LOCK: Final = select(LOCKS.c.agency, LOCKS.c.place, LOCKS.c.command, LOCKS.c.lock, LOCKS.c.at)
_THERE: Final = _LOCK.where(
    LOCKS.c.agency == bindparam("agency_"),
    LOCKS.c.place == bindparam("place_"),
    or_(LOCKS.c.command == bindparam("command_"), ~_IS_PENDING),
)
_LEFT: Final = _LOCK.where(LOCKS.c.agency == bindparam("agency_"), ~_IS_IN_USE).order_by(
    LOCKS.c.at, LOCKS.c.place, LOCKS.c.command
)
_FORGET: Final = delete(LOCKS).where(
    LOCKS.c.agency == bindparam("agency_"),
    LOCKS.c.place == bindparam("place_"),
    LOCKS.c.command == bindparam("command_"),
)


class SqlLocks(OnDatabase):
    """Implements the locks of `EdgeStore`."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which `provision` has prepared."""
        super().__init__(database)
        self._save_lock = upsert(database.dialect, LOCKS)

    async def keep_lock(self, lock: Lock) -> Lock | None:
        """Write down what is about to be locked; give what was left there."""

        def run(connection: Connection) -> Lock | None:
            rows = connection.execute(_THERE, _key(lock)).mappings().all()
            there = [Lock(**row) for row in rows]
            for each in there:
                connection.execute(_FORGET, _key(each))
            before = surest(there)
            connection.execute(self._save_lock, asdict(taken_over(lock, before)))
            return before

        return await self._database.write(run)

    async def name_lock(self, lock: Lock) -> None:
        """Write down the id of a lock that was had."""
        await self._database.write(lambda c: c.execute(self._save_lock, asdict(lock)))

    async def forget_lock(self, lock: Lock) -> None:
        """Forget what is locked no longer."""
        await self._database.write(lambda c: c.execute(_FORGET, _key(lock)))

    async def left_locks(self, agency: AgencyId) -> Sequence[Lock]:
        """Give what is locked where no Command is at work."""
        values = {"agency_": agency}
        rows = await self._database.read(lambda c: c.execute(_LEFT, values).mappings().all())
        return [Lock(**row) for row in rows]


def surest(locks: Sequence[Lock]) -> Lock | None:
    """Give the one of the locks of a place whose id is known, the newest of those."""
    return max(locks, key=lambda lock: (lock.lock != "", lock.at, lock.command), default=None)


def taken_over(lock: Lock, before: Lock | None) -> Lock:
    """Give what stands there once a Command has taken over what was left."""
    return lock if before is None else replace(lock, lock=before.lock)


def _key(lock: Lock) -> dict[str, str]:
    return {"agency_": lock.agency, "place_": lock.place, "command_": lock.command}
