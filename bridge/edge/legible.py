"""
Legible: whether what a system shows is text.

JSON can spell half of a character (an unpaired surrogate), and what reads it in Python gives that
on. No message and no database can hold it. So it is refused where it comes in.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from contracts.case import cells_of, split_path
from contracts.errors import Garbled
from contracts.snapshot import Snapshot


def see_legible(snapshot: Snapshot) -> None:
    """
    See that all of a case is text.

    Raises:
        Garbled: It is not; the message names the fields.
    """
    dumped = snapshot.model_dump(mode="json", exclude_unset=True)
    if not any(_is_broken(text) for text in _texts(dumped)):
        return
    cells = cells_of(snapshot.case).items()
    broken = (path for path, value in cells if any(map(_is_broken, _texts([path, value]))))
    fields = dict.fromkeys(_field(path) for path in broken)
    where = ", ".join(fields) or "what is told beside the case"
    msg = f"{where}: holds half a character (an unpaired surrogate); type it anew in that system"
    raise Garbled(msg)


def _field(path: str) -> str:
    # The key of an item may be a person's number.
    return path if path.startswith("properties/") and not _is_broken(path) else split_path(path)[0]


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text)
