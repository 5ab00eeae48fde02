"""
Reading one case whole, in as few calls as the system allows.

Never conditionally: a 304 of a zaak cannot be trusted, since a server may keep an old rendering
of a zaak whose status has changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import structlog

from adapters.kit.together import together
from adapters.zgw.catalogue import Catalogue
from adapters.zgw.client import Client
from adapters.zgw.features import Features
from adapters.zgw.links import is_uuid
from adapters.zgw.native import (
    AuditEntry,
    Besluit,
    Informatieobject,
    NamedType,
    Native,
    Resultaat,
    Rol,
    Status,
    Zaak,
    ZaakEigenschap,
    ZaakInformatieObject,
    ZaakNotitie,
    ZaakObject,
)
from adapters.zgw.problems import NoSuchPath, Refused, speaking
from adapters.zgw.settings import ZgwSettings
from adapters.zgw.shape import Reading
from contracts.errors import Garbled, NotFound
from contracts.ids import CaseRef

log = structlog.get_logger(__name__)

N = TypeVar("N", bound=Native)

_EXPAND: Final = "resultaat,rollen,eigenschappen,zaakobjecten,zaakinformatieobjecten"


class Reader:
    """Reads cases of one system."""

    def __init__(self, client: Client, catalogue: Catalogue, settings: ZgwSettings) -> None:
        self._client = client
        self._catalogue = catalogue
        self._settings = settings
        self._may_audit = settings.audit

    async def read(self, ref: CaseRef, features: Features) -> Reading:
        """
        Read one case whole, as it stands now.

        Raises:
            NotFound: Never there, or no longer.
        """
        raw = await self.raw(ref, expand=features.expand)
        with speaking(f"GET zaken/{ref}", wrote=False):
            zaak = Zaak.model_validate(raw)
        async with together() as group:
            kind = group.create_task(self._catalogue.version(zaak.zaaktype))
            statuses = group.create_task(self._listed("statussen", zaak, Status))
            children = group.create_task(self._children(ref, zaak, raw))
            notes = group.create_task(self._notes(zaak)) if features.notes else None
            decisions = group.create_task(self._decisions(zaak)) if features.besluiten else None
            trail = group.create_task(self.trail(ref))
            documents = group.create_task(self._documents(zaak, raw, features))
        reading = Reading(
            zaak=zaak,
            raw={name: value for name, value in raw.items() if name != "_expand"},
            kind=kind.result(),
            statuses=tuple(statuses.result()),
            documents=documents.result(),
            notes=tuple(notes.result()) if notes else None,
            decisions=tuple(decisions.result()) if decisions else None,
            trail=trail.result(),
            **children.result(),
        )
        return await self._named(reading)

    async def raw(self, ref: CaseRef, *, expand: bool = False) -> dict[str, Any]:
        """Give the zaak as the system shows it."""
        if not is_uuid(ref):
            msg = f"{ref!r} is no reference of a zaak"
            raise NotFound(msg)
        query = {"expand": _EXPAND} if expand else None
        answer = await self._client.get("zaken", f"zaken/{ref}", query)
        with speaking(f"GET zaken/{ref}", wrote=False):
            Zaak.model_validate(answer.body)
        body: dict[str, Any] = answer.body
        return body

    async def trail(self, ref: CaseRef) -> tuple[AuditEntry, ...]:
        """Give the audit trail, oldest first; nothing where we may not read it."""
        if not self._may_audit:
            return ()
        path = f"zaken/{ref}/audittrail"
        try:
            with speaking(f"GET {path}", wrote=False):
                found = [
                    AuditEntry.model_validate(item)
                    async for item in self._client.items("zaken", path)
                ]
        except (Refused, NotFound, NoSuchPath) as error:
            refused = isinstance(error, Refused) and "permission_denied" in error.codes
            if refused or isinstance(error, NoSuchPath):
                self._may_audit = False
                log.warning("audit_trail_not_readable", needs="audittrails.lezen")
            return ()
        except Garbled as error:
            # It has no pages: of an old case it can be larger than we read. The case goes first.
            log.warning("audit_trail_not_understood", case=ref, why=str(error))
            return ()
        return tuple(sorted(found, key=lambda entry: entry.aanmaakdatum))

    async def statuses(self, zaak: Zaak) -> list[Status]:
        """Give the status history as it stands now."""
        return await self._listed("statussen", zaak, Status)

    async def _children(self, ref: CaseRef, zaak: Zaak, raw: Mapping[str, Any]) -> dict[str, Any]:
        async with together() as group:
            roles = group.create_task(self._expanded("rollen", zaak, raw, Rol))
            objects = group.create_task(self._expanded("zaakobjecten", zaak, raw, ZaakObject))
            properties = group.create_task(
                self._expanded(
                    "eigenschappen", zaak, raw, ZaakEigenschap, f"zaken/{ref}/zaakeigenschappen"
                )
            )
            result = group.create_task(self._result(zaak))
        return {
            "roles": tuple(roles.result()),
            "objects": tuple(objects.result()),
            "properties": tuple(properties.result()),
            "result": result.result(),
        }

    async def _expanded(
        self,
        name: str,
        zaak: Zaak,
        raw: Mapping[str, Any],
        model: type[N],
        path: str | None = None,
    ) -> list[N]:
        """Take children from the expanded zaak, or from their own list where they miss there."""
        urls, inside = raw.get(name), zaak.expanded.get(name)
        if urls == []:
            return []
        if isinstance(inside, list) and isinstance(urls, list) and len(inside) == len(urls):
            with speaking(f"GET zaken ({name})", wrote=False):
                return [model.model_validate(item) for item in inside]
        if path is None:
            return await self._listed(name, zaak, model)
        return await self._list("zaken", path, {}, model)

    async def _result(self, zaak: Zaak) -> Resultaat | None:
        if zaak.resultaat is None:
            return None
        if isinstance(inside := zaak.expanded.get("resultaat"), dict):
            with speaking("GET zaken (resultaat)", wrote=False):
                return Resultaat.model_validate(inside)
        found = await self._listed("resultaten", zaak, Resultaat)
        return found[0] if found else None

    async def _documents(
        self, zaak: Zaak, raw: Mapping[str, Any], features: Features
    ) -> tuple[tuple[ZaakInformatieObject, Informatieobject | None], ...]:
        links = await self._expanded("zaakinformatieobjecten", zaak, raw, ZaakInformatieObject)
        known: dict[str, Informatieobject] = {}
        if features.documents_by_case and len(links) > 1:
            query = {"objectinformatieobjecten__object": zaak.url}
            listed = await self._list(
                "documenten", "enkelvoudiginformatieobjecten", query, Informatieobject
            )
            known = {document.url: document for document in listed}
        async with together() as group:
            asked = {
                link.url: group.create_task(self._document(link.informatieobject))
                for link in links
                if link.informatieobject not in known
            }
        ordered = sorted(links, key=lambda link: link.informatieobject)
        return tuple(
            (link, asked[link.url].result() if link.url in asked else known[link.informatieobject])
            for link in ordered
        )

    async def _document(self, url: str) -> Informatieobject | None:
        place = self._client.addresses.place(url)
        if place is None or place.api != "documenten":
            return None
        try:
            answer = await self._client.get(place.api, place.path)
        except (Refused, NotFound):
            return None
        with speaking(f"GET {place.path}", wrote=False):
            return Informatieobject.model_validate(answer.body)

    async def _notes(self, zaak: Zaak) -> list[ZaakNotitie]:
        query = {"gerelateerdAan": zaak.url}
        return await self._list("zaken", "zaaknotities", query, ZaakNotitie)

    async def _decisions(self, zaak: Zaak) -> list[Besluit]:
        return await self._list("besluiten", "besluiten", {"zaak": zaak.url}, Besluit)

    async def _listed(self, resource: str, zaak: Zaak, model: type[N]) -> list[N]:
        return await self._list("zaken", resource, {"zaak": zaak.url}, model)

    async def _list(self, api: str, path: str, query: Mapping[str, str], model: type[N]) -> list[N]:
        with speaking(f"GET {api}/{path}", wrote=False):
            return [
                model.model_validate(item) async for item in self._client.items(api, path, query)
            ]

    async def _named(self, reading: Reading) -> Reading:
        kind = reading.kind
        known = {one.url: one for one in (*kind.documents, *kind.decisions)}
        urls = {d.informatieobjecttype for _, d in reading.documents if d is not None}
        urls |= {decision.besluittype for decision in reading.decisions or ()}
        async with together() as group:
            asked = {
                url: group.create_task(self._catalogue.named(url)) for url in urls - known.keys()
            }
        named: dict[str, NamedType] = {**known, **{u: t.result() for u, t in asked.items()}}
        return replace(reading, named=named)
