"""What the pages show, gathered from the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.kit.simulator import Row
from adapters.kit.simulator.pages import page_of

from .errors import ApiError
from .system import System

NAMES: Final = (
    "voornamen",
    "voorletters",
    "voorvoegselGeslachtsnaam",
    "voorvoegselAchternaam",
    "geslachtsnaam",
    "achternaam",
    "statutaireNaam",
    "naam",
)


class Views:
    """Reads only; every method returns the values of one template."""

    def __init__(self, system: System) -> None:
        self._system = system

    def overview(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Cases, newest first, whose number or title holds what is looked for."""
        rows = self._system.store.all("zaak")[::-1]
        shown, values = page_of(rows, query, _searched)
        return values | {"zaken": [self._line(row) for row in shown]}

    def _line(self, zaak: Row) -> dict[str, Any]:
        return {
            "uuid": zaak["uuid"],
            "nummer": zaak["identificatie"],
            "titel": zaak["omschrijving"],
            "type": self._find(zaak["zaaktype"]).get("omschrijving", ""),
            "status": self._status_name(zaak),
            "resultaat": self._result_name(zaak),
            "behandelaar": self._handler(zaak),
            "gesloten": zaak["einddatum"] is not None,
        }

    def _find(self, url: str | None) -> Row:
        return self._system.links.find(url) or {}

    def _of(self, kind: str, zaak: Row) -> list[Row]:
        return self._system.store.by(kind, "zaak", self._system.url("zaak", zaak["uuid"]))

    def _status_name(self, zaak: Row) -> str:
        url = self._system.resource("zaak").render(zaak)["status"]
        status = self._find(url)
        return str(self._find(status.get("statustype")).get("omschrijving", ""))

    def _result_name(self, zaak: Row) -> str:
        for resultaat in self._of("resultaat", zaak):
            resultaattype = self._find(resultaat["resultaattype"])
            return str(resultaattype.get("toelichting") or resultaattype.get("omschrijving", ""))
        return ""

    def _handler(self, zaak: Row) -> str:
        for role in self._of("rol", zaak):
            if role["omschrijvingGeneriek"] == "behandelaar":
                return self._name(role)
        return ""

    def _name(self, role: Row) -> str:
        identity = role["betrokkeneIdentificatie"] or {}
        found = [str(identity[name]) for name in NAMES if identity.get(name)]
        return " ".join(found) or str(identity.get("identificatie", ""))

    # -- one case ----------------------------------------------------------------------------

    def blank(self) -> dict[str, Any]:
        """Values of the form for a new case: the published case types, by name."""
        types = [row for row in self._system.store.all("zaaktype") if not row["concept"]]
        chosen = [{"uuid": t["uuid"], "naam": t["omschrijving"]} for t in types]
        today = self._system.clock.today().isoformat()
        return {"zaaktypen": sorted(chosen, key=lambda t: t["naam"]), "vandaag": today}

    def case(self, uuid: str) -> dict[str, Any] | None:
        """Everything about one case; None where there is none."""
        zaak = self._system.store.get("zaak", uuid)
        if zaak is None:
            return None
        return {
            "zaak": zaak,
            "kop": self._line(zaak),
            "statussen": self._statuses(zaak),
            "rollen": self._roles(zaak),
            "eigenschappen": self._properties(zaak),
            "documenten": self._documents(zaak),
            "notities": self._of("zaaknotitie", zaak),
            "objecten": self._of("zaakobject", zaak),
            "besluiten": self._of("besluit", zaak),
            "statustypen": self._choices("statustype", zaak, "omschrijving"),
            "resultaattypen": self._choices("resultaattype", zaak, "toelichting"),
            "roltypen": self._choices("roltype", zaak, "omschrijving"),
            "documenttypen": self._document_types(zaak),
        }

    def _choices(self, kind: str, zaak: Row, name: str) -> list[dict[str, Any]]:
        rows = self._system.store.by(kind, "zaaktype", zaak["zaaktype"])
        rows = sorted(rows, key=lambda row: row.get("volgnummer") or 0)
        return [{"uuid": row["uuid"], "naam": row[name] or row["omschrijving"]} for row in rows]

    def _statuses(self, zaak: Row) -> list[dict[str, Any]]:
        rows = self._system.resource("status").in_order(self._of("status", zaak))
        return [
            {
                "naam": self._find(row["statustype"]).get("omschrijving", ""),
                "op": row["datumStatusGezet"],
                "toelichting": row["statustoelichting"],
            }
            for row in rows
        ]

    def _roles(self, zaak: Row) -> list[dict[str, Any]]:
        return [
            {
                "rol": row["omschrijving"],
                "naam": self._name(row),
                "toelichting": row["roltoelichting"],
            }
            for row in self._of("rol", zaak)
        ]

    def _properties(self, zaak: Row) -> list[dict[str, Any]]:
        """Every property of the case type, with its value where it has one."""
        held = {row["eigenschap"]: row["waarde"] for row in self._of("zaakeigenschap", zaak)}
        found = []
        for row in self._system.store.by("eigenschap", "zaaktype", zaak["zaaktype"]):
            url = self._system.url("eigenschap", row["uuid"])
            values = row["specificatie"].get("waardenverzameling", [])
            value = held.get(url, "")
            found.append(
                {
                    "uuid": row["uuid"],
                    "naam": row["naam"],
                    "waarde": value,
                    "keuzes": [*values, *([value] if value and value not in values else [])]
                    if values
                    else [],
                }
            )
        return found

    def _documents(self, zaak: Row) -> list[dict[str, Any]]:
        found = []
        for link in self._of("zaakinformatieobject", zaak):
            document = self._find(link["informatieobject"])
            if document:
                kind = self._find(document["informatieobjecttype"])
                found.append({**document, "type": _document_type(kind), "slot": document["_lock"]})
        return found

    def _document_types(self, zaak: Row) -> list[dict[str, str]]:
        rows = self._system.store.by("zaaktypeinformatieobjecttype", "zaaktype", zaak["zaaktype"])
        kinds = [self._find(row["informatieobjecttype"]) for row in rows]
        return [{"uuid": kind["uuid"], "naam": _document_type(kind)} for kind in kinds if kind]

    def version(self, uuid: str, versie: str) -> Row | None:
        """One version of a document; None where there is none."""
        documents: Any = self._system.resource("enkelvoudiginformatieobject")
        try:
            found: Row = documents.version(uuid, versie, None)
        except ApiError:
            return None
        return found


def _document_type(kind: Row) -> str:
    words = kind.get("trefwoord") or []
    return str(words[0] if words else kind.get("omschrijving", ""))


def _searched(zaak: Row) -> str:
    return f"{zaak['identificatie']} {zaak['omschrijving']}"
