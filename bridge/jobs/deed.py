"""Deeds: what a person asks of cases, and which operations that is on each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import JsonValue, TypeAdapter

from bridge.engine.link import Link
from bridge.engine.operate import Choose, Operation, Recreate, Resume, Skip, Unlink
from bridge.engine.parked import CASE, Parked, Reason
from bridge.jobs.errors import NotToBeDone
from bridge.store.matters import matter_of
from contracts.case import split_path
from contracts.ids import AgencyId

Place = tuple[AgencyId, str]
"""A path on one side of a Link."""


class DeedKind(StrEnum):
    """What can be asked."""

    RESUME = "resume"
    CHOOSE = "choose"
    SKIP = "skip"
    RECREATE = "recreate"
    UNLINK = "unlink"
    SWEEP = "sweep"
    """Look again, whatever was or was not announced."""


DANGEROUS: Final = frozenset({DeedKind.CHOOSE, DeedKind.SKIP, DeedKind.RECREATE, DeedKind.UNLINK})
"""What cannot be taken back by looking again: it asks a reason."""


@dataclass(frozen=True, slots=True)
class Deed:
    """
    What a person asks of some cases.

    Attributes:
        matter: Only what waits for this.
        agency: Only at this agency.
        path: Only this field.
        value: For *choose*: in shared terms.
    """

    kind: DeedKind
    matter: str | None = None
    agency: AgencyId | None = None
    path: str | None = None
    value: JsonValue = None

    def __post_init__(self) -> None:
        if self.kind is DeedKind.CHOOSE and self.value is None:
            msg = "choose needs the value that is to hold, in shared terms"
            raise NotToBeDone(msg)

    def places(self, link: Link) -> dict[Place, Parked]:
        """Give what waits at a Link, and is meant."""
        return {
            (agency, path): parked
            for agency, side in link.sides.items()
            for path, parked in side.parked.items()
            if self.agency in (None, agency)
            and self.path in (None, path)
            and self.matter in (None, matter_of(agency, path, parked).id)
            and not self._would_make_a_second(parked)
        }

    def _would_make_a_second(self, parked: Parked) -> bool:
        """Tell whether a case may be there that nobody who asks for this has looked for."""
        is_named = self.matter is not None or self.path == CASE
        return self.kind is DeedKind.RESUME and parked.reason is Reason.AMBIGUOUS and not is_named

    def operations(self, link: Link, *, by: str, reason: str) -> list[Operation]:
        """
        Give what is to be done with one Link.

        Raises:
            NotToBeDone: Nothing of it is meant, or not enough was said.
        """
        if self.kind is DeedKind.UNLINK:
            return [Unlink(by, reason)]
        places = self.places(link)
        if not places:
            msg = "nothing of this case waits for that any more"
            raise NotToBeDone(msg)
        match self.kind:
            case DeedKind.RESUME:
                return [Resume(by, reason, agency, path) for agency, path in places]
            case DeedKind.CHOOSE:
                return self._choices(dict.fromkeys(path for _, path in places), by, reason)
            case DeedKind.SKIP:
                return [Skip(by, reason, agency, path) for agency, path in places]
            case _:
                return [Recreate(by, reason, agency) for agency, path in places if path == CASE]

    def _choices(self, paths: Mapping[str, None], by: str, reason: str) -> list[Operation]:
        if len({split_path(path)[0] for path in paths}) > 1:
            msg = f"a value is chosen for one field; say which: {', '.join(paths)}"
            raise NotToBeDone(msg)
        return [Choose(by, reason, path, value_at(path, self.value)) for path in paths]


def value_at(path: str, value: JsonValue) -> JsonValue:
    """Give a value as the case holds it at *path*: a property is an item with its key."""
    name, key = split_path(path)
    if name == "properties" and not isinstance(value, dict):
        return {"key": key, "value": value}
    return value


_JSON: Final = TypeAdapter(Deed)


def dump_deed(deed: Deed) -> dict[str, JsonValue]:
    """Write a deed as a job keeps it."""
    found: dict[str, JsonValue] = _JSON.dump_python(deed, mode="json")
    return found


def load_deed(kept: Mapping[str, JsonValue]) -> Deed:
    """Read a deed as `dump_deed` wrote it."""
    return _JSON.validate_python(dict(kept))
