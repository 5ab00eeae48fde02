"""
How known products deviate from the standard: declared here as data, never as code elsewhere.

A dialect is chosen in the settings, and each of its members can be overridden there. What a
system does that we understand anyway (prefixes, encodings, dates with dashes) is no dialect: that
is read from everybody, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

Relation = Literal["heeftAlsVerantwoordelijke", "heeftAlsUitvoerende"]


class Dialect(BaseModel):
    """
    What one product does its own way.

    Attributes:
        empty_is_none: An element that is empty, and says no noValue, says that there is none.
            By the standard it says nothing.
        charset: What its bytes really are where they break the encoding that they declare.
        generic_action: It wants ``…/zakLk01`` as SOAPAction, and not that of the operation.
        soap_12: It wants SOAP 1.2.
        mtom: It wants the content of documents as an attachment.
        number_as_key: It knows cases by their number in the place of a technical key, and wants
            that in sleutelVerzendend and sleutelOntvangend.
        checks_old: It refuses a change whose old value is not what stands there. Then a write is
            guarded; else the old value is there for others who look.
        conflict: Words in a fault that mean that the old value was not what stands there.
        not_found: Words in a general fault (StUF058) that mean that there is no such case.
        technical: Words in a general fault that mean that something broke, and nothing was
            refused.
        lacks: Operations that it has not.
        file_names: Ask for each document what its file is called; else it is made of the title.
        processes_within: How long after its acknowledgement a message may still be unprocessed.
        unit_relation: The relation to the organisational unit that handles a case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    empty_is_none: bool = False
    charset: str | None = None
    generic_action: bool = False
    soap_12: bool = False
    mtom: bool = False
    number_as_key: bool = False
    checks_old: bool = False
    conflict: tuple[str, ...] = ("oud komt niet overeen", "oude waarde", "niet actueel")
    not_found: tuple[str, ...] = (
        "niet gevonden",
        "bestaat niet",
        "not found",
        "zaak onbekend",
        "zaaknummer onbekend",
    )
    technical: tuple[str, ...] = (
        "timeout",
        "timed out",
        "exception",
        "connection",
        "verbinding",
        "deadlock",
        "tijdelijk",
        "unavailable",
    )
    lacks: frozenset[str] = frozenset()
    file_names: bool = True
    processes_within: timedelta = timedelta(0)
    unit_relation: Relation = "heeftAlsVerantwoordelijke"


_OF_1_2: Final = frozenset(
    {
        "ontkoppelZaakdocument",
        "overdragenZaak",
        "voegBesluitToe",
        "updateBesluit",
        "genereerBesluitIdentificatie",
        "geefBesluitdetails",
        "geefLijstBesluiten",
    }
)
"""What came with ZDS 1.2, and a bridge to ZGW leaves out."""

DIALECTS: Final[Mapping[str, Dialect]] = {
    "standard": Dialect(),
    # Translates to ZGW before it acknowledges: what goes wrong there is told at once, as StUF058
    # with the ZGW API's own words, and nothing is compared with the old object.
    "zaakbrug": Dialect(
        not_found=(
            *Dialect().not_found,
            "zaak with identification",
            "no zgw",
            "geen zaak",
        ),
        lacks=_OF_1_2,
    ),
    # Keeps the case number where a technical key belongs, on relations too; no decisions.
    "openzaakbrug": Dialect(
        number_as_key=True,
        lacks=_OF_1_2,
    ),
    # Acknowledges first and works through a queue; older .NET stacks declare UTF-8 and send
    # Windows' own, and leave elements empty that have no value.
    "queued": Dialect(empty_is_none=True, charset="cp1252", processes_within=timedelta(minutes=2)),
}
"""Name → dialect. ``queued`` is no product: the habits of older case systems, taken together."""
