"""
The inside of the messages that we send: questions, notifications, free messages.

Pure: each gives an element for the body of an envelope, in the framing of its profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from adapters.stuf_zds.envelope import Stuurgegevens, add_stuurgegevens
from adapters.stuf_zds.names import (
    ENTITEITTYPE,
    FUNCTIE,
    NIL,
    STUF,
    VERWERKINGSSOORT,
    ZKN,
    Operation,
    Profile,
    q,
)
from adapters.stuf_zds.values import Mutatiesoort, Verwerkingssoort
from adapters.stuf_zds.xml import Element, add, root

Scope = Mapping[str, "Scope | None"]
"""
What is asked for: name → what of it; ``None`` for a plain value.

A name holds its prefix where it is not ZKN's (``StUF:``), its entiteittype behind ``@`` where it
has one (``isVan@ZAKZKT``), and behind ``#`` what is wanted of things that bear names
(``StUF:extraElement#zaakBron``).
"""

PREFIXED: Final[Mapping[str, str]] = {"StUF": STUF}
CONTENT: Final = q(ZKN, "inhoud")


def told_for(operation: Operation, told: Stuurgegevens) -> Stuurgegevens:
    """Give stuurgegevens with what an operation adds to who sends what when."""
    return Stuurgegevens(
        code=operation.code,
        sender=told.sender,
        receiver=told.receiver,
        reference=told.reference,
        at=told.at,
        cross=told.cross,
        entity=operation.entity.upper(),
        functie=operation.functie,
    )


def begin(operation: Operation, profile: Profile, told: Stuurgegevens) -> Element:
    """Begin a message with its stuurgegevens."""
    message = root(operation.element(profile))
    add_stuurgegevens(message, told_for(operation, told), operation.inner(profile))
    return message


def question(
    operation: Operation,
    profile: Profile,
    told: Stuurgegevens,
    *,
    number: str,
    scope: Scope,
    latest_status: bool = False,
) -> Element:
    """Ask for the object with a number; *latest_status* narrows to its current status."""
    message = begin(operation, profile, told)
    entity = operation.entity.upper()
    parameters = add(message, q(ZKN, "parameters"))
    add(parameters, q(STUF, "sortering"), "0")
    add(parameters, q(STUF, "indicatorVervolgvraag"), "false")
    add(parameters, q(STUF, "maximumAantal"), "1")
    same = add(message, q(ZKN, "gelijk"), None, {ENTITEITTYPE: entity})
    add(same, q(ZKN, "identificatie"), number)
    if latest_status:
        status = add(same, q(ZKN, "heeft"), None, {ENTITEITTYPE: "ZAKSTT"})
        add(status, q(ZKN, "indicatieLaatsteStatus"), "J")
    wanted = add(add(message, q(ZKN, "scope")), q(ZKN, "object"), None, {ENTITEITTYPE: entity})
    _ask(wanted, scope)
    return message


def _ask(parent: Element, scope: Scope) -> None:
    for place, inside in scope.items():
        spelled, _, called = place.partition("#")
        name, _, entity = spelled.partition("@")
        prefix, found, rest = name.partition(":")
        made = add(parent, q(PREFIXED[prefix], rest) if found else q(ZKN, name))
        if entity:
            made.set(ENTITEITTYPE, entity)
        if called:
            made.set("naam", called)
        if made.tag == CONTENT:
            continue  # by the schema it is not nillable: an empty one asks for it
        if inside is None:
            made.set(NIL, "true")
        else:
            _ask(made, inside)


def notification(
    operation: Operation,
    profile: Profile,
    told: Stuurgegevens,
    sort: Mutatiesoort,
    objects: Sequence[Element],
) -> Element:
    """Tell of a change; with its old and its new object where the sort has both."""
    message = begin(operation, profile, told)
    parameters = add(message, q(ZKN, "parameters"))
    add(parameters, q(STUF, "mutatiesoort"), sort.value)
    add(parameters, q(STUF, "indicatorOvername"), "V")
    message.extend(objects)
    return message


def number_request(operation: Operation, profile: Profile, told: Stuurgegevens) -> Element:
    """Ask for a number, for a case, a document or a decision."""
    return begin(operation, profile, told)


def check_out(operation: Operation, profile: Profile, told: Stuurgegevens, number: str) -> Element:
    """Ask for a document to be edited by us alone."""
    message = begin(operation, profile, told)
    ask = add(message, q(operation.inner(profile), "edcLv01"))
    ask.set(ENTITEITTYPE, "EDC")
    ask.set(FUNCTIE, "selectie")
    add(add(ask, q(ZKN, "parameters")), q(STUF, "indicatorAfnemerIndicatie"), "false")
    same = add(ask, q(ZKN, "gelijk"), None, {ENTITEITTYPE: "EDC"})
    add(same, q(ZKN, "identificatie"), number)
    return message


def check_in(
    operation: Operation,
    profile: Profile,
    told: Stuurgegevens,
    objects: Sequence[Element],
    *,
    checked_out: str | None,
) -> Element:
    """Change a document, or its relation to a case, by its old and its new object."""
    message = begin(operation, profile, told)
    inner = operation.inner(profile)
    _checked_out(message, inner, checked_out)
    update = add(message, q(inner, "edcLk02"))
    update.set(ENTITEITTYPE, "EDC")
    update.set(FUNCTIE, "update")
    parameters = add(update, q(ZKN, "parameters"))
    add(parameters, q(STUF, "mutatiesoort"), Mutatiesoort.WIJZIGING.value)
    update.extend(objects)
    return message


def cancel(
    operation: Operation, profile: Profile, told: Stuurgegevens, number: str, checked_out: str
) -> Element:
    """Give up a document that was checked out."""
    message = begin(operation, profile, told)
    inner = operation.inner(profile)
    _checked_out(message, inner, checked_out)
    document = add(message, q(inner, "document"))
    document.set(ENTITEITTYPE, "EDC")
    document.set(FUNCTIE, "entiteit")
    document.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    add(document, q(ZKN, "identificatie"), number)
    return message


def _checked_out(message: Element, inner: str, checked_out: str | None) -> None:
    parameters = add(message, q(inner, "parameters"))
    if checked_out:
        add(parameters, q(inner, "checkedOutId"), checked_out)


def decision(
    operation: Operation, profile: Profile, told: Stuurgegevens, besluit: Element, number: str
) -> Element:
    """Record a decision in a case."""
    message = begin(operation, profile, told)
    both = add(message, q(ZKN, "object"))
    both.append(besluit)
    case = add(both, q(ZKN, "zaak"))
    case.set(ENTITEITTYPE, "ZAK")
    case.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    add(case, q(ZKN, "identificatie"), number)
    return message


def handover_answer(
    operation: Operation,
    profile: Profile,
    told: Stuurgegevens,
    *,
    offer: str,
    number: str,
    answer: str,
) -> Element:
    """Answer an *offer* (its reference) to take over the case with a number."""
    message = begin(operation, profile, replace(told, cross=offer))
    case = add(message, q(ZKN, "object"))
    case.set(ENTITEITTYPE, "ZAK")
    case.set(FUNCTIE, "entiteit")
    add(case, q(ZKN, "identificatie"), number)
    add(case, q(ZKN, "antwoord"), answer)
    return message
