"""
The outside of a message: SOAP, stuurgegevens, acknowledgements (Bv); faults are in `fo`.

Source: StUF 03.01, chapter 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.stuf_zds.names import SOAP, SOAP_12, STUF, q
from adapters.stuf_zds.xml import Element, add, child, local, namespace, root, text

CONTENT_TYPE: Final = "text/xml; charset=utf-8"


class NoMessage(ValueError):
    """It is XML, and no SOAP message that we understand."""


@dataclass(frozen=True, slots=True)
class Systeem:
    """A sender or a receiver, as both sides agreed to call it."""

    applicatie: str
    organisatie: str = ""
    administratie: str = ""
    gebruiker: str = ""

    def is_same_as(self, other: Systeem) -> bool:
        """Tell whether both are one system; who used it, and capitals, make no difference."""
        names = ("organisatie", "applicatie", "administratie")
        return all(getattr(self, name).lower() == getattr(other, name).lower() for name in names)


@dataclass(frozen=True, slots=True)
class Stuurgegevens:
    """
    From whom to whom, which message, and when. Empty text is *not said*.

    Attributes:
        code: The berichtcode: Lk01, Di02 …
        reference: With the sender, the key of the message: the same on each repetition.
        at: The tijdstipBericht as it was sent; not parsed, for it is told again unchanged.
        cross: The reference of the message that this one answers.
    """

    code: str
    sender: Systeem | None = None
    receiver: Systeem | None = None
    reference: str = ""
    at: str = ""
    cross: str = ""
    entity: str = ""
    functie: str = ""

    def answered(self, code: str, *, reference: str, at: str) -> Stuurgegevens:
        """Give those of an answer: back to the sender, about this message."""
        return Stuurgegevens(
            code=code,
            sender=self.receiver,
            receiver=self.sender,
            reference=reference,
            at=at,
            cross=self.reference,
        )


_SYSTEEM: Final = ("organisatie", "applicatie", "administratie", "gebruiker")
_FIELDS: Final[Mapping[str, str]] = {
    "referentienummer": "reference",
    "tijdstipBericht": "at",
    "crossRefnummer": "cross",
    "entiteittype": "entity",
    "functie": "functie",
}


def read_stuurgegevens(message: Element) -> Stuurgegevens | None:
    """Read those of a message, in whatever order and namespace; ``None`` where it has none."""
    found = child(message, "stuurgegevens")
    if found is None:
        return None
    told = {field: text(child(found, name)) for name, field in _FIELDS.items()}
    return Stuurgegevens(
        code=text(child(found, "berichtcode")),
        sender=_systeem(child(found, "zender")),
        receiver=_systeem(child(found, "ontvanger")),
        **told,
    )


def _systeem(element: Element | None) -> Systeem | None:
    if element is None:
        return None
    return Systeem(**{name: text(child(element, name)) for name in _SYSTEEM})


def add_stuurgegevens(message: Element, told: Stuurgegevens, inner: str) -> Element:
    """
    Write stuurgegevens into a message, as its first child.

    Args:
        message: Without children yet.
        told: What to say.
        inner: The namespace of the element itself; what is in it is always StUF.
    """
    made = add(message, q(inner, "stuurgegevens"))
    add(made, q(STUF, "berichtcode"), told.code)
    for name, system in (("zender", told.sender), ("ontvanger", told.receiver)):
        if system is not None:
            inside = add(made, q(STUF, name))
            for part in _SYSTEEM:
                if value := getattr(system, part):
                    add(inside, q(STUF, part), value)
    for name, field in _FIELDS.items():
        if value := getattr(told, field):
            add(made, q(STUF, name), value)
    return made


def wrap(message: Element, version: str = SOAP) -> Element:
    """Put a message into an envelope of SOAP 1.1, or of another version."""
    envelope = root(q(version, "Envelope"))
    add(envelope, q(version, "Header"))
    add(envelope, q(version, "Body")).append(message)
    return envelope


def unwrap(envelope: Element) -> Element:
    """
    Take the message out of an envelope of either version of SOAP; it may be a fault.

    Raises:
        NoMessage: There is no envelope, or nothing in its body.
    """
    if local(envelope) != "Envelope" or namespace(envelope) not in (SOAP, SOAP_12):
        msg = "no SOAP envelope"
        raise NoMessage(msg)
    body = child(envelope, q(namespace(envelope), "Body"))
    if body is None or not len(body):
        msg = "a SOAP envelope with nothing in its body"
        raise NoMessage(msg)
    return body[0]


def acknowledgement(told: Stuurgegevens) -> Element:
    """
    Make a Bv message, to be wrapped.

    Bv02 and Bv04 say their berichtcode and nothing else: the schema allows no more.
    """
    made = root(q(STUF, f"{told.code}Bericht"))
    add_stuurgegevens(made, bare(told), STUF)
    return made


def bare(told: Stuurgegevens) -> Stuurgegevens:
    """Leave out what an answer to a question must not say: all but its berichtcode."""
    return Stuurgegevens(code=told.code) if told.code in ("Bv02", "Bv04", "Fo02") else told
