"""
Who may send what: the checks of stuurgegevens that come before anything is done.

A message that was taken is remembered by its sender and its reference. The same message again is
answered as it was, and nothing is done a second time; another one under that reference is
refused. What was refused is not remembered: it may be offered again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from adapters.kit.simulator import Row, Store
from adapters.stuf_zds.envelope import Stuurgegevens, Systeem
from adapters.stuf_zds.names import OPERATIONS, Operation
from adapters.stuf_zds.xml import Element, fingerprint

from .settings import Client, Quirks
from .weigering import Refusal, refuse_shape

_CODES: Final = frozenset(
    f"{kind}{number:02d}"
    for kind, most in (("Lk", 6), ("Lv", 14), ("La", 14), ("Di", 2), ("Du", 2), ("Bv", 4),
                       ("Fo", 3), ("Sa", 4), ("Sh", 4), ("Tr", 1))
    for number in range(1, most + 1)
)  # fmt: skip
_ENTITIES: Final = frozenset({"ZAK", "EDC", "BSL", "SDC", "ZKT", "STT", "DCT", "BST", "MDW", "OEH"})
_FUNCTIONS: Final = frozenset(one.functie.lower() for one in OPERATIONS if one.functie)
_MOMENT: Final = re.compile(r"[0-9]{8}(?:[0-9]{2}){0,3}[0-9]{0,3}")


def check(
    told: Stuurgegevens | None,
    operation: Operation,
    us: Systeem,
    clients: tuple[Client, ...],
    quirks: Quirks,
) -> Client:
    """
    See that a message is for us, and from somebody who may send it.

    Raises:
        Refusal: It is not.
    """
    if told is None:
        refuse_shape("stuurgegevens ontbreken")
    _check_kind(told, operation)
    if told.receiver is None or not _is(told.receiver, us):
        raise Refusal("StUF010")
    client = next((one for one in clients if told.sender and _is(told.sender, one.systeem)), None)
    if client is None:
        raise Refusal("StUF013")
    if client.operations is not None and operation.name not in client.operations:
        raise Refusal("StUF052")
    if quirks.strict:
        _check_form(told, operation)
    return client


def _check_kind(told: Stuurgegevens, operation: Operation) -> None:
    if told.code not in _CODES:
        raise Refusal("StUF022")
    if told.code != operation.code:
        raise Refusal("StUF025", f"{operation.name} is {operation.code}")
    if operation.entity and told.entity.upper() != operation.entity.upper():
        raise Refusal("StUF031" if told.entity in _ENTITIES else "StUF028")
    if operation.functie and told.functie.lower() != operation.functie.lower():
        raise Refusal("StUF040" if told.functie.lower() in _FUNCTIONS else "StUF034")


def _check_form(told: Stuurgegevens, operation: Operation) -> None:
    is_free = operation.code == "Di02"
    for name, value in (("referentienummer", told.reference), ("tijdstipBericht", told.at)):
        if not value and not is_free:
            refuse_shape(f"{name} ontbreekt")
    if len(told.reference) > 40:
        refuse_shape("referentienummer is langer dan 40 tekens")
    if told.at and not _MOMENT.fullmatch(told.at):
        refuse_shape("tijdstipBericht is geen tijdstip")


def _is(named: Systeem, known: Systeem) -> bool:
    """Tell whether a system is meant; what is not said, or not agreed, makes no difference."""
    shown = replace(
        known,
        organisatie=known.organisatie if named.organisatie else "",
        administratie=known.administratie if named.administratie else "",
    )
    asked = replace(
        named,
        organisatie=named.organisatie if known.organisatie else "",
        administratie=named.administratie if known.administratie else "",
    )
    return asked.is_same_as(shown)


class Ontvangen:
    """The messages that were taken, and how each was answered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def before(self, told: Stuurgegevens, message: Element) -> str | None:
        """
        Give how a message was answered before; None where it is new.

        Raises:
            Refusal: Another message had this reference.
        """
        found = self._store.get("ontvangen", _key(told))
        if found is None:
            return None
        if found["afdruk"] != fingerprint(message):
            raise Refusal("StUF016")
        return str(found["antwoord"])

    def remember(self, told: Stuurgegevens, message: Element, answer: str) -> None:
        """Remember a message with its answer; within the transaction of what it did."""
        row: Row = {
            "uuid": _key(told),
            "afdruk": fingerprint(message),
            "antwoord": answer,
            "tijdstip": told.at,
        }
        self._store.put("ontvangen", row)

    def check_time(self, told: Stuurgegevens) -> None:
        """Refuse a message that is not later than the last of its sender."""
        sender = _sender(told)
        last = self._store.setting(f"laatste-{sender}") or ""
        if told.at.ljust(17, "0") <= last:
            raise Refusal("StUF019")
        self._store.keep_setting(f"laatste-{sender}", told.at.ljust(17, "0"))


def _sender(told: Stuurgegevens) -> str:
    one = told.sender or Systeem("")
    parts = (one.organisatie, one.applicatie, one.administratie, one.gebruiker)
    return "\x00".join(part.lower() for part in parts)


def _key(told: Stuurgegevens) -> str:
    return f"{_sender(told)}\x00{told.reference}"
