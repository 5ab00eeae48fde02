"""What comes in to be done (Lk01, Di01), and what is told to us later (Du01, Bv, Fo)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.stuf_zds import names
from adapters.stuf_zds.envelope import Stuurgegevens
from adapters.stuf_zds.names import Operation
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import Element, child, children, text

from .besluiten import Besluiten
from .documenten import Documenten
from .overdracht import Overdracht
from .reading import NIL, Reader, Tree
from .shapes import Entity
from .system import Cause, System
from .waarden import Misshapen
from .weigering import refuse, refuse_shape
from .zaakvorm import BSL, EDC, ZAAK_KERN, ZAK
from .zaken import Zaken


@dataclass(frozen=True, slots=True)
class Notification:
    """What a notification tells: of one object, or of what it was and what it is."""

    sort: Mutatiesoort
    old: Tree | None
    new: Tree


@dataclass(frozen=True, slots=True)
class Done:
    """What a message did, for the access log: to what, and to which of its elements."""

    what: str
    changed: tuple[str, ...] = ()


Handle = Callable[[Element, Stuurgegevens, Cause], Done]


class Asynchroon:
    """Does what asynchronous messages ask."""

    def __init__(
        self,
        system: System,
        zaken: Zaken,
        documenten: Documenten,
        besluiten: Besluiten,
        overdracht: Overdracht,
    ) -> None:
        self._system = system
        self._zaken = zaken
        self._documenten = documenten
        self._besluiten = besluiten
        self._overdracht = overdracht
        self._handlers: Mapping[Operation, Handle] = {
            names.CREEER_ZAAK: self._create,
            names.UPDATE_ZAAK: self._update,
            names.ACTUALISEER_ZAAKSTATUS: self._status,
            names.VOEG_ZAAKDOCUMENT_TOE: self._add_document,
            names.MAAK_ZAAKDOCUMENT: self._announce_document,
            names.VOEG_BESLUIT_TOE: self._add_decision,
            names.UPDATE_BESLUIT: self._update_decision,
            names.OVERDRAGEN_ZAAK: self._offered,
            names.OVERDRAGEN_ZAAK_ANTWOORD: self._handed_over,
        }

    def takes(self, operation: Operation) -> bool:
        """Tell whether this is one of ours."""
        return operation in self._handlers

    def do(self, operation: Operation, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        """
        Do what a message asks.

        Raises:
            Refusal: It cannot be done.
        """
        return self._handlers[operation](message, told, cause)

    # -- cases -------------------------------------------------------------------------------

    def _create(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        said = self._read(message, ZAK, _ADDED)
        row = self._zaken.create(said.new, cause)
        self._besluiten.add_to(row, None, said.new, cause)
        return Done(_path("zaken", said.new), tuple(n for n in said.new if not n.startswith("@")))

    def _update(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        said = self._read(message, ZAK, _CHANGED)
        return self._changed(said, cause)

    def _status(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        # A status that is added is now and then told as an addition; of the status, not the case.
        said = self._read(message, ZAK, _CHANGED if self._system.quirks.strict else _ANY)
        if not any(not one.get(NIL) for one in said.new.get("heeft", ())):
            refuse_shape("heeft ontbreekt")
        return self._changed(said, cause)

    def _changed(self, said: Notification, cause: Cause) -> Done:
        row = self._zaken.find(said.new, cause.applicatie)
        changed = self._zaken.update(row, said.old, said.new, cause)
        if self._besluiten.add_to(row, said.old, said.new, cause):
            changed.append("leidtTot")
        return Done(f"/zaken/{row['identificatie']}", tuple(changed))

    # -- documents and decisions -------------------------------------------------------------

    def _add_document(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        said = self._read(message, EDC, _ADDED)
        self._documenten.add(said.new, cause, needs_content=True)
        return Done(_path("documenten", said.new), ("inhoud",))

    def _announce_document(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        said = self._read(message, EDC, _ADDED)
        self._documenten.add(said.new, cause, needs_content=False)
        return Done(_path("documenten", said.new))

    def _add_decision(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        besluit = child(message, "object", "besluit")
        zaak = child(message, "object", "zaak")
        if besluit is None or zaak is None:
            refuse_shape("besluit of zaak ontbreekt")
        said = self._entity(besluit, BSL)
        row = self._zaken.find(self._entity(zaak, ZAAK_KERN), cause.applicatie)
        made = self._besluiten.add(said, row, cause)
        return Done(f"/besluiten/{made['identificatie']}")

    def _update_decision(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        said = self._read(message, BSL, _CHANGED)
        self._besluiten.update(said.old, said.new, cause)
        return Done(_path("besluiten", said.new))

    def _offered(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        case = child(message, "object")
        said = {
            "identificatie": text(child(case, "identificatie")),
            "zaaktype": text(child(case, "isVan", "gerelateerde", "omschrijving")),
            "melding": text(child(message, "melding")),
        }
        if not said["identificatie"] or not said["zaaktype"]:
            refuse_shape("object heeft geen identificatie of zaaktype")
        self._overdracht.offered(said, told)
        return Done("/aanbod", ("overdracht",))

    def _handed_over(self, message: Element, told: Stuurgegevens, cause: Cause) -> Done:
        number = text(child(message, "object", "identificatie"))
        answer = text(child(message, "object", "antwoord"))
        self._overdracht.answered(told.cross, answer)
        return Done(f"/zaken/{number}", ("overdracht",))

    # -- reading -----------------------------------------------------------------------------

    def _read(
        self, message: Element, entity: Entity, wanted: frozenset[Mutatiesoort]
    ) -> Notification:
        strict = self._system.quirks.strict
        sort = _sort(message, next(iter(wanted)) if len(wanted) == 1 else None)
        if sort is Mutatiesoort.VERWIJDERING:
            refuse("verwijderen van buitenaf kan niet")
        if sort not in wanted:
            refuse_shape(f"mutatiesoort {sort} hoort niet bij dit bericht")
        objects = [self._entity(one, entity) for one in children(message, "object")]
        most = 2 if sort.has_old_and_new else 1
        if not objects or len(objects) > most or (strict and len(objects) != most):
            refuse_shape(f"bij mutatiesoort {sort} horen {most} objecten")
        return Notification(sort, objects[0] if len(objects) == 2 else None, objects[-1])

    def _entity(self, element: Element, entity: Entity) -> Tree:
        quirks = self._system.quirks
        reader = Reader(strict=quirks.strict, long_codes=quirks.deviations.long_codes)
        try:
            return reader.entity(element, entity)
        except Misshapen as error:
            refuse_shape(str(error))


_ADDED: Final = frozenset({Mutatiesoort.TOEVOEGING})
_CHANGED: Final = frozenset(sort for sort in Mutatiesoort if sort.has_old_and_new)
_ANY: Final = _ADDED | _CHANGED


def _sort(message: Element, usual: Mutatiesoort | None) -> Mutatiesoort:
    said = text(child(message, "parameters", "mutatiesoort")).upper()
    if not said and usual is not None:
        return usual
    try:
        return Mutatiesoort(said)
    except ValueError:
        refuse_shape("mutatiesoort ontbreekt of is onbekend")


def _path(kind: str, said: Tree) -> str:
    return f"/{kind}/{said.get('identificatie', '')}"
