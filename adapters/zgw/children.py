"""
Writing what hangs on a zaak: parties, properties, objects, notes, decisions, documents.

Each is a row of its own, so writing one overwrites nothing of the zaak. But a party, a property
or an object may be there twice without complaint: what stands there was read just before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from adapters.kit.standing import natural_key
from adapters.zgw import objects, papers, roles
from adapters.zgw.client import Actor, Client
from adapters.zgw.documents import Documents
from adapters.zgw.links import uuid_of
from adapters.zgw.native import Rol
from adapters.zgw.plan import LIKE
from adapters.zgw.problems import Refused
from adapters.zgw.settings import ZgwSettings
from adapters.zgw.shape import Reading
from contracts.adapter import Contents
from contracts.case import (
    Case,
    CaseDecision,
    CaseObject,
    Document,
    Handler,
    Note,
    Property,
    Role,
    cells_of,
    split_path,
)
from contracts.errors import Conflict, NotFound, Rejected
from contracts.patch import Change

_FULL: Final = "max-occurences"
"""As the server spells it: there may be only one party with this generic description."""


@dataclass(frozen=True, slots=True)
class Task:
    """
    What one write works with.

    Attributes:
        case: As it stood when the write began.
        key: The same on every repetition of one command.
        day: For what needs a date and brings none.
    """

    reading: Reading
    case: Case
    actor: Actor
    contents: Contents
    key: str
    day: date

    @property
    def zaak(self) -> str:
        """The URL by which the system calls the case."""
        return self.reading.zaak.url


class Children:
    """Writes the children of cases of one system."""

    def __init__(self, client: Client, documents: Documents, settings: ZgwSettings) -> None:
        self._client = client
        self._documents = documents
        self._settings = settings

    async def write(self, change: Change, task: Task) -> None:
        """
        Make one change of a child.

        Raises:
            Rejected: It is refused, with the system's own words.
            ContentMissing: The content of a document is not here yet.
        """
        field, _ = split_path(change.path)
        match field:
            case "handler":
                await self._handler(change, task)
            case "unit":
                await self._unit(change, task)
            case "roles":
                await self._role(change, task)
            case "properties":
                await self._property(change, task)
            case "objects":
                await self._object(change, task)
            case "notes":
                await self._note(change, task)
            case "decisions":
                await self._decision(change, task)
            case "documents":
                await self._document(change, task)

    async def _handler(self, change: Change, task: Task) -> None:
        parties = roles.told_apart(task.reading.roles)
        old = [
            r for r in (parties.handler, *parties.older) if r and r.betrokkene_type == "medewerker"
        ]
        if change.become is not None:
            wanted = Handler.model_validate(change.become)
            kind = self._handling_type(task, wanted.role, parties.handler)
            await self._replace(old[:1], roles.handler_body(wanted, kind, task.zaak), task)
            return
        await self._take_away(old, task)

    async def _unit(self, change: Change, task: Task) -> None:
        parties = roles.told_apart(task.reading.roles)
        old = [r for r in (parties.unit, *parties.older) if r and r.betrokkene_type != "medewerker"]
        if change.become is not None:
            kind = self._handling_type(task, None, parties.unit)
            body = roles.unit_body(str(change.become), kind, task.zaak)
            await self._replace(old[:1], body, task)
            return
        await self._take_away(old, task)

    def _handling_type(self, task: Task, name: str | None, current: Rol | None) -> str:
        """Choose the part: the one asked for, where it handles; that of now; the first."""
        kind = task.reading.kind
        handling = [r for r in kind.roles if r.omschrijving_generiek == roles.BEHANDELAAR]
        for found in handling:
            if found.omschrijving == name:
                return found.url
        if current is not None:
            return current.roltype
        first = kind.generic_role(roles.BEHANDELAAR)
        if first is None:
            msg = f"case type {kind.zaaktype.identificatie} has no role that handles"
            raise Rejected(msg, code="not-in-catalogue")
        return first.url

    async def _role(self, change: Change, task: Task) -> None:
        item = change.become if change.become is not None else change.expect
        wanted = Role.model_validate(item)
        current = [
            rol
            for rol in roles.told_apart(task.reading.roles).others
            if roles.key_of(rol) == natural_key(wanted.model_dump())
        ]
        if change.become is None:
            await self._take_away(current, task)
            return
        kind = task.reading.kind.role(wanted.role)
        before = Role.model_validate(change.expect).person if change.expect is not None else {}
        body = roles.body(
            wanted,
            kind.url,
            task.zaak,
            current=current[0] if current else None,
            emptied=frozenset(before.keys() - wanted.person.keys()),
        )
        await self._replace(current, body, task)

    async def _replace(self, old: list[Rol], body: Mapping[str, Any], task: Task) -> None:
        """
        Make the new party, then remove the old: a case without one is never shown.

        The new one counts once the first of *old* is gone. Until then the change reads as not yet
        made, so what was broken off is asked for again.
        """
        if not old:
            await self._make(body, task)
            return
        begun = [rol for rol in task.reading.roles if roles.succeeds(rol, old)]
        made = next((rol for rol in begun if _is_made(rol, body)), None)
        outdated = [rol for rol in begun if rol is not made]
        if made is None:
            try:
                await self._make(roles.in_place_of(old[0], body), task)
            except Refused as refused:
                if _FULL not in refused.codes:
                    raise
                await self._change_places(old, body, task)
                return
        await self._remove([*old, *outdated], task)

    async def _take_away(self, old: list[Rol], task: Task) -> None:
        begun = [rol for rol in task.reading.roles if roles.succeeds(rol, old)]
        await self._remove([*old, *begun], task)

    async def _change_places(self, old: list[Rol], body: Mapping[str, Any], task: Task) -> None:
        """
        Replace the one party that may stand there (an initiator): written over, where that can be.

        Elsewhere the old one has to go first; stopped in between, the case is left without.
        """
        # What a PUT leaves out some servers keep.
        keeps = bool(old[0].contactpersoon_rol) and "contactpersoonRol" not in body
        if keeps or not await self._write_over(old[0], body, task):
            await self._remove(old, task)
            await self._make(body, task)

    async def _write_over(self, old: Rol, body: Mapping[str, Any], task: Task) -> bool:
        """Put a party in the place of another; false where the system knows no such request."""
        try:
            await self._client.send("PUT", "zaken", _path(old), body, actor=task.actor)
        except Refused as refused:
            if not refused.is_of_the_method:
                raise
            return False
        return True

    async def _make(self, body: Mapping[str, Any], task: Task) -> None:
        await self._client.send("POST", "zaken", "rollen", body, actor=task.actor)

    async def _remove(self, old: list[Rol], task: Task) -> None:
        """Remove parties, the one that counts last: until then the change is not made."""
        for rol in reversed(old):
            await self._delete(_path(rol), task.actor)

    async def _property(self, change: Change, task: Task) -> None:
        _, name = split_path(change.path)
        value = None if change.become is None else Property.model_validate(change.become).value
        path = f"zaken/{uuid_of(task.zaak)}/zaakeigenschappen"
        current = sorted(
            (p for p in task.reading.properties if p.naam == name), key=lambda p: p.url
        )
        text = papers.as_text(value)
        if not text:
            # An empty value is refused: to empty a property is to delete it.
            for one in current:
                await self._delete(f"{path}/{uuid_of(one.url)}", task.actor)
        elif current:
            where = f"{path}/{uuid_of(current[0].url)}"
            try:
                await self._client.send("PATCH", "zaken", where, {"waarde": text}, actor=task.actor)
            except NotFound as gone:
                msg = f"{change.path} was removed meanwhile"
                raise Conflict(msg, path=change.path) from gone
        else:
            kind = task.reading.kind.property(name)
            body = {"zaak": task.zaak, "eigenschap": kind.url, "waarde": text}
            await self._client.send("POST", "zaken", path, body, actor=task.actor)

    async def _object(self, change: Change, task: Task) -> None:
        item = change.become if change.become is not None else change.expect
        wanted = CaseObject.model_validate(item)
        if change.become is not None:
            body = objects.body(wanted, task.zaak)
            await self._client.send("POST", "zaken", "zaakobjecten", body, actor=task.actor)
        for native in task.reading.objects:
            found = objects.object_of(native)
            if (found.type, found.identity) == (wanted.type, wanted.identity):
                await self._delete(f"zaakobjecten/{uuid_of(native.url)}", task.actor)

    async def _note(self, change: Change, task: Task) -> None:
        if change.become is None:
            msg = "a note is not removed from here: what was written stays written"
            raise Rejected(msg, path=change.path)
        wanted = Note.model_validate(change.become)
        body = papers.note_body(wanted, task.zaak, task.actor.user or self._settings.user_id)
        if change.expect is None:
            await self._client.send("POST", "zaken", "zaaknotities", body, actor=task.actor)
            return
        now = LIKE.standing_at(change, cells_of(task.case))
        key = str(now.get("key")) if isinstance(now, dict) else ""
        edit = {name: body[name] for name in ("onderwerp", "tekst", "notitieType")}
        await self._client.send("PATCH", "zaken", f"zaaknotities/{key}", edit, actor=task.actor)

    async def _decision(self, change: Change, task: Task) -> None:
        if change.become is None or change.expect is not None:
            msg = "a decision is recorded, never changed or removed, by a bridge"
            raise Rejected(msg, path=change.path)
        wanted = CaseDecision.model_validate(change.become)
        kind = task.reading.kind.decision(wanted.type, date.fromisoformat(wanted.date))
        digest = hashlib.sha256(f"{task.zaak}|{change.path}".encode()).hexdigest()
        body = papers.decision_body(
            wanted,
            besluittype=kind.url,
            zaak=task.zaak,
            organisation=self._settings.own_organisation,
            number=f"{papers.MARK_PREFIX}-{digest[:32]}",
        )
        try:
            await self._client.send("POST", "besluiten", "besluiten", body, actor=task.actor)
        except Refused as refused:
            if "identificatie-niet-uniek" not in refused.codes:
                raise

    async def _document(self, change: Change, task: Task) -> None:
        _, key = split_path(change.path)
        now = LIKE.standing_at(change, cells_of(task.case))
        held = str(now.get("key")) if isinstance(now, dict) else key
        pairs = [
            (link, native)
            for link, native in task.reading.documents
            if uuid_of(link.informatieobject) == held
        ]
        if change.become is None:
            for link, native in pairs:
                await self._documents.withdraw(link, native, task.actor)
            return
        wanted = Document.model_validate(change.become).model_copy(
            update={"content": change.content}
        )
        kind = task.reading.kind.document(wanted.type, task.day)
        for _, native in pairs:
            if native is not None:
                changes = papers.document_changes(
                    papers.document(native, task.reading.name_of(native.informatieobjecttype)),
                    wanted,
                )
                if task.reading.name_of(native.informatieobjecttype) != wanted.type:
                    changes["informatieobjecttype"] = kind.url
                await self._documents.change(native, changes, wanted, task.contents, task.actor)
                return
        dated = _complete(wanted, task.day)
        await self._documents.add(dated, kind.url, task.zaak, task.contents, task.actor)

    async def _delete(self, path: str, actor: Actor) -> None:
        try:
            await self._client.send("DELETE", "zaken", path, actor=actor)
        except NotFound:
            return


def _path(rol: Rol) -> str:
    return f"rollen/{uuid_of(rol.url)}"


def _is_made(rol: Rol, body: Mapping[str, Any]) -> bool:
    identity = body["betrokkeneIdentificatie"].items() <= rol.betrokkene_identificatie.items()
    contact = body.get("contactpersoonRol", {}).items() <= rol.contactpersoon_rol.items()
    return bool(rol.roltype == body["roltype"] and identity and contact)


def _complete(item: Document, day: date) -> Document:
    """Give a document a date and an author, which the system demands."""
    return item.model_copy(
        update={
            "created": item.created or day.isoformat(),
            "author": item.author or "onbekend",
        }
    )
