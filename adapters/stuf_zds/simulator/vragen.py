"""Questions (Lv01), and their answers (La01): what of what there is was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.kit.simulator import Row
from adapters.stuf_zds import names
from adapters.stuf_zds.names import ENTITEITTYPE, NIL, SCOPE, ZKN, Operation, q
from adapters.stuf_zds.xml import Element, add, child, text

from .beeld import Beeld
from .reading import ONTVANGEND, Reader, Tree, read_scope
from .shapes import Entity
from .system import System
from .waarden import Misshapen
from .weigering import Refusal, refuse, refuse_shape
from .wijziging import PASSING
from .writing import Asked, Writer
from .zaakvorm import BSL, EDC, ZAK

_STATUS: Final = {
    "gerelateerde": {"zkt.omschrijving": None, "volgnummer": None},
    "toelichting": None,
    "datumStatusGezet": None,
    "indicatieLaatsteStatus": None,
}
_CONTENT_MUST: Final = dict.fromkeys(
    ("identificatie", "creatiedatum", "titel", "formaat", "taal", "vertrouwelijkAanduiding",
     "auteur", "inhoud")
)  # fmt: skip
_BESLUIT: Final = dict.fromkeys(("identificatie", "datumBeslissing", "ingangsdatumWerking"))
KEYS: Final = dict.fromkeys(("identificatie", "omschrijving", "isVan"))


@dataclass(frozen=True, slots=True)
class Question:
    """What a service is asked about, and what its answer must have whatever was asked."""

    kind: str
    entity: Entity
    must: Mapping[str, Any]
    newest_first: bool = False


QUESTIONS: Final[Mapping[str, Question]] = {
    names.GEEF_ZAAKDETAILS.name: Question("zaak", ZAK, {"identificatie": None}),
    names.GEEF_ZAAKSTATUS.name: Question(
        "zaak", ZAK, {"identificatie": None, "heeft": _STATUS}, newest_first=True
    ),
    names.GEEF_LIJST_ZAAKDOCUMENTEN.name: Question(
        "zaak",
        ZAK,
        {
            "identificatie": None,
            "heeftRelevant": {"gerelateerde": {"identificatie": None}, "registratiedatum": None},
        },
    ),
    names.GEEF_LIJST_BESLUITEN.name: Question(
        "zaak", ZAK, {"identificatie": None, "leidtTot": {"gerelateerde": _BESLUIT}}
    ),
    names.GEEF_ZAAKDOCUMENT_LEZEN.name: Question("document", EDC, _CONTENT_MUST),
    names.GEEF_BESLUITDETAILS.name: Question(
        "besluit", BSL, {**_BESLUIT, "tijdvakGeldigheid": None, "isUitkomstVan": None}
    ),
}


class Vragen:
    """Answers questions."""

    def __init__(self, system: System, beeld: Beeld) -> None:
        self._system = system
        self._beeld = beeld

    def answer(self, operation: Operation, message: Element, reply: Element) -> None:
        """
        Write what was asked into a reply that has its stuurgegevens.

        Raises:
            Refusal: The question cannot be answered; or nothing was found, where that is a fault.
        """
        question = QUESTIONS[operation.name]
        selection = self._selection(message, question)
        most = int(text(child(message, "parameters", "maximumAantal")) or 15)
        found = list(self._select(question, selection))
        parameters = add(reply, q(ZKN, "parameters"))
        more = "true" if len(found) > most else "false"
        add(parameters, q(names.STUF, "indicatorVervolgvraag"), more)
        if not found:
            self._say_nothing_found(reply, question, selection)
            return
        asked = _joined(self._asked(message, question), question.must)
        antwoord = add(reply, q(ZKN, "antwoord"))
        writer = Writer(unsupported=frozenset(self._system.quirks.unsupported))
        for tree in found[:most]:
            shown = _with_status(tree, selection, newest_first=question.newest_first)
            writer.entity(antwoord, q(ZKN, "object"), question.entity, shown, asked)

    def _say_nothing_found(self, reply: Element, question: Question, wanted: Tree) -> None:
        match self._system.quirks.deviations.not_found:
            case "fault":
                number = wanted.get("identificatie", "")
                refuse(f"{question.kind} {number} onbekend", "StUF064")
            case "nil":
                nothing = add(add(reply, q(ZKN, "antwoord")), q(ZKN, "object"))
                nothing.set(ENTITEITTYPE, question.entity.type)
                nothing.set(NIL, "true")

    # -- selecting ---------------------------------------------------------------------------

    def _selection(self, message: Element, question: Question) -> Tree:
        if child(message, "vanaf") is not None or child(message, "totEnMet") is not None:
            refuse("vanaf en totEnMet worden niet ondersteund")
        equal = child(message, "gelijk")
        if equal is None:
            refuse_shape("gelijk ontbreekt")
        try:
            reader = Reader(strict=self._system.quirks.strict, notification=False)
            wanted = reader.entity(equal, question.entity)
        except Misshapen as error:
            refuse_shape(str(error))
        others = set(wanted) - {"identificatie", "heeft", ONTVANGEND}
        if others and not self._system.quirks.search:
            refuse_shape(f"gelijk: op {', '.join(sorted(others))} kan niet worden gezocht")
        if not wanted:
            refuse_shape("gelijk is leeg")
        return wanted

    def _select(self, question: Question, wanted: Tree) -> Iterator[Tree]:
        for row in self._rows(question, wanted):
            tree = self._show(question, row)
            if tree is not None:
                yield tree

    def _rows(self, question: Question, wanted: Tree) -> list[Row]:
        store = self._system.store
        if wanted.get(ONTVANGEND):
            row = store.get(question.kind, str(wanted[ONTVANGEND]))
            return [row] if row is not None else []
        if wanted.get("identificatie"):
            row = self._system.find(question.kind, str(wanted["identificatie"]))
            return [row] if row is not None else []
        sought = {name: value for name, value in wanted.items() if name != "heeft"}
        return [row for row in store.all(question.kind) if _matches(sought, row["gegevens"])]

    def _show(self, question: Question, row: Row) -> Tree | None:
        match question.kind:
            case "zaak":
                return self._beeld.zaak(row)
            case "document":
                return self._beeld.document(row)
            case _:
                return self._beeld.besluit(row)

    def _asked(self, message: Element, question: Question) -> Asked:
        scope = child(message, "scope")
        wanted = child(scope, "object")
        everything = scope is None or (wanted is not None and wanted.get(SCOPE) is not None)
        if everything:
            if self._system.quirks.keys_only and scope is None:
                return KEYS
            return dict.fromkeys(m.name for m in question.entity.members if m.name not in PASSING)
        if wanted is None:
            raise Refusal("StUF055", "scope heeft geen object")
        return read_scope(wanted) or {}


def _joined(asked: Asked, must: Asked) -> Asked:
    """Give what is asked and what must be there besides; `None` is all of it."""
    if asked is None or must is None:
        return None
    both = dict(asked)
    for name, inner in must.items():
        both[name] = _joined(asked[name], inner) if name in asked else inner
    return both


def _with_status(tree: Tree, wanted: Tree, *, newest_first: bool) -> Tree:
    """Give the statuses that were selected, in the order in which the service gives them."""
    statuses = tree.get("heeft", [])
    selected = {one.get("indicatieLaatsteStatus") for one in wanted.get("heeft", [])}
    if selected & {"J"}:
        statuses = [one for one in statuses if one["indicatieLaatsteStatus"] == "J"]
    if newest_first:
        statuses = statuses[::-1]
    return {**tree, "heeft": statuses} if statuses else tree


def _matches(wanted: Any, shown: Any) -> bool:
    """Tell whether all that is wanted is shown."""
    if isinstance(wanted, Mapping):
        told = {name: value for name, value in wanted.items() if not name.startswith("@")}
        return isinstance(shown, Mapping) and all(
            _matches(value, shown.get(name)) for name, value in told.items()
        )
    if isinstance(wanted, list):
        there = shown if isinstance(shown, list) else []
        return all(any(_matches(one, other) for other in there) for one in wanted)
    if isinstance(wanted, str) and isinstance(shown, str):
        return wanted.casefold() == shown.casefold()
    return bool(wanted == shown)
