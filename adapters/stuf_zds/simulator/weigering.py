"""Saying no, in the codes of the standard."""

from __future__ import annotations

from typing import NoReturn


class Refusal(Exception):
    """
    Ends a message with a fault. `code` is one of the standard's; `details` say more, in Dutch.

    Nothing of what the message asked was done, unless somebody switched that on.
    """

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(f"{code} {details}".strip())
        self.code = code
        self.details = details


class Halved(Refusal):
    """What was asked is done in part, and stays so."""


def refuse(details: str, code: str = "StUF058") -> NoReturn:
    """The message was understood, and what it asks cannot be done."""
    raise Refusal(code, details)


def refuse_shape(details: str) -> NoReturn:
    """The message is not as its schema wants it."""
    raise Refusal("StUF055", details)


def refuse_unknown(details: str) -> NoReturn:
    """There is no such case, document or decision."""
    raise Refusal("StUF064", details)
