"""From the text of an element to its value, and from an element to what is kept as it came."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from lxml import etree

from adapters.stuf_zds.moments import datum, say_moment, tijdstip
from adapters.stuf_zds.names import (
    BESTANDSNAAM,
    CONTENT_TYPE,
    IND_ONVOLLEDIGE_DATUM,
    SLEUTEL_ONTVANGEND,
    SLEUTEL_VERZENDEND,
    VERWERKINGSSOORT,
)
from adapters.stuf_zds.values import BadValue, Deviations, NoValue, code, is_nil, told
from adapters.stuf_zds.xml import Element, children, local, text

from .shapes import Kind, Leaf

DIGEST: Final = "digest"
SIZE: Final = "size"
"""Attributes that the front door puts in the place of a document's content."""

NOTHING: Final = object()
"""An element that says nothing."""

_UNKNOWN: Final = (NoValue.WAARDE_ONBEKEND, NoValue.VASTGESTELD_ONBEKEND)


class Misshapen(ValueError):
    """It is not as the schema wants it; says which element, never what was in it."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """Reads texts. `strict`: refuse what the schema refuses; `long_codes`: but for long codes."""

    strict: bool
    long_codes: bool

    def value(self, element: Element, leaf: Leaf) -> Any:
        """Read what an element with a text says; NOTHING where it says nothing."""
        said = told(element)
        if said.value is not None:
            return self._checked(element, leaf, said.value)
        if said.is_empty:
            return None
        return {"noValue": said.why.value} if said.why in _UNKNOWN and said.why else NOTHING

    def _checked(self, element: Element, leaf: Leaf, value: str) -> Any:
        seen: Deviations = Counter()
        try:
            found = self._as(element, leaf, value, seen)
        except BadValue:
            misshapen(element, "heeft een waarde die hier niet kan")
        if found is None and leaf.codes:
            misshapen(element, "heeft een waarde die niet in de lijst staat")
        seen.pop("value-and-novalue", None)  # odd, and the schema allows it
        if self.strict and seen:
            misshapen(element, f"is niet zoals het schema wil ({', '.join(seen)})")
        return found

    def _as(self, element: Element, leaf: Leaf, value: str, seen: Deviations) -> Any:
        match leaf.kind:
            case Kind.DATE:
                if element.get(IND_ONVOLLEDIGE_DATUM, "V").upper() == "J":
                    return {"noValue": NoValue.WAARDE_ONBEKEND.value}
                return datum(element, seen)
            case Kind.MOMENT:
                moment = tijdstip(element, seen)
                return moment and (value if not seen else say_moment(moment.at, moment.digits))
            case Kind.TEXT:
                pass
        is_code = self.long_codes and leaf.name.endswith("code")
        if leaf.longest and len(value) > leaf.longest and not is_code:
            misshapen(element, f"is langer dan {leaf.longest} tekens")
        if leaf.pattern and not re.fullmatch(leaf.pattern, value):
            misshapen(element, "heeft een vorm die hier niet kan")
        if len(value) < leaf.shortest:
            misshapen(element, f"is korter dan {leaf.shortest} tekens")
        return code(value, leaf.codes, seen) if leaf.codes else value


def extra_values(element: Element) -> list[list[str | None]]:
    """Names with their values, in order; a name may come more than once."""
    return [[one.get("naam", ""), told(one).value] for one in children(element, "extraElement")]


def content_of(element: Element) -> Any:
    """Tell which file the front door made of the content of a document."""
    if element.get(DIGEST) is None:
        return NOTHING
    return {
        "digest": element.get(DIGEST),
        "omvang": int(element.get(SIZE, "0")),
        "bestandsnaam": element.get(BESTANDSNAAM, ""),
        "contentType": element.get(CONTENT_TYPE, ""),
    }


_ASIDE: Final = (VERWERKINGSSOORT, SLEUTEL_VERZENDEND, SLEUTEL_ONTVANGEND)


def kept_whole(element: Element) -> Any:
    """Give an element as a text, without what tells about this one message."""
    if not len(element) and not text(element):
        return None if is_nil(element) else NOTHING
    kept = etree.fromstring(etree.tostring(element, with_tail=False))
    for one in kept.iter():
        for name in _ASIDE:
            one.attrib.pop(name, None)
    etree.cleanup_namespaces(kept)
    return etree.tostring(kept, encoding="unicode")


def misshapen(element: Element, reason: str) -> NoReturn:
    """Refuse an element."""
    msg = f"{local(element)} {reason}"
    raise Misshapen(msg)
