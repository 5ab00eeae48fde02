"""
Which service of ZDS a message means.

The SOAPAction tells; where that is missing or says nothing, it follows from the message.
"""

from __future__ import annotations

from email.message import Message
from typing import Final

from aiohttp import web

from adapters.stuf_zds import names
from adapters.stuf_zds.names import NIL, OPERATIONS, ZDS, ZKN, Operation, Port, Profile, by_action
from adapters.stuf_zds.xml import Element, child, children, local, namespace, text


class NotForUs(ValueError):
    """It is XML in an envelope, and nothing that this system knows."""


def which(request: web.Request, message: Element, profile: Profile) -> Operation:
    """
    Tell which service is meant.

    Raises:
        NotForUs: None that is known, or not the one of the SOAPAction or of the address.
    """
    if namespace(message) not in (ZKN, ZDS):
        msg = f"berichtnaam onbekend: {local(message)}"
        raise NotForUs(msg)
    found = by_action(_action(request), profile)
    if found is not None and found.element(profile) != message.tag:
        msg = f"SOAPAction {found.name} hoort niet bij {local(message)}"
        raise NotForUs(msg)
    found = found or _inferred(message, profile)
    port = request.path.rpartition("/")[2]
    if port in _PORTS and found.port not in _PORTS[port]:
        msg = f"{found.name} hoort bij {found.port.path(profile)}"
        raise NotForUs(msg)
    return found


_PORTS: Final = {
    **{port.path(profile): frozenset({port}) for port in Port for profile in Profile},
}


def _action(request: web.Request) -> str:
    """Give the SOAPAction; in SOAP 1.2 it is a parameter of the Content-Type."""
    header = request.headers.get("SOAPAction", "")
    if header.strip('" '):
        return header
    parsed = Message()
    parsed["Content-Type"] = request.headers.get("Content-Type", "")
    action = parsed.get_param("action", "")
    return action if isinstance(action, str) else ""


def _inferred(message: Element, profile: Profile) -> Operation:
    """Tell from a message what is asked, where its action does not."""
    fitting = [
        one for one in OPERATIONS if profile in one.profiles and one.element(profile) == message.tag
    ]
    if len(fitting) == 1:
        return fitting[0]
    match local(message):
        case "zakLk01":
            return _of_case(message)
        case "edcLk01":
            has_content = any(child(one, "inhoud") is not None for one in message)
            return names.VOEG_ZAAKDOCUMENT_TOE if has_content else names.MAAK_ZAAKDOCUMENT
        case "zakLv01":
            return _asked(message)
        case _:
            msg = f"berichtnaam onbekend: {local(message)}"
            raise NotForUs(msg)


def _of_case(message: Element) -> Operation:
    sort = child(message, "parameters", "mutatiesoort")
    if sort is not None and text(sort).upper() == "T":
        return names.CREEER_ZAAK
    new = list(children(message, "object"))[-1:]
    told = {local(one) for one in (new[0] if new else ()) if one.get(NIL) is None}
    told -= {"identificatie", "omschrijving", "isVan"}
    return names.ACTUALISEER_ZAAKSTATUS if told == {"heeft"} else names.UPDATE_ZAAK


def _asked(message: Element) -> Operation:
    wanted = child(message, "scope", "object")
    asked = {local(one) for one in wanted} if wanted is not None else set()
    asked -= {"identificatie", "omschrijving", "isVan"}
    if asked == {"heeft"}:
        return names.GEEF_ZAAKSTATUS
    return names.GEEF_LIJST_ZAAKDOCUMENTEN if asked == {"heeftRelevant"} else names.GEEF_ZAAKDETAILS
