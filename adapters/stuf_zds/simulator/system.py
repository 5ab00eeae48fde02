"""One running case system: what its parts share."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.kit.simulator import Clock, Deliveries, Files, Row, Store, by_fields
from adapters.kit.simulator.store import Keys
from adapters.stuf_zds.envelope import Systeem

from .catalogus import Catalogue
from .nummers import Numbers
from .settings import Quirks, SimulatorSettings

VERSIONS_KEPT: Final = 50


def _identificatie(row: Row) -> list[str]:
    return [str(row["identificatie"]).lower()]


def _sleutels(row: Row) -> list[str]:
    return [f"{applicatie}\x00{sleutel}" for applicatie, sleutel in row["sleutels"].items()]


def _deelzaken(row: Row) -> list[str]:
    related = row["gegevens"].get("heeftAlsDeelzaak", [])
    return [str(one["gerelateerde"].get("identificatie", "")).lower() for one in related]


def _overdracht(row: Row) -> list[str]:
    return [row["overdracht"]["referentie"]] if row["overdracht"] else []


INDEXES: Final[Mapping[str, Mapping[str, Keys]]] = {
    "zaak": {
        "identificatie": _identificatie,
        "sleutel": _sleutels,
        "deelzaak": _deelzaken,
        "overdracht": _overdracht,
    },
    "document": {"identificatie": _identificatie, **by_fields("zaken")},
    "besluit": {"identificatie": _identificatie, **by_fields("zaak")},
    "aanbod": {},
    "ontvangen": {},
    "verzonden": {},
    "abonnee": {},
}


@dataclass(frozen=True, slots=True)
class Cause:
    """
    Why something changes: a message of another system, or somebody who works here.

    `applicatie` is empty for people of this system. `correction`: it was never so.
    """

    gebruiker: str
    applicatie: str = ""
    correction: bool = False


Data = Mapping[str, Any]
"""What somebody typed."""
Deed = Callable[[Row, Data, Cause], object]
"""What somebody does to a case."""


@dataclass
class System:
    """The store, the clock and the switches of one simulator."""

    settings: SimulatorSettings
    systeem: Systeem
    store: Store
    clock: Clock
    files: Files
    numbers: Numbers
    catalogue: Catalogue
    quirks: Quirks
    chance: random.Random
    tick: Callable[[], float]
    """Seconds that go on whatever the clock is set to."""
    deliveries: Deliveries = field(init=False)
    _ahead: float = 0.0
    _former: dict[tuple[str, str], deque[tuple[float, Row | None]]] = field(default_factory=dict)

    @property
    def agency(self) -> str:
        return self.settings.agency

    def let_pass(self, seconds: float) -> None:
        """Let readers catch up as if so much time had passed."""
        self._ahead += seconds

    def _seconds(self) -> float:
        return self.tick() + self._ahead

    def keep(self, kind: str, row: Row) -> None:
        """Store a row, and remember for a while what it was."""
        key = (kind, row["uuid"])
        former = self._former.setdefault(key, deque(maxlen=VERSIONS_KEPT))
        former.append((self._seconds(), self.store.get(kind, row["uuid"])))
        self.store.put(kind, row)

    def seen(self, kind: str, row: Row) -> Row | None:
        """Give a row as a reader sees it who lags behind; None where there was none yet."""
        lag = self.quirks.stale_seconds
        if lag <= 0:
            return row
        for changed, before in self._former.get((kind, row["uuid"]), ()):
            if changed > self._seconds() - lag:
                return before
        return row

    def find(self, kind: str, number: str) -> Row | None:
        """Give a case, document or decision by its number; capitals make no difference."""
        found = self.store.by(kind, "identificatie", number.strip().lower())
        return found[0] if found else None
