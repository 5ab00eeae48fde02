"""What a case is about: between a zaakobject or the zaakgeometrie and a CaseObject."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from adapters.zgw import geometry
from adapters.zgw.native import Zaak, ZaakObject
from contracts.case import CaseObject
from contracts.errors import Rejected

PLACE: Final = "geometrie"
"""The type of the one place on the map that a zaak has."""

OVERIGE: Final = "overige"
_OVERIGE_TYPE: Final = "objectTypeOverige"

_IDENTITY: Final = (
    "identificatie",
    "kadastraleIdentificatie",
    "kvkNummer",
    "wozObjectNummer",
    "nummerWozDeelObject",
    "gemeenteCode",
    "nummer",
)
"""Members that tell one object from another of its type, the surest first."""


def object_of(native: ZaakObject) -> CaseObject:
    """Give a zaakobject as a Case holds it."""
    data = {n: v for n, v in native.object_identificatie.items() if v not in (None, "")}
    if native.object_type == OVERIGE:
        data[_OVERIGE_TYPE] = native.object_type_overige
    if native.object:
        data["object"] = native.object
    identity = _identity(native.object_type, data)
    return CaseObject(
        key=f"{native.object_type}:{identity}",
        type=native.object_type,
        identity=identity,
        data=data,
    )


def place_of(zaak: Zaak) -> CaseObject | None:
    """Give the place on the map, where the zaak has one."""
    if not zaak.zaakgeometrie:
        return None
    return CaseObject(
        key=f"{PLACE}:zaak",
        type=PLACE,
        identity="zaak",
        data=geometry.from_server(zaak.zaakgeometrie),
    )


def body(item: CaseObject, zaak: str) -> dict[str, Any]:
    """
    Give the body that makes a zaakobject.

    Raises:
        Rejected: It names no object.
    """
    data = dict(item.data)
    made: dict[str, Any] = {"zaak": zaak, "objectType": item.type, "relatieomschrijving": ""}
    if item.type == OVERIGE:
        made[_OVERIGE_TYPE] = str(data.pop(_OVERIGE_TYPE, "") or "object")
    if url := data.pop("object", None):
        return {**made, "object": url}
    if not data:
        msg = f"an object of type {item.type!r} without any member"
        raise Rejected(msg, code="object")
    return {**made, "objectIdentificatie": data}


def _identity(kind: str, data: Mapping[str, Any]) -> str:
    if url := data.get("object"):
        return str(url)
    for member in _IDENTITY:
        if value := data.get(member):
            return str(value)
    if kind == "adres" and data.get("huisnummer"):
        parts = (data.get(m) for m in ("postcode", "huisnummer", "huisletter"))
        return "-".join(str(part) for part in parts if part)
    # Free data has no identity of its own: what it holds is what it is.
    return hashlib.sha256(_canonical(data)).hexdigest()[:24]


def _canonical(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), default=str).encode()
