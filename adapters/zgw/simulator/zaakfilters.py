"""Query parameters of the list of zaken."""

from __future__ import annotations

from typing import Any, Final

from adapters.kit.simulator import Row

from .fields import CONFIDENTIALITY
from .filters import BadValue, Filter, contains, days, equal, is_null, one_of, refers
from .system import System

ZAAK_ORDERINGS: Final = (
    "startdatum",
    "einddatum",
    "publicatiedatum",
    "archiefactiedatum",
    "registratiedatum",
    "identificatie",
)


def _children(system: System, kind: str, row: Row) -> list[Row]:
    return system.store.by(kind, "zaak", system.links.of("zaak", row["uuid"]))


def _role(*path: str, of_type: str | None = None) -> Filter:
    """Zaken with a role in which the value stands at *path*."""

    def holds(system: System, row: Row, value: Any) -> bool:
        for role in _children(system, "rol", row):
            found: Any = role
            for step in path:
                found = (found or {}).get(step)
            if found == value and of_type in (None, role["betrokkeneType"]):
                return True
        return False

    return Filter(lambda system, value: system.links.inward(value), holds)


def _generic_role() -> Filter:
    def holds(system: System, row: Row, value: Any) -> bool:
        types = (system.links.find(role["roltype"]) for role in _children(system, "rol", row))
        return any((roltype or {}).get("omschrijvingGeneriek") == value for roltype in types)

    return Filter(lambda _, value: value, holds)


def _mark() -> Filter:
    def read(_: System, value: str) -> str:
        bron, colon, kenmerk = value.partition(":")
        if not colon:
            raise BadValue
        return f"{bron}\x00{kenmerk}"

    def holds(_: System, row: Row, value: Any) -> bool:
        return value in (f"{k['bron']}\x00{k['kenmerk']}" for k in row["kenmerken"])

    return Filter(read, holds, "kenmerk")


def _statustype() -> Filter:
    def holds(system: System, row: Row, value: Any) -> bool:
        statuses = _children(system, "status", row)
        latest = max(statuses, key=lambda s: str(s["datumStatusGezet"]), default=None)
        return latest is not None and latest["statustype"] == value

    return Filter(lambda system, value: system.links.inward(value), holds)


def _highest_confidentiality() -> Filter:
    def read(_: System, value: str) -> int:
        if value not in CONFIDENTIALITY:
            raise BadValue("Selecteer een geldige keuze.", "invalid_choice")
        return CONFIDENTIALITY.index(value)

    def holds(_: System, row: Row, value: Any) -> bool:
        return bool(CONFIDENTIALITY.index(row["vertrouwelijkheidaanduiding"]) <= value)

    return Filter(read, holds)


def _result() -> Filter:
    def holds(system: System, row: Row, value: Any) -> bool:
        return any(r["resultaattype"] == value for r in _children(system, "resultaat", row))

    return Filter(lambda system, value: system.links.inward(value), holds)


_PERSON: Final = "natuurlijk_persoon"
_NO_PERSON: Final = "niet_natuurlijk_persoon"
_BI: Final = "betrokkeneIdentificatie"
_ROL: Final = "rol__betrokkeneIdentificatie"

ZAAK_FILTERS: Final[dict[str, Filter]] = {
    "identificatie": equal("identificatie", index=True),
    "identificatie__icontains": contains("identificatie"),
    "bronorganisatie": equal("bronorganisatie"),
    "bronorganisatie__in": one_of("bronorganisatie"),
    "omschrijving": contains("omschrijving"),
    "zaaktype": refers("zaaktype", must_exist=True),
    "zaaktype__omschrijving": Filter(
        lambda _, value: value,
        lambda system, row, value: (
            (system.links.find(row["zaaktype"]) or {}).get("omschrijving") == value
        ),
    ),
    "archiefnominatie": equal("archiefnominatie"),
    "archiefnominatie__in": one_of("archiefnominatie"),
    "archiefstatus": equal("archiefstatus"),
    "archiefstatus__in": one_of("archiefstatus"),
    **days("archiefactiedatum", "gt", "lt"),
    "archiefactiedatum__isnull": is_null("archiefactiedatum"),
    **days("einddatum", "gt", "lt"),
    "einddatum__isnull": is_null("einddatum"),
    **days("einddatumGepland", "gt", "lt"),
    **days("registratiedatum", "gt", "lt"),
    **days("startdatum", "gt", "gte", "lt", "lte"),
    **days("uiterlijkeEinddatumAfdoening", "gt", "lt"),
    "kenmerk": _mark(),
    "kenmerk__bron": Filter(
        lambda _, value: value,
        lambda _, row, value: any(k["bron"] == value for k in row["kenmerken"]),
    ),
    "maximaleVertrouwelijkheidaanduiding": _highest_confidentiality(),
    "status__statustype": _statustype(),
    "resultaat__resultaattype": _result(),
    "rol__betrokkeneType": _role("betrokkeneType"),
    "rol__betrokkene": _role("betrokkene"),
    "rol__omschrijvingGeneriek": _generic_role(),
    "rol__machtiging": _role("indicatieMachtiging"),
    f"{_ROL}__medewerker__identificatie": _role(_BI, "identificatie", of_type="medewerker"),
    f"{_ROL}__organisatorischeEenheid__identificatie": _role(
        _BI, "identificatie", of_type="organisatorische_eenheid"
    ),
    **{
        f"{_ROL}__natuurlijkPersoon__{name}": _role(_BI, name, of_type=_PERSON)
        for name in ("anpIdentificatie", "inpA_nummer", "inpBsn")
    },
    **{
        f"{_ROL}__nietNatuurlijkPersoon__{name}": _role(_BI, name, of_type=_NO_PERSON)
        for name in ("annIdentificatie", "innNnpId", "kvkNummer", "vestigingsNummer")
    },
    **{
        f"{_ROL}__vestiging__{name}": _role(_BI, name, of_type="vestiging")
        for name in ("kvkNummer", "vestigingsNummer")
    },
}
