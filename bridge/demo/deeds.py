"""What each kind of event of a history means in casework: one table, one function for each kind."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.demo.backstage import Backstage, case_of
from bridge.demo.casework import Casework
from bridge.demo.filing import Filing
from bridge.demo.histories import Event, History, World
from bridge.demo.pairing import Pairing, Protocol
from bridge.demo.papers import paper
from bridge.demo.partners import Partners
from bridge.demo.stuf_casework import StufCasework
from bridge.demo.stuf_filing import StufFiling
from bridge.demo.system import CaseSystem
from bridge.demo.work import CaseWork, FileWork, NewDocument, NotThere

_COUNTERPART_NUMBER: Final = re.compile(r"^2024-0012(\d\d)$")
"""How the histories name the counterpart at RUD Utrecht of the case of a history."""


@dataclass(slots=True)
class Office:
    """Everybody who works on the histories, with all that they work with."""

    world: World
    systems: Mapping[str, CaseSystem]
    backstage: Backstage
    partners: Partners
    full_size: bool
    pairing: Pairing
    _caseworks: dict[str, CaseWork] = field(default_factory=dict)
    _addresses: dict[tuple[str, str], str] = field(default_factory=dict)

    def casework(self, agency: str) -> CaseWork:
        """Give the casework of an agency's system."""
        if agency not in self._caseworks:
            kind = Casework if self.pairing.of(agency) is Protocol.ZGW else StufCasework
            self._caseworks[agency] = kind(self.systems[agency], self.world)
        return self._caseworks[agency]

    def filing(self, agency: str) -> FileWork:
        """Give the documents of an agency's system."""
        system = self.systems[agency]
        return Filing(system) if self.pairing.of(agency) is Protocol.ZGW else StufFiling(system)

    async def do(self, history: History, event: Event) -> str | None:
        """
        Do what an event tells; give the case that it was done to, where there is one.

        May be repeated after it was cut off.

        Raises:
            SystemAway: Do it again later.
            NotThere: The case (its counterpart, for one) is not there yet.
        """
        if event.kind in _BACKSTAGE:
            await _BACKSTAGE[event.kind](self, history, event)
            return None
        about = event.data.get("case")
        if event.agency not in self.systems or str(about) in self.partners.numbers:
            await self.partners.do(history, event)
            return None
        if event.kind == "case.created":
            return await _create(self, history, event)
        url = await self.address(history, event.agency, about)
        await _DEEDS[event.kind](self, Deed(history, event, url))
        return url

    async def address(self, history: History, agency: str, number: str | None = None) -> str:
        """Give the address of the case of a history in an agency's system."""
        key = (number or history.id, agency)
        if key not in self._addresses:
            self._addresses[key] = await self._look_up(history, agency, number)
        return self._addresses[key]

    async def _look_up(self, history: History, agency: str, number: str | None) -> str:
        if number is not None:
            return await self.casework(agency).case(number)
        if agency == history.home:
            return await self.casework(agency).case(history.number)
        title = str(history.events[0].data["description"])
        made = await self.casework(agency).counterpart(title)
        if made is None:
            msg = f"{agency} has no counterpart of {history.number} yet"
            raise NotThere(msg)
        return made

    async def address_of_related(self, agency: str, number: str) -> str:
        """Give the address of a case that an event names, also by its counterpart's number."""
        if (own := await self.casework(agency).find(number)) is not None:
            return own
        named = _COUNTERPART_NUMBER.match(number)
        history = next((h for h in self.world.histories if named and h.id == f"C{named[1]}"), None)
        if history is None:
            msg = f"{agency} has no case {number}"
            raise NotThere(msg)
        return await self.address(history, agency)


@dataclass(frozen=True, slots=True)
class Deed:
    """One event, and the address of the case that it is about."""

    history: History
    event: Event
    url: str

    @property
    def data(self) -> Mapping[str, Any]:
        """What the event tells."""
        return self.event.data

    @property
    def number_of_document(self) -> str:
        """How the agency that put a document in calls it."""
        return f"{self.history.id}-{self.data['key']}"


async def _create(office: Office, history: History, event: Event) -> str:
    work, data, related = office.casework(event.agency), event.data, None
    if data.get("related"):
        related = await office.address_of_related(event.agency, str(data["related"]))
    url = await work.create(data, event.at, history.participant, event.by, related=related)
    for other in history.events:
        if other.kind == "case.transferred" and other.data["to"] == event.agency:
            # After a transfer the cases go their own way, each with the number of the other.
            await work.refer(url, history.number, history.home, by=event.by)
            home = await office.address(history, history.home)
            await office.casework(history.home).refer(
                home, str(data["number"]), event.agency, by=other.by
            )
    return url


async def _status(office: Office, deed: Deed) -> None:
    work, event = office.casework(deed.event.agency), deed.event
    note = str(deed.data.get("reason", ""))
    await work.set_status(deed.url, str(deed.data["status"]), event.at, by=event.by, note=note)


