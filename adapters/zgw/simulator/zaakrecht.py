"""What a caller may do with a zaak and with what hangs on it."""

from __future__ import annotations

from typing import Final

from adapters.kit.simulator import Row

from .access import Caller
from .errors import Denied, ZaakClosed

READ: Final = "zaken.lezen"
CREATE: Final = "zaken.aanmaken"
UPDATE: Final = "zaken.bijwerken"
FORCE: Final = "zaken.geforceerd-bijwerken"
STATUS: Final = "zaken.statussen.toevoegen"
REOPEN: Final = "zaken.heropenen"
DELETE: Final = "zaken.verwijderen"
_CLOSED: Final = "Modifying a closed case with current scope is forbidden"
_NO_REOPENING: Final = (
    "Het heropenen van een gesloten zaak is niet toegestaan zonder de scope zaken.heropenen"
)
_ONE_STATUS: Final = "Met de 'zaken.aanmaken' scope mag je slechts 1 status zetten"


def is_closed(zaak: Row) -> bool:
    """Whether the zaak has its end status."""
    return zaak.get("einddatum") is not None


def may_read(caller: Caller, zaak: Row) -> bool:
    """Whether *caller* sees the zaak, by type and confidentiality."""
    level = zaak["vertrouwelijkheidaanduiding"]
    return caller.may(READ, type_url=zaak["zaaktype"], level=level)


def permit_read(caller: Caller, zaak: Row) -> None:
    """Refuse reading a zaak without the right to."""
    if not may_read(caller, zaak):
        raise Denied


def permit_change(caller: Caller, zaak: Row) -> None:
    """A change of the zaak itself. Confidentiality is not looked at here (recorded, 08)."""
    caller.need(UPDATE, FORCE, type_url=zaak["zaaktype"])
    if is_closed(zaak) and not caller.may(FORCE, type_url=zaak["zaaktype"]):
        raise Denied(_CLOSED)


def permit_child(caller: Caller, zaak: Row, *, creating: bool) -> None:
    """A change of something that hangs on the zaak; some may come with its creation."""
    scopes = (CREATE, UPDATE, FORCE) if creating else (UPDATE, FORCE)
    caller.need(*scopes, type_url=zaak["zaaktype"])
    if is_closed(zaak) and not caller.may(FORCE, type_url=zaak["zaaktype"]):
        raise ZaakClosed


def permit_status(caller: Caller, zaak: Row, *, has_status: bool) -> None:
    """A further status, the first one, or one that reopens."""
    of_type = zaak["zaaktype"]
    caller.need(CREATE, STATUS, REOPEN, FORCE, type_url=of_type)
    further = caller.may(STATUS, type_url=of_type) or caller.may(REOPEN, type_url=of_type)
    if has_status and not further and not caller.may(FORCE, type_url=of_type):
        raise Denied(_ONE_STATUS)
    if is_closed(zaak) and not caller.may(REOPEN, type_url=of_type):
        raise Denied(_NO_REOPENING)
