"""Shown: what one reading of a side shows, beside what was known of that side before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bridge.engine.neighbours import Brought
from contracts.case import Cells
from contracts.messages import Lane
from contracts.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What one reading of a side shows.

    Attributes:
        at: When the case was read.
        before: What the side showed until then.
        brought: Shared path → what another Link brought there.
        since: When each lane was last read before; ``None`` where it never was.
    """

    snapshot: Snapshot
    cells: Cells
    at: datetime
    before: Mapping[str, JsonValue]
    brought: Mapping[str, Brought]
    since: Mapping[Lane, datetime | None]
