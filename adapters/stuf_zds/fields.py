"""
The registers of a case that are plain elements of the zaak: one table, both ways.

A group (opschorting, verlenging, resultaat) always travels whole, so its members are one value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from adapters.stuf_zds.moments import datum, say_date
from adapters.stuf_zds.names import ZKN, q
from adapters.stuf_zds.taste import NOT_TOLD, NotTold, Taste
from adapters.stuf_zds.values import BadValue, NoValue, code, indicatie, say_nothing
from adapters.stuf_zds.xml import Element, add, child, clean, root, text
from contracts.case import Archive, Extension, Suspension
from contracts.errors import Rejected

Read = Callable[[Element, Taste], Any]
"""Takes the zaak; gives a value, ``None`` for empty, or `NOT_TOLD`."""

Write = Callable[[JsonValue, Element | None], Element]
"""Gives the element for a value; takes what stands there now, for what goes along with it."""


@dataclass(frozen=True, slots=True)
class Member:
    """
    One element of the zaak.

    Attributes:
        native: Its name.
        read: Gives the value of our field.
        write: Gives the element that says it.
    """

    native: str
    read: Read
    write: Write


def element(name: str) -> Element:
    """Begin an element of ZKN."""
    return root(q(ZKN, name))


def say(parent: Element, name: str, value: str | None) -> Element:
    """Say a text in a child, or that there is none."""
    made = add(parent, q(ZKN, name), (value or "").strip() or None)
    return made if made.text else say_nothing(made, NoValue.GEEN_WAARDE)


def _text(name: str) -> Member:
    def write(value: JsonValue, now: Element | None) -> Element:
        del now
        made = element(name)
        made.text = clean("" if value is None else str(value)).strip() or None
        return made if made.text else say_nothing(made)

    return Member(name, lambda zaak, taste: taste.text(child(zaak, name)), write)


def _date(name: str) -> Member:
    def read(zaak: Element, taste: Taste) -> Any:
        return taste.taken(child(zaak, name), lambda one: datum(one, taste.seen))

    def write(value: JsonValue, now: Element | None) -> Element:
        del now
        made = element(name)
        if value is None:
            return say_nothing(made)
        if str(value).count("-") != 2:
            # The dates of a zaak have no mark that says what is missing: only whole ones fit.
            msg = f"{name}: a date that is known in part cannot be told to this system"
            raise Rejected(msg, code="date")
        try:
            return say_date(made, str(value))
        except BadValue as error:
            msg = f"{name}: {error}"
            raise Rejected(msg, code="date") from error

    return Member(name, read, write)


def _result(zaak: Element, taste: Taste) -> Any:
    group = child(zaak, "resultaat")
    if group is None or taste.told(group).is_empty:
        return NOT_TOLD if group is None else None
    return taste.text(child(group, "omschrijving"))


def _say_result(value: JsonValue, now: Element | None) -> Element:
    made = element("resultaat")
    say(made, "omschrijving", None if value is None else str(value))
    # An explanation belongs to its outcome: another outcome has none yet.
    same = text(child(now, "omschrijving")) == value
    say(made, "toelichting", text(child(now, "toelichting")) if same else None)
    return made


def _suspension(zaak: Element, taste: Taste) -> Any:
    group = child(zaak, "opschorting")
    if group is None or taste.told(group).is_empty:
        return NOT_TOLD if group is None else None
    said = taste.text(child(group, "indicatie"))
    if isinstance(said, NotTold):
        return NOT_TOLD
    active = indicatie(said) is True
    reason = taste.plain(child(group, "reden"))
    return Suspension(active=active, reason=reason) if active or reason else None


def _say_suspension(value: JsonValue, now: Element | None) -> Element:
    del now
    found = Suspension.model_validate(value) if value is not None else Suspension(active=False)
    made = element("opschorting")
    add(made, q(ZKN, "indicatie"), "J" if found.active else "N")
    say(made, "reden", found.reason)
    return made


_DAYS: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?")


def _extension(zaak: Element, taste: Taste) -> Any:
    group = child(zaak, "verlenging")
    if group is None or taste.told(group).is_empty:
        return NOT_TOLD if group is None else None
    duration, reason = (taste.text(child(group, name)) for name in ("duur", "reden"))
    if isinstance(duration, NotTold) and isinstance(reason, NotTold):
        return NOT_TOLD
    days = duration if isinstance(duration, str) else ""
    why = reason if isinstance(reason, str) else ""
    if not days.strip("0") and not why:
        return None
    return Extension(reason=why, duration=f"P{int(days)}D" if days.isdecimal() else "")


def _say_extension(value: JsonValue, now: Element | None) -> Element:
    del now
    made = element("verlenging")
    if value is None:
        say(made, "duur", None)
        say(made, "reden", None)
        return made
    found = Extension.model_validate(value)
    days = _DAYS.fullmatch(found.duration)
    count = 7 * int(days[1] or 0) + int(days[2] or 0) if days else 0
    if found.duration and not 0 < count < 1000:
        msg = f"verlenging: {found.duration} cannot be told in days, and this system knows no other"
        raise Rejected(msg, code="duration")
    say(made, "duur", str(count) if count else None)
    say(made, "reden", found.reason)
    return made


PAYMENT: Final[Mapping[str, str]] = {
    "N.v.t.": "nvt",
    "(Nog) niet": "nog_niet",
    "Gedeeltelijk": "gedeeltelijk",
    "Geheel": "geheel",
}


def _payment(zaak: Element, taste: Taste) -> Any:
    said = taste.text(child(zaak, "betalingsIndicatie"))
    if not isinstance(said, str):
        return said
    known = code(said, PAYMENT, taste.seen)
    return PAYMENT[known] if known else said


def _archive(zaak: Element, taste: Taste) -> Any:
    said = taste.text(child(zaak, "archiefnominatie"))
    day = taste.taken(child(zaak, "datumVernietigingDossier"), lambda one: datum(one, taste.seen))
    if isinstance(said, NotTold) and isinstance(day, NotTold):
        return NOT_TOLD
    destroy = indicatie(said) if isinstance(said, str) else None
    nomination = {True: "vernietigen", False: "blijvend_bewaren", None: None}[destroy]
    when = day if isinstance(day, str) else None
    return Archive(nomination=nomination, action_date=when) if nomination or when else None


WRITABLE: Final[Mapping[str, Member]] = {
    "title": _text("omschrijving"),
    "explanation": _text("toelichting"),
    "start": _date("startdatum"),
    "planned_end": _date("einddatumGepland"),
    "deadline": _date("uiterlijkeEinddatum"),
    "suspension": Member("opschorting", _suspension, _say_suspension),
    "extension": Member("verlenging", _extension, _say_extension),
    "result": Member("resultaat", _result, _say_result),
}
"""Field → element; a change of one is part of an updateZaak."""

CREATABLE: Final[Mapping[str, Member]] = {"registered": _date("registratiedatum")}
"""Elements that are given when the case is made, and left alone after."""

READABLE: Final[Mapping[str, Read]] = {
    "number": lambda zaak, taste: taste.text(child(zaak, "identificatie")),
    "end": _date("einddatum").read,
    "payment": _payment,
    "archive": _archive,
    **{field: member.read for field, member in {**WRITABLE, **CREATABLE}.items()},
}

ORDER: Final = (
    "identificatie",
    "omschrijving",
    "toelichting",
    "kenmerk",
    "anderZaakObject",
    "resultaat",
    "startdatum",
    "registratiedatum",
    "publicatiedatum",
    "einddatumGepland",
    "uiterlijkeEinddatum",
    "einddatum",
    "opschorting",
    "verlenging",
    "betalingsIndicatie",
    "laatsteBetaaldatum",
    "archiefnominatie",
    "datumVernietigingDossier",
    "zaakniveau",
    "deelzakenIndicatie",
    "extraElementen",
    "isVan",
    "heeftBetrekkingOp",
    "heeftAlsBelanghebbende",
    "heeftAlsGemachtigde",
    "heeftAlsInitiator",
    "heeftAlsUitvoerende",
    "heeftAlsVerantwoordelijke",
    "heeftAlsOverigBetrokkene",
    "heeftAlsDeelzaak",
    "heeftBetrekkingOpAndere",
    "heeft",
    "leidtTot",
)
"""The elements of a zaak in a notification, in the one order that the schema allows."""


def registers(zaak: Element, taste: Taste) -> dict[str, Any]:
    """Give the registers that the zaak itself tells of."""
    found = {field: read(zaak, taste) for field, read in READABLE.items()}
    return {field: value for field, value in found.items() if value is not NOT_TOLD}
