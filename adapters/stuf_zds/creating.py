"""
Making a case that can be found again, and finding it.

Our mark stands as a kenmerk from the first moment, and in the number where that is of our choice:
``find`` asks for that number. A system that gives the numbers itself cannot be asked, so there a
create without an answer waits for a person.
"""

from __future__ import annotations

import structlog

from adapters.stuf_zds import making
from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.faults import Refused
from adapters.stuf_zds.messages import notification
from adapters.stuf_zds.names import CREEER_ZAAK
from adapters.stuf_zds.numbers import Numbers
from adapters.stuf_zds.reading import Reader
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import Element, child, text
from contracts.errors import NotFound, Rejected
from contracts.ids import CaseRef, Mark
from contracts.patch import Patch

log = structlog.get_logger(__name__)


class Cases:
    """Makes and finds the cases of one system."""

    def __init__(
        self,
        client: Client,
        reader: Reader,
        shaper: Shaper,
        numbers: Numbers,
        settings: StufSettings,
    ) -> None:
        self._client = client
        self._reader = reader
        self._shaper = shaper
        self._numbers = numbers
        self._settings = settings

    async def create(self, patch: Patch, mark: Mark, key: str) -> CaseRef:
        """
        Make a case that bears *mark*, with what can be told of it at once.

        Raises:
            Rejected: No case type, or the system refuses it however little we tell.
        """
        actor = Actor(patch.by, key)
        number = await self._numbers.of_case(mark, actor)
        case = making.zaak(patch, mark, number, self._settings)
        try:
            await self._send(case, actor)
        except Rejected as refused:
            if isinstance(refused, Refused) and await self._is_ours(number, mark):
                return CaseRef(number)  # refused because it is there: made before
            least = making.least(case)
            if len(least) == len(case):
                raise
            # What is refused is refused alone: the case is made without it, and the write that
            # follows is told so.
            log.warning("case_made_with_less", case=number, code=refused.code)
            await self._send(least, actor)
        return CaseRef(number)

    async def find(self, mark: Mark) -> list[CaseRef]:
        """Find the case that bears *mark*."""
        number = self._numbers.known(mark)
        if number is None or not await self._reader.exists(number):
            return []
        return [CaseRef(number)]

    async def _is_ours(self, number: str, mark: Mark) -> bool:
        try:
            return self._shaper.mark(await self._reader.zaak(number)) == mark
        except NotFound:
            return False

    async def _send(self, case: Element, actor: Actor) -> None:
        profile = self._client.profile
        await self._client.tell(
            CREEER_ZAAK,
            lambda told: notification(CREEER_ZAAK, profile, told, Mutatiesoort.TOEVOEGING, [case]),
            actor=actor,
            about=text(child(case, "identificatie")),
        )
