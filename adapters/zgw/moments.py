"""Times that we choose, so that writing a status twice is recognised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DUTCH: Final = ZoneInfo("Europe/Amsterdam")

_NEXT: Final = timedelta(milliseconds=1)


def status_moment(at: datetime, current: datetime | None) -> datetime:
    """
    Give the moment of a new status: *at*, or just after the current one where that is later.

    The status of a zaak is the latest by date, so an earlier one would not become current. The
    same arguments give the same moment: a repetition is refused as not unique.
    """
    moment = at if current is None or current < at else current + _NEXT
    # The day on which a case ends is the calendar day as written, offset and all: closing at
    # 23:30 UTC must count as the next day, as it does for the people who close.
    return moment.astimezone(DUTCH)
