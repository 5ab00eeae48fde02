"""What people wrote for us and we cannot use: said with its place, what is wrong, the way out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import ValidationError

_WAYS_OUT: Final = {
    "extra_forbidden": "correct its spelling, or remove it",
    "missing": "add it",
    "string_type": "put it between quotes",
    "union_tag_invalid": "choose one of the kinds that the message names",
    "union_tag_not_found": "say which kind it is",
    "enum": "choose one of the values that the message names",
    "literal_error": "choose one of the values that the message names",
    "value_error": "",  # of our own validators: they name the way out
}


class Faulty(Exception):
    """The settings cannot be used; each line of the message is one fault with its place."""


def refusals(error: ValidationError) -> Iterator[tuple[str, str, str]]:
    """Tell what a model refused: the place with dots, what is wrong, the way out; never a value."""
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        kind = each["type"]
        what = "unknown key" if kind == "extra_forbidden" else each["msg"]
        way_out = _WAYS_OUT.get(kind, "correct the value")
        place = ".".join(str(part) for part in each["loc"])
        yield place, what.removeprefix("Value error, "), way_out


def faulty(error: ValidationError, *, where: str = "", within: str = "") -> Faulty:
    """
    Make one fault of all that a model refused.

    Args:
        where: The file that it stands in, where it is known.
        within: The place in there that the model stands for: ``agencies.odru.settings``.
    """
    return Faulty(
        "\n".join(
            ": ".join(filter(None, (where, ".".join(filter(None, (within, place))), _joined(*why))))
            for place, *why in refusals(error)
        )
    )


def unreadable(error: OSError) -> str:
    """Tell which file could not be read, and why."""
    return f"{error.filename}: {error.strerror}; check the path and the rights"


def _joined(what: str, way_out: str) -> str:
    return f"{what}; {way_out}" if way_out else what
