"""
Numbers of what we make: of our own choice, so that it can be found again, or given by the system.

ZDS has no search and takes no key of ours. A number that follows from our mark is the one thing
by which a case or document that was made without an answer can be asked for.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.messages import number_request
from adapters.stuf_zds.names import (
    GENEREER_BESLUIT_IDENTIFICATIE,
    GENEREER_DOCUMENT_IDENTIFICATIE,
    GENEREER_ZAAK_IDENTIFICATIE,
    Operation,
    Profile,
)
from adapters.stuf_zds.settings import LONGEST_NUMBER, StufSettings
from adapters.stuf_zds.xml import children, text
from contracts.errors import Garbled
from contracts.ids import Mark

_REMEMBERED: Final = 10_000
_HOLDERS: Final = {
    GENEREER_ZAAK_IDENTIFICATIE.name: "zaak",
    GENEREER_DOCUMENT_IDENTIFICATIE.name: "document",
    GENEREER_BESLUIT_IDENTIFICATIE.name: "besluit",
}


class Numbers:
    """Gives the numbers of cases, documents and decisions of one system."""

    def __init__(self, client: Client, settings: StufSettings) -> None:
        self._client = client
        self._settings = settings
        self._given: OrderedDict[Mark, str] = OrderedDict()

    async def of_case(self, mark: Mark, actor: Actor) -> str:
        """Give the number of a case that we are to make."""
        if (ours := self.known(mark)) is not None:
            return ours
        number = await self._generated(GENEREER_ZAAK_IDENTIFICATIE, actor)
        self._given[mark] = number
        if len(self._given) > _REMEMBERED:
            self._given.popitem(last=False)
        return number

    def known(self, mark: Mark) -> str | None:
        """
        Give the number that a case with our mark has, if there is one.

        Where the system gives the numbers they are remembered for as long as we run, and no
        longer: that is no guard, and none is promised.
        """
        if self._settings.number_pattern is None:
            return self._given.get(mark)
        number = self._settings.number_pattern.format(mark=mark)
        return number if len(number) <= LONGEST_NUMBER else None

    async def of_document(self, mark: str | None, actor: Actor) -> str:
        """Give the number of a document that we are to add."""
        pattern = self._settings.document_pattern
        if pattern is not None and mark:
            number = pattern.format(mark=mark)
            if len(number) <= LONGEST_NUMBER:
                return number
        return await self._generated(GENEREER_DOCUMENT_IDENTIFICATIE, actor)

    async def of_decision(self, key: str, actor: Actor) -> str:
        """Give the number of a decision that we are to record."""
        if self._settings.document_pattern is not None:
            return self.derived(key)
        return await self._generated(GENEREER_BESLUIT_IDENTIFICATIE, actor)

    def derived(self, key: str) -> str:
        """Give a number that follows from a key: the same on every repetition."""
        mark = f"CB{hashlib.sha256(key.encode()).hexdigest()[:24].upper()}"
        return (self._settings.document_pattern or "{mark}").format(mark=mark)

    async def _generated(self, operation: Operation, actor: Actor) -> str:
        profile: Profile = self._client.profile
        answer = await self._client.ask(
            operation, lambda told: number_request(operation, profile, told), actor=actor
        )
        found = (
            text(number)
            for holder in children(answer, _HOLDERS[operation.name])
            for number in children(holder, "identificatie")
        )
        number = next(found, "")
        if not number:
            msg = f"{operation.name}: the answer holds no number"
            raise Garbled(msg)
        return number
