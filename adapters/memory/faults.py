"""
How a memory system misbehaves, each fault switchable by method, case and path.

Three things can be wrong: a call (`Fault`), what the system makes of what it stores
(`Rendering`), and how its hints travel (`HintQuirks`). People who act on the system directly
meet no faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

Method = Literal[
    "check", "read", "items", "change", "upload", "download", "lock", "unlock",
    "create", "find", "changes", "subscribe", "unsubscribe",
]  # fmt: skip
"""The calls of which the wire to a memory system knows."""


class Misbehaviour(StrEnum):
    """What can be wrong with one call."""

    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    LOST_BEFORE = "lost-before"
    """No answer, and nothing was done."""
    LOST_AFTER = "lost-after"
    """No answer, and it was done."""
    SERVER_ERROR = "server-error"
    """An inner error is answered, although it was done."""
    REFUSED = "refused"
    GARBLED = "garbled"
    DENIED = "denied"
    MOVED = "moved"
    """A redirect to another system."""
    GONE = "gone"
    STALE = "stale"
    """Reads show the case as it was before the last change."""
    SLOW = "slow"
    LATE = "late"
    """No answer, and it is done when ``delay`` has passed."""
    SHORT = "short"
    """A list ends before its count is reached."""
    LOOPS = "loops"
    """A list's next page is the page itself."""
    BREAKS = "breaks"
    """A transfer ends in the middle."""


@dataclass(slots=True)
class Fault:
    """
    One misbehaviour, and when it strikes.

    Attributes:
        methods: Empty: all.
        skip: How many matching calls go well first.
        times: How often it strikes; ``None``: until it is switched off.
        delay: How long it lasts or waits, for those of which it makes sense.
        words: What the system says, where it says something.
        to: Name of the system that a redirect leads to.
    """

    kind: Misbehaviour
    methods: frozenset[Method] = frozenset()
    ref: str | None = None
    path: str | None = None
    skip: int = 0
    times: int | None = 1
    delay: timedelta = timedelta(0)
    words: str = "kan nu niet"
    to: str = ""
    struck: int = 0

    def matches(self, method: Method, ref: str, path: str) -> bool:
        """Tell whether it is about this call."""
        return (
            (not self.methods or method in self.methods)
            and self.ref in (None, ref)
            and self.path in (None, path)
            and (self.times is None or self.struck < self.times)
        )


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._on: list[Fault] = []

    def switch_on(self, fault: Fault) -> Fault:
        """Let *fault* strike from now on; the first one that matches a call is taken."""
        self._on.append(fault)
        return fault

    def switch_off(self, fault: Fault | None = None) -> None:
        """Take away one fault, or all of them."""
        self._on = [] if fault is None else [other for other in self._on if other is not fault]

    def take(self, method: Method, ref: str = "", path: str = "") -> Fault | None:
        """Give the fault that strikes this call, and count it."""
        for fault in self._on:
            if not fault.matches(method, ref, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.struck += 1
            return fault
        return None

    @property
    def keeps_history(self) -> bool:
        """Whether the state before a change will be asked for."""
        return any(fault.kind is Misbehaviour.STALE for fault in self._on)


@dataclass(slots=True)
class Rendering:
    """
    What the system makes of what it stores, for whoever stored it.

    Attributes:
        cut: Texts are cut to so many code points.
        decimals: Texts that are a number are rounded to so many places.
        reverses: Lists of items are shown with the newest first.
        adds: Set by the system itself, by path, whenever something else is stored and the field
            is empty.
        fields: The fields that are rendered; empty: all.
    """

    cut: int | None = None
    case: Literal["upper", "lower", "title"] | None = None
    trims: bool = False
    decimals: int | None = None
    reverses: bool = False
    adds: Mapping[str, JsonValue] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()

    def of(self, path: str, value: JsonValue) -> JsonValue:
        """Give what *value* becomes when it is stored at *path*."""
        name = path.partition("/")[0]
        if self.fields and name not in self.fields:
            return value
        member = {"notes": "text", "properties": "value", "hours": "hours"}.get(name)
        if member and isinstance(value, dict):
            return {**value, member: self._text(value.get(member))}
        plain = name in ("title", "explanation", "payment", "participant", "unit")
        return self._text(value) if plain else value

    def _text(self, value: JsonValue) -> JsonValue:
        if not isinstance(value, str):
            return value
        text = value.strip() if self.trims else value
        if self.case is not None:
            text = {"upper": text.upper, "lower": text.lower, "title": text.title}[self.case]()
        if self.decimals is not None:
            text = _rounded(text, self.decimals)
        return text if self.cut is None else text[: self.cut]


def _rounded(text: str, places: int) -> str:
    try:
        return str(round(Decimal(text), places))
    except InvalidOperation:
        return text


@dataclass(slots=True)
class HintQuirks:
    """How hints travel. The counters are used up hint by hint, in this order: lose, double."""

    lose: int = 0
    double: int = 0
    delay: timedelta = timedelta(0)
    reorders: bool = False
