"""
Faults as messages: Fo01, Fo02 and Fo03, by themselves or within a SOAP fault.

Source: StUF 03.01, chapter 4, and the protocol bindings 03.02.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from adapters.stuf_zds.envelope import Stuurgegevens, add_stuurgegevens, bare, read_stuurgegevens
from adapters.stuf_zds.names import LANG, SOAP, SOAP_12, STUF, q
from adapters.stuf_zds.xml import Element, add, child, local, namespace, root, text


@dataclass(frozen=True, slots=True)
class Fault:
    """
    What a Fo message says.

    Attributes:
        code: ``StUF058`` and such; the faultcode of SOAP where there is no Fo message inside.
        place: ``client`` or ``server``: whose fault it is.
        says: The omschrijving.
        details: More of it, in whatever words.
        told: The stuurgegevens, where there are any: the code says which Fo it is.
    """

    code: str
    place: str
    says: str
    details: str = ""
    told: Stuurgegevens | None = None

    @property
    def words(self) -> str:
        """All that it says, in one line."""
        return " ".join(part for part in (self.code, self.says, self.details) if part)


def is_fault(message: Element) -> bool:
    """Tell whether what was in an envelope is a SOAP fault."""
    return local(message) == "Fault" and namespace(message) in (SOAP, SOAP_12)


_FO: Final = ("Fo01Bericht", "Fo02Bericht", "Fo03Bericht")


def read_fault(message: Element) -> Fault | None:
    """
    Read a fault: a SOAP fault with or without a Fo message in it, or a Fo message by itself.

    ``None`` where it is none of these. The Fo message is found wherever it hides.
    """
    inside = next((one for one in message.iter() if local(one) in _FO), None)
    if inside is not None:
        body = child(inside, "body")
        place = text(child(body, "plek")).lower()
        return Fault(
            code=text(child(body, "code")),
            place=place if place in ("client", "server") else _blame(message),
            says=text(child(body, "omschrijving")),
            details=_details(body),
            told=read_stuurgegevens(inside) or Stuurgegevens(code=local(inside)[:4]),
        )
    if not is_fault(message):
        return None
    return Fault(code=_faultcode(message), place=_blame(message), says=_faultstring(message))


def _details(body: Element | None) -> str:
    found = [child(body, name) for name in ("details", "detailsXML")]
    return " ".join("".join(one.itertext()).strip() for one in found if one is not None).strip()


def _faultcode(fault: Element) -> str:
    return text(child(fault, "faultcode")) or text(child(fault, "Code", "Value"))


def _faultstring(fault: Element) -> str:
    return text(child(fault, "faultstring")) or text(child(fault, "Reason", "Text"))


def _blame(fault: Element) -> str:
    # Seen: env:Receiver, s:StUF058, and no prefix at all.
    name = _faultcode(fault).rpartition(":")[2].lower()
    return "client" if name in ("client", "sender") else "server"


FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "StUF001": ("server", "Versie StUF niet ondersteund"),
    "StUF004": ("server", "Sectormodel niet ondersteund"),
    "StUF007": ("server", "Versie sectormodel niet ondersteund"),
    "StUF010": (
        "client",
        "Combinatie van ontvangende organisatie, applicatie en administratie onbekend",
    ),
    "StUF013": (
        "client",
        "Combinatie van verzendende organisatie, applicatie en administratie onbekend",
    ),
    "StUF016": ("client", "Combinatie zender en referentienummer niet uniek"),
    "StUF019": ("client", "Tijdstip bericht niet groter dan dat van het vorige bericht"),
    "StUF022": ("client", "Berichtcode onbekend"),
    "StUF025": ("server", "Berichtcode niet ondersteund"),
    "StUF028": ("client", "Entiteittype onbekend"),
    "StUF031": ("server", "Entiteittype niet ondersteund"),
    "StUF034": ("client", "Functie onbekend"),
    "StUF037": ("server", "Functie niet ondersteund"),
    "StUF040": ("server", "Combinatie van berichtcode en functie niet ondersteund"),
    "StUF043": ("client", "Crossreferentienummer onbekend"),
    "StUF046": ("server", "Opslaan bericht niet mogelijk"),
    "StUF049": ("server", "Proces voor afhandelen bericht niet beschikbaar"),
    "StUF052": ("client", "Zender niet geautoriseerd"),
    "StUF055": ("client", "Berichtbody is niet conform schema in sectormodel"),
    "StUF058": ("server", "Proces voor afhandelen bericht geeft fout"),
    "StUF062": ("server", "Tijdvak geldigheid niet consistent"),
    "StUF063": ("client", "Tijdvak geldigheid niet consistent"),
    "StUF064": ("server", "Object niet gevonden"),
    "StUF065": ("server", "Tijdstip registratie niet consistent"),
    "StUF066": ("client", "Tijdstip registratie niet consistent"),
    "StUF067": ("server", "Object dubbel gevonden"),
    "StUF960": (
        "server",
        (
            "Het antwoordende systeem is niet in staat het verzoek af te handelen binnen de "
            "connection time out"
        ),
    ),
}
"""Code → plek and omschrijving."""


def fault_of(code: str, details: str = "", *, told: Stuurgegevens | None = None) -> Fault:
    """Make a fault by its code, with the words of the standard."""
    place, says = FAULTS[code]
    return Fault(code=code, place=place, says=says, details=details, told=told)


def fault_message(kind: str, fault: Fault) -> Element:
    """
    Make a Fo message, to be wrapped by itself (Fo01) or within a SOAP fault (`soap_fault`).

    Args:
        kind: ``Fo01``, ``Fo02`` or ``Fo03``. Fo02 says nothing in its stuurgegevens but this.
        fault: What to say; ``told`` holds the stuurgegevens.
    """
    told = replace(fault.told, code=kind) if fault.told else Stuurgegevens(code=kind)
    made = root(q(STUF, f"{kind}Bericht"))
    add_stuurgegevens(made, bare(told), STUF)
    body = add(made, q(STUF, "body"))
    add(body, q(STUF, "code"), fault.code)
    add(body, q(STUF, "plek"), fault.place)
    add(body, q(STUF, "omschrijving"), fault.says[:200])
    if fault.details:
        add(body, q(STUF, "details"), fault.details[:1000])
    return made


def soap_fault(kind: str, fault: Fault, version: str = SOAP) -> Element:
    """Make a SOAP fault with a Fo message in it, to be wrapped and sent with status 500."""
    if version == SOAP_12:
        return _soap_fault_12(kind, fault)
    made = root(q(SOAP, "Fault"))
    add(made, "faultcode", f"soapenv:{fault.place.capitalize()}")
    add(made, "faultstring", fault.says)
    add(made, "detail").append(fault_message(kind, fault))
    return made


def _soap_fault_12(kind: str, fault: Fault) -> Element:
    made = root(q(SOAP_12, "Fault"))
    blame = "Sender" if fault.place == "client" else "Receiver"
    add(add(made, q(SOAP_12, "Code")), q(SOAP_12, "Value"), f"env:{blame}")
    add(add(made, q(SOAP_12, "Reason")), q(SOAP_12, "Text"), fault.says, {LANG: "nl"})
    add(made, q(SOAP_12, "Detail")).append(fault_message(kind, fault))
    return made
