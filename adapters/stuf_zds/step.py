"""A step: the old and the new object of the notification that sets a status. Pure."""

from __future__ import annotations

from datetime import datetime

from adapters.stuf_zds import casting
from adapters.stuf_zds.moments import say_moment
from adapters.stuf_zds.names import ENTITEITTYPE, VERWERKINGSSOORT, ZKN, q
from adapters.stuf_zds.notice import Pair, begun
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.values import NoValue, Verwerkingssoort, say_nothing
from adapters.stuf_zds.xml import Element, add, child, clean, text

_T = Verwerkingssoort.TOEVOEGING


def status(
    zaak: Element,
    settings: StufSettings,
    *,
    name: str,
    rank: int | None,
    at: datetime,
    by: str | None,
    always_w: bool,
) -> Pair:
    """
    Give the old and the new object that set a status.

    Args:
        zaak: As it stands.
        settings: What is known of its type.
        name: Of the status type.
        rank: Its volgnummer, where it is known.
        at: When it was set.
        by: The employee who set it.
        always_w: The profile knows no other sort.
    """
    sort = Verwerkingssoort.WIJZIGING if always_w else Verwerkingssoort.IDENTIFICATIE
    old, new = (begun(zaak, settings, sort) for _ in range(2))
    old.append(casting.nothing("heeft", _T))
    made = casting.begun("heeft", _T)
    kind = add(made, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "STT"})
    kind.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    case = child(zaak, "isVan", "gerelateerde")
    for native, told in (("zkt.code", "code"), ("zkt.omschrijving", "omschrijving")):
        if said := text(child(case, told)):
            add(kind, q(ZKN, native), said)
    called: dict[str, str | None] = {"volgnummer": None if rank is None else str(rank)}
    called[settings.statuses_by] = name
    for native in ("volgnummer", "code", "omschrijving"):
        if native in called or native == "omschrijving":
            one = add(kind, q(ZKN, native), called.get(native))
            if one.text is None:
                say_nothing(one, NoValue.WAARDE_ONBEKEND)
    add(made, q(ZKN, "datumStatusGezet"), say_moment(at))
    made.append(_set_by(by))
    new.append(made)
    return old, new


def _set_by(by: str | None) -> Element:
    made = casting.begun("isGezetDoor", _T)
    if not by:
        return say_nothing(made)
    employee = add(add(made, q(ZKN, "gerelateerde")), q(ZKN, "medewerker"))
    employee.set(ENTITEITTYPE, "MDW")
    employee.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    add(employee, q(ZKN, "identificatie"), clean(by)[:24])
    return made
