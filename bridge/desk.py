"""
The desk: what people can ask of the bridge, and have it do. The views are made of it.

It works on the store alone, so it does so while the bridge runs in other processes, or does not
run at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import JsonValue
from ulid import ULID

from bridge.clock import Now
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import CASE, Link, Side, Way
from bridge.engine.operate import Choose, Operation, Resume, Skip, Unlink
from bridge.engine.rules import Rules
from bridge.engine.sameness import same
from bridge.hub.group import Group, Operate
from bridge.outbox import row_for
from bridge.store import HUB, CaseKey, Share, Store, Work
from bridge.store.views import CaseRow, CaseState, Figures, JournalEntry, ParkedRow
from contracts.case import split_path
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Cause, Hint

_PAGE: Final = 500
_INSTEAD: Final = {
    What.NOT_CROSSING: "not crossing",
    What.UNSUPPORTED: "not held, for this system cannot hold it",
    What.KEPT: "left as it was",
    What.ANNOTATED: "told in a note",
}
"""What became of a value that a side stands for without showing it."""
_FATES: Final = _INSTEAD.keys() | {What.WRITTEN, What.RENDERED, What.DEFAULTED, What.EDITED}


class NotToBeDone(Exception):
    """What was asked cannot be done; the message says why, and what can."""


class State(StrEnum):
    """How a case stands, in words for people."""

    EQUAL = "gelijk"
    UNDER_WAY = "onderweg"
    WAITS = "wacht"
    NEEDS_ATTENTION = "vraagt aandacht"
    RELEASED = "los"


def state_of(row: CaseRow) -> State:
    """Say in one word how a Link stands; what needs a person comes first."""
    if row.is_released:
        return State.RELEASED
    if row.parked:
        return State.NEEDS_ATTENTION
    if row.waiting:
        return State.WAITS
    return State.EQUAL if row.is_equal else State.UNDER_WAY


@dataclass(frozen=True, slots=True)
class Shown:
    """
    How one field stands on one side.

    Attributes:
        shows: What stands there, in that agency's own terms.
        stands_for: What that means in shared terms.
        how: ``held`` only where it was read there; ``on its way``; ``own`` where it does not
            cross at all; why it waits for a person; or what was done instead of writing it.
    """

    agency: AgencyId
    shows: JsonValue
    stands_for: JsonValue
    how: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: what is agreed, where that came from, how each side stands, what came before."""

    path: str
    agreed: JsonValue
    origin: str
    sides: tuple[Shown, ...]
    history: tuple[JournalEntry, ...]


