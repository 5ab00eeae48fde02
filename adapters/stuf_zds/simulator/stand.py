"""What people do to how a case stands: its fields, status, result, properties, its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from adapters.kit.simulator import Row
from adapters.stuf_zds.moments import moment_of, say_moment

from .personen import party
from .reading import Tree
from .statussen import current
from .system import Cause, Data, Deed, System
from .weigering import refuse
from .wijziging import kept
from .zaken import Zaken

FIELDS: Final = (
    "omschrijving", "toelichting", "startdatum", "registratiedatum", "publicatiedatum",
    "einddatumGepland", "uiterlijkeEinddatum", "einddatum", "betalingsIndicatie",
    "laatsteBetaaldatum", "archiefnominatie", "datumVernietigingDossier", "zaakniveau",
)  # fmt: skip


class Stand:
    """These deeds, by their names. `staff`: the names of those who work here, by their ids."""

    def __init__(self, system: System, zaken: Zaken, staff: Mapping[str, str]) -> None:
        self._system = system
        self._zaken = zaken
        self._staff = staff
        self.deeds: Mapping[str, Deed] = {
            "velden": self._fields,
            "status": self.status,
            "resultaat": self._result,
            "sluiten": self._close,
            "eigenschap": self._property,
            "kenmerk": self._reference,
            "opschorten": self._suspend,
            "hervatten": self._resume,
            "verlengen": self._extend,
        }

    def _fields(self, row: Row, data: Data, cause: Cause) -> None:
        values = {name: str(data[name] or "") or None for name in FIELDS if name in data}
        self._zaken.replace(row, values, cause)

    def status(self, row: Row, data: Data, cause: Cause) -> Row:
        """Put a case in a status, given by its number, code or name."""
        wanted = {
            "volgnummer": str(data.get("nummer") or data.get("statustype") or "") or None,
            "code": data.get("code"),
            "omschrijving": data.get("naam"),
        }
        moment = _moment(str(data["op"])) if data.get("op") else self._later_than_all(row)
        item: Tree = {
            "gerelateerde": {name: value for name, value in wanted.items() if value},
            "datumStatusGezet": say_moment(moment),
        }
        if data.get("toelichting"):
            item["toelichting"] = str(data["toelichting"])
        if cause.gebruiker:
            name = self._staff.get(cause.gebruiker, cause.gebruiker)
            item["isGezetDoor"] = {"gerelateerde": party("medewerker", cause.gebruiker, name)}
        return self._zaken.set_status(row, item, cause)

    def _later_than_all(self, row: Row) -> datetime:
        """Give now; or, where the clock stands still, the moment after the newest status."""
        now, newest = self._system.clock.now(), current(row["gegevens"])
        if newest is None:
            return now
        return max(now, moment_of(newest["datumStatusGezet"]).at + timedelta(milliseconds=1))

    def _result(self, row: Row, data: Data, cause: Cause) -> Row:
        result = {n: str(data[n]) for n in ("toelichting",) if data.get(n)}
        if data.get("resultaat"):
            result["omschrijving"] = str(data["resultaat"])
        return self._zaken.replace(row, {"resultaat": result or None}, cause)

    def _close(self, row: Row, data: Data, cause: Cause) -> None:
        row = self._result(row, data, cause)
        final = next((s for s in self._zaken.case_type(row).statuses if s.final), None)
        if final is None:
            refuse("dit zaaktype kent geen eindstatus")
        self.status(row, {"nummer": str(final.number)}, cause)

    def _property(self, row: Row, data: Data, cause: Cause) -> None:
        naam, value = str(data.get("naam", "")), str(data.get("waarde", "")).strip()
        if not naam:
            refuse("eigenschap heeft geen naam")
        now = row["gegevens"].get("extraElementen", [])
        others = [one for one in now if one[0] != naam]
        values = [*others, [naam, value]] if value else others
        if sorted(values) != sorted(now):
            self._zaken.replace(row, {"extraElementen": values}, cause)

    def _reference(self, row: Row, data: Data, cause: Cause) -> None:
        one = {"kenmerk": str(data.get("kenmerk", "")), "bron": str(data.get("bron", ""))}
        now = row["gegevens"].get("kenmerk", [])
        others = [each for each in now if each != one]
        values = others if data.get("weg") else [*others, one]
        self._zaken.replace(row, {"kenmerk": values}, cause)

    def _suspend(self, row: Row, data: Data, cause: Cause) -> None:
        stands = {"indicatie": "J", "reden": str(data.get("reden", ""))[:200]}
        self._zaken.replace(row, {"opschorting": kept(stands)}, cause)

    def _resume(self, row: Row, data: Data, cause: Cause) -> None:
        self._zaken.replace(row, {"opschorting": {"indicatie": "N"}}, cause)

    def _extend(self, row: Row, data: Data, cause: Cause) -> None:
        days = str(data.get("dagen") or "")
        if not days.isdecimal():
            refuse("het aantal dagen ontbreekt of is geen getal")
        longer = {"duur": days, "reden": str(data.get("reden", ""))[:200]}
        values: Tree = {"verlenging": longer}
        if row["gegevens"].get("verlenging") == longer:
            return
        if deadline := row["gegevens"].get("uiterlijkeEinddatum"):
            later = date.fromisoformat(deadline) + timedelta(days=int(days))
            values["uiterlijkeEinddatum"] = later.isoformat()
        self._zaken.replace(row, values, cause)


def _moment(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed)
    except ValueError:
        refuse("het moment is geen datum met tijd")
