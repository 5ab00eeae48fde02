"""
What this system has of the optional parts: found out by harmless calls, never assumed.

A supplier's OpenAPI may be the standard's file and not what is served, so the calls decide: an
unknown query parameter is 400, an unknown path 404.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from adapters.kit.together import together
from adapters.zgw.client import Client
from adapters.zgw.problems import NoSuchPath, Refused
from adapters.zgw.settings import ZgwSettings
from contracts.errors import Denied, NotFound, Unreachable

_NOBODY: Final = "00000000-0000-4000-8000-000000000000"
_PROBE: Final = "casebridge-probe"


@dataclass(frozen=True, slots=True)
class Features:
    """
    The optional parts of a system. All false is the standard's base, which is always enough.

    Attributes:
        expand: A case is read whole in one call.
        page_size: Pages of more than 100.
        kenmerk_filter: ``find`` sees our mark at once.
        reserve_number: A number can be taken before the case is made.
        notes: There are zaaknotities.
        documents_by_case: The documents of a case are listed in one call.
        besluiten: There is a Besluiten API, and we may read it.
    """

    expand: bool = False
    page_size: bool = False
    kenmerk_filter: bool = False
    reserve_number: bool = False
    notes: bool = False
    documents_by_case: bool = False
    besluiten: bool = False


NAMES: Final = frozenset(field.name for field in fields(Features))


async def probe(client: Client, settings: ZgwSettings) -> Features:
    """
    Find out what the system offers; changes nothing.

    Raises:
        Denied: Not even the base may be read; the message names the right that is missing.
    """
    await base(client)
    nobody = client.addresses.spoken("zaken", f"zaken/{_NOBODY}")
    queries: dict[str, tuple[str, str, Mapping[str, str]]] = {
        "expand": ("zaken", "zaken", {"identificatie": _PROBE, "expand": "status"}),
        "page_size": ("zaken", "zaken", {"identificatie": _PROBE, "pageSize": "1"}),
        "kenmerk_filter": ("zaken", "zaken", {"kenmerk": f"casebridge:{_PROBE}"}),
        "reserve_number": ("zaken", "zaaknummer_reserveren", {}),
        "notes": ("zaken", "zaaknotities", {"gerelateerdAan": nobody}),
        "documents_by_case": (
            "documenten",
            "enkelvoudiginformatieobjecten",
            {"objectinformatieobjecten__object": nobody},
        ),
        "besluiten": ("besluiten", "besluiten", {"zaak": nobody}),
    }
    async with together() as group:
        asked = {
            name: group.create_task(_offers(client, *query))
            for name, query in queries.items()
            if name not in settings.features and query[0] in client.addresses
        }
    found = Features(**{name: task.result() for name, task in asked.items()})
    given = {name: has for name, has in settings.features.items() if name in NAMES}
    return replace(found, **given)


async def base(client: Client) -> None:
    """Read one list of each API that is always needed."""
    needed = {
        "zaken": ("zaken", {"identificatie": _PROBE}, "zaken.lezen"),
        "catalogi": ("zaaktypen", {"identificatie": _PROBE}, "catalogi.lezen"),
        "documenten": (
            "enkelvoudiginformatieobjecten",
            {"identificatie": _PROBE},
            "documenten.lezen",
        ),
    }
    for api, (path, query, right) in needed.items():
        try:
            await client.get(api, path, query)
        except Refused as refused:
            if "permission_denied" not in refused.codes:
                raise
            msg = f"{refused}; our account needs the right {right}"
            raise Denied(msg, code=refused.code) from refused


async def _offers(client: Client, api: str, path: str, query: Mapping[str, str]) -> bool:
    try:
        await client.get(api, path, query)
    except Refused as refused:
        # A path that only takes POST answers 405: it is there.
        return refused.is_of_the_method
    except (NotFound, NoSuchPath):
        return False
    except Unreachable as error:
        # Some servers stumble (500) over a filter on a thing that does not exist, and so know it.
        if error.code != "error":
            raise
    return True
