"""
A table as a page shows it, and its twins for programs: the same rows as JSON or CSV.

``?as=json`` or ``?as=csv`` behind the address of a page, filters and all, asks for a twin.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from aiohttp import web
from pydantic import JsonValue
from yarl import URL

from bridge.console.inert import for_spreadsheet

TWIN: Final = "as"
OF: Final = "of"
"""Names the table whose twin is asked for, where a page has several."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column: its name in the twins, and the word at its head in the page.

    Attributes:
        breaks: Long numbers stand in it, which may be broken anywhere.
    """

    name: str
    heading: str
    is_number: bool = False
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One cell: the value of the twins, and how the page shows it.

    Attributes:
        href: Where it leads.
        shown: What the page says instead of the value.
    """

    value: JsonValue | datetime | Enum
    href: str | None = None
    shown: str | None = None


Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """
    Rows under columns.

    Attributes:
        name: Of the file, where it is saved as one.
        caption: The word that says what is in it.
        after: Where the next page of it begins; ``None`` at the end.
        choosable: The column whose values are sent for the rows that somebody ticks.
        nothing: The word that says what it means that no row is there.
        about: What the caption names.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    after: str | None = None
    choosable: str | None = None
    nothing: str = "common.nothing"
    about: Mapping[str, object] = field(default_factory=dict)


def twin_of(table: Table, wanted: str, address: URL) -> web.Response:
    """
    Give a table to a program.

    Raises:
        HTTPBadRequest: *wanted* is no form that tables have.
    """
    if wanted == "json":
        following = address.update_query({"after": table.after}) if table.after else None
        return web.json_response(
            {
                "rows": [
                    {column.name: _plain(row[column.name].value) for column in table.columns}
                    for row in table.rows
                ],
                "next": str(following) if following else None,
            }
        )
    if wanted == "csv":
        return web.Response(
            text=_as_csv(table),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
        )
    raise web.HTTPBadRequest(text=f"?{TWIN}= takes json or csv")


def _plain(value: JsonValue | datetime | Enum) -> JsonValue:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return value


def _as_csv(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        cells = [_plain(row[column.name].value) for column in table.columns]
        writer.writerow([_for_csv(cell) for cell in cells])
    return out.getvalue()


def _for_csv(value: JsonValue) -> JsonValue:
    if value is None or isinstance(value, bool | int | float):
        return "" if value is None else value
    return for_spreadsheet(str(value))
