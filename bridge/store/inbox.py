"""
Commands that an edge took in, until their Receipts need not be repeated any more.

A Command stays here as one row, with its Receipt once it is done: so one that is delivered again
in the very moment in which it is finished can neither slip in as new nor get lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, update

from bridge.store.engine import Database
from bridge.store.outbox import SqlOutbox
from bridge.store.records import Accepted, Answered, CommandRow, OutboxRow
from bridge.store.statements import AnyRow, in_parts, insert_new, padded, run_many
from bridge.store.tables import COMMANDS
from contracts.ids import AgencyId, CommandId

_PENDING: Final = (
    select(
        COMMANDS.c.id,
        COMMANDS.c.agency,
        COMMANDS.c.ref,
        COMMANDS.c.link_id,
        COMMANDS.c.body,
        COMMANDS.c.at,
        COMMANDS.c.begun_at,
    )
    .where(COMMANDS.c.agency == bindparam("agency"), COMMANDS.c.finished_at.is_(None))
    .order_by(COMMANDS.c.at, COMMANDS.c.id)
    .limit(bindparam("at_most"))
)
_BEGIN: Final = (
    update(COMMANDS)
    .where(COMMANDS.c.id == bindparam("id_"), COMMANDS.c.finished_at.is_(None))
    .values(begun_at=bindparam("at_"))
)
_FINISH: Final = (
    update(COMMANDS)
    .where(COMMANDS.c.id == bindparam("id_"), COMMANDS.c.finished_at.is_(None))
    .values(
        finished_at=bindparam("finished_at"),
        receipt_id=bindparam("receipt_id"),
        receipt_key=bindparam("receipt_key"),
        receipt_headers=bindparam("receipt_headers"),
        receipt_body=bindparam("receipt_body"),
        # What it carried is on its way or done: no need to keep it for days.
        body=b"",
    )
)
_KNOWN: Final = select(
    COMMANDS.c.id,
    COMMANDS.c.agency,
    COMMANDS.c.finished_at,
    COMMANDS.c.receipt_id,
    COMMANDS.c.receipt_key,
    COMMANDS.c.receipt_headers,
    COMMANDS.c.receipt_body,
).where(COMMANDS.c.id.in_(bindparam("ids", expanding=True)))
_PRUNE: Final = delete(COMMANDS).where(COMMANDS.c.finished_at < bindparam("before"))


class SqlInbox(SqlOutbox):
    """Implements the Commands of `EdgeStore`."""

    def __init__(self, database: Database) -> None:
        """Use *database*."""
        super().__init__(database)
        self._insert_command = insert_new(database.dialect, COMMANDS, "id")

    async def accept(self, commands: Sequence[CommandRow]) -> Accepted:
        """Take in Commands before they are acknowledged."""
        if not commands:
            return Accepted()
        unique = {command.id: command for command in commands}
        return await self._database.write(lambda c: self._accept(c, unique))

    async def pending(self, agency: AgencyId, limit: int) -> Sequence[CommandRow]:
        """Give Commands that are not done, oldest first."""
        values = {"agency": agency, "at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_PENDING, values).all())
        return [CommandRow(*row) for row in rows]

    async def begin(self, command: CommandId, at: datetime) -> None:
        """Write down that the next call to the system is for this Command."""
        await self._database.write(lambda c: c.execute(_BEGIN, {"id_": command, "at_": at}))

    async def prune(self, before: datetime) -> int:
        """Forget Receipts from before a moment."""
        return await self._database.write(lambda c: c.execute(_PRUNE, {"before": before}).rowcount)

    def _answer(self, connection: Connection, answered: Sequence[Answered]) -> None:
        """Keep the Receipts of Commands, and put them out."""
        rows = [
            {
                "id_": each.command,
                "finished_at": each.receipt.at,
                "receipt_id": each.receipt.id,
                "receipt_key": each.receipt.routing_key,
                "receipt_headers": dict(each.receipt.headers),
                "receipt_body": each.receipt.body,
            }
            for each in sorted(answered, key=lambda each: each.command)
        ]
        run_many(connection, _FINISH, rows)
        self._put_out(connection, [each.receipt for each in answered])

    def _accept(self, connection: Connection, commands: dict[CommandId, CommandRow]) -> Accepted:
        known = {
            row.id: row
            for part in in_parts(sorted(commands))
            for row in connection.execute(_KNOWN, {"ids": padded(part)})
        }
        new = [commands[id_] for id_ in sorted(commands.keys() - known.keys())]
        run_many(
            connection,
            self._insert_command,
            (
                {
                    "id": command.id,
                    "agency": command.agency,
                    "ref": command.ref,
                    "link_id": command.link,
                    "body": command.body,
                    "at": command.at,
                }
                for command in new
            ),
        )
        done = [row for row in known.values() if row.finished_at is not None]
        self._put_out(connection, [_again(row, commands[row.id]) for row in done])
        answered = frozenset(row.id for row in done)
        return Accepted(
            new=frozenset(command.id for command in new),
            waiting=frozenset(known.keys() - answered),
            answered=answered,
        )


def _again(row: AnyRow, command: CommandRow) -> OutboxRow:
    return OutboxRow(
        id=row.receipt_id,
        routing_key=row.receipt_key,
        body=row.receipt_body,
        at=command.at,
        headers=row.receipt_headers,
        sender=row.agency,
    )