class Desk:
    """Answers and acts for people."""

    def __init__(self, store: Store, *, rules: Callable[[], Rules], source: str, now: Now) -> None:
        self._store, self._rules, self._source, self._now = store, rules, source, now
        self._group = Group(store=store, rules=rules, source=source, now=now)

    async def figures(self) -> Figures:
        """Count how all stands."""
        return await self._store.figures()

    async def cases(
        self, text: str = "", state: CaseState = CaseState.ALL, limit: int = 100
    ) -> Sequence[CaseRow]:
        """List cases, latest change first."""
        return (await self._store.cases(text=text, state=state, limit=limit)).rows

    async def parked(self, limit: int = 500) -> Sequence[ParkedRow]:
        """List what waits for a person, longest first."""
        return await self._store.parked(limit=limit)

    async def find(self, case: str) -> list[Link]:
        """
        Find the Links of a case by its Link, its reference, or its number at either side.

        Raises:
            NotToBeDone: There is none, or the text fits several cases.
        """
        by_id = await self._store.links([LinkId(case)])
        if by_id:
            return [stored.link for stored in by_id.values()]
        rows = await self.cases(case)
        exact = [
            row
            for row in rows
            if any(case in (side.ref, side.number) for side in row.sides) or row.number == case
        ]
        chosen = exact or list(rows)
        if not chosen:
            msg = f"no case {case!r} is linked; `casebridge cases` lists those that are"
            raise NotToBeDone(msg)
        if not exact and len(chosen) > 1:
            numbers = ", ".join(str(row.number) for row in chosen[:5])
            msg = f"{case!r} fits several cases ({numbers} …); give the whole number"
            raise NotToBeDone(msg)
        found = await self._store.links([row.link for row in chosen])
        return [stored.link for stored in found.values()]

    async def explain(self, link: Link) -> list[Explained]:
        """Say for every field where its value came from, and how each side stands."""
        journal = await self._store.journal_of(link.id, limit=5000)
        by_path: dict[str, list[JournalEntry]] = {}
        for entry in reversed(journal):
            by_path.setdefault(entry.path, []).append(entry)
        paths = link.truth.keys() | {p for side in link.sides.values() for p in side.stands}
        return [
            Explained(
                path=path,
                agreed=link.truth.get(path),
                origin=_origin(link, path),
                sides=tuple(
                    self._shown(link, side, path, by_path.get(path, ()))
                    for side in link.sides.values()
                ),
                history=tuple(by_path.get(path, ())),
            )
            for path in sorted(paths, key=_field_order)
        ]

    def _shown(self, link: Link, side: Side, path: str, history: Sequence[JournalEntry]) -> Shown:
        how = self._how(link, side, path, history)
        shows = side.base.get(self._local(link, side, path))
        return Shown(side.agency, shows, side.stands.get(path), how)

    def _how(self, link: Link, side: Side, path: str, history: Sequence[JournalEntry]) -> str:
        parked = side.parked.get(path) or side.parked.get(CASE)
        if split_path(path)[0] in side.detached:
            return "not crossing: part of a whole"
        draft = Draft(link, self._rules(), self._now())
        if draft.agreement is None:
            return f"not crossing: the rules know no agreement {link.agreement} any more"
        if not draft.crosses(side, path):
            return "own: it does not cross"
        if parked:
            return f"{parked.reason.value}: {parked.why}"
        if not same(path, link.truth.get(path), side.stands.get(path)):
            return "on its way"
        fates = [each for each in history if each.agency == side.agency and each.what in _FATES]
        instead = _INSTEAD.get(fates[-1].what) if fates else None
        if instead:
            return f"{instead}: {fates[-1].why}" if fates[-1].why else instead
        return "held" if side.ref is not None else "on its way"

    def _local(self, link: Link, side: Side, path: str) -> str:
        """Give the local path that shows a shared one: what it is called there."""
        outward = {shared: own for own, shared in side.items.items()}
        verdicts = self._rules().lens(side.agency).put(link.truth, [path], side.base, outward)
        found = next((put.local for put in verdicts if put.local), None)
        return found or outward.get(path, path)

    async def operate(self, link: LinkId, operation: Operation) -> Link:
        """
        Do what a person asked; the running bridge sends what follows from it.

        Raises:
            NotToBeDone: The Link is gone, or what was asked does not fit how it stands.
        """
        found = await self._store.links([link])
        if link not in found:
            msg = f"no Link {link}"
            raise NotToBeDone(msg)
        _fits(found[link].link, operation)
        await self._group.settle([Operate(link, operation)])
        return (await self._store.links([link]))[link].link

    async def share(
        self, agency: AgencyId, ref: CaseRef, with_: AgencyId, *, by: str, reason: str
    ) -> None:
        """Share a case by hand; the edge of its agency looks at it next."""
        for name in (agency, with_):
            if name not in self._rules().lenses:
                known = ", ".join(self._rules().lenses)
                msg = f"agency {name!r} has no crosswalk; there are: {known}"
                raise NotToBeDone(msg)
        await self._store.add_share(Share(agency, ref, with_, by, reason, self._now()))
        await self._hint([(agency, ref)], Cause.REQUEST)

    async def sweep(self, agencies: Sequence[AgencyId]) -> int:
        """Have the edges look at every linked case, whatever was announced; give how many."""
        count, after = 0, None
        while True:
            page = await self._store.cases(limit=_PAGE, after=after)
            cases = {
                (side.agency, side.ref)
                for row in page.rows
                if not row.is_released
                for side in row.sides
                if side.ref is not None and side.agency in agencies
            }
            await self._hint(sorted(cases), Cause.SWEEP)
            count, after = count + len(cases), page.after
            if after is None:
                return count

    async def _hint(self, cases: Sequence[CaseKey], cause: Cause) -> None:
        """Send Hints by way of the outbox; the running hub publishes them."""
        at = self._now()
        rows = [
            row_for(
                Hint(agency=agency, ref=ref, cause=cause, at=at),
                id_=f"hint-{ULID()}",
                source=self._source,
                sender=HUB,
                at=at,
            )
            for agency, ref in cases
        ]
        if rows:
            await self._store.commit([Work(at=at, outgoing=tuple(rows))])


def _origin(link: Link, path: str) -> str:
    origin = link.origins.get(path)
    if origin is None:
        return ""
    by = f" by {origin.by}" if origin.by else ""
    return f"{origin.agency}{by}, {origin.at:%Y-%m-%d %H:%M:%S}"


def _field_order(path: str) -> tuple[bool, str]:
    return ("/" in path, path)


def _fits(link: Link, operation: Operation) -> None:
    parked = {
        (agency, path): entry
        for agency, side in link.sides.items()
        for path, entry in side.parked.items()
    }
    match operation:
        case Resume() if not parked:
            msg = "nothing of this case waits for a person"
            raise NotToBeDone(msg)
        case Skip(agency=agency, path=path):
            entry = parked.get((agency, path))
            if entry is None or Way.SKIP not in entry.ways:
                ways = ", ".join(f"{a} {p}" for a, p in parked) or "nothing"
                msg = f"{path} at {agency} cannot be skipped; parked: {ways}"
                raise NotToBeDone(msg)
        case Choose(path=path):
            if not any(name == path for _, name in parked):
                msg = f"{path} does not wait for a choice; edit it in either system instead"
                raise NotToBeDone(msg)
        case Unlink() if link.released is not None:
            msg = "the cases were let go before"
            raise NotToBeDone(msg)
        case _:
            pass
