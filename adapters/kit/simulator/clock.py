"""The simulator's own clock: real time, or a time that somebody set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DUTCH: Final = ZoneInfo("Europe/Amsterdam")


def render_moment(moment: datetime) -> str:
    """Render in UTC with a Z; the fraction only where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Clock:
    """Tells the time used for registration, audit and the checks on times in the future."""

    def __init__(self) -> None:
        self._set: datetime | None = None
        self._ahead = timedelta(0)
        self._last = datetime.min.replace(tzinfo=UTC)

    def set(self, moment: datetime | None, *, runs: bool = False) -> None:
        """Stand still at *moment*, or run on from there; follow real time again (None)."""
        self._ahead = moment - datetime.now(UTC) if runs and moment else timedelta(0)
        self._set = None if runs else moment
        self._last = datetime.min.replace(tzinfo=UTC)

    @property
    def is_set(self) -> bool:
        return self._set is not None or bool(self._ahead)

    def now(self) -> datetime:
        return self._set if self._set is not None else datetime.now(UTC) + self._ahead

    def stamp(self) -> str:
        """A time for a record. Never the same twice, so that records keep their order."""
        moment = self.now()
        if moment <= self._last:
            moment = self._last + timedelta(microseconds=1)
        self._last = moment
        return render_moment(moment)

    def today(self) -> date:
        return self.now().astimezone(DUTCH).date()
