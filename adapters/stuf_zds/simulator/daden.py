"""
What people do in their case system, one deed each; pages and players do the same ones.

Each takes a case and what was typed, and refuses as any message would be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

from adapters.kit.simulator import Party, Row, render_moment

from .besluiten import Besluiten
from .documenten import Documenten
from .overdracht import Overdracht
from .personen import party, role, typed
from .reading import Tree
from .stand import FIELDS, Stand
from .system import Cause, Data, Deed, System
from .toon import Toon
from .verbanden import Verbanden
from .zaken import Zaken


class Daden:
    """The deeds, by their names."""

    def __init__(
        self,
        system: System,
        zaken: Zaken,
        documenten: Documenten,
        besluiten: Besluiten,
        overdracht: Overdracht,
        agency: Party,
    ) -> None:
        self.system = system
        self.documenten = documenten
        self.overdracht = overdracht
        self.toon = Toon(system, zaken, documenten, besluiten)
        self._zaken = zaken
        self._besluiten = besluiten
        name = str(agency.get("name", system.agency))
        self._own = party("organisatorischeEenheid", system.agency, name)
        staff = {str(one["id"]): str(one["name"]) for one in agency.get("staff", ())}
        self._stand = Stand(system, zaken, staff)
        self._deeds: Mapping[str, Deed] = {
            **self._stand.deeds,
            **Verbanden(zaken, system.catalogue, staff).deeds,
            "besluit": self._decide,
            "notitie": self._note,
            "overdragen": self._hand_over,
            "melden": self._tell_again,
            "weg": self._remove,
        }

    def names(self) -> list[str]:
        """Give what can be done."""
        return sorted(self._deeds)

    def has(self, name: str) -> bool:
        """Tell whether this can be done."""
        return name in self._deeds

    def do(self, name: str, row: Row, data: Data, cause: Cause) -> None:
        """Do it, wholly or not at all."""
        with self.system.store.transaction():
            self._deeds[name](row, data, cause)

    def cause(self, data: Data, user: str = "") -> Cause:
        """Tell who does something, and whether it was never otherwise."""
        who = str(data.get("by") or user)
        return Cause(who, correction=bool(data.get("correctie")))

    # -- beginning ---------------------------------------------------------------------------

    def new(self, data: Data, cause: Cause) -> Row:
        """
        Take in a case.

        The agency itself stands for who asked, where nobody is named; and it is to be done within
        the term of its kind.
        """
        today = self.system.clock.today().isoformat()
        tree: Tree = {
            "identificatie": data.get("identificatie") or self.system.numbers.zaak(),
            "startdatum": today,
            "registratiedatum": today,
            "zaakniveau": "1",
            "deelzakenIndicatie": "N",
            **{name: str(data[name]) for name in FIELDS if data.get(name)},
            "isVan": {"gerelateerde": {"code": str(data.get("zaaktype", ""))}},
        }
        self._set_term(tree)
        who = data.get("initiator") or {}
        asked = typed(who) if who else self._own
        tree["heeftAlsInitiator"] = [role(self._initiator(), asked, who.get("extra"))]
        tree["extraElementen"] = [
            [naam, str(value)] for naam, value in (data.get("eigenschappen") or {}).items()
        ]
        with self.system.store.transaction():
            row = self._zaken.create(tree, cause)
            first = {"nummer": "1"} if self._zaken.case_type(row).statuses else None
            status = data.get("status") or first
            if status:
                given = status if isinstance(status, Mapping) else {"code": status}
                self._stand.status(row, given, cause)
        return self._again(row)

    def _set_term(self, tree: Tree) -> None:
        kind = self.system.catalogue.case_types.get(tree["isVan"]["gerelateerde"]["code"])
        if kind is not None and kind.lead_days is not None:
            try:
                begins = date.fromisoformat(tree["startdatum"])
            except ValueError:
                return  # refused where the case is made
            ends = begins + timedelta(days=kind.lead_days)
            tree.setdefault("uiterlijkeEinddatum", ends.isoformat())

    def _initiator(self) -> str:
        words = self.system.catalogue
        named = (role for role in words.roles if words.relation_of(role) == "heeftAlsInitiator")
        return next(named, "Initiator")

    def _again(self, row: Row) -> Row:
        return self._zaken.find({"identificatie": row["identificatie"]})

    # -- beside it ---------------------------------------------------------------------------

    def _decide(self, row: Row, data: Data, cause: Cause) -> None:
        day = str(data.get("datum") or self.system.clock.today().isoformat())
        said = {
            "bst.omschrijving": str(data.get("soort") or "Besluit"),
            "datumBeslissing": day,
            "ingangsdatumWerking": str(data.get("ingangsdatum") or day),
            "toelichting": str(data.get("toelichting") or "") or None,
        }
        self._besluiten.add(said, row, cause)

    def _note(self, row: Row, data: Data, cause: Cause) -> None:
        """Write a note. It stays in this system: no message of StUF has a place for it."""
        note = {
            "uuid": str(uuid4()),
            "onderwerp": str(data.get("onderwerp") or "Notitie"),
            "tekst": str(data.get("tekst") or ""),
            "door": cause.gebruiker,
            "op": render_moment(self.system.clock.now()),
        }
        self._zaken.remember(row, notities=[*row["notities"], note])

    def _hand_over(self, row: Row, data: Data, cause: Cause) -> None:
        self.overdracht.ask(row, str(data.get("aan", "")), str(data.get("melding", "")))

    def _tell_again(self, row: Row, data: Data, cause: Cause) -> None:
        self._zaken.tell_again(row, cause)

    def _remove(self, row: Row, data: Data, cause: Cause) -> None:
        self._zaken.remove(row, cause)
