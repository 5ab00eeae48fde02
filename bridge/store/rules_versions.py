"""Versions of the rules that were in force, each with its files, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select

from bridge.store.columns import storable
from bridge.store.engine import OnDatabase
from bridge.store.memory_state import OnState
from bridge.store.records import RulesVersion
from bridge.store.shown import Columns
from bridge.store.tables import ENVIRONMENT, RULES_VERSIONS

_LATEST: Final = (
    select(RULES_VERSIONS).order_by(RULES_VERSIONS.c.number.desc()).limit(bindparam("at_most"))
)
_NUMBERED: Final = select(RULES_VERSIONS).where(RULES_VERSIONS.c.number == bindparam("wanted"))
# One at a time: of two hubs that see the same change, one records it.
_LOCK: Final = select(ENVIRONMENT.c.id).with_for_update()


class SqlRulesVersions(OnDatabase):
    """Implements `RulesStore`."""

    async def record_rules(self, new: RulesVersion) -> bool:
        """Record that rules came in force; ``False`` where they are the latest already."""

        def run(connection: Connection) -> bool:
            connection.execute(_LOCK)
            latest = connection.execute(_LATEST, {"at_most": 1}).mappings().first()
            if latest is not None and latest["version"] == new.version:
                return False
            connection.execute(insert(RULES_VERSIONS), _row(new))
            return True

        return await self._database.write(run)

    async def rules_versions(self, limit: int) -> Sequence[RulesVersion]:
        """List versions, the newest first."""
        values = {"at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_LATEST, values).mappings().all())
        return list(map(_version, rows))

    async def rules_version(self, number: int) -> RulesVersion | None:
        """Load one version by its number."""
        values = {"wanted": number}
        row = await self._database.read(lambda c: c.execute(_NUMBERED, values).mappings().first())
        return _version(row) if row else None


class MemoryRulesVersions(OnState):
    """Implements `RulesStore` in memory."""

    async def record_rules(self, new: RulesVersion) -> bool:
        """Record that rules came in force; ``False`` where they are the latest already."""
        kept = self._state.rules_versions
        if kept and kept[-1].version == new.version:
            return False
        by, reason = storable(new.by), storable(new.reason)
        files, number = dict(new.files), len(kept) + 1
        kept.append(RulesVersion(new.version, new.seen_at, by, reason, files, number))
        return True

    async def rules_versions(self, limit: int) -> Sequence[RulesVersion]:
        """List versions, the newest first."""
        return self._state.rules_versions[::-1][:limit]

    async def rules_version(self, number: int) -> RulesVersion | None:
        """Load one version by its number."""
        return next((each for each in self._state.rules_versions if each.number == number), None)


def _row(new: RulesVersion) -> dict[str, Any]:
    return {
        "version": new.version,
        "seen_at": new.seen_at,
        "by": new.by,
        "reason": new.reason,
        "files": dict(new.files),
    }


def _version(row: Columns) -> RulesVersion:
    return RulesVersion(
        row["version"], row["seen_at"], row["by"], row["reason"], row["files"], row["number"]
    )
