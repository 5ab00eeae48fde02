"""What closing a zaak fills in: the end, and until when it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from adapters.kit.simulator import Row

from .errors import refuse_whole
from .system import System
from .times import Duration


def archive_data(system: System, zaak: Row, moment: datetime) -> dict[str, Any]:
    """
    Return the fields of a zaak that closes at *moment*, by its result's archive procedure.

    The end is the calendar day as written, offset and all; the term runs from the day in UTC,
    which is another one around midnight (recorded, 15).
    """
    day, utc_day = moment.date(), moment.astimezone(UTC).date()
    url = system.links.of("zaak", zaak["uuid"])
    resultaat = system.store.by("resultaat", "zaak", url)[0]
    resultaattype = system.links.find(resultaat["resultaattype"]) or {}
    nomination = zaak.get("archiefnominatie") or resultaattype.get("archiefnominatie") or None
    start = _start(system, zaak, utc_day, resultaattype.get("brondatumArchiefprocedure") or {})
    term = resultaattype.get("archiefactietermijn")
    action = Duration.parse(term).after(start).isoformat() if term and start else None
    return {
        "einddatum": day.isoformat(),
        "archiefnominatie": nomination,
        "archiefactiedatum": action,
        "startdatumBewaartermijn": start.isoformat() if start else None,
    }


def _start(system: System, zaak: Row, day: date, procedure: dict[str, Any]) -> date | None:
    """From when the term runs; None where the server cannot know, and closes all the same."""
    match procedure.get("afleidingswijze", "afgehandeld"):
        case "afgehandeld":
            return day
        case "termijn":
            return Duration.parse(procedure.get("procestermijn") or "P0D").after(day)
        case "hoofdzaak":
            parent = system.links.find(zaak["hoofdzaak"])
            if parent is None:
                refuse_whole("archiefactiedatum-error", "De zaak heeft geen hoofdzaak.")
            return _day(parent.get("einddatum"))
        case "ingangsdatum_besluit":
            return _latest(system, zaak, "ingangsdatum")
        case "vervaldatum_besluit":
            return _latest(system, zaak, "vervaldatum")
        case _:
            return None


def _latest(system: System, zaak: Row, field: str) -> date | None:
    besluiten = system.store.by("besluit", "zaak", system.links.of("zaak", zaak["uuid"]))
    return _day(max((b[field] for b in besluiten if b.get(field)), default=None))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