async def _assigned(office: Office, deed: Deed) -> None:
    work, by = office.casework(deed.event.agency), deed.event.by
    await work.assign(deed.url, deed.data["staff"], deed.data["role"], by=by)


async def _property(office: Office, deed: Deed) -> None:
    work, by = office.casework(deed.event.agency), deed.event.by
    await work.set_property(deed.url, deed.data["name"], str(deed.data["value"]), by=by)


async def _result(office: Office, deed: Deed) -> None:
    work = office.casework(deed.event.agency)
    await work.set_result(deed.url, deed.data["result"], by=deed.event.by)


async def _note(office: Office, deed: Deed) -> None:
    work, data = office.casework(deed.event.agency), deed.data
    await work.note(deed.url, data["text"], internal=bool(data["internal"]), by=deed.event.by)


async def _party(office: Office, deed: Deed) -> None:
    work, person = office.casework(deed.event.agency), office.world.persons[deed.data["person"]]
    await work.add_party(deed.url, person, role=deed.data["role"], by=deed.event.by)


async def _suspended(office: Office, deed: Deed) -> None:
    work = office.casework(deed.event.agency)
    await work.suspend(deed.url, deed.data["reason"], by=deed.event.by)


async def _resumed(office: Office, deed: Deed) -> None:
    await office.casework(deed.event.agency).resume(deed.url, by=deed.event.by)


async def _extended(office: Office, deed: Deed) -> None:
    work, data = office.casework(deed.event.agency), deed.data
    await work.extend(deed.url, int(data["days"]), data["reason"], by=deed.event.by)


async def _decided(office: Office, deed: Deed) -> None:
    work, data = office.casework(deed.event.agency), deed.data
    text = f"{data['kind']}: {data['text']}"
    await work.decide(deed.url, text, str(data["date"]), by=deed.event.by)


async def _linked(office: Office, deed: Deed) -> None:
    work, data = office.casework(deed.event.agency), deed.data
    await work.refer(deed.url, str(data["number"]), data["to"], by=deed.event.by)
    await office.partners.ask(deed.history, deed.event)


async def _transferred(office: Office, deed: Deed) -> None:
    work, data = office.casework(deed.event.agency), deed.data
    text = f"Doorgezonden aan {data['to']} ({data['basis']}): {data['reason']}"
    await work.note(deed.url, text, internal=False, by=deed.event.by)


async def _hours(office: Office, deed: Deed) -> None:
    # ZGW has no place for hours: people book them elsewhere, and nothing here can cross.
    del office, deed


async def _document_added(office: Office, deed: Deed) -> None:
    data, event = deed.data, deed.event
    number = deed.number_of_document
    new = NewDocument(
        number=number,
        type=data["type"],
        title=data["title"],
        file=data["file"],
        confidentiality=data["confidentiality"],
        internal=bool(data.get("internal")),
        at=event.at,
    )
    content = paper(number, data["version"], data["bytes"], full_size=office.full_size)
    await office.filing(event.agency).add(deed.url, new, content, by=event.by)


async def _document_replaced(office: Office, deed: Deed) -> None:
    data, number = deed.data, deed.number_of_document
    content = paper(number, data["version"], data["bytes"], full_size=office.full_size)
    await office.filing(deed.event.agency).replace(number, content, by=deed.event.by)


async def _document_retyped(office: Office, deed: Deed) -> None:
    filing = office.filing(deed.event.agency)
    await filing.retype(deed.number_of_document, deed.data["to"], by=deed.event.by)


async def _document_removed(office: Office, deed: Deed) -> None:
    filing = office.filing(deed.event.agency)
    await filing.remove(deed.url, deed.number_of_document, by=deed.event.by)


async def _park_resolved(office: Office, history: History, event: Event) -> None:
    home = case_of(history.home, await office.address(history, history.home))
    await office.backstage.unlink(home, by=event.by, reason=event.data["reason"])


async def _secondment_ended(office: Office, history: History, event: Event) -> None:
    # The bridge knows it from the agreement; nobody has to do anything.
    del office, history, event


_DEEDS: Final[Mapping[str, Callable[[Office, Deed], Awaitable[None]]]] = {
    "status.set": _status,
    "case.reopened": _status,
    "case.assigned": _assigned,
    "property.set": _property,
    "result.set": _result,
    "note.added": _note,
    "party.added": _party,
    "case.suspended": _suspended,
    "case.resumed": _resumed,
    "deadline.extended": _extended,
    "decision.recorded": _decided,
    "case.linked": _linked,
    "case.transferred": _transferred,
    "hours.booked": _hours,
    "document.added": _document_added,
    "document.replaced": _document_replaced,
    "document.retyped": _document_retyped,
    "document.removed": _document_removed,
}
_BACKSTAGE: Final[Mapping[str, Callable[[Office, History, Event], Awaitable[None]]]] = {
    "park.resolved": _park_resolved,
    "secondment.ended": _secondment_ended,
}
KINDS: Final = frozenset({"case.created", *_DEEDS, *_BACKSTAGE})
"""The kinds of events that can be played."""
