"""
Reading one case whole: its details, the list of its documents, its decisions.

What a document's file is called is told only beside its content. So its message is read up to
there, once for each version, and the line is closed; that is remembered for as long as we run.
"""

from __future__ import annotations

from collections import OrderedDict
from copy import deepcopy
from typing import Final

from adapters.kit.together import together
from adapters.stuf_zds import names, scopes
from adapters.stuf_zds.answers import NoContent, answered
from adapters.stuf_zds.client import Build, Client
from adapters.stuf_zds.history import Step, current, history
from adapters.stuf_zds.messages import Scope, question
from adapters.stuf_zds.names import Operation, Profile
from adapters.stuf_zds.parts import Content
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Reading
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.xml import Element, child, children, fingerprint, text
from contracts.errors import NotFound, Rejected

_REMEMBERED: Final = 20_000


class Reader:
    """Reads cases of one system."""

    def __init__(self, client: Client, settings: StufSettings) -> None:
        self._client = client
        self._settings = settings
        self._details: OrderedDict[tuple[str, str], Element] = OrderedDict()

    def has(self, operation: Operation) -> bool:
        """Tell whether this system has an operation."""
        return (
            self._client.profile in operation.profiles
            and operation.name not in self._client.dialect.lacks
        )

    async def read(self, number: str) -> Reading:
        """
        Read one case whole, as it stands now.

        Raises:
            NotFound: Never there, or no longer.
        """
        zaak = await self.zaak(number)
        told = text(child(zaak, "identificatie")) or number
        async with together() as group:
            documents = (
                group.create_task(self.documents(told))
                if self.has(names.GEEF_LIJST_ZAAKDOCUMENTEN)
                else None
            )
            decisions = (
                group.create_task(self._decisions(told))
                if self.has(names.GEEF_LIJST_BESLUITEN)
                else None
            )
        return Reading(
            zaak=zaak,
            documents=documents.result() if documents else None,
            decisions=decisions.result() if decisions else None,
        )

    async def zaak(self, number: str) -> Element:
        """Give the zaak as the system shows it."""
        return await self._object(
            names.GEEF_ZAAKDETAILS, number, scopes.details(self._settings.asked_by_name)
        )

    async def exists(self, number: str) -> bool:
        """Tell whether there is a case with a number."""
        try:
            await self._object(names.GEEF_ZAAKDETAILS, number, scopes.ONLY_THE_NUMBER)
        except NotFound:
            return False
        return True

    async def latest_status(self, number: str) -> Step | None:
        """Give the status of a case as it stands now."""
        build = self._asking(names.GEEF_ZAAKSTATUS, number, scopes.LATEST_STATUS, latest=True)
        answer = await self._client.ask(names.GEEF_ZAAKSTATUS, build)
        try:
            zaak = answered(answer, names.GEEF_ZAAKSTATUS.name, number)
        except NotFound:
            return None  # a case without a status, for some; that it is there was just seen
        steps = history(zaak, Taste(), self._settings.statuses_by)
        return current(steps)

    async def documents(self, number: str) -> list[tuple[Element, Element | None]]:
        """Give the documents of a case: as listed, and as each tells of itself."""
        try:
            zaak = await self._object(names.GEEF_LIJST_ZAAKDOCUMENTEN, number, scopes.DOCUMENTS)
        except NotFound:
            return []  # seen: no answer where there are no documents
        related = (child(one, "gerelateerde") for one in children(zaak, "heeftRelevant"))
        listed = [one for one in related if one is not None and len(one)]
        if not self._client.dialect.file_names:
            return [(one, None) for one in listed]
        async with together() as group:
            asked = [group.create_task(self._told(one)) for one in listed]
        return list(zip(listed, (task.result() for task in asked), strict=True))

    async def cases_of_document(self, number: str) -> list[str]:
        """Give the numbers of the cases that a document belongs to."""
        return await self._cases(
            names.GEEF_ZAAKDOCUMENT_LEZEN, number, scopes.CASES_OF_DOCUMENT, "isRelevantVoor"
        )

    async def cases_of_decision(self, number: str) -> list[str]:
        """Give the numbers of the cases that led to a decision."""
        if not self.has(names.GEEF_BESLUITDETAILS):
            return []
        return await self._cases(
            names.GEEF_BESLUITDETAILS, number, scopes.CASES_OF_DECISION, "isUitkomstVan"
        )

    async def _cases(
        self, operation: Operation, number: str, scope: Scope, relation: str
    ) -> list[str]:
        try:
            found = await self._object(operation, number, scope)
        except NotFound:
            return []
        numbers = (
            text(child(one, "gerelateerde", "identificatie")) for one in children(found, relation)
        )
        return [one for one in dict.fromkeys(numbers) if one]

    async def _decisions(self, number: str) -> list[Element]:
        try:
            zaak = await self._object(names.GEEF_LIJST_BESLUITEN, number, scopes.DECISIONS)
        except NotFound:
            return []
        related = (child(one, "gerelateerde") for one in children(zaak, "leidtTot"))
        return [one for one in related if one is not None and len(one)]

    async def _told(self, listed: Element) -> Element | None:
        number = text(child(listed, "identificatie"))
        if not number:
            return None
        key = (number, fingerprint(listed))
        if key not in self._details:
            found = await self._head(number)
            if found is None:
                return None
            self._details[key] = found
            if len(self._details) > _REMEMBERED:
                self._details.popitem(last=False)
        self._details.move_to_end(key)
        return self._details[key]

    async def _head(self, number: str) -> Element | None:
        """Read a document up to its content."""
        kept: list[Element] = []

        def keep(inhoud: Element) -> None:
            parent = inhoud.getparent()
            if parent is not None:
                kept.append(deepcopy(parent))

        content = Content(self._settings.max_document_bytes, keep)
        build = self._asking(names.GEEF_ZAAKDOCUMENT_LEZEN, number, scopes.DOCUMENT)
        try:
            async with self._client.fetch(names.GEEF_ZAAKDOCUMENT_LEZEN, build, content):
                return kept[0] if kept else None
        except NoContent as error:
            found = deepcopy(error.document)
            for empty in list(children(found, "inhoud")):
                found.remove(empty)  # the schema wants one, also where there is none
            return found
        except (NotFound, Rejected):
            return None  # listed, and not for us to see

    async def _object(self, operation: Operation, number: str, scope: Scope) -> Element:
        answer = await self._client.ask(operation, self._asking(operation, number, scope))
        return answered(answer, operation.name, number)

    def _asking(
        self, operation: Operation, number: str, scope: Scope, *, latest: bool = False
    ) -> Build:
        profile: Profile = self._client.profile
        return lambda told: question(
            operation, profile, told, number=number, scope=scope, latest_status=latest
        )

    def asking_content(self, number: str) -> Build:
        """Make the question for a document with its content."""
        return self._asking(names.GEEF_ZAAKDOCUMENT_LEZEN, number, scopes.DOCUMENT)
