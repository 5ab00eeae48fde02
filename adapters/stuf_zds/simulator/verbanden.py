"""What people do to who and what a case is about: parties, staff, objects, other cases."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kit.simulator import Row

from .catalogus import Catalogue
from .partijvorm import OBJECTS
from .personen import party, role, typed
from .reading import Tree
from .system import Cause, Data, Deed
from .weigering import refuse
from .zaken import Zaken, roles_of


class Verbanden:
    """These deeds, by their names. `staff`: the names of those who work here, by their ids."""

    def __init__(self, zaken: Zaken, catalogue: Catalogue, staff: Mapping[str, str]) -> None:
        self._zaken = zaken
        self._catalogue = catalogue
        self._staff = staff
        self.deeds: Mapping[str, Deed] = {
            "betrokkene": self._add_party,
            "betrokkene-weg": self._drop_party,
            "behandelaar": self._assign,
            "object": self._object,
            "gerelateerd": self._related,
        }

    def _add_party(self, row: Row, data: Data, cause: Cause) -> None:
        name = str(data.get("rol") or "")
        relation = self._catalogue.relation_of(name)
        item = role(name, typed(data), data.get("extra"))
        now = row["gegevens"].get(relation, [])
        if item not in now:
            self._zaken.replace(row, {relation: [*now, item]}, cause)

    def _drop_party(self, row: Row, data: Data, cause: Cause) -> None:
        name, number = str(data.get("rol") or ""), str(data.get("nummer") or "")
        for relation, item in roles_of(row["gegevens"]):
            related: Tree = next(iter(item["gerelateerde"].values()), {})
            if item.get("omschrijving") == name and number in related.values():
                left = [one for one in row["gegevens"][relation] if one is not item]
                self._zaken.replace(row, {relation: left}, cause)
                return
        refuse("deze betrokkene is er niet")

    def _assign(self, row: Row, data: Data, cause: Cause) -> None:
        """Make somebody of the staff play a role, in the place of who did."""
        name, who = str(data.get("rol") or "Behandelaar"), str(data.get("persoon") or "")
        person = party("medewerker", who, str(data.get("naam") or self._staff.get(who, who)))
        relation = self._catalogue.relation_of(name)
        now = row["gegevens"].get(relation, [])
        others = [
            one for one in now
            if "medewerker" not in one["gerelateerde"] or one.get("omschrijving") != name
        ]  # fmt: skip
        self._zaken.replace(row, {relation: [*others, role(name, person)]}, cause)

    def _object(self, row: Row, data: Data, cause: Cause) -> None:
        kind = str(data.get("soort") or "")
        if kind not in OBJECTS:
            refuse(f"soort object onbekend: {kind}")
        item: Tree = {"gerelateerde": {kind: data.get("gegevens") or {}}}
        if data.get("omschrijving"):
            item["omschrijving"] = str(data["omschrijving"])
        now = row["gegevens"].get("heeftBetrekkingOp", [])
        if item not in now:
            self._zaken.replace(row, {"heeftBetrekkingOp": [*now, item]}, cause)

    def _related(self, row: Row, data: Data, cause: Cause) -> None:
        other = self._zaken.find({"identificatie": str(data.get("identificatie", ""))})
        relation = "heeftAlsDeelzaak" if data.get("deelzaak") else "heeftBetrekkingOpAndere"
        item = {"gerelateerde": {"identificatie": other["identificatie"]}}
        now = row["gegevens"].get(relation, [])
        if item not in now:
            self._zaken.replace(row, {relation: [*now, item]}, cause)
