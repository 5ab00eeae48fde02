"""
Documents: versions, locks, content.

The row holds the latest version; every version is kept beside it as a row of its own. Each
PATCH is a version, also of one text field. A lock has no owner and no end.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final
from uuid import uuid4

from adapters.kit.simulator import Row
from adapters.kit.simulator.files import decode_base64

from .bestandsdelen import drop_parts, missing_parts, parts_of, plan_parts
from .errors import NotFound, refuse, refuse_whole
from .fields import (
    CONFIDENTIALITY,
    RSIN,
    Anything,
    Choice,
    Day,
    Field,
    Flag,
    Group,
    Many,
    Member,
    Number,
    Ref,
    Text,
)
from .filters import Filter, contains, day, equal, flag, refers
from .nummers import RESERVED, Numbers
from .resource import ALL_ACTIONS, Resource
from .system import Body, Call
from .times import parse_moment

READ, CREATE, UPDATE = "documenten.lezen", "documenten.aanmaken", "documenten.bijwerken"
LOCK, FORCE_UNLOCK, DELETE = (
    "documenten.lock",
    "documenten.geforceerd-unlock",
    "documenten.verwijderen",
)
ALGORITHMS: Final = [
    "crc_16",
    "crc_32",
    "crc_64",
    "fletcher_4",
    "fletcher_8",
    "fletcher_16",
    "fletcher_32",
    "hmac",
    "md5",
    "sha_1",
    "sha_256",
    "sha_512",
    "sha_3",
]
WORDS: Final = {"in_bewerking", "ter_vaststelling"}


def _of_object(system: Any, row: Row, value: Any) -> bool:
    url = system.links.of("enkelvoudiginformatieobject", row["uuid"])
    mirrors = system.store.by("objectinformatieobject", "object", value)
    return any(mirror["informatieobject"] == url for mirror in mirrors)


class Informatieobject(Resource):
    """A document."""

    kind = "enkelvoudiginformatieobject"
    api = "documenten"
    segment = "enkelvoudiginformatieobjecten"
    source = "DRC"
    channel = "documenten"
    audited = ALL_ACTIONS
    announced = ALL_ACTIONS
    shows_uuid = False
    shows_expand = True
    newest_first = False
    orderings = ("auteur", "bestandsomvang", "creatiedatum", "formaat", "status", "titel")
    filters: ClassVar[Mapping[str, Filter]] = {
        "identificatie": equal("identificatie", index=True),
        "bronorganisatie": equal("bronorganisatie"),
        "titel": contains("titel"),
        "auteur": contains("auteur"),
        "beschrijving": contains("beschrijving"),
        "creatiedatum__gte": day("creatiedatum", "gte"),
        "creatiedatum__lte": day("creatiedatum", "lte"),
        "informatieobjecttype": refers("informatieobjecttype", index=False),
        "vertrouwelijkheidaanduiding": equal("vertrouwelijkheidaanduiding"),
        "locked": Filter(flag("_lock").read, lambda _, row, v: bool(row["_lock"]) is v),
        "trefwoorden": Filter(lambda _, v: v, lambda _, r, v: v in r["trefwoorden"]),
        "objectinformatieobjecten__object": Filter(
            lambda system, value: system.links.inward(value), _of_object
        ),
        "objectinformatieobjecten__objectType": Filter(
            lambda _, value: value,
            lambda system, row, value: any(
                mirror["objectType"] == value
                for mirror in system.store.by(
                    "objectinformatieobject",
                    "informatieobject",
                    system.links.of("enkelvoudiginformatieobject", row["uuid"]),
                )
            ),
        ),
    }
    fields = (
        Field("identificatie", Text(40)),
        Field("bronorganisatie", RSIN, required=True),
        Field("creatiedatum", Day(), required=True),
        Field("titel", Text(200, blank=False), required=True),
        Field("vertrouwelijkheidaanduiding", Choice(CONFIDENTIALITY, blank=True)),
        Field("auteur", Text(200, blank=False), required=True),
        Field("status", Choice((*sorted(WORDS), "definitief", "gearchiveerd"), blank=True)),
        Field("formaat", Text(255)),
        Field("taal", Text(3, 3, blank=False), required=True),
        Field("versie"),
        Field("beginRegistratie"),
        Field("bestandsnaam", Text(255)),
        Field("inhoud", Anything(), default=None),
        Field("bestandsomvang", Number(nullable=True), default=None),
        Field("link", Text(200)),
        Field("beschrijving", Text(1000)),
        Field("ontvangstdatum", Day(nullable=True), default=None),
        Field("verzenddatum", Day(nullable=True), default=None),
        Field("indicatieGebruiksrecht", Flag(nullable=True), default=None),
        Field("verschijningsvorm", Text()),
        Field(
            "ondertekening",
            Group(
                {
                    "soort": Member(Choice(("analoog", "digitaal", "pki")), required=True),
                    "datum": Member(Day(), required=True),
                }
            ),
            default=None,
        ),
        Field(
            "integriteit",
            Group(
                {
                    "algoritme": Member(Choice(ALGORITHMS), required=True),
                    "waarde": Member(Text(128, blank=False), required=True),
                    "datum": Member(Day(), required=True),
                }
            ),
            default=None,
        ),
        Field("informatieobjecttype", Ref(("informatieobjecttype",)), required=True),
        Field("locked"),
        Field("bestandsdelen"),
        Field("trefwoorden", Many(Text(100)), default=[]),
    )

    def __init__(self, system: Any) -> None:
        super().__init__(system)
        self.numbers = Numbers(system.store)

    # -- showing -----------------------------------------------------------------------------

    def computed(self, row: Row) -> Body:
        url, has_content = self.url(row), row["_file"] is not None
        parts = parts_of(self.system, url)
        resource = self.system.resource("bestandsdeel")
        return {
            "inhoud": f"{url}/download?versie={row['versie']}" if has_content else None,
            "locked": bool(row["_lock"]),
            "bestandsdelen": [resource.render(part) for part in parts],
        }

    def answer_to_create(self, row: Row) -> Body:
        """The answer to a creation also shows the lock, which an upload in parts needs."""
        return {**self.render(row), "lock": row["_lock"]}

    def etag(self, row: Row) -> str:
        # The same for every version, and not moved by lock and unlock (recorded, 04, 05).
        return super().etag({**self.row(row["uuid"]), "_lock": ""})

    def shown(self, row: Row) -> str:
        return f"{row['bronorganisatie']} - {row['identificatie']}"

    def main(self, row: Row) -> tuple[str, Body]:
        kind = self.system.links.find(row["informatieobjecttype"]) or {}
        return self.url(row), {
            "bronorganisatie": row["bronorganisatie"],
            "informatieobjecttype": row["informatieobjecttype"],
            "informatieobjecttype.catalogus": kind.get("catalogus", ""),
            "vertrouwelijkheidaanduiding": row["vertrouwelijkheidaanduiding"],
        }

    def version(self, uuid: str, versie: str | None, at: str | None) -> Row:
        """The version asked for by number or by moment; the latest without either."""
        row = self.row(uuid)
        if versie is None and at is None:
            return row
        versions = self.system.store.by("documentversie", "document", self.url(row))
        if at is not None:
            moment = parse_moment(at.replace(" ", "+"))
            versions = [v for v in versions if parse_moment(v["beginRegistratie"]) <= moment]
        else:
            versions = [v for v in versions if str(v["versie"]) == versie]
        if not versions:
            raise NotFound
        return {**versions[-1], "uuid": uuid, "_lock": row["_lock"]}

    # -- permission --------------------------------------------------------------------------

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        if row is None:
            url = self.system.links.inward(str(data.get("informatieobjecttype", "")))
            kind = self.system.links.find(url) or {}
            level = data.get("vertrouwelijkheidaanduiding")
            level = level or kind.get("vertrouwelijkheidaanduiding")
            call.caller.need(CREATE, type_url=url, level=level)
            return
        scope = {"read": READ, "update": UPDATE, "destroy": DELETE, "lock": LOCK}[action]
        scopes = (scope, FORCE_UNLOCK) if action == "lock" else (scope,)
        level = row["vertrouwelijkheidaanduiding"]
        call.caller.need(*scopes, type_url=row["informatieobjecttype"], level=level)

    def visible(self, call: Call, row: Row) -> bool:
        level = row["vertrouwelijkheidaanduiding"]
        return call.caller.may(READ, type_url=row["informatieobjecttype"], level=level)

    def sees_all(self, call: Call) -> bool:
        return call.caller.sees_all(READ)

    # -- writing -----------------------------------------------------------------------------

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        after = {**(row or {}), **values}
        kind = self.system.links.find(after["informatieobjecttype"]) or {}
        if row is None and kind.get("concept"):
            reason = "De resource is niet gepubliceerd."
            refuse("informatieobjecttype", "not-published", reason)
        if row is not None:
            self._check_lock(row, data)
        if after.get("ontvangstdatum") and after.get("status") in WORDS:
            words = ", ".join(sorted(WORDS))
            reason = (
                f"['De statuswaarden `{words}` zijn niet van toepassing op ontvangen documenten.']"
            )
            refuse("status", "invalid_for_received", reason)
        if not after.get("vertrouwelijkheidaanduiding"):
            values["vertrouwelijkheidaanduiding"] = kind["vertrouwelijkheidaanduiding"]
        self._take_content(values, row)

    def _check_lock(self, row: Row, data: Body) -> None:
        if not row["_lock"]:
            reason = "Een geblokkeerd document kan niet gewijzigd worden"
            refuse_whole("unlocked", reason)
        if not data.get("lock"):
            refuse_whole("missing-lock-id", "Dit is verplicht bij een PATCH of PUT.")
        if data["lock"] != row["_lock"]:
            refuse_whole("incorrect-lock-id", "Het lock ID is niet geldig")

    def _take_content(self, values: Body, row: Row | None) -> None:
        """Turn `inhoud` into bytes under `_content`, or note that parts are to come."""
        if row is not None and "inhoud" not in values and "bestandsomvang" not in values:
            return
        content, size = values.pop("inhoud", None), values.get("bestandsomvang")
        if content is None:
            values["_content"] = None
            return
        try:
            values["_content"] = decode_base64(str(content))
        except ValueError:
            reason = "Only base64 data is allowed"
            refuse("inhoud", "invalid-base64", reason)
        if len(values["_content"]) != size:
            reason = (
                "De bestandsomvang van de upload moet overeenkomen met het 'bestandsomvang'-veld"
            )
            refuse_whole("file-size", reason)

    def check_unique(self, values: Body, row: Row | None) -> None:
        number = values.get("identificatie")
        if row is not None or not number:
            return
        same = self.system.store.by(self.kind, "identificatie", number)
        if any(other["bronorganisatie"] == values["bronorganisatie"] for other in same):
            reason = f"Deze identificatie ({number}) bestaat al voor deze bronorganisatie"
            refuse("identificatie", "identificatie-niet-uniek", reason)

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        if not values["identificatie"]:
            values["identificatie"] = self.next_number(values["creatiedatum"])
        row = {**values, "versie": 1, "_lock": "", "_file": None, "_name": None}
        row["beginRegistratie"] = self.system.clock.stamp()
        return super().insert(call, self._with_content(row), data)

    def next_number(self, creation: str) -> str:
        return self.numbers.next(self.kind, "DOCUMENT", int(creation[:4]))

    def reserve(self, organisation: str) -> str:
        with self.system.store.transaction():
            number = self.next_number(self.system.clock.today().isoformat())
            row = {"uuid": str(uuid4()), "identificatie": number, "bronorganisatie": organisation}
            self.system.store.put(RESERVED, row)
        return number

    def _with_content(self, row: Row) -> Row:
        if "_content" not in row:
            return row
        content = row.pop("_content")
        size = row["bestandsomvang"]
        if content is None and size == 0:
            content = b""
        if content is not None:
            name = self.system.files.keep(content)
            return {**row, "_file": name, "_name": name}
        if size:
            return {**row, "_file": None, "_lock": row["_lock"] or uuid4().hex}
        return {**row, "_file": None, "bestandsomvang": None}

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        self._plan_parts(row)
        self._keep_version(row)

    def _plan_parts(self, row: Row) -> None:
        if row["_file"] is None and row["bestandsomvang"]:
            plan_parts(self.system, self.url(row), row["bestandsomvang"])

    def _keep_version(self, row: Row) -> None:
        version = {**row, "uuid": f"{row['uuid']}:{row['versie']}", "_document": self.url(row)}
        self.system.store.put("documentversie", version)

    def merged(self, read: Row, values: Body) -> Row:
        row = {**read, **values, "versie": read["versie"] + 1}
        row["beginRegistratie"] = self.system.clock.stamp()
        row["_lock"] = self.row(read["uuid"])["_lock"]
        return self._with_content(row)

    def updated(self, call: Call, old: Row, row: Row) -> None:
        # Each change throws away the parts of an upload that was not finished.
        drop_parts(self.system, self.url(row))
        self._plan_parts(row)
        self._keep_version(row)

    def check_removal(self, call: Call, row: Row) -> None:
        store, url = self.system.store, self.url(row)
        if store.by("objectinformatieobject", "informatieobject", url):
            reason = (
                "Alle relaties met dit document moeten verbroken worden voor je het document "
                "zelf mag verwijderen."
            )
            refuse_whole("pending-relations", reason)
        if row["_lock"]:
            refuse_whole("destroy-locked", "Een geblokkeerd document kan niet weg.")

    def removed(self, call: Call, row: Row) -> None:
        store, url = self.system.store, self.url(row)
        for version in store.by("documentversie", "document", url):
            if version["_file"]:
                store.on_commit(partial(self.system.files.discard, version["_file"]))
            store.remove("documentversie", version["uuid"])
        for right in store.by("gebruiksrecht", "informatieobject", url):
            store.remove("gebruiksrecht", right["uuid"])
        self.numbers.forget()

    def remove(self, call: Call, row: Row) -> None:
        super().remove(call, row)
        self.system.audit.forget(self.url(row))

    # -- locks -------------------------------------------------------------------------------

    async def lock(self, call: Call, uuid: str) -> str:
        """Three at once are all answered with a lock; only the last one works (recorded, 09)."""
        row = self.row(uuid)
        self.permit(call, "lock", row, {})
        if row["_lock"]:
            refuse_whole("existing-lock", "Het document is al geblokkeerd")
        await call.window()
        lock = uuid4().hex
        with self.system.store.transaction():
            self.system.store.put(self.kind, {**self.row(uuid), "_lock": lock})
        return lock

    async def unlock(self, call: Call, uuid: str, lock: str) -> None:
        row = self.row(uuid)
        self.permit(call, "lock", row, {})
        of_type = row["informatieobjecttype"]
        forced = call.caller.may(FORCE_UNLOCK, type_url=of_type)
        if not forced and row["_lock"] and lock != row["_lock"]:
            refuse_whole("incorrect-lock-id", "Het lock ID is niet geldig")
        parts = parts_of(self.system, self.url(row))
        if missing_parts(parts) and not forced:
            reason = "Je moet een bestand uploaden of de bestandsomvang op 0 zetten"
            refuse_whole("file-size", reason)
        changes: Body = {"_lock": ""}
        if parts:
            changes |= await self._finish(row, parts)
        with self.system.store.transaction():
            for part in parts:
                self.system.store.remove("bestandsdeel", part["uuid"])
            row = {**self.row(uuid), **changes}
            self.system.store.put(self.kind, row)
            if parts:
                self._keep_version(row)

    async def _finish(self, row: Row, parts: list[Row]) -> Body:
        """Join the parts; an unfinished upload leaves a document without content."""
        stamp = self.system.clock.stamp()
        if missing_parts(parts):
            for part in parts:
                self.system.files.discard(part["_file"])
            return {"_file": None, "bestandsomvang": None, "beginRegistratie": stamp}
        name = await self.system.files.join([part["_file"] for part in parts])
        shown = row["bestandsnaam"] or name
        return {"_file": name, "_name": shown, "beginRegistratie": stamp}


class Objectinformatieobject(Resource):
    """The mirror of a link, made by the server itself."""

    kind = "objectinformatieobject"
    api = "documenten"
    segment = "objectinformatieobjecten"
    detail_methods = ("GET", "DELETE", "HEAD")
    paged = False
    shows_uuid = False
    filters: ClassVar[Mapping[str, Filter]] = {
        "informatieobject": refers("informatieobject"),
        "object": refers("object"),
    }
    fields = (Field("informatieobject"), Field("object"), Field("objectType"))

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        reason = "De relatie bestaat (nog) niet in de bron: die maakt haar hier zelf."
        refuse_whole("inconsistent-relation", reason)

    def check_removal(self, call: Call, row: Row) -> None:
        reason = "De relatie bestaat nog in de bron: verbreek haar daar."
        refuse_whole("inconsistent-relation", reason)

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        if row is not None and not self.visible(call, row):
            call.caller.need(READ)

    def visible(self, call: Call, row: Row) -> bool:
        document = self.system.links.find(row["informatieobject"])
        return document is not None and self.system.resource("enkelvoudiginformatieobject").visible(
            call, document
        )

    def sees_all(self, call: Call) -> bool:
        return call.caller.sees_all(READ)


class Gebruiksrecht(Resource):
    """Rights of use; making one turns `indicatieGebruiksrecht` true, removing the last null."""

    kind = "gebruiksrecht"
    api = "documenten"
    segment = "gebruiksrechten"
    paged = False
    shows_uuid = False
    filters: ClassVar[Mapping[str, Filter]] = {"informatieobject": refers("informatieobject")}
    fields = (
        Field("informatieobject", Ref(("enkelvoudiginformatieobject",)), required=True),
        Field("startdatum", Anything(nullable=False), required=True),
        Field("einddatum", Anything(), default=None),
        Field("omschrijvingVoorwaarden", Text(), required=True),
    )

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        call.caller.need(READ if action == "read" else UPDATE, CREATE)

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        self._mark(row, value=True)

    def removed(self, call: Call, row: Row) -> None:
        self._mark(row, value=None)

    def _mark(self, row: Row, *, value: bool | None) -> None:
        document = self.system.links.find(row["informatieobject"])
        if document is not None:
            changed = {**document, "indicatieGebruiksrecht": value}
            self.system.store.put("enkelvoudiginformatieobject", changed)
