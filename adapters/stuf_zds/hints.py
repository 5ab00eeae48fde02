"""
Which cases a message speaks of. Pure.

A document or decision that is told of without its case, and an offer to take over a case, become
references of their own kind: the edge keeps them, and `adapter.cases_of` looks them up.
"""

from __future__ import annotations

from typing import Final

from adapters.stuf_zds.envelope import Stuurgegevens
from adapters.stuf_zds.names import SLEUTEL_ONTVANGEND, SLEUTEL_VERZENDEND
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.xml import Element, child, children, local, text

DOCUMENT: Final = "document:"
DECISION: Final = "besluit:"
HANDOVER: Final = "overdracht:"
"""Before the reference of the offer and the number of the case, with a colon between."""

_LONGEST: Final = 200


def refs(message: Element, told: Stuurgegevens, settings: StufSettings) -> list[str]:
    """Give what a message speaks of, each once; nothing where it cannot be told."""
    name = local(message).lower()
    objects = list(children(message, "object"))
    found: list[str] = []
    for one in objects:
        if "edclk" in name:
            found += _of_document(one)
        elif "bsllk" in name:
            number = text(child(one, "identificatie"))
            found += [f"{DECISION}{number}"] if number else []
        elif "voegbesluittoe" in name:
            found.append(text(child(one, "zaak", "identificatie")))
        elif "overdragenzaak_di" in name:
            number = text(child(one, "identificatie"))
            found += [f"{HANDOVER}{told.reference}:{number}"] if number else []
        else:
            found.append(number_of(one, settings))
    return [one[:_LONGEST] for one in dict.fromkeys(found) if one]


def number_of(zaak: Element, settings: StufSettings) -> str:
    """
    Give the number of the case that an object tells of.

    Where it tells none it holds a key: ours (our mark, of which the number was made), or theirs,
    at systems whose keys are the numbers.
    """
    if number := text(child(zaak, "identificatie")):
        return number
    ours, theirs = (zaak.get(n, "").strip() for n in (SLEUTEL_ONTVANGEND, SLEUTEL_VERZENDEND))
    if settings.deviating().number_as_key:
        return ours or theirs
    if ours and settings.number_pattern is not None:
        return settings.number_pattern.format(mark=ours)
    return ""


def _of_document(document: Element) -> list[str]:
    cases = [
        number
        for relation in children(document, "isRelevantVoor")
        if (number := text(child(relation, "gerelateerde", "identificatie")))
    ]
    number = text(child(document, "identificatie"))
    if cases:
        return cases
    return [f"{DOCUMENT}{number}"] if number else []
