"""Patch: what should become true of one case, each change with the value it expects to find."""

from __future__ import annotations

from pydantic import AwareDatetime, JsonValue

from contracts.case import Content, Record


class Change(Record):
    """
    One field or item: *expect → become*.

    Attributes:
        path: As in `contracts.case.Cells`. For an item that is not there yet the key is ours, not
            the system's; the system gives its own.
        expect: What must stand there for the change to be made. ``None``: empty, or no such item.
        become: What should stand there after. ``None``: empty, or the item gone.
        content: For a document whose bytes are to be written: where they are.
    """

    path: str
    expect: JsonValue = None
    become: JsonValue = None
    content: Content | None = None


class Patch(Record):
    """
    Changes to one case in its agency's own terms.

    Attributes:
        changes: In the order in which they are best made; all independent of each other.
        at: The moment to stamp where a system wants one from us (a status). The same on every
            repetition, so that a repeated write is recognised.
        by: The colleague on whose behalf we write, for the system's own audit.
        reason: One line for the system's own audit: which command this is.
        known: Items (local paths) that stood there when this was planned, in the fields to which
            *changes* add: none of them is what a change adds, however alike. Also those that were
            seen there and may not cross by what is written here.
    """

    changes: tuple[Change, ...] = ()
    at: AwareDatetime
    by: str | None = None
    reason: str = ""
    known: tuple[str, ...] = ()
