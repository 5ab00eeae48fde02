"""`expand`: what may be asked for beside a zaak or a document, and how it is laid in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from adapters.kit.simulator import Row

from .errors import Invalid, ValidationError
from .system import Body, System

_OWN: Final = {
    "zaaktype": (),
    "status": ("statustype",),
    "resultaat": ("resultaattype",),
    "rollen": ("roltype",),
    "zaakinformatieobjecten": (),
    "zaakobjecten": (),
    "eigenschappen": ("eigenschap",),
}


def _allowed() -> frozenset[str]:
    own = set(_OWN) | {f"{n}.{sub}" for n, subs in _OWN.items() for sub in subs}
    family = {f"{relative}.{name}" for relative in ("hoofdzaak", "deelzaken") for name in own}
    return frozenset(own | family | {"hoofdzaak", "deelzaken"})


ALLOWED: Final[dict[str, frozenset[str]]] = {
    "zaak": _allowed(),
    "enkelvoudiginformatieobject": frozenset({"informatieobjecttype"}),
}


def parse(kind: str, asked: str | Sequence[str] | None) -> list[str]:
    """Return the paths asked for; raises ValidationError on one that is not offered."""
    if not asked:
        return []
    paths = asked.split(",") if isinstance(asked, str) else list(asked)
    for path in paths:
        if path not in ALLOWED[kind]:
            reason = f"Selecteer een geldige keuze. {path} is geen beschikbare keuze."
            raise ValidationError([Invalid("expand", "invalid_choice", reason)])
    return paths


def expanded(system: System, body: Body, paths: Sequence[str]) -> Body:
    """Lay the resources at *paths* in the `_expand` of *body*, which is changed and returned."""
    found: Body = {}
    for name in dict.fromkeys(path.split(".")[0] for path in paths):
        deeper = [path.partition(".")[2] for path in paths if path.startswith(f"{name}.")]
        value = body.get(name)
        if not value:
            continue
        if isinstance(value, list):
            found[name] = [_fetch(system, url, deeper) for url in value]
        else:
            found[name] = _fetch(system, value, deeper)
    body["_expand"] = found
    return body


def _fetch(system: System, url: str, deeper: Sequence[str]) -> Any:
    place = system.links.kind_and_uuid(url)
    row: Row | None = system.links.find(url)
    if place is None or row is None:
        return None
    body = system.resource(place[0]).render(row)
    return expanded(system, body, deeper) if deeper else body
