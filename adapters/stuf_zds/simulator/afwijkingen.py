"""
How what this system sends deviates from the standard, as real systems were seen to do.

Each deviation is a small change of a message that was built rightly: of its elements (`deviate`),
or of its bytes (`serialised`). Without any the message goes out as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from lxml import etree

from adapters.stuf_zds.envelope import CONTENT_TYPE
from adapters.stuf_zds.names import (
    BG,
    ENTITEITTYPE,
    NIL,
    NO_VALUE,
    SOAP,
    STUF,
    VERWERKINGSSOORT,
    XSI,
    ZDS,
    ZKN,
    q,
)
from adapters.stuf_zds.xml import Element, child, children, local, write

from .settings import Deviations

_DAY: Final = re.compile(r"[0-9]{8}")
_DATES: Final = re.compile(r"datum|Gepland$|Werking$|einddatum", re.IGNORECASE)
_MOMENTS: Final = ("datumStatusGezet", "laatsteBetaaldatum", "tijdstipBericht")
_CODES: Final = ("vertrouwelijkAanduiding", "betalingsIndicatie", "indicatieLaatsteStatus")
_TEXTS: Final = ("omschrijving", "toelichting", "titel", "beschrijving")
_ODD: Final = {"ns2": STUF, "ns3": ZKN, "ns4": BG, "ns5": ZDS, "S": SOAP, "q1": XSI}
_LOCATION: Final = f"{ZKN} file:///C:/StUF/zkn0310/zkn0310_msg.xsd"
_VENDOR: Final = "urn:leverancier:zaaksysteem"


def deviate(message: Element, deviations: Deviations) -> None:
    """Change what is not as the standard wants it, in the element that goes out."""
    if deviations == Deviations():
        return
    for name, change in _CHANGES.items():
        if getattr(deviations, name):
            change(message)


def _inside(message: Element) -> Iterator[Element]:
    """All elements of a message but those that say who sends it."""
    for part in message:
        if local(part) not in ("stuurgegevens", "parameters"):
            yield from part.iter()


def _dates(message: Element) -> Iterator[Element]:
    for one in _inside(message):
        if _DATES.search(local(one)) and local(one) not in _MOMENTS:
            yield one


def _dashes(message: Element) -> None:
    for one in _dates(message):
        if one.text and _DAY.fullmatch(one.text):
            one.text = f"{one.text[:4]}-{one.text[4:6]}-{one.text[6:]}"


def _time(message: Element) -> None:
    for one in _dates(message):
        if one.text and _DAY.fullmatch(one.text):
            one.text += "000000"


def _zeros(message: Element) -> None:
    for one in _dates(message):
        if one.get(NO_VALUE):
            one.attrib.pop(NIL, None)
            one.attrib.pop(NO_VALUE, None)
            one.text = "00000000"


def _empty(message: Element) -> None:
    for one in _inside(message):
        if one.get(NO_VALUE) == "geenWaarde" and not one.get(ENTITEITTYPE):
            one.attrib.pop(NIL, None)
            one.attrib.pop(NO_VALUE, None)


def _both(message: Element) -> None:
    for one in _inside(message):
        if local(one) == "omschrijving" and one.text:
            one.set(NO_VALUE, "geenWaarde")


def _lower(message: Element) -> None:
    for one in _inside(message):
        if local(one) in _CODES and one.text:
            one.text = one.text.lower()


def _disorder(message: Element) -> None:
    for one in _inside(message):
        if local(one) == "object" and len(one) > 1:
            one.append(one[0])


def _without(attribute: str) -> Callable[[Element], None]:
    def strip(message: Element) -> None:
        for one in _inside(message):
            one.attrib.pop(attribute, None)

    return strip


def _one_object(message: Element) -> None:
    objects = list(children(message, "object"))
    for former in objects[:-1]:
        message.remove(former)


def _as_addition(message: Element) -> None:
    sort = child(message, "parameters", "mutatiesoort")
    if sort is not None and any(child(one, "heeft") is not None for one in message):
        sort.text = "T"
        _one_object(message)


def _location(message: Element) -> None:
    message.set(q(XSI, "schemaLocation"), _LOCATION)


def _foreign(message: Element) -> None:
    for one in _inside(message):
        if local(one) == "object":
            vendor = etree.Element(q(_VENDOR, "interneSleutel"), nsmap={"lev": _VENDOR})
            vendor.text = "4711"
            one.insert(1, vendor)


def _chamber(message: Element) -> None:
    """A number of the chamber of commerce where that of an establishment belongs."""
    for one in _inside(message):
        if local(one) == "vestigingsNummer" and one.text:
            one.text = one.text[-8:]


def _no_party(message: Element) -> None:
    for one in list(_inside(message)):
        if local(one) == "natuurlijkPersoon":
            for inner in list(one):
                one.remove(inner)


def _shouted_place(message: Element) -> None:
    for one in message.iter():
        if local(one) == "plek" and one.text:
            one.text = one.text.upper()


_CHANGES: Final[Mapping[str, Callable[[Element], None]]] = {
    "date_dashes": _dashes,
    "date_time": _time,
    "zero_dates": _zeros,
    "empty_for_none": _empty,
    "value_with_novalue": _both,
    "lower_case_codes": _lower,
    "chamber_number": _chamber,
    "empty_party": _no_party,
    "one_object": _one_object,
    "status_as_addition": _as_addition,
    "no_entiteittype": _without(ENTITEITTYPE),
    "no_verwerkingssoort": _without(VERWERKINGSSOORT),
    "foreign_elements": _foreign,
    "wrong_order": _disorder,
    "schema_location": _location,
    "upper_case_place": _shouted_place,
}


def deviate_fault(fault: Element, deviations: Deviations) -> None:
    """Change a SOAP fault."""
    code = child(fault, "faultcode")
    if code is not None and deviations.fault_code == "receiver":
        code.text = "env:Receiver"
    elif code is not None and deviations.fault_code == "stuf":
        inner = next((one.text for one in fault.iter() if local(one) == "code"), "StUF058")
        code.text = f"s:{inner}"
    if deviations.fault_bare:
        for one in list(fault.iter()):
            if local(one) == "stuurgegevens":
                one.getparent().remove(one)  # type: ignore[union-attr]
    if deviations.upper_case_place:
        _shouted_place(fault)


# -- bytes ---------------------------------------------------------------------------------------


def serialised(envelope: Element, deviations: Deviations) -> tuple[bytes, str]:
    """Give the bytes of a message, and the Content-Type that goes with them."""
    if deviations == Deviations():
        return write(envelope), CONTENT_TYPE
    named = _renamed(envelope, deviations.prefixes)
    if deviations.cdata:
        for one in named.iter():
            if local(one) in _TEXTS and one.text:
                one.text = etree.CDATA(one.text)
    etree.cleanup_namespaces(named, keep_ns_prefixes=list(_ODD))
    dump: Any = etree.tostring
    body = bytes(dump(named, encoding=deviations.charset, xml_declaration=True))
    if deviations.wrong_charset:
        said = etree.tostring(named, encoding="unicode")
        body = b'<?xml version="1.0" encoding="UTF-8"?>' + said.encode("cp1252", "replace")
    if deviations.byte_order_mark and deviations.charset.lower() == "utf-8":
        body = b"\xef\xbb\xbf" + body
    if deviations.leading_space:
        body = b"\n  " + body
    return body, f"text/xml; charset={deviations.charset}"


def _renamed(envelope: Element, prefixes: str) -> Element:
    """Give the message under other prefixes: those of some toolkit, or none for the main part."""
    if prefixes == "usual":
        return envelope
    names: dict[str | None, str] = {}
    for name, uri in _ODD.items():
        names[None if prefixes == "default" and uri == ZKN else name] = uri
    made = etree.Element(envelope.tag, nsmap=names)
    _copy(envelope, made)
    return made


def _copy(source: Element, target: Element) -> None:
    target.text, target.tail = source.text, source.tail
    for name, value in source.attrib.items():
        target.set(name, value)
    for one in source:
        _copy(one, etree.SubElement(target, one.tag))
