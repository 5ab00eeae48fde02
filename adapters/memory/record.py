"""What a memory system keeps of one case, and what it says when it does not do as asked."""

from __future__ import annotations

from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from contracts.case import COLLECTIONS, Cells, path_of, record_type, split_path

NATURAL: Final = frozenset({"status_history", "roles", "properties", "objects", "related"})
"""Fields whose items have a key by nature; to all others the system gives keys of its own."""

Authors = dict[str, tuple[str, AwareDatetime]]
"""By path: who changed it last, and when."""


class StoredCase(BaseModel):
    """
    One case as the system keeps it.

    Attributes:
        version: Grows with every change; guards a write.
        place: Where its last change stands in the feed of changes.
        references: What applications call it, by application; ours is one among them.
        extras: What the system shows beside what a Case can carry, by place.
        origins: By path of an item: the key under which whoever added it knows it.
        authors: By path: who changed it last, and when.
        lock: Who holds it.
    """

    model_config = ConfigDict(extra="forbid")

    ref: str
    cells: dict[str, JsonValue]
    created: AwareDatetime
    version: int = 1
    place: int = 0
    references: dict[str, str] = {}
    extras: dict[str, str] = {}
    origins: dict[str, str] = {}
    authors: Authors = {}
    lock: str | None = None
    is_deleted: bool = False

    def items(self, field: str) -> list[tuple[str, Any]]:
        """Give the items of a field with their paths, in the order in which they came."""
        return [(path, value) for path, value in self.cells.items() if path.startswith(field + "/")]

    def current(self, path: str) -> JsonValue:
        """Give what stands at *path*; ``None`` for empty, and for no such item."""
        return self.cells.get(path)


def field_of(path: str) -> str:
    """Give the field of *path*, and see to it that an item's path has a key."""
    field, key = split_path(path)
    if bool(key) != (field in COLLECTIONS):
        msg = f"{path!r} names {'a field with items' if not key else 'an item of a register'}"
        raise ValueError(msg)
    return field


def key_in(field: str, item: Cells) -> str:
    """Give the key that an item has by nature."""
    return str(item["at"] if field == "status_history" else item["key"])


def whole(field: str, value: Cells) -> dict[str, JsonValue]:
    """Give a record with all its members; those that were left out as they are by default."""
    return record_type(field).model_validate(value).model_dump(mode="json")


def keyed(field: str, item: Cells, key: str) -> tuple[str, dict[str, JsonValue]]:
    """Give the path and the value of *item* under *key*."""
    value = dict(item)
    if field != "status_history":
        value["key"] = key
    return path_of(field, key), value


class SystemSays(Exception):
    """Base of what the system answers when it does not do as asked."""


class NoSuchCase(SystemSays):
    """It knows no such case, or does not tell that there was one."""


class CaseDeleted(NoSuchCase):
    """It had this case."""


class CaseLocked(SystemSays):
    """Somebody else holds the case."""


class CaseChanged(SystemSays):
    """The case is not at the version that was given."""


class Refused(SystemSays):
    """It does not take this value."""


class AlreadyCreated(SystemSays):
    """A case was created with this key before."""

    def __init__(self, ref: str) -> None:
        super().__init__("er is al een zaak met deze sleutel")
        self.ref = ref
