"""Decisions: between their element (BSL) and a Case's item."""

from __future__ import annotations

from adapters.stuf_zds.moments import datum, say_date
from adapters.stuf_zds.names import (
    ENTITEITTYPE,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import BadValue, Verwerkingssoort, say_nothing
from adapters.stuf_zds.xml import Element, add, child, root
from contracts.case import CaseDecision
from contracts.errors import Rejected


def decision(native: Element, taste: Taste) -> CaseDecision | None:
    """Give a decision as a Case holds it; ``None`` where it has no number or no date."""
    number = taste.plain(child(native, "identificatie"))
    day = taste.taken(child(native, "datumBeslissing"), lambda one: datum(one, taste.seen))
    if not number or not isinstance(day, str):
        taste.leave("leidtTot", "a decision without number or date")
        return None
    for name in ("einddatumWerking", "vervalreden", "datumVerzending", "datumUiterlijkeReactie"):
        if taste.plain(child(native, name)):
            taste.leave(f"leidtTot/{name}", "a Case holds when was decided, and what")
    return CaseDecision(
        key=number,
        type=taste.plain(child(native, "bst.omschrijving")),
        date=day,
        text=taste.plain(child(native, "toelichting")),
    )


def besluit(item: CaseDecision, number: str, name: str = "besluit", *, whole: bool) -> Element:
    """
    Give the element that records a decision.

    Args:
        item: What was decided.
        number: Its identificatie.
        name: Of the element.
        whole: With all that is known; else only what tells which decision it is.

    Raises:
        Rejected: Its date is not whole.
    """
    made = root(q(ZKN, name))
    made.set(ENTITEITTYPE, "BSL")
    made.set(VERWERKINGSSOORT, Verwerkingssoort.TOEVOEGING.value)
    add(made, q(ZKN, "identificatie"), number)
    add(made, q(ZKN, "bst.omschrijving"), item.type)
    _say_day(made, "datumBeslissing", item)
    if whole:
        if item.text.strip():
            add(made, q(ZKN, "toelichting"), item.text)
        _say_day(made, "ingangsdatumWerking", item)
    return made


def revised(now: CaseDecision, wanted: CaseDecision) -> tuple[Element, Element]:
    """
    Give a decision as it is and as it should be: what differs.

    Raises:
        Rejected: Its date is not whole.
    """
    old, new = root(q(ZKN, "object")), root(q(ZKN, "object"))
    for made, item in ((old, now), (new, wanted)):
        made.set(ENTITEITTYPE, "BSL")
        made.set(VERWERKINGSSOORT, Verwerkingssoort.WIJZIGING.value)
        add(made, q(ZKN, "identificatie"), now.key)
        if now.type != wanted.type:
            add(made, q(ZKN, "bst.omschrijving"), item.type)
        if now.date != wanted.date:
            _say_day(made, "datumBeslissing", item)
        if now.text != wanted.text:
            text_of = add(made, q(ZKN, "toelichting"), item.text.strip())
            if not text_of.text:
                say_nothing(text_of)
    return old, new


def _say_day(made: Element, name: str, item: CaseDecision) -> None:
    msg = "a decision needs a whole date"
    if item.date.count("-") != 2:
        raise Rejected(msg, code="date")
    try:
        say_date(add(made, q(ZKN, name)), item.date)
    except BadValue as error:
        raise Rejected(msg, code="date") from error
