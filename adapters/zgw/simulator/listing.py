"""Lists: parameters checked, rows selected by index where there is one, pages cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from adapters.kit.simulator import Row

from .errors import Invalid, NotFound, ValidationError
from .filters import BadValue, refuse_parameter
from .resource import Resource
from .system import Call

DEFAULT_SIZE: Final = 100
LARGEST_SIZE: Final = 500


def select(resource: Resource, call: Call, query: Mapping[str, str]) -> list[Row]:
    """Rows that *query* asks for and the caller may see, in the order of the list."""
    system = resource.system
    rows: list[Row] | None = None
    rest = []
    for name, raw in query.items():
        filter_ = resource.filters.get(name)
        if filter_ is None:
            continue
        try:
            value = filter_.read(system, raw)
        except BadValue as bad:
            refuse_parameter(name, bad)
        if filter_.index is not None and rows is None:
            rows = list(system.store.by(resource.kind, filter_.index, filter_.key(value)))
        rest.append((filter_, value))
    if rows is None:
        rows = system.store.all(resource.kind)
    for filter_, value in rest:
        rows = [row for row in rows if filter_.holds(system, row, value)]
    if not resource.sees_all(call):
        rows = [row for row in rows if resource.visible(call, row)]
    return _ordered(resource, resource.in_order(rows), query.get("ordering"))


def _ordered(resource: Resource, rows: list[Row], ordering: str | None) -> list[Row]:
    for choice in reversed((ordering or "").split(",")):
        if not choice:
            continue
        name = choice.removeprefix("-")
        if name not in resource.orderings:
            reason = f"Selecteer een geldige keuze. {choice} is geen beschikbare keuze."
            raise ValidationError([Invalid("ordering", "invalid_choice", reason)])
        if not choice.startswith("-") and resource.newest_first:
            rows.reverse()
        rows = sorted(rows, key=_sort_key(name), reverse=choice.startswith("-"))
    return rows


def _sort_key(name: str) -> Any:
    return lambda row: (row.get(name) is not None, row.get(name) or "")


def check_parameters(resource: Resource, query: Mapping[str, str], extra: tuple[str, ...]) -> None:
    """Refuse parameters this list does not know."""
    known = {*resource.filters, *extra}
    if resource.orderings:
        known.add("ordering")
    if resource.paged:
        known |= {"page"}
        if resource.system.features.page_size:
            known |= {"pageSize"}
    unknown = sorted(name for name in query if name not in known)
    if unknown:
        reason = f"Onbekende query parameters: {', '.join(unknown)}"
        raise ValidationError([Invalid("nonFieldErrors", "unknown-parameters", reason)])


def page_of(
    rows: list[Row], query: Mapping[str, str], path: str, *, page_size: bool
) -> tuple[list[Row], dict[str, Any]]:
    """One page of *rows*, and the frame around it. Raises NotFound beyond the last page."""
    size = _size(query) if page_size else DEFAULT_SIZE
    last = max(1, -(-len(rows) // size))
    try:
        number = int(query.get("page", "1"))
    except ValueError:
        number = 0
    if not 1 <= number <= last:
        raise NotFound("Ongeldige pagina.")
    frame = {
        "count": len(rows),
        "next": _link(path, query, number + 1) if number < last else None,
        "previous": _link(path, query, number - 1) if number > 1 else None,
    }
    return rows[(number - 1) * size : number * size], frame


def _size(query: Mapping[str, str]) -> int:
    try:
        size = int(query.get("pageSize", ""))
    except ValueError:
        return DEFAULT_SIZE
    return min(size, LARGEST_SIZE) if size > 0 else DEFAULT_SIZE


def _link(path: str, query: Mapping[str, str], number: int) -> str:
    wanted = {name: value for name, value in query.items() if name != "page"}
    if number > 1:
        wanted["page"] = str(number)
    text = urlencode(sorted(wanted.items()))
    return f"{path}?{text}" if text else path
