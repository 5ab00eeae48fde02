"""
Observe: what a hint is about is looked at, and becomes Observations.

A hint goes once what was seen is saved. Where the system is away, or a document takes too long,
it is put back and its cases are looked at later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bridge.clock import Now
from bridge.edge.breaker import Breaker
from bridge.edge.contact import Contact
from bridge.edge.hints import Hints
from bridge.edge.jobs import Jobs, Kind
from bridge.edge.lease import Lease
from bridge.edge.reading import Reader
from bridge.edge.saving import Saving, Wrap
from bridge.edge.sight import Looks, Sighted, comes_later, digest
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from bridge.store.records import Finished, HintRow, Known, OutboxRow
from contracts.adapter import Adapter, Relates
from contracts.errors import AdapterError, Denied, NotFound, Unreachable
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Cause, Missing, Observation, OutOfScope, Seen

log = structlog.get_logger(__name__)

_LONGEST_REST: Final = timedelta(hours=1)


class Observer:
    """Turns the hints of one agency into Observations."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        adapter: Adapter,
        looks: Looks,
        reader: Reader,
        contact: Contact,
        breaker: Breaker,
        hints: Hints,
        jobs: Jobs,
        saving: Saving,
        lease: Lease,
        store: EdgeStore,
        settings: EdgeSettings,
        wrap: Wrap,
        now: Now,
    ) -> None:
        self._agency, self._adapter, self._looks, self._reader = agency, adapter, looks, reader
        self._contact, self._breaker, self._hints, self._jobs = contact, breaker, hints, jobs
        self._saving, self._lease, self._store = saving, lease, store
        self._settings, self._wrap, self._now = settings, wrap, now

    async def observe(self, hint: HintRow, tasks: asyncio.TaskGroup) -> None:
        """Look at the cases of a hint; large documents are fetched beside it, among *tasks*."""
        epoch = self._lease.epoch
        refs = await self._cases(hint)
        if refs is None:
            return
        rows: list[OutboxRow] = []
        seen: list[Known] = []
        later = False
        for ref in refs:
            sighted = await self._look(ref, hint)
            if sighted is None:
                return
            sight = sighted.sight
            if isinstance(sight, OutOfScope | Missing) and not await self._is_known(ref):
                # Never told of before: it is nobody's business now.
                continue
            rows.append(self._told(ref, sighted, hint.cause))
            seen.append(Known(self._agency, ref, sighted.at, digest(sight)))
            if isinstance(sight, Seen) and comes_later(sight.snapshot):
                later = True
                self._jobs.start(tasks, Kind.LARGE, f"{ref}|large", partial(self._fetch, ref))
        done = () if later else (hint,)
        finished = Finished(done, outgoing=tuple(rows), seen=tuple(seen))
        await self._saving.finish(epoch, finished)
        if later:
            # Looked at again also where this process ends before it has the content.
            await self._hints.put_back(hint, self._now() + self._settings.patience_longest)

    async def _cases(self, hint: HintRow) -> Sequence[CaseRef] | None:
        """Find the cases that a hint is about; ``None`` where that must wait."""
        if not isinstance(self._adapter, Relates):
            return [hint.ref]
        try:
            async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                return await self._adapter.cases_of(hint.ref)
        except NotFound:
            return []
        except (Unreachable, Denied, TimeoutError) as error:
            self._contact.note(error)
            await self._look_later(hint, self._breaker.until)
        except AdapterError as error:
            log.warning("hint_not_understood", agency=self._agency, why=str(error))
            await self._look_later(hint)
        except Exception:
            log.exception("adapter_bug", agency=self._agency)
            await self._look_later(hint)
        return None

    async def _look(self, ref: CaseRef, hint: HintRow) -> Sighted | None:
        """Look at one case of a hint; ``None`` where that must wait."""
        try:
            return await self._looks.look(ref)
        except (Unreachable, Denied) as error:
            self._contact.note(error)
            await self._look_later(hint, self._breaker.until)
        except OSError as error:
            # A document that takes too long, or one that was asked for again and finds no room:
            # this case alone waits.
            log.warning("look_waits", agency=self._agency, why=type(error).__name__)
            await self._look_later(hint)
        return None

    async def _look_later(self, hint: HintRow, not_before: datetime | None = None) -> None:
        """Look again when the system may be back, or for one case alone after ever longer waits."""
        wait = min(self._settings.patience_first * 2 ** min(hint.tries, 20), _LONGEST_REST)
        await self._hints.put_back(hint, not_before or self._now() + wait)

    async def _is_known(self, ref: CaseRef) -> bool:
        return ref in await self._store.known_cases(self._agency, [ref])

    def _told(self, ref: CaseRef, sighted: Sighted, cause: Cause) -> OutboxRow:
        stamp = sighted.sequence
        observation = Observation(
            agency=self._agency,
            ref=ref,
            sequence=stamp,
            cause=cause,
            at=sighted.at,
            sight=sighted.sight,
        )
        return self._wrap(observation, f"{self._agency}-{stamp.epoch}-{stamp.counter}")

    async def _fetch(self, ref: CaseRef) -> None:
        """Make the large documents of a case available, and have that told."""
        try:
            async with asyncio.timeout(self._settings.document_timeout.total_seconds()):
                await self._reader.fetch(ref)
        except (AdapterError, OSError) as error:
            # Gone on with from what lies there by now, when the case is looked at again.
            log.warning("content_waits", agency=self._agency, why=str(error) or "it takes long")
            if isinstance(error, Unreachable | Denied):
                self._contact.note(error)
            return
        await self._hints.keep([ref], Cause.REQUEST, self._now())
