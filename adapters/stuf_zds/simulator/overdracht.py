"""
Handing over the treatment of a case (ZDS 1.2): asking another system, and being asked.

Who is asked answers later, in a message of its own; a case is never moved by this.
"""

from __future__ import annotations

from typing import Protocol
from uuid import uuid4

from adapters.kit.simulator import Row, render_moment
from adapters.stuf_zds.envelope import Stuurgegevens

from .system import System
from .weigering import refuse
from .zaken import Zaken

ACCEPTED = "Overdracht geaccepteerd"
DECLINED = "Overdracht geweigerd"


class Asks(Protocol):
    """Brings both messages to the other system."""

    def overdragen(self, zaak: Row, to: str, melding: str) -> str: ...

    def overdracht_beantwoorden(self, aanbod: Row, antwoord: str) -> None: ...


class Overdracht:
    """Remembers who was asked, who asked, and what came of it."""

    def __init__(self, system: System, zaken: Zaken, asks: Asks) -> None:
        self._system = system
        self._zaken = zaken
        self._asks = asks

    def ask(self, zaak: Row, to: str, melding: str) -> None:
        """Ask a subscriber to take over a case."""
        if zaak["overdracht"] and not zaak["overdracht"]["antwoord"]:
            refuse("de overdracht van deze zaak is al gevraagd")
        with self._system.store.transaction():
            reference = self._asks.overdragen(zaak, to, melding)
            asked = {"aan": to, "melding": melding, "referentie": reference, "antwoord": ""}
            self._zaken.remember(zaak, overdracht=asked)

    def answered(self, reference: str, answer: str) -> None:
        """Take the answer to what we asked by this reference."""
        found = self._system.store.by("zaak", "overdracht", reference)
        if not found:
            refuse("dit antwoord hoort bij geen overdracht", "StUF043")
        if answer not in (ACCEPTED, DECLINED):
            refuse("antwoord ontbreekt of is onbekend", "StUF055")
        asked = {**found[0]["overdracht"], "antwoord": answer}
        self._zaken.remember(found[0], overdracht=asked)

    def offered(self, said: dict[str, str], told: Stuurgegevens) -> None:
        """Keep what another system asks until somebody here decides."""
        self._system.keep(
            "aanbod",
            {
                "uuid": str(uuid4()),
                **said,
                "van": told.sender.applicatie if told.sender else "",
                "referentie": told.reference,
                "antwoord": "",
                "op": render_moment(self._system.clock.now()),
            },
        )

    def decide(self, uuid: str, *, accept: bool) -> None:
        """Tell who asked whether we take over."""
        aanbod = self._system.store.get("aanbod", uuid)
        if aanbod is None or aanbod["antwoord"]:
            refuse("dit aanbod is er niet meer")
        answer = ACCEPTED if accept else DECLINED
        with self._system.store.transaction():
            self._asks.overdracht_beantwoorden(aanbod, answer)
            self._system.keep("aanbod", {**aanbod, "antwoord": answer})
