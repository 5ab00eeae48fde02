"""What people see of a case: gathered for the pages, and for players as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.kit.simulator import Row, render_moment
from adapters.stuf_zds.moments import moment_of

from .besluiten import Besluiten
from .catalogus import Unknown
from .documenten import Documenten
from .personen import shown
from .reading import Tree
from .statussen import current, in_order
from .system import System
from .zaken import Zaken, roles_of


class Toon:
    """Reads only, and always what holds now: people here do not lag behind."""

    def __init__(
        self, system: System, zaken: Zaken, documenten: Documenten, besluiten: Besluiten
    ) -> None:
        self._system = system
        self._zaken = zaken
        self._documenten = documenten
        self._besluiten = besluiten

    def find(self, key: str) -> Row | None:
        """Give a case by our key or by its number."""
        return self._system.store.get("zaak", key) or self._system.find("zaak", key)

    def line(self, row: Row) -> dict[str, Any]:
        """Show a case as one of many."""
        tree: Tree = row["gegevens"]
        now = current(tree)
        kind = tree["isVan"]["gerelateerde"]
        return {
            "uuid": row["uuid"],
            "nummer": tree["identificatie"],
            "titel": tree.get("omschrijving", ""),
            "zaaktype": kind["code"],
            "type": kind.get("omschrijving", kind["code"]),
            "status": now["gerelateerde"]["omschrijving"] if now else "",
            "statuscode": now["gerelateerde"]["code"] if now else "",
            "resultaat": tree.get("resultaat", {}).get("omschrijving", ""),
            "behandelaar": self._handler(tree),
            "gesloten": "einddatum" in tree,
        }

    def _handler(self, tree: Tree) -> str:
        staff = [
            shown(name, item) for name, item in roles_of(tree) if name == "heeftAlsUitvoerende"
        ]
        return str(staff[0]["naam"]) if staff else ""

    def whole(self, row: Row) -> dict[str, Any]:
        """Show all of a case."""
        tree: Tree = row["gegevens"]
        return {
            **self.line(row),
            "gegevens": tree,
            "statussen": [_status(item) for item in in_order(tree)],
            "rollen": [shown(name, item) for name, item in roles_of(tree)],
            "eigenschappen": dict(tree.get("extraElementen", ())),
            "documenten": [self.document(one) for one in self._documenten.of(row)],
            "besluiten": [one["gegevens"] for one in self._besluiten.of(row)],
            "notities": row["notities"],
            "overdracht": row["overdracht"],
            "sleutels": row["sleutels"],
        }

    def document(self, row: Row) -> dict[str, Any]:
        """Show a document of a case."""
        newest = row["versies"][-1] if row["versies"] else None
        return {
            **row["gegevens"],
            "uuid": row["uuid"],
            "versies": len(row["versies"]),
            "bestandsnaam": newest["bestandsnaam"] if newest else "",
            "omvang": newest["omvang"] if newest else None,
            "digest": newest["digest"] if newest else None,
            "slot": row["slot"]["door"] if row["slot"] else "",
        }

    def choices(self, row: Row | None) -> dict[str, Any]:
        """Show what can be chosen in the forms of a case."""
        catalogue = self._system.catalogue
        choices: dict[str, Any] = {
            "zaaktypen": [
                {"uuid": kind.code, "naam": kind.name} for kind in catalogue.case_types.values()
            ],
            "rollen": [{"uuid": name, "naam": name} for name in catalogue.roles],
        }
        if row is None:
            return choices
        try:
            kind = self._zaken.case_type(row)
        except Unknown:
            return choices
        held = dict(row["gegevens"].get("extraElementen", ()))
        names = dict.fromkeys([*kind.properties, *held])
        allowed = kind.document_types or tuple(catalogue.document_types)
        return {
            **choices,
            "statustypen": [{"uuid": str(s.number), "naam": s.name} for s in kind.statuses],
            "resultaattypen": [{"uuid": name, "naam": name} for name in kind.results],
            "documenttypen": [
                {"uuid": code, "naam": catalogue.document_types.get(code, code)} for code in allowed
            ],
            "velden": [
                {
                    "naam": n,
                    "waarde": held.get(n, ""),
                    "keuzes": _with(catalogue.choices(n), held.get(n, "")),
                }
                for n in names
            ],
        }


def _with(choices: Sequence[str], value: str) -> list[str]:
    """Give the choices of a property, and what it holds beside them; none: it takes any word."""
    return [*choices, *([value] if value and value not in choices else [])] if choices else []


def _status(item: Tree) -> dict[str, Any]:
    step = item["gerelateerde"]
    by = item.get("isGezetDoor", {}).get("gerelateerde", {})
    return {
        "nummer": step["volgnummer"],
        "code": step["code"],
        "naam": step["omschrijving"],
        "op": render_moment(moment_of(item["datumStatusGezet"]).at),
        "toelichting": item.get("toelichting", ""),
        "door": next((str(who.get("identificatie", "")) for who in by.values()), ""),
    }
