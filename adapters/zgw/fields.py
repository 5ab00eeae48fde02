"""The registers of a case that are plain members of the zaak: one table, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from adapters.zgw.native import Zaak
from contracts.case import Archive, Extension, Suspension

Read = Callable[[Zaak], Any]
Write = Callable[[JsonValue], Any]


@dataclass(frozen=True, slots=True)
class Member:
    """
    One member of the zaak.

    Attributes:
        native: Its name in a body.
        read: Gives the value of our field; ``None`` is empty.
        write: Gives what goes into a body.
    """

    native: str
    read: Read
    write: Write


def _text(attribute: str) -> Read:
    return lambda zaak: getattr(zaak, attribute) or None


def _as_text(value: JsonValue) -> Any:
    # A text, a code or an RSIN is emptied by ""; null there is refused.
    return "" if value is None else str(value)


def _as_date(value: JsonValue) -> Any:
    return value


def _suspension(zaak: Zaak) -> Suspension | None:
    active = bool(zaak.opschorting.get("indicatie"))
    reason = str(zaak.opschorting.get("reden") or "")
    # Null, absent and all-empty are one value: servers differ in which of them they show.
    return Suspension(active=active, reason=reason) if active or reason else None


def _as_suspension(value: JsonValue) -> Any:
    found = Suspension.model_validate(value) if value is not None else Suspension(active=False)
    # A group goes whole: a required member left out is 400, also in a PATCH.
    return {"indicatie": found.active, "reden": found.reason}


def _extension(zaak: Zaak) -> Extension | None:
    reason, duration = zaak.verlenging.get("reden"), zaak.verlenging.get("duur")
    return Extension(reason=reason or "", duration=duration or "") if reason or duration else None


def _as_extension(value: JsonValue) -> Any:
    if value is None:
        return None
    found = Extension.model_validate(value)
    return {"reden": found.reason, "duur": found.duration}


def archive(zaak: Zaak) -> Archive | None:
    """Give what becomes of the record; the archivist's ground, so only shown."""
    if zaak.archiefnominatie is None and zaak.archiefactiedatum is None:
        return None
    return Archive(nomination=zaak.archiefnominatie, action_date=zaak.archiefactiedatum)


WRITABLE: Final[Mapping[str, Member]] = {
    "title": Member("omschrijving", _text("omschrijving"), _as_text),
    "explanation": Member("toelichting", _text("toelichting"), _as_text),
    "participant": Member(
        "opdrachtgevendeOrganisatie", _text("opdrachtgevende_organisatie"), _as_text
    ),
    "start": Member("startdatum", _text("startdatum"), _as_date),
    "planned_end": Member("einddatumGepland", _text("einddatum_gepland"), _as_date),
    "deadline": Member(
        "uiterlijkeEinddatumAfdoening", _text("uiterlijke_einddatum_afdoening"), _as_date
    ),
    "suspension": Member("opschorting", _suspension, _as_suspension),
    "extension": Member("verlenging", _extension, _as_extension),
    "confidentiality": Member(
        "vertrouwelijkheidaanduiding", _text("vertrouwelijkheidaanduiding"), _as_text
    ),
}
"""Field → member; a change of one is part of the PATCH."""

CREATABLE: Final[Mapping[str, Member]] = {
    "registered": Member("registratiedatum", _text("registratiedatum"), _as_date),
}
"""Members that are given when the case is made, and left alone after."""

READABLE: Final[Mapping[str, Read]] = {
    "number": _text("identificatie"),
    "end": _text("einddatum"),
    "archive": archive,
    "payment": _text("betalingsindicatie"),
    **{field: member.read for field, member in {**WRITABLE, **CREATABLE}.items()},
}

NATIVE_NAMES: Final[Mapping[str, str]] = {
    member.native: field for field, member in {**WRITABLE, **CREATABLE}.items()
}
"""Member → field; for what an audit trail or a refusal names."""


def registers(zaak: Zaak) -> dict[str, Any]:
    """Give the registers that the zaak itself holds."""
    return {field: read(zaak) for field, read in READABLE.items()}
