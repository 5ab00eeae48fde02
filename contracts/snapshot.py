"""Snapshot: one case as one system shows it now, in that agency's own terms."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AwareDatetime

from contracts.case import Case, Record
from contracts.ids import CaseRef, Mark, Token


class Unmapped(Record):
    """
    Something that the system shows and that a Case could not carry.

    Attributes:
        where: The place in the system's own terms (``rollen/…/contactpersoonRol``).
        why: One sentence for a person; never the value.
    """

    where: str
    why: str


class Withheld(Record):
    """
    Documents of one type that no agreement lets leave. They are counted, and nothing else is told.

    Attributes:
        type: In the agency's own terms.
    """

    type: str
    count: int


class Author(Record):
    """Who last changed a field, and when, as far as the system tells."""

    by: str | None = None
    at: AwareDatetime | None = None


class Snapshot(Record):
    """
    One case as one system shows it now.

    Attributes:
        case: In the agency's own terms. A field that is not set was not read; set to ``None`` or
            to no items, it is empty.
        unsupported: Fields that this system cannot hold. Never taken for deleted.
        unmapped: What could not be carried; nothing is left out silently.
        withheld: What an edge took out, or the hub for want of this very agreement.
        mark: Our mark, where the case bears one: we created it.
        token: Guard for a later write, where the system gives one.
        authors: By path: who changed it last. A path that is missing is unknown.
        is_closed: The system considers the case as ended.
    """

    ref: CaseRef
    case: Case
    unsupported: frozenset[str] = frozenset()
    unmapped: tuple[Unmapped, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    mark: Mark | None = None
    token: Token | None = None
    authors: Mapping[str, Author] = {}
    is_closed: bool = False
