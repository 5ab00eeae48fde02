"""
Answer: a Command is made true as far as it can be, and a Receipt tells what became of it.

A Command goes once its Receipt is saved. One that may yet turn out to be done has none for now,
and is tried again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from bridge.clock import Now
from bridge.edge.breaker import Breaker
from bridge.edge.ensure import Ensurer
from bridge.edge.hints import Hints
from bridge.edge.lease import Lease
from bridge.edge.saving import Saving, Wrap
from bridge.edge.sight import comes_later, digest
from bridge.settings import EdgeSettings
from bridge.store.errors import StoreError
from bridge.store.records import Answered, CommandRow, Finished, Known
from contracts.ids import AgencyId
from contracts.messages import (
    Cause,
    Command,
    Receipt,
    Refused,
    Result,
    Seen,
    Settled,
    Unanswered,
    Waiting,
)

log = structlog.get_logger(__name__)


class Answerer:
    """Answers the Commands to one agency."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        ensurer: Ensurer,
        breaker: Breaker,
        hints: Hints,
        saving: Saving,
        lease: Lease,
        settings: EdgeSettings,
        wrap: Wrap,
        now: Now,
    ) -> None:
        self._agency, self._ensurer, self._breaker = agency, ensurer, breaker
        self._hints, self._saving, self._lease = hints, saving, lease
        self._settings, self._wrap, self._now = settings, wrap, now

    async def answer(self, row: CommandRow, command: Command) -> datetime | None:
        """Make a Command true and answer it; or give the moment to try it again."""
        epoch = self._lease.epoch
        result = await self._result(row, command)
        if result is None:
            return max(self._breaker.until, self._now() + self._settings.patience_first)
        if isinstance(result, Waiting) and command.ref is not None:
            # Looked at as soon as the system is back, so that the hub need not wait for its timer.
            await self._hints.keep([command.ref], Cause.REQUEST, self._breaker.until)
        at = self._now()
        receipt = Receipt(
            command=command.id,
            link=command.link,
            agency=self._agency,
            lane=command.lane,
            at=at,
            result=result,
        )
        outgoing = self._wrap(receipt, f"receipt-{command.id}")
        seen: tuple[Known, ...] = ()
        if isinstance(result, Settled):
            if comes_later(result.snapshot):
                await self._hints.keep([result.ref], Cause.REQUEST, at)
            shown = digest(Seen(snapshot=result.snapshot))
            seen = (Known(self._agency, result.ref, at, shown, command.link),)
        finished = Finished(answered=(Answered(command.id, outgoing),), seen=seen)
        await self._saving.finish(epoch, finished)
        return None

    async def _result(self, row: CommandRow, command: Command) -> Result | None:
        try:
            async with asyncio.timeout(self._settings.document_timeout.total_seconds()):
                return await self._ensurer.ensure(command, row.begun_at)
        except TimeoutError:
            return _unanswered(command, "het duurde langer dan een opdracht mag duren")
        except OSError as error:
            log.warning("content_waits", agency=self._agency, why=error.strerror)
            return _unanswered(command, "er is geen ruimte voor de inhoud van documenten")
        except StoreError:
            raise
        except Exception:
            log.exception("adapter_bug", agency=self._agency, link=command.link)
            self._breaker.parked()
            return Refused(
                reason="bug",
                detail="de adapter liep vast op deze zaak; zie het logboek",
            )


def _unanswered(command: Command, detail: str) -> Result | None:
    """Say what was broken off comes to; ``None`` for a create, which may yet show."""
    if command.ref is None:
        return None
    return Unanswered(detail=detail) if command.patch.changes else Waiting(detail=detail)
