"""What the forms do: one method each, through the operations of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp.web import FileField

from adapters.kit.simulator import Row, render_moment

from .bestandsdelen import Bestandsdeel, parts_of
from .documenten import Informatieobject
from .errors import refuse
from .system import Body, Call, System

Data = Mapping[str, Any]
Form = Callable[[Call, str, Data], Awaitable[str]]
DOCUMENT: Final = "enkelvoudiginformatieobject"


class Forms:
    """Each form takes the case's uuid and what was typed, and returns the uuid to show."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._named: dict[str, Form] = {
            "velden": self.fields,
            "status": self.status,
            "resultaat": self.result,
            "sluiten": self.close,
            "eigenschap": self.property,
            "notitie": self.note,
            "behandelaar": self.handler,
            "document": self.document,
            "versie": self.version,
        }

    def named(self, name: str) -> Form | None:
        return self._named.get(name)

    def _url(self, kind: str, uuid: str) -> str:
        return self._system.links.outward(self._system.url(kind, uuid))

    def _children(self, kind: str, uuid: str) -> list[Row]:
        return self._system.store.by(kind, "zaak", self._system.url("zaak", uuid))

    async def new(self, call: Call, _: str, data: Data) -> str:
        """Make a case and give it the first status of its type."""
        own = self._system.store.all("catalogus")
        rsin = own[0]["rsin"] if own else ""
        row = await self._system.resource("zaak").create(
            call,
            {
                "zaaktype": self._url("zaaktype", str(data.get("zaaktype", ""))),
                "bronorganisatie": rsin,
                "verantwoordelijkeOrganisatie": rsin,
                "startdatum": data.get("startdatum") or self._system.clock.today().isoformat(),
                "omschrijving": data.get("omschrijving", ""),
                "toelichting": data.get("toelichting", ""),
            },
        )
        types = self._system.store.by("statustype", "zaaktype", row["zaaktype"])
        if types:
            first = min(types, key=lambda statustype: int(statustype["volgnummer"]))
            await self._set_status(call, row["uuid"], first["uuid"], "")
        return str(row["uuid"])

    async def fields(self, call: Call, uuid: str, data: Data) -> str:
        names = ("omschrijving", "toelichting", "einddatumGepland", "uiterlijkeEinddatumAfdoening")
        changes: Body = {name: data[name] for name in names if name in data}
        for name in names[2:]:
            if changes.get(name) == "":
                changes[name] = None
        await self._system.resource("zaak").update(call, uuid, changes, partial=True)
        return uuid

    async def status(self, call: Call, uuid: str, data: Data) -> str:
        """Set a status; any but the last reopens a closed case, the last closes it."""
        text = str(data.get("toelichting", ""))
        await self._set_status(call, uuid, str(data.get("statustype", "")), text)
        return uuid

    async def _set_status(self, call: Call, uuid: str, statustype: str, text: str) -> None:
        await self._system.resource("status").create(
            call,
            {
                "zaak": self._url("zaak", uuid),
                "statustype": self._url("statustype", statustype),
                "datumStatusGezet": render_moment(self._system.clock.now()),
                "statustoelichting": text,
            },
        )

    async def result(self, call: Call, uuid: str, data: Data) -> str:
        """Set the result. Its type cannot change, so another one takes the place of the first."""
        chosen = str(data.get("resultaattype", ""))
        resultaten = self._system.resource("resultaat")
        for former in self._children("resultaat", uuid):
            if former["resultaattype"].endswith(f"/{chosen}"):
                return uuid
            await resultaten.delete(call, former["uuid"])
        await resultaten.create(
            call,
            {
                "zaak": self._url("zaak", uuid),
                "resultaattype": self._url("resultaattype", chosen),
                "toelichting": str(data.get("toelichting", "")),
            },
        )
        return uuid

    async def close(self, call: Call, uuid: str, data: Data) -> str:
        """Result and last status."""
        await self.result(call, uuid, data)
        zaak = self._system.resource("zaak").row(uuid)
        types = self._system.store.by("statustype", "zaaktype", zaak["zaaktype"])
        last = max(types, key=lambda statustype: int(statustype["volgnummer"]))
        await self._set_status(call, uuid, last["uuid"], "")
        return uuid

    async def property(self, call: Call, uuid: str, data: Data) -> str:
        """Set a property, or remove it where the value was emptied."""
        chosen, value = str(data.get("eigenschap", "")), str(data.get("waarde", "")).strip()
        resource = self._system.resource("zaakeigenschap")
        kept = [
            row
            for row in self._children("zaakeigenschap", uuid)
            if row["eigenschap"].endswith(f"/{chosen}")
        ]
        if kept and value:
            await resource.update(call, kept[0]["uuid"], {"waarde": value}, partial=True)
        elif kept:
            await resource.delete(call, kept[0]["uuid"])
        elif value:
            body = {
                "zaak": self._url("zaak", uuid),
                "eigenschap": self._url("eigenschap", chosen),
                "waarde": value,
            }
            await resource.create(call, body)
        return uuid

    async def note(self, call: Call, uuid: str, data: Data) -> str:
        await self._system.resource("zaaknotitie").create(
            call,
            {
                "gerelateerdAan": self._url("zaak", uuid),
                "onderwerp": data.get("onderwerp") or "Notitie",
                "tekst": data.get("tekst", ""),
                "aangemaaktDoor": call.caller.user_id,
            },
        )
        return uuid

    async def handler(self, call: Call, uuid: str, data: Data) -> str:
        """Make somebody the handler, in the place of who was."""
        person, _, name = str(data.get("persoon", "")).partition("|")
        first, _, last = name.partition(" ")
        roltype = self._system.resource("roltype").row(str(data.get("roltype", "")))
        body = {
            "zaak": self._url("zaak", uuid),
            "betrokkeneType": "medewerker",
            "betrokkene": "",
            "roltype": self._url("roltype", roltype["uuid"]),
            "roltoelichting": roltype["omschrijving"],
            "betrokkeneIdentificatie": {
                "identificatie": person,
                "achternaam": last or first,
                "voorletters": f"{first[:1]}." if last else "",
            },
        }
        rollen = self._system.resource("rol")
        kept = self._system.url("roltype", roltype["uuid"])
        for former in self._children("rol", uuid):
            if former["roltype"] == kept and former["betrokkeneType"] == "medewerker":
                await rollen.update(call, former["uuid"], body, partial=False)
                return uuid
        await rollen.create(call, body)
        return uuid

    # -- documents ---------------------------------------------------------------------------

    async def document(self, call: Call, uuid: str, data: Data) -> str:
        """Upload a document and hang it on the case."""
        upload = _upload(data)
        zaak = self._system.resource("zaak").row(uuid)
        documents = self._documents()
        kind = self._url("informatieobjecttype", str(data.get("documenttype", "")))
        size = _size(upload)
        row = await documents.create(
            call,
            {
                "bronorganisatie": zaak["bronorganisatie"],
                "creatiedatum": self._system.clock.today().isoformat(),
                "titel": data.get("titel") or upload.filename,
                "auteur": call.caller.user_representation,
                "taal": "nld",
                "formaat": upload.content_type,
                "bestandsnaam": upload.filename,
                "bestandsomvang": size,
                "inhoud": None,
                "informatieobjecttype": kind,
                "vertrouwelijkheidaanduiding": zaak["vertrouwelijkheidaanduiding"],
                "status": "definitief",
                # Without this answer no case with the document can be closed.
                "indicatieGebruiksrecht": False,
            },
        )
        await self._fill(call, row, upload)
        link = {
            "zaak": self._url("zaak", uuid),
            "informatieobject": self._url(DOCUMENT, row["uuid"]),
        }
        await self._system.resource("zaakinformatieobject").create(call, link)
        return uuid

    async def version(self, call: Call, uuid: str, data: Data) -> str:
        """Put a new version in the place of a document's content."""
        upload, documents = _upload(data), self._documents()
        document = str(data.get("document", ""))
        lock = await documents.lock(call, document)
        changes = {
            "bestandsomvang": _size(upload),
            "bestandsnaam": upload.filename,
            "formaat": upload.content_type,
            "inhoud": None,
            "lock": lock,
        }
        try:
            row = await documents.update(call, document, changes, partial=True)
        except Exception:
            await documents.unlock(call, document, lock)
            raise
        await self._fill(call, row, upload)
        return uuid

    def _documents(self) -> Informatieobject:
        return self._system.of(Informatieobject)

    async def _fill(self, call: Call, row: Row, upload: FileField) -> None:
        """Write the upload into the parts that the server planned, and unlock."""
        parts = self._system.of(Bestandsdeel)
        upload.file.seek(0)
        for part in parts_of(self._system, self._system.url(DOCUMENT, row["uuid"])):
            name, size = await self._system.files.receive(_pieces(upload, int(part["omvang"])))
            parts.receive(part, name, size)
        if row["_lock"]:
            await self._documents().unlock(call, row["uuid"], row["_lock"])


def _upload(data: Data) -> FileField:
    upload = data.get("bestand")
    if not isinstance(upload, FileField) or not upload.filename:
        reason = "Kies een bestand."
        refuse("bestand", "required", reason)
    return upload


def _size(upload: FileField) -> int:
    return int(upload.file.seek(0, 2))


async def _pieces(upload: FileField, size: int) -> Any:
    left = size
    while left > 0 and (chunk := upload.file.read(min(left, 256 * 1024))):
        left -= len(chunk)
        yield chunk
