"""
The lease: which process speaks for an agency, and the epoch by which the others are told apart.

The epoch is the number of seconds on the clock when the lease was taken, or one more than the
last, whichever is more. So it grows also where the store was lost and begun anew: a hub that has
seen higher epochs would take all that such an edge says for stale.

Whether it ran out is told by the database's clock. Two edges whose own clocks are further apart
than its term would each have it otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Executable, bindparam, case, func, or_, select, update

from bridge.store.engine import Database, OnDatabase
from bridge.store.errors import LeaseLost
from bridge.store.statements import insert_into
from bridge.store.tables import LEASES
from contracts.ids import AgencyId

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Until then somebody has a lease that was given back."""

_HELD: Final = (
    LEASES.c.agency == bindparam("agency_"),
    LEASES.c.holder == bindparam("holder_"),
    LEASES.c.epoch == bindparam("epoch_"),
)
_RENEW: Final = (
    update(LEASES).where(*_HELD, LEASES.c.until > bindparam("now")).values(until=bindparam("until"))
)
_RELEASE: Final = update(LEASES).where(*_HELD).values(holder="", until=bindparam("until"))
_CLOCK: Final = select(func.clock_timestamp())
CURRENT_EPOCH: Final = (
    select(LEASES.c.epoch)
    .where(LEASES.c.agency == bindparam("agency"))
    # Nobody takes the lease over until what is done under it is durable.
    .with_for_update(read=True)
)


def see_held(agency: AgencyId, epoch: int, *, current: int | None, where: str) -> None:
    """
    See that the lease is of this epoch still.

    Raises:
        LeaseLost: It is not.
    """
    if current != epoch:
        msg = f"the lease on {agency} has epoch {current}, not {epoch}"
        way_out = "stop working for this agency until the lease is free"
        raise LeaseLost(msg, where=where, way_out=way_out)


class SqlLease(OnDatabase):
    """Implements the lease of `EdgeStore`."""

    def __init__(self, database: Database) -> None:
        """Use *database*."""
        super().__init__(database)
        self._take_lease = _take(database.dialect)

    async def clock(self, here: datetime) -> datetime:
        """See `EdgeStore`."""
        if self._database.dialect == "sqlite":
            return here
        moment: datetime = await self._database.read(lambda c: c.execute(_CLOCK).scalar_one())
        return moment

    async def acquire(
        self, agency: AgencyId, holder: str, ttl: timedelta, now: datetime
    ) -> int | None:
        """Take the lease if it is free, or was this holder's; give its epoch, else ``None``."""
        values = {
            "agency": agency,
            "holder": holder,
            "epoch": int(now.timestamp()),
            "until": now + ttl,
            "now": now,
        }
        epoch: int | None = await self._database.write(
            lambda c: c.execute(self._take_lease, values).scalar_one_or_none()
        )
        return epoch

    async def renew(
        self, agency: AgencyId, holder: str, epoch: int, ttl: timedelta, now: datetime
    ) -> bool:
        """Hold the lease longer; ``False`` where it went to another or ran out."""
        values = _held(agency, holder, epoch) | {"until": now + ttl, "now": now}
        return await self._database.write(lambda c: c.execute(_RENEW, values).rowcount == 1)

    async def release(self, agency: AgencyId, holder: str, epoch: int) -> None:
        """Give the lease back, so that a successor need not wait."""
        values = _held(agency, holder, epoch) | {"until": LONG_AGO}
        await self._database.write(lambda c: c.execute(_RELEASE, values))


def _held(agency: AgencyId, holder: str, epoch: int) -> dict[str, Any]:
    return {"agency_": agency, "holder_": holder, "epoch_": epoch}


def _take(dialect: str) -> Executable:
    start = insert_into(dialect, LEASES).values(
        {name: bindparam(name) for name in ("agency", "holder", "epoch", "until")}
    )
    new = start.excluded
    grown = case((new.epoch > LEASES.c.epoch, new.epoch), else_=LEASES.c.epoch + 1)
    statement: Executable = start.on_conflict_do_update(
        index_elements=["agency"],
        set_={"holder": new.holder, "epoch": grown, "until": new.until},
        where=or_(
            LEASES.c.until <= bindparam("now", type_=LEASES.c.until.type),
            LEASES.c.holder == new.holder,
        ),
    ).returning(LEASES.c.epoch)
    return statement
