"""Edits of a crosswalk: rows and rules that are added, changed, removed."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.crosswalk import Rule


class NotEditable(Exception):
    """The edit does not fit the table; the message says why."""


@dataclass(frozen=True, slots=True)
class AddRow:
    """
    Let a local word stand for a shared one.

    Where the local word means something already, that stays what it is read as; where the shared
    one has a word already, that stays what is written.
    """

    table: str
    local: str
    shared: str


@dataclass(frozen=True, slots=True)
class RemoveRow:
    """Take a row away."""

    table: str
    local: str
    shared: str


@dataclass(frozen=True, slots=True)
class SetRule:
    """Say what is done with a shared word that has no row; with no rule: a person decides."""

    table: str
    shared: str
    rule: Rule | None
    value: str = ""
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Make a table as it was in *text*, a former version of its file."""

    table: str
    text: str


Edit = AddRow | RemoveRow | SetRule | PutBack
