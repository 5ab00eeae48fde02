"""Admission: whether the content of a document may enter this agency's system."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from bridge.content import Staging
from bridge.scan import Clean, Harmful, Scanner, ScannerAway, Unscannable
from contracts.case import Document
from contracts.messages import ChangeOutcome, Outcome

log = structlog.get_logger(__name__)

_REMEMBERED: Final = 10_000
_FRESH: Final = timedelta(hours=1)
"""A write that is tried again within this is not looked into again."""

_FOUND: Final = "de virusscanner vond {} in dit document; het gaat niet over"
_AWAY: Final = "de virusscanner is niet te bereiken; het document wacht"


class Admission:
    """
    Has a scanner look into contents before they are written; without one all may enter.

    What was found clean is known for a while by its digest, so that a large document is looked
    into once, however often its write is tried.
    """

    def __init__(
        self, scanner: Scanner | None, content: Staging, *, now: Callable[[], datetime]
    ) -> None:
        self._scanner, self._content, self._now = scanner, content, now
        self._clean: OrderedDict[str, datetime] = OrderedDict()

    async def refusal(self, document: Document) -> ChangeOutcome | None:
        """
        Say why a document whose content is here may not enter; ``None`` where it may.

        Raises:
            LookupError: The content is not here any more.
        """
        if self._scanner is None or self._is_known_as_clean(document.digest):
            return None
        try:
            async with self._content.open(document) as pieces:
                verdict = await self._scanner.scan(pieces)
        except ScannerAway as error:
            log.warning("scanner_away", why=str(error))
            return ChangeOutcome(outcome=Outcome.UNSCANNED, detail=_AWAY)
        match verdict:
            case Clean():
                self._remember(document.digest)
                return None
            case Harmful(finding=finding):
                return await self._unsafe(document, _FOUND.format(finding))
            case Unscannable(why=why):
                return await self._unsafe(document, why)
            case _:
                assert_never(verdict)

    async def _unsafe(self, document: Document, why: str) -> ChangeOutcome:
        log.warning("document_unsafe", why=why)
        if document.digest is not None:
            # Nobody comes for it; who tries again has it fetched again.
            with suppress(OSError):
                await self._content.used(document.digest)
        return ChangeOutcome(outcome=Outcome.UNSAFE, detail=why)

    def _is_known_as_clean(self, digest: str | None) -> bool:
        found = self._clean.get(digest) if digest is not None else None
        return found is not None and self._now() - found < _FRESH

    def _remember(self, digest: str | None) -> None:
        if digest is not None:
            self._clean[digest] = self._now()
            self._clean.move_to_end(digest)
            while len(self._clean) > _REMEMBERED:
                self._clean.popitem(last=False)
