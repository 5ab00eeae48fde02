"""Column types that mean the same on PostgreSQL and on SQLite."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import JsonValue
from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_UNSTORABLE: Final = str.maketrans({"\x00": "\ufffd"})


def storable(text: str) -> str:
    """Give *text* as every database can take it."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.translate(_UNSTORABLE).encode("utf-8", "replace").decode()


class Words(TypeDecorator[str]):
    """
    Text as systems and people wrote it.

    PostgreSQL takes no NUL, and neither takes half a surrogate pair. Rather than let one odd
    character stop a whole group, it becomes a replacement character.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make it storable."""
        return None if value is None else storable(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment; on SQLite as UTC text of fixed width, so that it sorts and can be read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the database."""
        plain: TypeEngine[Any] = String(32) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(plain)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write it."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"moment {value} has no time zone"
            raise ValueError(msg)
        if dialect.name == "sqlite":
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read it."""
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class Json(TypeDecorator[JsonValue]):
    """
    A JSON value as text; ``None`` is NULL.

    Not the database's own JSON: that refuses some strings and rewrites numbers, and nobody
    searches in these.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonValue, dialect: Dialect) -> str | None:
        """Write it in ASCII: every string is storable so."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> JsonValue:
        """Read it."""
        return None if value is None else json.loads(value)
