"""
What entities and relations consist of, in the order in which the schema wants it.

Written from the schemas of StUF-ZKN 3.10 and BG 3.10, as far as a case system keeps it; what it
only keeps for others (geometries, rare kinds of objects) is `Opaque`. A member that is marked as
answered stands in answers only, never in a notification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from adapters.stuf_zds.names import STUF, ZKN


class Kind(Enum):
    """What the text of a leaf is."""

    TEXT = auto()
    DATE = auto()
    MOMENT = auto()


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with a text. `codes`: nothing else is allowed; `pattern`: all of it fits."""

    name: str
    longest: int = 0
    kind: Kind = Kind.TEXT
    codes: tuple[str, ...] = ()
    shortest: int = 0
    pattern: str = ""
    space: str = ""
    answered: bool = False
    meta: bool = False
    """Says something about the data beside it (`StUF:metagegeven`)."""
    marked: bool = False
    """A date that always tells how much of it is known."""


@dataclass(frozen=True, slots=True)
class Group:
    """
    Elements inside one.

    Attributes:
        many: It may repeat, and has no identity of its own.
        whole: Its members travel together: those without a value say so.
    """

    name: str
    members: tuple[Member, ...]
    many: bool = False
    whole: bool = False
    space: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """Whatever is inside is kept as it came."""

    name: str
    space: str = ""
    answered: bool = False
    nillable: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """`StUF:extraElementen`: what the standard has no place for, by a name that is agreed on."""

    name: str = "extraElementen"
    space: str = STUF
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a document, as base64, with the name of their file."""

    name: str = "inhoud"
    space: str = ZKN
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """
    A relation to another entity.

    Attributes:
        related: The entity in `gerelateerde` itself, or one of several by the element around it;
            None for a kind of entity that is kept as it came.
        members: Of the relation itself; they stand after `gerelateerde`.
    """

    name: str
    type: str
    related: Entity | Mapping[str, Entity | None]
    members: tuple[Member, ...] = ()
    many: bool = True
    answered: bool = False
    space: str = ZKN


@dataclass(frozen=True, slots=True)
class Entity:
    """Something with an entiteittype. `key`: the members that tell one from another."""

    type: str
    members: tuple[Member, ...]
    space: str = ZKN
    key: tuple[str, ...] = ("identificatie",)
    by_name: Mapping[str, Member] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {member.name: member for member in self.members})


Member = Leaf | Group | Opaque | Extra | Content | Relation

JN: Final = ("J", "N")
EXTRA: Final = Extra()
PERIOD: Final = (
    Opaque("tijdvakGeldigheid", STUF),
    Leaf("tijdstipRegistratie", kind=Kind.MOMENT, space=STUF),
)
RELATED_PERIOD: Final = (Opaque("tijdvakRelatie", STUF), *PERIOD)


def texts(longest: int, *names: str, answered: bool = False) -> tuple[Leaf, ...]:
    """Elements with a text, each as long."""
    return tuple(Leaf(name, longest, answered=answered) for name in names)


def dates(*names: str, marked: bool = False, answered: bool = False) -> tuple[Leaf, ...]:
    """Elements with a date."""
    return tuple(Leaf(n, kind=Kind.DATE, marked=marked, answered=answered) for n in names)
