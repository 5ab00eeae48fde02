"""
What statements are built from, on either database.

Statements are built once, when a store is opened; SQLAlchemy then only looks up what it compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Executable, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.rows import Values

T = TypeVar("T")

AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns were asked for."""

_INSERTS: Final = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_into(dialect: str, table: Table) -> Any:
    """Start an insert that may end in ``ON CONFLICT``, which SQLAlchemy has by database only."""
    return _INSERTS[dialect](table)


def upsert(dialect: str, table: Table) -> Executable:
    """Insert rows of *table*, or replace those with the same primary key."""
    start = insert_into(dialect, table)
    keys = [column.name for column in table.primary_key]
    rest = {c.name: start.excluded[c.name] for c in table.c if c.name not in keys}
    statement: Executable = start.on_conflict_do_update(index_elements=keys, set_=rest)
    return statement


def insert_new(dialect: str, table: Table, *key: str) -> Executable:
    """Insert rows of *table*, and leave those alone whose key is there."""
    statement: Executable = insert_into(dialect, table).on_conflict_do_nothing(
        index_elements=list(key)
    )
    return statement


def run_many(connection: Connection, statement: Executable, rows: Iterable[Values]) -> None:
    """Run *statement* for each row in one go; not at all if there are none."""
    if parameters := list(rows):
        connection.execute(statement, parameters)


def padded(values: Sequence[T]) -> list[T]:
    """
    Fill up to a power of two with the last one, for an ``IN`` list.

    The server prepares a statement for each length of list; so there are only a few.
    """
    size = 1 << (len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (size - len(values))]


def in_parts(values: Iterable[T], size: int = 512) -> Iterable[Sequence[T]]:
    """Cut into lists that a statement can take; none where there are no values."""
    everything = list(values)
    return (everything[at : at + size] for at in range(0, len(everything), size))
