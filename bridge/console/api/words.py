"""Words that the API takes: bounded, and free of what no store can hold or no line should show."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

_PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"


def _of_characters(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        msg = "half of a character"
        raise ValueError(msg)
    return text


Word = Annotated[
    str, StringConstraints(max_length=500, pattern=_PRINTABLE), AfterValidator(_of_characters)
]
"""A name, a path, a text to look for."""

Why = Annotated[
    str,
    StringConstraints(max_length=2000, pattern=_PRINTABLE),
    AfterValidator(_of_characters),
    Field(description="Why; it is kept in the journal."),
]

Limit = Annotated[int, Field(ge=1, le=500, description="At most so many.")]

Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A number that JSON carries whole."""
