"""A ZGW case system of its own, behaving as Open Zaak 1.30 and Open Notificaties 1.16 did."""

from adapters.kit.simulator import Fault, FaultKind, NotificationQuirks

from .server import Simulator, start
from .settings import (
    BRIDGE_SCOPES,
    Client,
    Features,
    Quirks,
    SimulatorSettings,
    two_clients,
)

__all__ = [
    "BRIDGE_SCOPES",
    "Client",
    "Fault",
    "FaultKind",
    "Features",
    "NotificationQuirks",
    "Quirks",
    "Simulator",
    "SimulatorSettings",
    "start",
    "two_clients",
]
