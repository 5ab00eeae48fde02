"""How this system speaks: its name, its references, its clock; acknowledgements and faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from adapters.stuf_zds.envelope import Stuurgegevens, Systeem, acknowledgement, add_stuurgegevens
from adapters.stuf_zds.fo import fault_of, soap_fault
from adapters.stuf_zds.moments import Clock
from adapters.stuf_zds.names import Operation, Profile
from adapters.stuf_zds.xml import Element, root

from .nummers import Numbers
from .settings import Deviations
from .weigering import Refusal

ASYNCHRONOUS: Final = frozenset({"Lk01", "Di01", "Du01", "Bv01", "Bv03", "Fo01", "Fo03"})
_LONG: Final = 65


class Stem:
    """Makes stuurgegevens of our own, and the messages that consist of little else."""

    def __init__(
        self,
        systeem: Systeem,
        numbers: Numbers,
        now: Callable[[], datetime],
        deviations: Callable[[], Deviations],
    ) -> None:
        self.systeem = systeem
        self._numbers = numbers
        self._now = now
        self._deviations = deviations
        self._clock = Clock()

    def speak(
        self, code: str, to: Systeem, *, entity: str = "", functie: str = "", cross: str = ""
    ) -> Stuurgegevens:
        """Give those of a message that nobody asked for."""
        return Stuurgegevens(
            code=code,
            sender=self.systeem,
            receiver=to,
            reference=self._reference(),
            at=self._clock.tick(self._now()),
            cross=cross,
            entity=entity,
            functie=functie,
        )

    def _reference(self) -> str:
        reference = self._numbers.reference()
        return reference.ljust(_LONG, "0") if self._deviations().long_reference else reference

    def answer(self, told: Stuurgegevens | None, code: str) -> Stuurgegevens:
        """Give those of the answer to a message."""
        if told is None or told.sender is None:
            return self.speak(code, Systeem("onbekend"))
        back = self.speak(code, told.sender, cross=told.reference)
        return replace(back, sender=told.receiver or self.systeem)

    def begin(self, operation: Operation, profile: Profile, told: Stuurgegevens) -> Element:
        """Begin the message that answers a question or a request."""
        reply = root(operation.answer(profile))
        said = replace(
            self.answer(told, operation.reply),
            entity=operation.entity.upper(),
            functie=operation.functie,
        )
        add_stuurgegevens(reply, said, operation.inner(profile))
        return reply

    def acknowledge(self, told: Stuurgegevens, code: str) -> Element:
        """Make a Bv message in answer to a message."""
        return acknowledgement(self.answer(told, code))

    def fault(self, told: Stuurgegevens | None, refusal: Refusal, code: str) -> Element:
        """
        Make the SOAP fault that answers a message of this berichtcode.

        Some systems tell a fault in the words of asynchronous messages, whatever was asked.
        """
        kind = "Fo03" if code in ASYNCHRONOUS or self._deviations().fo03_on_questions else "Fo02"
        said = fault_of(refusal.code, refusal.details, told=self.answer(told, kind))
        return soap_fault(kind, said)
