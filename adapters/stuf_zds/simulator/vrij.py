"""Free messages that are answered at once (Di02): numbers, and documents under a lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.kit.simulator import Row
from adapters.stuf_zds import names
from adapters.stuf_zds.envelope import Stuurgegevens
from adapters.stuf_zds.names import ENTITEITTYPE, FUNCTIE, STUF, ZKN, Operation, Profile, q
from adapters.stuf_zds.xml import Element, add, child, children, text

from .asynchroon import Done
from .beeld import Beeld
from .documenten import Documenten
from .reading import Reader, Tree
from .stem import Stem
from .system import Cause, System
from .waarden import Misshapen
from .weigering import refuse_shape
from .writing import Writer
from .zaakvorm import EDC

_DOCUMENT: Final = dict.fromkeys(
    ("identificatie", "dct.omschrijving", "creatiedatum", "ontvangstdatum", "titel",
     "beschrijving", "formaat", "taal", "versie", "status", "vertrouwelijkAanduiding", "auteur",
     "link", "inhoud")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One free message, and how it is answered."""

    operation: Operation
    profile: Profile
    message: Element
    told: Stuurgegevens
    cause: Cause

    @property
    def inner(self) -> str:
        return self.operation.inner(self.profile)


Answer = Callable[[Asked], tuple[Element, Done | None]]
"""Gives the reply, and what was done where something was."""


class Vrij:
    """Answers free messages."""

    def __init__(self, system: System, documenten: Documenten, beeld: Beeld, stem: Stem) -> None:
        self._system = system
        self._documenten = documenten
        self._beeld = beeld
        self._stem = stem
        self._answers: Mapping[Operation, Answer] = {
            names.GENEREER_ZAAK_IDENTIFICATIE: self._zaak_number,
            names.GENEREER_DOCUMENT_IDENTIFICATIE: self._document_number,
            names.GENEREER_BESLUIT_IDENTIFICATIE: self._besluit_number,
            names.GEEF_ZAAKDOCUMENT_BEWERKEN: self._check_out,
            names.UPDATE_ZAAKDOCUMENT: self._check_in,
            names.CANCEL_CHECKOUT: self._cancel,
            names.ONTKOPPEL_ZAAKDOCUMENT: self._unlink,
        }

    def answer(self, asked: Asked) -> tuple[Element, Done | None]:
        """
        Do what is asked, and give the reply.

        Raises:
            Refusal: It cannot be done.
        """
        return self._answers[asked.operation](asked)

    # -- numbers -----------------------------------------------------------------------------

    def _zaak_number(self, asked: Asked) -> tuple[Element, Done | None]:
        return self._number(asked, "zaak", "ZAK", self._system.numbers.zaak())

    def _document_number(self, asked: Asked) -> tuple[Element, Done | None]:
        return self._number(asked, "document", "EDC", self._system.numbers.document())

    def _besluit_number(self, asked: Asked) -> tuple[Element, Done | None]:
        return self._number(asked, "besluit", "BSL", self._system.numbers.besluit())

    def _number(
        self, asked: Asked, name: str, entity: str, number: str
    ) -> tuple[Element, Done | None]:
        reply = self._begin(asked)
        attributes = {ENTITEITTYPE: entity, FUNCTIE: "entiteit"}
        made = add(reply, q(asked.inner, name), None, attributes)
        add(made, q(ZKN, "identificatie"), number)
        return reply, Done(f"/nummers/{number}")

    # -- documents ---------------------------------------------------------------------------

    def _check_out(self, asked: Asked) -> tuple[Element, Done | None]:
        number = text(child(asked.message, "edcLv01", "gelijk", "identificatie"))
        who = asked.cause.gebruiker or asked.cause.applicatie
        row = self._documenten.lock(number, who)
        reply = self._begin(asked)
        parameters = add(reply, q(asked.inner, "parameters"))
        add(parameters, q(asked.inner, "checkedOutId"), row["slot"]["id"])
        add(parameters, q(asked.inner, "checkedOutBy"), who)
        inside = {ENTITEITTYPE: "EDC", FUNCTIE: "antwoord"}
        answer = add(reply, q(asked.inner, "edcLa01"), None, inside)
        about = add(answer, q(ZKN, "parameters"))
        add(about, q(STUF, "indicatorAfnemerIndicatie"), "false")
        shown = self._beeld.document(row) or {}
        place = add(answer, q(ZKN, "antwoord"))
        Writer().entity(place, q(ZKN, "object"), EDC, shown, _DOCUMENT)
        return reply, _done(row, "slot")

    def _check_in(self, asked: Asked) -> tuple[Element, Done | None]:
        update = child(asked.message, "edcLk02")
        objects = [] if update is None else list(children(update, "object"))
        said = [self._entity(one) for one in objects]
        if not said:
            refuse_shape("object ontbreekt")
        old = said[0] if len(said) == 2 else None
        state = text(child(asked.message, "parameters", "versioningState"))
        self._documenten.update(_lock(asked), old, said[-1], state, asked.cause)
        row = self._documenten.find(said[-1]["identificatie"])
        return self._stem.acknowledge(asked.told, "Bv02"), _done(row, "inhoud")

    def _cancel(self, asked: Asked) -> tuple[Element, Done | None]:
        number = text(child(asked.message, "document", "identificatie"))
        self._documenten.unlock(number, _lock(asked))
        return self._stem.acknowledge(asked.told, "Bv02"), Done(f"/documenten/{number}", ("slot",))

    def _unlink(self, asked: Asked) -> tuple[Element, Done | None]:
        update = child(asked.message, "edcLk02")
        objects = [] if update is None else list(children(update, "object"))
        if not objects:
            refuse_shape("object ontbreekt")
        # Of what went, the old object tells; the new one says that it is gone.
        said = self._entity(objects[0])
        self._documenten.unlink(said, asked.cause)
        row = self._documenten.find(str(said["identificatie"]))
        return self._stem.acknowledge(asked.told, "Bv02"), _done(row, "isRelevantVoor")

    def _begin(self, asked: Asked) -> Element:
        return self._stem.begin(asked.operation, asked.profile, asked.told)

    def _entity(self, element: Element) -> Tree:
        try:
            return Reader(strict=self._system.quirks.strict).entity(element, EDC)
        except Misshapen as error:
            refuse_shape(str(error))


def _lock(asked: Asked) -> str:
    return text(child(asked.message, "parameters", "checkedOutId"))


def _done(row: Row, *changed: str) -> Done:
    return Done(f"/documenten/{row['identificatie']}", changed)
