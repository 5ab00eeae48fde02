"""What every role of a process stands on."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.broker import Broker
from bridge.clock import Now
from bridge.metrics.meters import Meters
from bridge.presence import process_name
from bridge.rules import RulesFolder
from bridge.settings import Settings
from bridge.store import Store
from contracts.envelope import source_of


@dataclass(frozen=True, slots=True)
class Ground:
    """What every role of a process stands on: one store, one broker, the rules in force."""

    settings: Settings
    store: Store
    broker: Broker
    rules: RulesFolder
    now: Now
    process: str = field(default_factory=process_name)
    meters: Meters = field(default_factory=Meters)

    @property
    def source(self) -> str:
        """Say who sends our messages."""
        return source_of(self.settings.oin, "casebridge")
