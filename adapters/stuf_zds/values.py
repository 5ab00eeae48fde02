"""
What an element says: a value, that there is none, nothing at all, or nothing that counts.

Absent, empty, *nil with a noValue* and a value are four statements. Only ``geenWaarde`` says that
there is none; who takes an absent or an unsupported element for an empty one erases what stands
at the other side.

Reading is tolerant: what real systems are seen to send is understood, and named in the
`Deviations` that whoever asks may count. Writing is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adapters.stuf_zds.names import NIL, NO_VALUE
from adapters.stuf_zds.xml import Element, text

Deviations = Counter[str]
"""How often a system was seen to deviate, by the name of the deviation."""


class NoValue(StrEnum):
    """Why there is no value, as ``StUF:noValue`` says it."""

    GEEN_WAARDE = "geenWaarde"
    """It is known to have none."""
    WAARDE_ONBEKEND = "waardeOnbekend"
    """It has one, which is not known."""
    VASTGESTELD_ONBEKEND = "vastgesteldOnbekend"
    """It was established that nobody can know it."""
    NIET_ONDERSTEUND = "nietOndersteund"
    """The sender has no place for it, and says nothing about it."""
    NIET_GEAUTORISEERD = "nietGeautoriseerd"
    """The sender does not tell us."""


class Verwerkingssoort(StrEnum):
    """What is done to an entity, or to the relation to it."""

    TOEVOEGING = "T"
    WIJZIGING = "W"
    VERWIJDERING = "V"
    BEEINDIGING = "E"
    IDENTIFICATIE = "I"
    VERVANGING = "R"
    SLEUTEL = "S"
    ONTDUBBELING = "O"


class Mutatiesoort(StrEnum):
    """What a notification tells of. There is no E: that is a verwerkingssoort."""

    TOEVOEGING = "T"
    WIJZIGING = "W"
    VERWIJDERING = "V"
    CORRECTIE = "C"
    CORRECTIE_MET_HISTORIE = "F"

    @property
    def has_old_and_new(self) -> bool:
        """It comes with two objects, first the old and then the new."""
        return self in (
            Mutatiesoort.WIJZIGING,
            Mutatiesoort.CORRECTIE,
            Mutatiesoort.CORRECTIE_MET_HISTORIE,
        )


class BadValue(ValueError):
    """A text that is no value of its type. The message names the type, never the text."""


@dataclass(frozen=True, slots=True)
class Told:
    """
    What one element says.

    Attributes:
        value: Its text; ``None`` where there is none.
        why: The noValue, where it says one and holds no text.
        is_there: The element is there at all.
    """

    value: str | None = None
    why: NoValue | None = None
    is_there: bool = False

    @property
    def is_empty(self) -> bool:
        """It is said that there is no value."""
        return self.why is NoValue.GEEN_WAARDE


ABSENT: Final = Told()


def told(element: Element | None, seen: Deviations | None = None) -> Told:
    """Tell what an element says."""
    if element is None:
        return ABSENT
    value = text(element)
    said = element.get(NO_VALUE, "").strip()
    why = next((one for one in NoValue if one.lower() == said.lower()), None) if said else None
    if value:
        if said or is_nil(element):
            count(seen, "value-and-novalue")
        return Told(value, None, is_there=True)
    if said and why is None:
        count(seen, "unknown-novalue")
    if not said and not is_nil(element) and not len(element):
        count(seen, "missing-nil-novalue")
    return Told(None, why, is_there=True)


def is_nil(element: Element) -> bool:
    """Tell whether an element says that it is nil."""
    return element.get(NIL, "").strip().lower() in ("true", "1")


def say_nothing(element: Element, why: NoValue = NoValue.GEEN_WAARDE) -> Element:
    """Make an element say why it has no value."""
    element.set(NIL, "true")
    element.set(NO_VALUE, why.value)
    return element


def as_told(now: Element) -> Element:
    """Give an element as it was told to us, without what only an answer may say of it."""
    made = deepcopy(now)
    made.tail = None
    for name in set(made.attrib) - {NIL, NO_VALUE}:
        del made.attrib[name]
    return made


def indicatie(value: str | None) -> bool | None:
    """Read J or N, in any case; ``None`` for anything else."""
    return {"J": True, "N": False, "TRUE": True, "FALSE": False}.get((value or "").upper())


def code(value: str, allowed: Iterable[str], seen: Deviations | None = None) -> str | None:
    """Give the allowed value that this is, in any case; ``None`` where it is none of them."""
    for one in allowed:
        if one == value:
            return one
    for one in allowed:
        if one.lower() == value.lower():
            count(seen, "lowercase-enums")
            return one
    return None


def count(seen: Deviations | None, name: str) -> None:
    """Count a deviation, where anybody counts."""
    if seen is not None:
        seen[name] += 1
