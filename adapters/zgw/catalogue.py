"""
The catalogue: from codes and names to URLs, by version and date, and back.

A zaaktype URL is one *version*; its status types, result types, role types and properties
belong to that version alone. A running case stays on its version for ever, so for an existing
case everything resolves through its own zaaktype; only a new case is resolved by date.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar

from adapters.kit.together import together
from adapters.zgw.casetype import CaseTypeVersion, holds
from adapters.zgw.client import Client
from adapters.zgw.links import Place
from adapters.zgw.native import (
    Eigenschap,
    NamedType,
    Native,
    ResultaatType,
    RolType,
    StatusType,
    ZaakType,
)
from adapters.zgw.problems import speaking
from adapters.zgw.settings import ZgwSettings
from contracts.errors import Garbled, NotFound, Rejected

N = TypeVar("N", bound=Native)


@dataclass(slots=True)
class _Cached:
    value: Any
    etag: str | None
    at: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_PARTS: Final[Mapping[str, tuple[str, type[Native]]]] = {
    "statuses": ("statustypen", StatusType),
    "results": ("resultaattypen", ResultaatType),
    "roles": ("roltypen", RolType),
    "properties": ("eigenschappen", Eigenschap),
}


class Catalogue:
    """
    Remembers versions of types; a published one changes rarely.

    Args:
        monotonic: Gives seconds that only grow; for the age of what is remembered.
    """

    def __init__(
        self,
        client: Client,
        settings: ZgwSettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._settings = settings
        self._monotonic = monotonic
        self._versions: dict[str, _Cached] = {}
        self._named: dict[str, _Cached] = {}
        self._catalogue: str | None = None

    async def version(self, url: str) -> CaseTypeVersion:
        """Give the version at *url*: remembered, or asked for where it is old."""
        cached = self._versions.setdefault(url, _Cached(None, None, 0.0))
        async with cached.lock:
            if cached.value is None or self._is_old(cached):
                await self._refresh(url, cached)
        found: CaseTypeVersion = cached.value
        return found

    def forget(self, url: str) -> None:
        """Ask again at the next use: the system says that our view of this version is wrong."""
        self._versions.pop(url, None)

    async def current(self, code: str, on: date) -> CaseTypeVersion:
        """
        Give the published version of case type *code* that holds on a day.

        Raises:
            Rejected: There is none, or it stands in two catalogues.
        """
        query = {"identificatie": code, "datumGeldigheid": on.isoformat(), "status": "definitief"}
        if catalogue := await self._own_catalogue():
            query["catalogus"] = catalogue
        with speaking(f"GET zaaktypen {code}", wrote=False):
            found = [
                ZaakType.model_validate(item)
                async for item in self._client.items("catalogi", "zaaktypen", query)
            ]
        valid = [z for z in found if holds(z.begin_geldigheid, z.einde_geldigheid, on)]
        if not valid:
            msg = f"no published case type {code!r} holds on {on}; publish it, or map to another"
            raise Rejected(msg, path="case_type", code="not-in-catalogue")
        # Old catalogues hold overlapping versions: the newest is what people choose by hand.
        return await self.version(max(valid, key=lambda z: z.begin_geldigheid).url)

    async def named(self, url: str) -> NamedType:
        """Give one version of a document type or decision type."""
        cached = self._named.setdefault(url, _Cached(None, None, 0.0))
        async with cached.lock:
            if cached.value is None or self._is_old(cached):
                answer = await self._client.get(*self._at(url), etag=cached.etag)
                if answer.status != 304:
                    with speaking("GET catalogi", wrote=False):
                        cached.value = NamedType.model_validate(answer.body)
                cached.etag, cached.at = answer.etag or cached.etag, self._monotonic()
        found: NamedType = cached.value
        return found

    async def _refresh(self, url: str, cached: _Cached) -> None:
        answer = await self._client.get(*self._at(url), etag=cached.etag)
        if answer.status != 304:
            with speaking("GET zaaktypen", wrote=False):
                zaaktype = ZaakType.model_validate(answer.body)
            cached.value = await self._whole(zaaktype)
        cached.etag, cached.at = answer.etag or cached.etag, self._monotonic()

    async def _whole(self, zaaktype: ZaakType) -> CaseTypeVersion:
        async with together() as group:
            parts = {
                name: group.create_task(self._list(resource, {"zaaktype": zaaktype.url}, model))
                for name, (resource, model) in _PARTS.items()
            }
            documents = group.create_task(self._documents(zaaktype.url))
            decisions = group.create_task(
                self._list("besluittypen", {"zaaktypen": zaaktype.url}, NamedType)
            )
        found: dict[str, Any] = {name: tuple(part.result()) for name, part in parts.items()}
        return CaseTypeVersion(
            zaaktype, **found, documents=documents.result(), decisions=tuple(decisions.result())
        )

    async def _documents(self, zaaktype: str) -> tuple[NamedType, ...]:
        links = self._client.items(
            "catalogi", "zaaktype-informatieobjecttypen", {"zaaktype": zaaktype}
        )
        urls = {str(link.get("informatieobjecttype")) async for link in links}
        async with together() as group:
            tasks = [group.create_task(self.named(url)) for url in sorted(urls)]
        return tuple(task.result() for task in tasks)

    async def _list(self, resource: str, query: Mapping[str, str], model: type[N]) -> list[N]:
        with speaking(f"GET {resource}", wrote=False):
            return [
                model.model_validate(item)
                async for item in self._client.items("catalogi", resource, query)
            ]

    async def _own_catalogue(self) -> str | None:
        settings = self._settings
        if settings.catalogue_domain is None and settings.catalogue_rsin is None:
            return None
        if self._catalogue is None:
            query = {"domein": settings.catalogue_domain, "rsin": settings.catalogue_rsin}
            given = {name: value for name, value in query.items() if value}
            found = [c async for c in self._client.items("catalogi", "catalogussen", given)]
            if len(found) != 1:
                msg = f"{len(found)} catalogues fit {given}; give the domain and RSIN of one"
                raise NotFound(msg)
            self._catalogue = str(found[0].get("url"))
        return self._catalogue

    def _at(self, url: str) -> tuple[str, str]:
        place = self._client.addresses.place(url)
        if place is None or place.api != "catalogi":
            msg = f"a type stands at {url!r}, which is not in this system's catalogue"
            raise Garbled(msg)
        return _pair(place)

    def _is_old(self, cached: _Cached) -> bool:
        age = self._monotonic() - cached.at
        return age > self._settings.catalogue_refresh.total_seconds()


def _pair(place: Place) -> tuple[str, str]:
    return place.api, place.path
