"""What a simulator is started with, and what can be switched while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from adapters.kit.simulator import NotificationQuirks

BRIDGE_SCOPES = (
    "zaken.lezen",
    "zaken.aanmaken",
    "zaken.bijwerken",
    "zaken.geforceerd-bijwerken",
    "zaken.heropenen",
    "zaken.statussen.toevoegen",
    "documenten.lezen",
    "documenten.aanmaken",
    "documenten.bijwerken",
    "documenten.lock",
    "besluiten.lezen",
    "besluiten.aanmaken",
    "besluiten.bijwerken",
    "catalogi.lezen",
    "audittrails.lezen",
    "autorisaties.lezen",
    "notificaties.consumeren",
)
"""What a bridge asks for: no deletion, no forced unlock, no publishing."""


@dataclass(frozen=True, slots=True)
class Client:
    """
    A client that may sign tokens.

    `scopes` None means all rights; otherwise these scopes on every type of every catalogue, up
    to the highest confidentiality. `has_application` False: the secret is known, but no rights
    are attached to it until an applicatie is made through the API.
    """

    client_id: str
    secret: str = field(repr=False)
    label: str = ""
    scopes: tuple[str, ...] | None = None
    has_application: bool = True
    may_subscribe: bool = True
    """Known at the Notificaties API too, which keeps clients of its own."""


@dataclass(frozen=True, slots=True)
class Features:
    """What this system can do; switched off it resembles an older one, or another supplier's."""

    expand: bool = True
    kenmerk_filter: bool = True
    page_size: bool = True
    zaaknotities: bool = True
    audit_trail: bool = True
    rol_put: bool = True
    reserve_number: bool = True
    compound: bool = True
    laatst_gemuteerd: bool = True
    ranges: bool = False
    """A part of a document's content can be asked for, as behind a proxy that serves the files."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """
    Behaviour of the real server that a client must survive.

    `lost_update_seconds`: how long a write takes between reading and writing. A PATCH of a zaak
    writes the whole row it read; two creations with one key end in one 201 and a 500. 0 is off.
    `wrong_not_modified`: the ETag of a zaak made or patched through the API stays what it was
    when first asked, whatever its children do, until the next PATCH or a restart.
    """

    lost_update_seconds: float = 0.0
    wrong_not_modified: bool = False
    notifications: NotificationQuirks = field(default_factory=NotificationQuirks)
    features: Features = Features()


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """
    How to start a simulator.

    `data_dir` None keeps everything in memory (documents in a folder that is removed). With a
    folder all is kept across a kill. `catalogue` is read only into a data folder that holds no
    catalogue yet. `public_url` is the address written into answers, where a gateway stands
    before this one.
    """

    clients: tuple[Client, ...]
    agency: str = "odru"
    data_dir: Path | None = None
    catalogue: Path | None = None
    parties: Path | None = None
    """Names, RSIN, units and staff of agencies; beside the catalogue when None."""
    rsin: str | None = None
    """Overrides the RSIN found in `parties`."""
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    part_size_bytes: int = 4 * 1024**3
    quirks: Quirks = Quirks()
    seed: int = 0
    """Of the chances in notifications and faults."""
    shutdown_seconds: float = 2.0


def two_clients(bridge_secret: str, staff_secret: str) -> tuple[Client, ...]:
    """Return the usual clients: the bridge, and the people who work in this system."""
    return (
        Client("casebridge", bridge_secret, "Casebridge", BRIDGE_SCOPES),
        Client("medewerker", staff_secret, "Zaaksysteem"),
    )
