"""The audit trail: who wrote what, as it was read and as it was written, per main object."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from adapters.kit.simulator import Clock, Store

from .access import Caller

SCHEMA: Final = """
create table if not exists audit (
  seq integer primary key, main text not null, uuid text not null, body text not null);
create index if not exists audit_main on audit (main, seq);
"""
_SHOWN: Final = {
    "create": "Object aangemaakt",
    "update": "Object bijgewerkt",
    "partial_update": "Object deels bijgewerkt",
    "destroy": "Object verwijderd",
}
_RESULT: Final = {"create": 201, "update": 200, "partial_update": 200, "destroy": 204}


@dataclass(frozen=True, slots=True)
class Change:
    """One write, ready to be put on record. `main`: the address of the zaak, document, besluit."""

    source: str
    main: str
    resource: str
    url: str
    action: str
    shown: str
    old: Any
    new: Any


class AuditTrail:
    """Kept in the database only: it grows with every write and is read seldom."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, change: Change, caller: Caller, explanation: str) -> None:
        entry = {
            "uuid": str(uuid4()),
            "bron": change.source,
            "applicatieId": caller.applicatie["uuid"] if caller.applicatie else "",
            "applicatieWeergave": caller.applicatie["label"] if caller.applicatie else "",
            "gebruikersId": caller.user_id,
            "gebruikersWeergave": caller.user_representation,
            "actie": change.action,
            "actieWeergave": _SHOWN[change.action],
            "resultaat": _RESULT[change.action],
            "hoofdObject": change.main,
            "resource": change.resource,
            "resourceUrl": change.url,
            "toelichting": explanation,
            "resourceWeergave": change.shown,
            "aanmaakdatum": self._clock.stamp(),
            "wijzigingen": {"oud": change.old, "nieuw": change.new},
        }
        sql = "insert into audit (main, uuid, body) values (?, ?, ?)"
        self._store.db.execute(sql, (change.main, entry["uuid"], json.dumps(entry)))

    def of(self, main: str) -> list[dict[str, Any]]:
        """All entries of one main object, oldest first."""
        sql = "select body from audit where main = ? order by seq"
        return [json.loads(body) for (body,) in self._store.db.execute(sql, (main,))]

    def forget(self, main: str) -> None:
        """A deleted object takes its trail along."""
        self._store.db.execute("delete from audit where main = ?", (main,))
