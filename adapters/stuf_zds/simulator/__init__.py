"""A case system of its own that speaks StUF-ZKN 3.10 by Zaak- en Documentservices 1.1 and 1.2."""

from adapters.kit.simulator import Fault, FaultKind, NotificationQuirks

from .server import Simulator, start
from .settings import Client, Deviations, Quirks, SimulatorSettings, Subscriber

__all__ = [
    "Client",
    "Deviations",
    "Fault",
    "FaultKind",
    "NotificationQuirks",
    "Quirks",
    "Simulator",
    "SimulatorSettings",
    "Subscriber",
    "start",
]
