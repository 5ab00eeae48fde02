"""What our account may, where the system lets us ask."""

from __future__ import annotations

from typing import Any, Final

import structlog

from adapters.zgw.client import Client
from adapters.zgw.problems import Refused
from contracts.errors import Denied, NotFound, Unreachable

log = structlog.get_logger(__name__)

NEEDED: Final = (
    "zaken.lezen",
    "zaken.aanmaken",
    "zaken.bijwerken",
    "zaken.statussen.toevoegen",
    "documenten.lezen",
    "documenten.aanmaken",
    "documenten.bijwerken",
    "documenten.lock",
    "catalogi.lezen",
)
"""Without these a bridge cannot do its work."""

WELCOME: Final = ("audittrails.lezen", "zaken.heropenen", "besluiten.lezen")
"""Without these it works, and says what it cannot."""

TOO_MUCH: Final = ("zaken.verwijderen", "catalogi.schrijven")
"""Asked of nobody."""

FORCES: Final = "documenten.geforceerd-unlock"
"""Releases a lock whose id we never heard; and makes every unlock a forced one, whosever it is."""


async def check(client: Client, client_id: str) -> None:
    """
    Compare our rights with what is needed, where they can be read.

    Raises:
        Denied: Some are missing; the message names them.
    """
    if "autorisaties" not in client.addresses:
        return
    try:
        query = {"clientId": client_id}
        answer = await client.get("autorisaties", "applicaties/consumer", query)
    except (Refused, NotFound, Unreachable) as error:
        # Reading them needs a right of its own, and not every supplier serves this.
        log.info("rights_not_readable", code=error.code)
        return
    if not isinstance(answer.body, dict) or answer.body.get("heeftAlleAutorisaties"):
        log.warning("account_holds_all_rights")
        return
    held = _scopes(answer.body)
    if missing := [scope for scope in NEEDED if scope not in held]:
        msg = f"our account {client_id!r} lacks these rights: {', '.join(missing)}"
        raise Denied(msg, code="permission_denied")
    for scope in WELCOME:
        if scope not in held:
            log.warning("right_missing", scope=scope)
    if FORCES in held:
        gives = "locks whose id never came are released; but no unlock of ours is checked any more"
        log.warning("right_forces_unlocks", scope=FORCES, gives=gives)
    for scope in TOO_MUCH:
        if scope in held:
            log.warning("right_too_much", scope=scope)


def _scopes(applicatie: dict[str, Any]) -> set[str]:
    given = applicatie.get("autorisaties")
    found = [one.get("scopes") or () for one in given or () if isinstance(one, dict)]
    return {str(scope) for scopes in found for scope in scopes}
