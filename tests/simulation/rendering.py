"""Rendering: what a case system makes of a value that is written there, or typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from random import Random
from typing import Final

from pydantic import JsonValue

from contracts.adapter import UpdateGuard
from contracts.case import split_path
from contracts.crosswalk import Catalogue

_LONG_TEXTS: Final = ("title", "explanation", "notes/text", "documents/title", "suspension/reason")


@dataclass(frozen=True, slots=True)
class Rendering:
    """
    How one system renders, by field, ``field/member`` or ``properties/<name>``.

    Attributes:
        cut: Longest text; the rest is dropped.
        upper: Texts that it holds in capitals.
        squeeze: Texts in which it makes one space of several, and none at the ends.
        decimals: Properties whose numbers it rounds, and to how many decimals.
        shuffled: Properties whose list it writes in an order of its own: backwards.
    """

    cut: Mapping[str, int] = field(default_factory=dict)
    upper: frozenset[str] = frozenset()
    squeeze: frozenset[str] = frozenset()
    decimals: Mapping[str, int] = field(default_factory=dict)
    shuffled: frozenset[str] = frozenset()

    def of(self, path: str, value: JsonValue) -> JsonValue:
        """Give what shows where *value* was written at *path*."""
        name, key = split_path(path)
        if isinstance(value, str):
            return self._text(name, value)
        if not isinstance(value, dict):
            return value
        if name == "properties":
            return {**value, "value": self._property(f"{name}/{key}", value.get("value"))}
        return {
            member: self._text(f"{name}/{member}", part) if isinstance(part, str) else part
            for member, part in value.items()
        }

    def _text(self, place: str, text: str) -> str:
        if place in self.squeeze:
            text = " ".join(text.split())
        if place in self.upper:
            text = text.upper()
        return text[: self.cut[place]] if place in self.cut else text

    def _property(self, place: str, value: JsonValue) -> JsonValue:
        if not isinstance(value, str):
            return value
        if place in self.decimals:
            return _rounded(value, self.decimals[place])
        if place in self.shuffled:
            separator = next((s for s in (", ", ";", "|") if s in value), ";")
            return separator.join(reversed(value.split(separator)))
        return self._text(place, value)


FAITHFUL: Final = Rendering()
"""Shows everything as it was written."""


@dataclass(frozen=True, slots=True)
class Habits:
    """
    How a system behaves, fault or no fault.

    Attributes:
        guard: Token: a write is refused where the case changed since it was read.
        finds: It can be searched for our mark.
        unsupported: Fields that it cannot hold.
        immutable: Fields that it shows and that nobody else may change.
    """

    rendering: Rendering = FAITHFUL
    guard: UpdateGuard = UpdateGuard.NONE
    tells_authors: bool = True
    finds: bool = True
    sees_deletion: bool = True
    unsupported: frozenset[str] = frozenset()
    immutable: frozenset[str] = frozenset()


def draw_rendering(random: Random, catalogue: Catalogue) -> Rendering:
    """Draw how the system of an agency renders; half of them are faithful."""
    if random.random() < 0.5:
        return FAITHFUL
    texts = [place for place in _LONG_TEXTS if random.random() < 0.5]
    styles = {place: random.choice(("cut", "upper", "squeeze")) for place in texts}
    numbers = [p.key for p in catalogue.properties if p.type == "decimal"]
    lists = [p.key for p in catalogue.properties if p.key.endswith("aspecten")]
    return Rendering(
        cut={place: random.randrange(12, 30) for place in texts if styles[place] == "cut"},
        upper=frozenset(place for place in texts if styles[place] == "upper"),
        squeeze=frozenset(place for place in texts if styles[place] == "squeeze"),
        decimals={f"properties/{n}": random.randrange(3) for n in numbers if random.random() < 0.5},
        shuffled=frozenset(f"properties/{n}" for n in lists if random.random() < 0.5),
    )


def _rounded(text: str, decimals: int) -> str:
    comma = "," in text
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    step = Decimal(1).scaleb(-decimals)
    found = format(number.quantize(step, rounding=ROUND_HALF_EVEN), "f")
    return found.replace(".", ",") if comma else found


def draw_habits(random: Random, catalogue: Catalogue) -> Habits:
    """Draw how the system of an agency behaves."""
    return Habits(
        rendering=draw_rendering(random, catalogue),
        guard=random.choice((UpdateGuard.NONE, UpdateGuard.TOKEN)),
        tells_authors=random.random() < 0.6,
        finds=random.random() < 0.8,
        sees_deletion=random.random() < 0.5,
        unsupported=frozenset(
            name
            for name in ("explanation", "suspension", "notes", "start")
            if random.random() < 0.1
        ),
        immutable=frozenset(name for name in ("case_type", "start") if random.random() < 0.3),
    )
