"""Roles: what of the bridge runs in one process."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.settings import Settings
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class Roles:
    """What of the bridge runs in this process."""

    hub: bool
    agencies: tuple[AgencyId, ...]
    console: bool = False

    @property
    def told(self) -> str:
        """Say it to people."""
        hub, console = ["hub"] * self.hub, ["console"] * self.console
        return ", ".join([*hub, *(f"edge of {agency}" for agency in self.agencies), *console])


def all_roles(settings: Settings) -> Roles:
    """Everything in one process: the embedded default."""
    agencies = tuple(AgencyId(name) for name in settings.agencies)
    return Roles(hub=True, agencies=agencies, console=True)
