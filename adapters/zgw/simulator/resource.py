"""
What all resources do alike: create, read, list, change, delete.

Each operation first permits, then cleans fields, then checks them together; only then comes the
window of the quirk, and last one synchronous transaction that writes, audits and announces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID, uuid4

from adapters.kit.simulator import Row

from .audit import Change
from .errors import NotFound, ServerError, ValidationError
from .fields import Field, Refused, clean_fields
from .filters import Filter
from .system import Body, Call, System

NO_ACTIONS: frozenset[str] = frozenset()
ALL_ACTIONS: frozenset[str] = frozenset({"create", "update", "partial_update", "destroy"})


class Resource:
    """One kind of resource of one API. Subclasses declare, and override what is special."""

    kind: ClassVar[str]
    """Its table, and its name in notifications and audit trail."""
    api: ClassVar[str]
    segment: ClassVar[str]
    fields: ClassVar[Sequence[Field]]
    filters: ClassVar[Mapping[str, Filter]] = {}
    orderings: ClassVar[Sequence[str]] = ()
    list_methods: ClassVar[Sequence[str]] = ("GET", "POST")
    detail_methods: ClassVar[Sequence[str]] = ("GET", "PUT", "PATCH", "DELETE", "HEAD")
    paged: ClassVar[bool] = True
    newest_first: ClassVar[bool] = True
    has_etag: ClassVar[bool] = True
    shows_uuid: ClassVar[bool] = True
    shows_expand: ClassVar[bool] = False
    """A GET carries `_expand`, also when nothing was asked for; other answers do not."""
    channel: ClassVar[str | None] = None
    source: ClassVar[str] = ""
    audited: ClassVar[frozenset[str]] = NO_ACTIONS
    announced: ClassVar[frozenset[str]] = NO_ACTIONS

    def __init__(self, system: System) -> None:
        self.system = system

    # -- showing -----------------------------------------------------------------------------

    def url(self, row: Row) -> str:
        return self.system.links.of(self.kind, row["uuid"])

    def render(self, row: Row) -> Body:
        """The resource as an answer shows it, in the order of the fields."""
        body: Body = {"url": self.url(row)}
        if self.shows_uuid:
            body["uuid"] = row["uuid"]
        computed = self.computed(row)
        for field in self.fields:
            name = field.name
            body[name] = computed[name] if name in computed else row.get(name, field.default)
        return body

    def answer_to_create(self, row: Row) -> Body:
        """What a creation is answered with; the audit trail holds it too."""
        return self.render(row)

    def answer_to_update(self, before: Body, row: Row) -> Body:
        """What a change is answered with; the audit trail holds it too."""
        return self.render(row)

    def in_order(self, rows: list[Row]) -> list[Row]:
        """The order of a list for which none was asked; *rows* come as they were made."""
        return rows[::-1] if self.newest_first else rows

    def computed(self, row: Row) -> Body:
        """Values that are not kept in the row but follow from others."""
        return {}

    def shown(self, row: Row) -> str:
        """`resourceWeergave` in the audit trail."""
        return str(row["uuid"])

    def etag(self, row: Row) -> str:
        return hashlib.md5(self.system.links.dump(self.render(row))).hexdigest()  # noqa: S324

    def row(self, uuid: str) -> Row:
        """Return the row; raises NotFound, or ServerError where *uuid* is no UUID."""
        try:
            UUID(uuid)
        except ValueError:
            raise ServerError from None
        row = self.system.store.get(self.kind, uuid)
        if row is None:
            raise NotFound
        return row

    # -- what subclasses make special --------------------------------------------------------

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        """Raise Denied unless the caller may do *action* on *row*, or create from *data*."""

    def visible(self, call: Call, row: Row) -> bool:
        """Whether a list of this caller holds *row*."""
        return True

    def sees_all(self, call: Call) -> bool:
        return True

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        """Refuse combinations; may fill in *values*. *row* is None on creation."""

    def check_unique(self, values: Body, row: Row | None) -> None:
        """Refuse what breaks a unique key; asked again when the row is written."""

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        """What follows from a creation, within its transaction."""

    def updated(self, call: Call, old: Row, row: Row) -> None:
        """What follows from a change, within its transaction."""

    def check_removal(self, call: Call, row: Row) -> None:
        """Refuse a deletion."""

    def removed(self, call: Call, row: Row) -> None:
        """What follows from a deletion, within its transaction."""

    def main(self, row: Row) -> tuple[str, Body]:
        """The address of the main object, and the kenmerken of its notifications."""
        return self.url(row), {}

    # -- operations --------------------------------------------------------------------------

    def clean(self, data: Body, row: Row | None, *, partial: bool) -> Body:
        links = self.system.links
        try:
            return clean_fields(self.fields, data, links, current=row, partial=partial)
        except Refused as refused:
            raise ValidationError(refused.params) from None

    def prepare(self, call: Call, data: Body) -> Body:
        """Permit and check a creation; returns the values for `insert`."""
        self.permit(call, "create", None, data)
        values = self.clean(data, None, partial=False)
        self.check(call, values, None, data)
        self.check_unique(values, None)
        return values

    async def create(self, call: Call, data: Body) -> Row:
        values = self.prepare(call, data)
        await call.window()
        with self.system.store.transaction():
            try:
                self.check_unique(values, None)
            except ValidationError:
                # Checked before, clashing now: two at once, and the database refuses the second.
                raise ServerError from None
            return self.insert(call, values, data)

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        """Write a new row with all that follows from it; within a transaction."""
        row = {"uuid": str(uuid4()), **values}
        with self.system.store.transaction():
            self.system.store.put(self.kind, row)
            self.inserted(call, row, data)
            row = self.row(row["uuid"])
            self.record(call, "create", row, None, self.answer_to_create(row))
        return row

    async def update(self, call: Call, uuid: str, data: Body, *, partial: bool) -> Row:
        row = self.row(uuid)
        self.permit(call, "update", row, data)
        values = self.clean(data, row, partial=partial)
        self.check(call, values, row, data)
        self.check_unique(values, row)
        before = self.render(row)
        await call.window()
        with self.system.store.transaction():
            self.row(uuid)
            return self.write(call, row, values, before, partial=partial)

    def write(
        self, call: Call, read: Row, values: Body, before: Body, *, partial: bool = True
    ) -> Row:
        """Write *values* over the row as it was *read*, whole."""
        with self.system.store.transaction():
            row = self.merged(read, values)
            self.system.store.put(self.kind, row)
            self.updated(call, read, row)
            row = self.row(row["uuid"])
            action = "partial_update" if partial else "update"
            self.record(call, action, row, before, self.answer_to_update(before, row))
        return row

    def merged(self, read: Row, values: Body) -> Row:
        return {**read, **values}

    async def delete(self, call: Call, uuid: str) -> None:
        row = self.row(uuid)
        self.permit(call, "destroy", row, {})
        self.check_removal(call, row)
        await call.window()
        with self.system.store.transaction():
            self.remove(call, self.row(uuid))

    def remove(self, call: Call, row: Row) -> None:
        """Delete a row with all that follows from it; within a transaction."""
        with self.system.store.transaction():
            before = self.render(row)
            main = self.main(row)
            self.removed(call, row)
            self.system.store.remove(self.kind, row["uuid"])
            self.record(call, "destroy", row, before, None, main=main)

    def record(
        self,
        call: Call,
        action: str,
        row: Row,
        old: Any,
        new: Any,
        *,
        main: tuple[str, Body] | None = None,
    ) -> None:
        """Put a write in the audit trail and announce it, as far as this kind does either."""
        audits, announces = action in self.audited, action in self.announced
        if not audits and not announces:
            return
        main_url, kenmerken = main or self.main(row)
        url = self.url(row)
        if audits:
            shown = self.shown(row)
            change = Change(self.source, main_url, self.kind, url, action, shown, old, new)
            self.system.audit.add(change, call.caller, call.explanation)
        if announces and self.channel is not None:
            message = {
                "kanaal": self.channel,
                "hoofdObject": main_url,
                "resource": self.kind,
                "resourceUrl": url,
                "actie": action,
                "kenmerken": kenmerken,
            }
            self.system.announcer.announce(message)
