"""Numbers as systems write them: decimal text, with a point or a comma; never binary floats."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

_POINT: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?(\d{1,30}|\d{1,3}(\.\d{3}){1,9})(,\d{1,30})?", re.ASCII)
_ENOUGH: Final = 60
"""Digits to compute with: more than any number above can have before and after its point."""


def decimal_of(value: object, *, comma: bool = False) -> Decimal | None:
    """
    Read a number as a person wrote it; ``None`` where it is none.

    With *comma* a point groups thousands. A text that could be read in two ways is no number:
    ``0.42`` with a decimal comma is a slip of somebody's hand, not forty-two.
    """
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    if comma and not isinstance(value, int):
        if not _COMMA.fullmatch(text):
            return None
        text = text.replace(".", "").replace(",", ".")
    elif not _POINT.fullmatch(text):
        return None
    return Decimal(text)


def canonical(number: Decimal) -> str:
    """Write a number in the one way in which shared terms hold it: ``205``, ``0.04``."""
    if number == 0:
        return "0"
    with localcontext(prec=_ENOUGH):
        return format(number.normalize(), "f")


def times(number: Decimal, factor: Decimal) -> Decimal:
    """Multiply, exactly."""
    with localcontext(prec=2 * _ENOUGH):
        return number * factor


def divided(number: Decimal, factor: Decimal) -> Decimal:
    """Divide; a result that does not end is cut far behind what anybody measures."""
    with localcontext(prec=28):
        return number / factor


def rounded(number: Decimal, step: Decimal) -> Decimal:
    """Round half-even to a multiple of *step*, written with as many decimals as the step has."""
    with localcontext(prec=2 * _ENOUGH):
        whole = (number / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return (whole * step).quantize(step, rounding=ROUND_HALF_EVEN)


def is_rounding(written: str, seen: str) -> bool:
    """
    Tell whether *seen* is *written* with fewer decimals, both with a point or a comma.

    Or with more of them that are noughts: a system that keeps two writes ``12`` as ``12.00``.
    """
    comma = "," in written
    one, other = decimal_of(written, comma=comma), decimal_of(seen, comma=comma)
    if one is None or other is None:
        return False
    if one == other:
        return True
    before, after = one.as_tuple().exponent, other.as_tuple().exponent
    if not isinstance(before, int) or not isinstance(after, int) or after < before:
        return False
    with localcontext(prec=2 * _ENOUGH):
        return abs(one - other) * 2 <= Decimal(1).scaleb(after)


def with_comma(number: Decimal) -> str:
    """Write a number with a decimal comma, and with the decimals that it has."""
    return format(number, "f").replace(".", ",")


def dutch_money(number: Decimal) -> str:
    """Write an amount of euros as Dutch letters do, without the sign: ``5.000,00``."""
    text = f"{rounded(number, Decimal('0.01')):,.2f}"
    return text.translate(str.maketrans(",.", ".,"))
