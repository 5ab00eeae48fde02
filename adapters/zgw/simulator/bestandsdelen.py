"""Parts of a large upload: planned by the server, received in any order, joined on unlock."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from adapters.kit.simulator import Row

from .errors import NotFound, refuse_whole
from .fields import Field
from .resource import Resource
from .system import Body, System


def plan_parts(system: System, document: str, size_bytes: int) -> None:
    """Make the parts of an upload of *size_bytes*; within a transaction."""
    part_size = system.settings.part_size_bytes
    for number, start in enumerate(range(0, size_bytes, part_size), 1):
        row = {
            "uuid": str(uuid4()),
            "document": document,
            "volgnummer": number,
            "omvang": min(part_size, size_bytes - start),
            "voltooid": False,
            "_file": None,
        }
        system.store.put("bestandsdeel", row)


def drop_parts(system: System, document: str) -> None:
    """Throw away the parts of an upload, and what was received of them; within a transaction."""
    for part in parts_of(system, document):
        system.store.remove("bestandsdeel", part["uuid"])
        system.store.on_commit(partial(system.files.discard, part["_file"]))


def parts_of(system: System, document: str) -> list[Row]:
    """The parts planned for a document, in order."""
    return system.store.by("bestandsdeel", "document", document)


def missing_parts(parts: list[Row]) -> bool:
    """Whether some part was not received yet."""
    return any(not part["voltooid"] for part in parts)


class Bestandsdeel(Resource):
    """A part of an upload."""

    kind = "bestandsdeel"
    api = "documenten"
    segment = "bestandsdelen"
    list_methods = ()
    detail_methods = ("PUT",)
    shows_uuid = False
    fields = (
        Field("volgnummer"),
        Field("omvang"),
        Field("voltooid"),
        Field("lock"),
    )

    def computed(self, row: Row) -> Body:
        document = self.system.links.find(row["document"]) or {"_lock": ""}
        return {"lock": document["_lock"]}

    def check_part(self, uuid: str, lock: str) -> Row:
        """Return the part that may be written with this *lock*."""
        part = self.row(uuid)
        document = self.system.links.find(part["document"])
        if document is None:
            raise NotFound
        if lock != document["_lock"]:
            refuse_whole("incorrect-lock-id", "Het lock ID is niet geldig")
        return part

    def receive(self, part: Row, name: str, size_bytes: int) -> Row:
        """Keep what was received for a part; a second time replaces the first."""
        if size_bytes != part["omvang"]:
            self.system.files.discard(name)
            reason = (
                "Het aangeleverde bestand heeft een afwijkende bestandsgrootte (volgens het "
                f"`omvang`-veld).Verwachting: {part['omvang']}b, ontvangen: {size_bytes}b"
            )
            refuse_whole("file-size", reason)
        former: Any = self.row(part["uuid"])["_file"]
        row = {**part, "voltooid": True, "_file": name}
        with self.system.store.transaction():
            self.system.store.put(self.kind, row)
        self.system.files.discard(former)
        return row
