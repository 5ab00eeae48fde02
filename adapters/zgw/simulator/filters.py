"""Query parameters of lists: what each selects, and by which index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from adapters.kit.simulator import Row

from .errors import Invalid, ServerError, ValidationError
from .times import parse_date, parse_moment

if TYPE_CHECKING:
    from .system import System

BAD_URL: Final = "Voer een geldige URL in."
BAD_VALUE: Final = "Voer een geldige waarde in."


class BadValue(Exception):
    """The value of a query parameter cannot be read."""

    def __init__(self, reason: str = BAD_VALUE, code: str = "invalid") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True)
class Filter:
    """`read` turns the text into what `holds` compares with a row; `index` finds rows at once."""

    read: Callable[[System, str], Any]
    holds: Callable[[System, Row, Any], bool]
    index: str | None = None
    key: Callable[[Any], str] = str


def _text(_: System, value: str) -> str:
    return value


def _url(system: System, value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise BadValue(BAD_URL)
    return system.links.inward(value)


def _day(_: System, value: str) -> str:
    try:
        return parse_date(value).isoformat()
    except ValueError:
        raise BadValue("Voer een geldige datum in.") from None


def _moment(_: System, value: str) -> float:
    try:
        return parse_moment(value.replace(" ", "+")).timestamp()
    except ValueError:
        raise BadValue("Voer een geldige datum/tijd in.") from None


def _flag(_: System, value: str) -> bool:
    return value.lower() in ("true", "1")


def equal(field: str, *, index: bool = False) -> Filter:
    """The field has exactly this text."""

    def holds(_: System, row: Row, value: Any) -> bool:
        return bool(row.get(field) == value)

    return Filter(_text, holds, field if index else None)


def one_of(field: str) -> Filter:
    """The field is one of these, split by commas."""

    def holds(_: System, row: Row, value: Any) -> bool:
        return row.get(field) in value.split(",")

    return Filter(_text, holds)


def contains(field: str) -> Filter:
    """The field holds this text, whatever its case."""

    def holds(_: System, row: Row, value: Any) -> bool:
        return value.lower() in str(row.get(field) or "").lower()

    return Filter(_text, holds)


def refers(field: str, *, index: bool = True, must_exist: bool = False) -> Filter:
    """By address. `must_exist`: one that does not is a server error, as on the real server."""

    def read(system: System, value: str) -> str:
        kept = _url(system, value)
        if must_exist and system.links.find(kept) is None:
            raise ServerError
        return kept

    def holds(_: System, row: Row, value: Any) -> bool:
        found = row.get(field)
        return value in found if isinstance(found, list) else bool(found == value)

    return Filter(read, holds, field if index else None)


def flag(field: str) -> Filter:
    """The field is true, or is not."""

    def holds(_: System, row: Row, value: Any) -> bool:
        return bool(row.get(field)) is value

    return Filter(_flag, holds)


def is_null(field: str) -> Filter:
    """The field is empty, or is not."""

    def holds(_: System, row: Row, value: Any) -> bool:
        return (row.get(field) is None) is value

    return Filter(_flag, holds)


_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda a, b: bool(a > b),
    "gte": lambda a, b: bool(a >= b),
    "lt": lambda a, b: bool(a < b),
    "lte": lambda a, b: bool(a <= b),
}


def day(field: str, operator: str) -> Filter:
    """The date compares so with the one given."""
    compare = _COMPARE[operator]

    def holds(_: System, row: Row, value: Any) -> bool:
        found = row.get(field)
        return found is not None and compare(found, value)

    return Filter(_day, holds)


def moment(field: str, operator: str) -> Filter:
    """The time compares so with the one given."""
    compare = _COMPARE[operator]

    def holds(_: System, row: Row, value: Any) -> bool:
        found = row.get(field)
        return found is not None and compare(parse_moment(found).timestamp(), value)

    return Filter(_moment, holds)


def days(field: str, *operators: str) -> dict[str, Filter]:
    """A date with its comparisons: `startdatum`, `startdatum__gt`, ..."""
    found = {field: equal(field)}
    return found | {f"{field}__{operator}": day(field, operator) for operator in operators}


def refuse_parameter(name: str, bad: BadValue) -> NoReturn:
    """Refuse the value of a query parameter."""
    raise ValidationError([Invalid(name, bad.code, bad.reason)])
