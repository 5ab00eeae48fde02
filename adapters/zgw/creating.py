"""
Making a case that can be found again, and finding it.

Our mark stands in ``kenmerken`` from the first moment. Where the system searches on it, ``find``
sees it at once; else the newest cases are gone through. A number of our own choice (``{mark}`` in
``number_pattern``) is the one guard that every system has: it refuses the second.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any, Final

import structlog

from adapters.zgw import geometry, shape
from adapters.zgw.casetype import CaseTypeVersion
from adapters.zgw.catalogue import Catalogue
from adapters.zgw.client import Actor, Client
from adapters.zgw.features import Features
from adapters.zgw.fields import CREATABLE, WRITABLE
from adapters.zgw.links import is_uuid
from adapters.zgw.moments import DUTCH, status_moment
from adapters.zgw.native import StatusType, Zaak
from adapters.zgw.plan import is_place
from adapters.zgw.problems import NoSuchPath, Refused, speaking
from adapters.zgw.settings import ZgwSettings
from contracts.case import CaseObject, RelatedCase, split_path
from contracts.errors import AdapterError, Conflict, Rejected
from contracts.ids import CaseRef, Mark
from contracts.patch import Patch

log = structlog.get_logger(__name__)

_MAX_NUMBER: Final = 40

_LATER: Final = (
    frozenset({member.native for member in WRITABLE.values()}) | {"zaakgeometrie", "hoofdzaak"}
) - {"startdatum"}
"""Members that can be written after as well, so that one of them never keeps a case from being."""


class Cases:
    """Makes and finds the cases of one system."""

    def __init__(
        self,
        client: Client,
        catalogue: Catalogue,
        settings: ZgwSettings,
        *,
        today: Callable[[], date],
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._settings = settings
        self._today = today

    async def create(self, patch: Patch, mark: Mark, features: Features, key: str) -> CaseRef:
        """
        Make a case that bears *mark*, with all that the zaak itself holds.

        Raises:
            Rejected: No case type, one that does not hold today, or refused members.
            Conflict: The number is taken by a case that is not ours.
        """
        actor = Actor(patch.by, f"{key} {patch.reason}".strip())
        kind, body = await self._body(patch, mark)
        if number := await self._number(patch, mark, features, actor):
            body["identificatie"] = number
        try:
            made = await self._post(body, actor)
        except Refused as refused:
            if "identificatie-niet-uniek" in refused.codes:
                return await self._ours(str(body.get("identificatie")), mark)
            # What is refused is refused alone: the case is made without it, and the write that
            # follows is told so.
            refusable = [m for m in body if m in _LATER and _is_named(m, refused)]
            if not refusable or len(refused.fields) > len(refusable):
                raise
            made = await self._post({m: v for m, v in body.items() if m not in refusable}, actor)
        if kind.first is not None and not any(c.path == "status" for c in patch.changes):
            await self._first_status(made, kind.first, patch, actor)
        return shape.ref_of(made)

    async def _post(self, body: Mapping[str, Any], actor: Actor) -> Zaak:
        answer = await self._client.send("POST", "zaken", "zaken", body, actor=actor)
        with speaking("POST zaken", wrote=True):
            return Zaak.model_validate(answer.body)

    async def _first_status(self, made: Zaak, kind: StatusType, patch: Patch, actor: Actor) -> None:
        """
        Give a case that is to have none a status, or it looks unfinished to who works there.

        Only while it is made: later it would look like somebody's edit, and win from another.
        A system whose clock is behind ours gets it as of the beginning of the case's first day.
        """
        first_day = datetime.combine(_as_day(made.registratiedatum or ""), time.min, DUTCH)
        try:
            try:
                await self._post_status(made, kind, status_moment(patch.at, None), actor)
            except Refused as refused:
                if "date-in-future" not in refused.codes:
                    raise
                await self._post_status(made, kind, first_day, actor)
        except AdapterError as error:
            log.warning("first_status_not_set", case=shape.ref_of(made), why=str(error))

    async def _post_status(self, made: Zaak, kind: StatusType, at: datetime, actor: Actor) -> None:
        body = {
            "zaak": made.url,
            "statustype": kind.url,
            "datumStatusGezet": at.isoformat(),
            "statustoelichting": "",
        }
        await self._client.send("POST", "zaken", "statussen", body, actor=actor)

    async def find(self, mark: Mark, features: Features) -> list[CaseRef]:
        """Find the cases that bear *mark*."""
        found: dict[CaseRef, None] = {}
        async for item in self._candidates(mark, features):
            with speaking("GET zaken", wrote=False):
                zaak = Zaak.model_validate(item)
            if shape.mark_of(zaak) == mark:
                found[shape.ref_of(zaak)] = None
        return list(found)

    async def _candidates(self, mark: Mark, features: Features) -> AsyncIterator[dict[str, Any]]:
        if features.kenmerk_filter:
            query = {"kenmerk": f"{shape.BRON}:{mark}"}
        else:
            since = self._today() - self._settings.find_window
            query = {"registratiedatum__gt": since.isoformat()}
        async for item in self._client.items("zaken", "zaken", query):
            yield item
        # A case may be registered as of long ago, and so fall outside the window.
        if not features.kenmerk_filter and self._settings.number_pattern:
            for year in (self._today().year, self._today().year - 1):
                async for item in self._numbered(self._patterned(mark, year)):
                    yield item

    async def _numbered(self, number: str) -> AsyncIterator[dict[str, Any]]:
        query = {
            "identificatie": number,
            "bronorganisatie": self._settings.own_organisation,
        }
        async for item in self._client.items("zaken", "zaken", query):
            yield item

    async def _ours(self, number: str, mark: Mark) -> CaseRef:
        async for item in self._numbered(number):
            zaak = Zaak.model_validate(item)
            if shape.mark_of(zaak) == mark:
                return shape.ref_of(zaak)
        msg = f"the number {number!r} is taken by another case; try again for the next"
        raise Conflict(msg, path="number", code="identificatie-niet-uniek")

    async def _number(
        self, patch: Patch, mark: Mark, features: Features, actor: Actor
    ) -> str | None:
        if self._settings.number_pattern is not None:
            return self._patterned(mark, patch.at.astimezone(DUTCH).year)
        if not features.reserve_number:
            return None
        body = {"bronorganisatie": self._settings.own_organisation}
        try:
            answer = await self._client.send(
                "POST", "zaken", "zaaknummer_reserveren", body, actor=actor, reads=True
            )
        except NoSuchPath:
            return None  # the probe was mistaken: the system gives the number itself
        number = answer.body.get("zaaknummer") if isinstance(answer.body, dict) else None
        return number if isinstance(number, str) and number else None

    def _patterned(self, mark: Mark, year: int) -> str:
        pattern = self._settings.number_pattern or "{mark}"
        return pattern.format(mark=mark, year=year)[:_MAX_NUMBER]

    async def _body(self, patch: Patch, mark: Mark) -> tuple[CaseTypeVersion, dict[str, Any]]:
        given = {c.path: c.become for c in patch.changes if c.become is not None}
        day = patch.at.astimezone(DUTCH).date()
        code = given.get("case_type")
        if not isinstance(code, str):
            msg = "a case cannot be made without a case type"
            raise Rejected(msg, path="case_type")
        registered = str(given.get("registered") or day.isoformat())
        kind = await self._catalogue.current(code, _as_day(registered))
        body: dict[str, Any] = {
            "zaaktype": kind.zaaktype.url,
            "bronorganisatie": self._settings.own_organisation,
            "verantwoordelijkeOrganisatie": self._settings.own_organisation,
            "registratiedatum": registered,
            "startdatum": registered,
            "kenmerken": [{"kenmerk": mark, "bron": shape.BRON}],
        }
        for path, value in given.items():
            if member := WRITABLE.get(path) or CREATABLE.get(path):
                body[member.native] = member.write(value)
        return kind, {**body, **self._places_and_relations(patch)}

    def _places_and_relations(self, patch: Patch) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for change in patch.changes:
            field, _ = split_path(change.path)
            if change.become is None:
                continue
            if is_place(change):
                place = CaseObject.model_validate(change.become)
                with suppress(Rejected):  # the write that follows is told
                    made["zaakgeometrie"] = geometry.to_server(place.data)
            elif field == "related":
                item = RelatedCase.model_validate(change.become)
                if item.relation == "hoofdzaak" and is_uuid(item.key):
                    # Whose sub case it is decides what it may be: the rest is written after.
                    main = self._client.addresses.spoken("zaken", f"zaken/{item.key}")
                    made["hoofdzaak"] = main
        return made


def _is_named(member: str, refused: Refused) -> bool:
    return any(name.split(".")[0] == member for name in refused.fields)


def _as_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"registered: {text!r} is no whole date, and a zaak needs one"
        raise Rejected(msg, path="registered") from error
