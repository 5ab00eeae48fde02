"""Decisions: recorded with the case that led to them."""

from __future__ import annotations

from typing import Final, Protocol
from uuid import uuid4

from adapters.kit.simulator import Row, render_moment

from .reading import NIL, Tree
from .regels import added
from .shapes import Member, Relation
from .system import Cause, System
from .toets import check_typed
from .weigering import refuse, refuse_unknown
from .wijziging import Change, Mismatch, kept
from .zaakvorm import BSL
from .zaken import Zaken

MEMBERS: Final[list[Member]] = [
    member
    for member in BSL.members
    if not isinstance(member, Relation) or member.name == "isVastgelegdIn"
]


class Tells(Protocol):
    """Tells subscribers of a decision."""

    def besluit(self, row: Row, cause: Cause) -> None: ...


class Besluiten:
    """All decisions of one system; they are recorded and changed, never taken back."""

    def __init__(self, system: System, zaken: Zaken, tells: Tells) -> None:
        self._system = system
        self._zaken = zaken
        self._tells = tells

    def find(self, number: str) -> Row:
        """
        Give a decision by its number.

        Raises:
            Refusal: There is none.
        """
        found = self._system.find("besluit", number)
        if found is None:
            refuse_unknown(f"besluit {number} onbekend")
        return found

    def of(self, zaak: Row) -> list[Row]:
        """Give the decisions of a case, in order of arrival."""
        return self._system.store.by("besluit", "zaak", zaak["uuid"])

    def add(self, said: Tree, zaak: Row, cause: Cause) -> Row:
        """Record a decision; one without a number is given one."""
        tree = kept(said)
        tree.setdefault("identificatie", self._system.numbers.besluit())
        if self._system.find("besluit", tree["identificatie"]) is not None:
            refuse(f"besluit {tree['identificatie']} bestaat al")
        row: Row = {
            "uuid": str(uuid4()),
            "identificatie": tree["identificatie"],
            "gegevens": tree,
            "zaak": zaak["uuid"],
            "gemaakt": render_moment(self._system.clock.now()),
        }
        self._keep(row, cause)
        return row

    def add_to(self, zaak: Row, old: Tree | None, new: Tree, cause: Cause) -> int:
        """Record the decisions that a notification of a case tells of; returns how many."""
        found = [one for one in added(old, new, "leidtTot") if not one.get(NIL)]
        for item in found:
            self.add(item["gerelateerde"], zaak, cause)
        return len(found)

    def update(self, old: Tree | None, new: Tree, cause: Cause) -> None:
        """Change a decision."""
        row = self.find(str(new.get("identificatie") or ""))
        try:
            change = Change(check=self._system.quirks.check_old)
            tree = change.apply(MEMBERS, row["gegevens"], old, new)
        except Mismatch as error:
            refuse(f"oud komt niet overeen met de registratie: {error}")
        if tree != row["gegevens"]:
            self._keep({**row, "gegevens": tree}, cause)

    def _keep(self, row: Row, cause: Cause) -> None:
        if not cause.applicatie:
            check_typed(row["gegevens"], BSL, self._system.quirks)
        with self._system.store.transaction():
            self._system.keep("besluit", row)
            self._tells.besluit(row, cause)
