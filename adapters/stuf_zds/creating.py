"""
Making a case that can be found again, and finding it.

Our mark stands as a kenmerk from the first moment, and in the number where that is of our choice:
``find`` asks for that number. A system that gives the numbers itself cannot be asked, so there a
create without an answer waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, Final

import structlog

from adapters.stuf_zds import casting, extras, objects
from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.faults import Refused
from adapters.stuf_zds.fields import CREATABLE, ORDER, WRITABLE, element
from adapters.stuf_zds.messages import notification
from adapters.stuf_zds.names import (
    CREEER_ZAAK,
    ENTITEITTYPE,
    SLEUTEL_GEGEVENSBEHEER,
    SLEUTEL_VERZENDEND,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.numbers import Numbers
from adapters.stuf_zds.parties import RELATIONS
from adapters.stuf_zds.reading import Reader
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper
from adapters.stuf_zds.values import DUTCH, Mutatiesoort, Verwerkingssoort
from adapters.stuf_zds.xml import Element, add, child, local, text
from contracts.case import (
    CaseObject,
    Handler,
    Property,
    Role,
    split_path,
)
from contracts.errors import NotFound, Rejected
from contracts.ids import CaseRef, Mark
from contracts.patch import Change, Patch

log = structlog.get_logger(__name__)

_T: Final = Verwerkingssoort.TOEVOEGING
_NEEDED: Final = frozenset(
    {
        "identificatie",
        "omschrijving",
        "kenmerk",
        "startdatum",
        "registratiedatum",
        "zaakniveau",
        "deelzakenIndicatie",
        "isVan",
        "heeftAlsInitiator",
    }
)
"""Elements without which no case can be made; all others can be told of afterwards."""


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

    async def create(self, patch: Patch, mark: Mark) -> CaseRef:
        """
        Make a case that bears *mark*, with what can be told of it at once.

        Raises:
            Rejected: No case type, or the system refuses it however little we tell.
        """
        actor = Actor(patch.by)
        case = self._told(patch, mark)
        number = await self._numbers.of_case(mark, actor)
        case[0].text = number
        try:
            await self._send(case, actor)
        except Rejected as refused:
            if isinstance(refused, Refused) and await self._is_ours(number, mark):
                return CaseRef(number)  # refused because it is there: made before
            least = _least(case)
            if len(least) == len(case):
                raise
            # What is refused is refused alone: the case is made without it, and the write that
            # follows is told so.
            log.warning("case_made_with_less", why=str(refused))
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

    def _told(self, patch: Patch, mark: Mark) -> Element:
        given = {c.path: c.become for c in patch.changes if c.become is not None}
        made = element("object")
        made.set(ENTITEITTYPE, "ZAK")
        if not self._settings.deviating().number_as_key:
            made.set(SLEUTEL_VERZENDEND, mark[:40])
            made.set(SLEUTEL_GEGEVENSBEHEER, mark[:40])
        made.set(VERWERKINGSSOORT, _T.value)
        told: dict[str, list[Element]] = {"identificatie": [element("identificatie")]}
        for one in self._elements(patch, given, mark):
            told.setdefault(local(one), []).append(one)
        for name in ORDER:
            made.extend(told.get(name, ()))
        return made

    def _elements(self, patch: Patch, given: Mapping[str, Any], mark: Mark) -> Iterator[Element]:
        day = patch.at.astimezone(DUTCH).date().isoformat()
        registered = str(given.get("registered") or day)
        for name, member in {**WRITABLE, **CREATABLE}.items():
            if name in given and name not in ("start", "registered"):
                with suppress(Rejected):  # the write that follows is told
                    yield member.write(given[name], None)
        yield WRITABLE["start"].write(str(given.get("start") or registered), None)
        yield CREATABLE["registered"].write(registered, None)
        yield extras.kenmerk(mark, extras.BRON)
        for name, value in (("zaakniveau", "1"), ("deelzakenIndicatie", "N")):
            made = element(name)
            made.text = value
            yield made
        yield self._kind(given)
        yield from self._items(patch)

    def _kind(self, given: Mapping[str, Any]) -> Element:
        code = given.get("case_type")
        if not isinstance(code, str) or not code:
            msg = "a case cannot be made without a case type"
            raise Rejected(msg, path="case_type")
        made = casting.begun("isVan", _T)
        kind = add(made, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "ZKT"})
        kind.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
        known = self._settings.case_types.get(code)
        if known is not None and known.name:
            add(kind, q(ZKN, "omschrijving"), known.name)
        add(kind, q(ZKN, "code"), code)
        return made

    def _items(self, patch: Patch) -> Iterator[Element]:
        has_initiator = False
        properties: dict[str, str] = {}
        for change in patch.changes:
            name, key = split_path(change.path)
            if change.become is None:
                continue
            if name == "properties" and key in self._settings.properties:
                properties[key] = extras.as_text(Property.model_validate(change.become).value)
                continue
            with suppress(Rejected):  # the write that follows is told
                for one in self._item(name, change):
                    is_initiator = local(one) == "heeftAlsInitiator"
                    if not (is_initiator and has_initiator):
                        yield one
                    has_initiator = has_initiator or is_initiator
        if properties:
            holder = element("object")
            extras.add_extra(holder, properties)
            yield holder[0]
        if not has_initiator:
            yield casting.stand_in(self._settings.initiator)

    def _item(self, name: str, change: Change) -> Iterator[Element]:
        parts = self._shaper.parts
        match name:
            case "roles":
                yield casting.relation(Role.model_validate(change.become), parts)
            case "handler":
                who = Handler.model_validate(change.become)
                person = {"name": who.name} if who.name else {}
                role = Role(
                    key="",
                    role=parts.handler or "uitvoerende",
                    kind="medewerker",
                    identity=who.id,
                    person=person,
                )
                yield casting.relation(role, parts)
            case "unit":
                relation = self._settings.deviating().unit_relation
                part = next(part for part, one in RELATIONS.items() if one == relation)
                unit = str(change.become)
                kind = "organisatorische_eenheid"
                yield casting.relation(Role(key="", role=part, kind=kind, identity=unit), parts)
            case "objects":
                item = CaseObject.model_validate(change.become)
                is_group = objects.is_group(item)
                yield objects.group(item) if is_group else objects.relation(item, _T)


def _least(case: Element) -> Element:
    least = element("object")
    for name, value in case.attrib.items():
        least.set(name, value)
    least.extend([deepcopy(one) for one in case if local(one) in _NEEDED])
    return least
