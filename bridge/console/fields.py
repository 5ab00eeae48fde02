"""The fields of a case as people call them."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from bridge.console.inert import inert, spoken
from bridge.console.page import Reader
from bridge.engine.parked import CASE
from contracts.case import split_path

_CALLED_BY: Final = ("title", "role", "type", "key")
"""What tells one item of a field from the others: the first of these that it has."""


def field_name(path: str, reader: Reader, value: JsonValue = None) -> str:
    """
    Say what a shared path is called.

    Args:
        value: Of an item, where it is known: it says better than a key which one is meant.
    """
    if path == CASE:
        return reader.say("fields.case")
    name, key = split_path(path)
    called = reader.say(f"fields.{name}") if _is_word(name, reader) else inert(name)
    if not key:
        return called
    members = value if isinstance(value, dict) else {}
    by = next((each for each in _CALLED_BY if members.get(each)), None)
    item = spoken(members[by] if by else key)
    # The standard writes the kinds of objects with underscores.
    return f"{called}: {item.replace('_', ' ') if by == 'type' else item}"


def table_name(table: str, reader: Reader) -> str:
    """Say what a table of words is called, such as ``statuses.adv``."""
    kind, _, of = table.partition(".")
    word = f"crosswalks.table_{kind}"
    called = reader.say(word) if word in reader.supply.words else inert(kind)
    return f"{called}: {inert(of)}" if of else called


def _is_word(name: str, reader: Reader) -> bool:
    return f"fields.{name}" in reader.supply.words
