"""Rules, for people: what is in force, what is missing, what an edit would change, publishing."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bridge.clock import Now
from bridge.desk.coverage import Uncovered, uncovered
from bridge.desk.differences import Difference, Tried, differences, mentions, tried
from bridge.desk.together import Lasting
from bridge.engine.decision import Row, What
from bridge.engine.link import Link
from bridge.engine.rules import Rules
from bridge.jobs.errors import NotToBeDone
from bridge.rules import RulesInvalid, load_texts
from bridge.rules.document import texts_of
from bridge.rules.edit import AddRow, Edit, NotEditable, PutBack, RemoveRow, SetRule
from bridge.rules.publish import ChangedMeanwhile, NotWritable, put_in_place, see_writable
from bridge.rules.tables import TableOf, tables_of
from bridge.store import RulesVersion, Store, Work
from bridge.store.views import CaseState
from contracts.ids import AgencyId, LinkId

MOST_LOOKED_AT: Final = 20_000
_PAGE: Final = 500
_SHOWN: Final = 200
_COUNTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class InForce:
    """Rules with the files that they were made of."""

    rules: Rules
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class EditPlan:
    """
    What an edit would come to.

    Attributes:
        base: The version that it was made on.
        faults: Why it cannot be published; then nothing else is said.
        cases: What linked cases would have written otherwise, the first of them.
        looked_at: How many cases were decided under both rules.
        is_whole: Whether those are all; else what waits for it, and `MOST_LOOKED_AT` that
            changed last.
        not_writable: Why it cannot be published from here; the text can be put there by hand.
    """

    agency: AgencyId
    base: str
    version: str
    text: str
    diff: str
    faults: tuple[str, ...] = ()
    cases: tuple[Difference, ...] = ()
    changed: int = 0
    looked_at: int = 0
    is_whole: bool = True
    not_writable: str = ""

    @property
    def untold(self) -> int:
        """How many cases would change that are not among those shown."""
        return self.changed - len({each.link for each in self.cases})

    @property
    def most(self) -> int:
        """Of how many cases at most it is said."""
        return MOST_LOOKED_AT


@dataclass(frozen=True, slots=True)
class Change:
    """
    A version of the rules, and what came with it in the files that were asked for.

    Attributes:
        former: The number of the version before it; ``None`` for the first, of which no
            difference can be told.
    """

    version: RulesVersion
    diff: str
    former: int | None


class RulesDesk:
    """Answers about the rules of one folder, and changes them."""

    def __init__(self, store: Store, folder: Path, *, now: Now) -> None:
        self._store, self._folder, self._now = store, folder, now
        self._uses = Lasting(store.words_in_use, lasts=_COUNTED_EVERY, now=now)

    async def in_force(self) -> InForce:
        """
        Read the rules as they stand in the folder.

        Raises:
            RulesInvalid: They do not hold together.
        """

        def read() -> InForce:
            texts = texts_of(self._folder)
            files = {name: text for name, text in texts.items() if isinstance(text, str)}
            return InForce(load_texts(texts), files)

        return await asyncio.to_thread(read)

    async def tables(self, agency: AgencyId) -> dict[str, TableOf]:
        """
        Give the tables of an agency.

        Raises:
            NotToBeDone: The rules have none for it.
        """
        return _tables((await self.in_force()).rules, agency)

    async def coverage(self, agency: AgencyId) -> list[Uncovered]:
        """
        List words without a counterpart, those first that hold up most cases.

        Raises:
            NotToBeDone: The rules have no tables for it.
        """
        return (await self.coverages([agency]))[agency]

    async def coverages(self, agencies: Iterable[AgencyId]) -> dict[AgencyId, list[Uncovered]]:
        """List for several agencies what `coverage` does for one."""
        rules = (await self.in_force()).rules
        parked = await self._store.parked_groups(self._now())
        uses = await self._uses.get()
        return {
            agency: uncovered(agency, _tables(rules, agency), rules, parked, uses)
            for agency in agencies
        }

    async def try_it(
        self, link: Link, agency: AgencyId, edits: Collection[Edit] = ()
    ) -> list[Tried]:
        """Say what would stand at an agency for each value of a case; nothing is written."""
        if agency not in link.sides:
            msg = f"this case has no side at {agency}; it has: {', '.join(link.sides)}"
            raise NotToBeDone(msg)
        before = await self.in_force()
        rules = before.rules
        if edits:
            text = _edited(before, agency, edits)
            rules = await asyncio.to_thread(load_texts, {**before.texts, _file(agency): text})
        return tried(link, agency, rules)

    async def plan(self, agency: AgencyId, edits: Sequence[Edit]) -> EditPlan:
        """
        Check an edit whole, and say which cases it would change; nothing is changed yet.

        Raises:
            NotToBeDone: The edit does not fit the table.
        """
        before = await self.in_force()
        name = _file(agency)
        text = _edited(before, agency, edits)
        plan = EditPlan(agency, before.rules.version, "", text, _diff(name, before.texts, text))
        try:
            after = await asyncio.to_thread(load_texts, {**before.texts, name: text})
        except RulesInvalid as error:
            faults = tuple(map(str, error.faults))
            return EditPlan(agency, plan.base, "", text, plan.diff, faults)
        looked_at, is_whole, found = await self._differences(agency, edits, before.rules, after)
        return EditPlan(
            agency=agency,
            base=plan.base,
            version=after.version,
            text=text,
            diff=plan.diff,
            cases=tuple(found[:_SHOWN]),
            changed=len({each.link for each in found}),
            looked_at=looked_at,
            is_whole=is_whole,
            not_writable=self._not_writable(),
        )

    async def publish(
        self, agency: AgencyId, edits: Sequence[Edit], *, base: str, by: str, reason: str
    ) -> RulesVersion:
        """
        Put an edit in force: every process takes it over within seconds.

        Args:
            base: The version in force that the plan was made on.

        Raises:
            NotToBeDone: It is no longer the version in force, has faults, or cannot be written.
        """
        if not reason.strip():
            msg = "say why: it is kept with the version"
            raise NotToBeDone(msg)
        before, name = await self.in_force(), _file(agency)
        if before.rules.version != base:
            msg = f"the rules changed meanwhile: {before.rules.version} holds now; plan anew"
            raise NotToBeDone(msg)
        text = _edited(before, agency, edits)
        try:
            after = await asyncio.to_thread(load_texts, {**before.texts, name: text})
            see_writable(self._folder)
        except (RulesInvalid, NotWritable) as error:
            raise NotToBeDone(str(error)) from error
        at = self._now()
        former = RulesVersion(base, at, "", "", before.texts)
        new = RulesVersion(after.version, at, by, reason, {**before.texts, name: text})
        await self._store.record_rules(former)
        await self._store.record_rules(new)
        try:
            was = before.texts[name]
            await asyncio.to_thread(put_in_place, self._folder, name, text, expected=was)
        except (NotWritable, ChangedMeanwhile) as error:
            await self._store.record_rules(RulesVersion(base, at, by, str(error), before.texts))
            raise NotToBeDone(str(error)) from error
        what, where = What.PUBLISHED, f"{name}: {', '.join(sorted({e.table for e in edits}))}"
        row = Row(what, at, value=after.version, other=base, rule=where, why=reason, by=by)
        await self._store.commit([Work(at, journal=(row,))])
        return (await self._store.rules_versions(1))[0]

    async def history(self, name: str = "", limit: int = 50) -> list[Change]:
        """List versions, the newest first, with what changed in files whose name has *name*."""
        versions = await self._store.rules_versions(limit + 1)
        return [
            Change(
                new,
                _differences_of(old.files, new.files, name) if old else "",
                old.number if old else None,
            )
            for new, old in zip(versions, [*versions[1:], None], strict=False)
        ][:limit]

    async def back_to(self, agency: AgencyId, table: str, number: int) -> list[Edit]:
        """
        Give the edit that makes a table as it was in a former version.

        Raises:
            NotToBeDone: There is no such version, or it has no such file.
        """
        version = await self._store.rules_version(number)
        text = version.files.get(_file(agency)) if version else None
        if text is None:
            msg = f"version {number} is not kept, or has no {_file(agency)}"
            raise NotToBeDone(msg)
        return [PutBack(table, text)]

    async def _differences(
        self, agency: AgencyId, edits: Sequence[Edit], before: Rules, after: Rules
    ) -> tuple[int, bool, list[Difference]]:
        words = _words(edits)
        found: list[Difference] = []
        count, seen = 0, 0
        async for part in self._to_look_at(agency, words):
            if seen >= MOST_LOOKED_AT:
                return count, False, found
            seen += len(part)
            for stored in (await self._store.links(part)).values():
                if stored.link.released is None and (not words or mentions(stored.link, words)):
                    count += 1
                    found += differences(stored.link, before, after, self._now())
            await asyncio.sleep(0)
        return count, True, found

    async def _to_look_at(
        self, agency: AgencyId, words: Collection[str]
    ) -> AsyncIterator[list[LinkId]]:
        """Give the cases of an agency, part by part: first those that wait for one of *words*."""
        given = set[LinkId]()
        for counted in await self._store.parked_groups(self._now()):
            gap = counted.matter.gap
            if gap is not None and gap.agency == agency and gap.word in words:
                rows = await self._store.parked(matter=counted.matter.id, limit=MOST_LOOKED_AT)
                waiting = list(dict.fromkeys(r.link for r in rows if r.link not in given))
                given.update(waiting)
                for start in range(0, len(waiting), _PAGE):
                    yield waiting[start : start + _PAGE]
        mark = None
        while True:
            page = await self._store.cases(
                agency=agency, state=CaseState.ALL, limit=_PAGE, after=mark
            )
            yield [row.link for row in page.rows if row.link not in given]
            mark = page.after
            if mark is None:
                return

    def _not_writable(self) -> str:
        try:
            see_writable(self._folder)
        except NotWritable as error:
            return str(error)
        return ""


def _file(agency: AgencyId) -> str:
    return f"crosswalk-{agency}.yaml"


def _tables(rules: Rules, agency: AgencyId) -> dict[str, TableOf]:
    try:
        return tables_of(rules, agency)
    except LookupError as error:
        raise NotToBeDone(str(error)) from error


def _edited(before: InForce, agency: AgencyId, edits: Collection[Edit]) -> str:
    from bridge.rules.editing import edited

    _tables(before.rules, agency)
    try:
        return edited(before.texts[_file(agency)], edits)
    except NotEditable as error:
        raise NotToBeDone(str(error)) from error


def _words(edits: Sequence[Edit]) -> set[str]:
    """Name the words that edits are about; none where it is about a whole table."""
    words: set[str] = set()
    for edit in edits:
        match edit:
            case AddRow() | RemoveRow():
                words |= {edit.local, edit.shared}
            case SetRule():
                words.add(edit.shared)
            case PutBack():
                return set()
    return words


def _diff(name: str, before: dict[str, str], text: str) -> str:
    return _differences_of({name: before[name]}, {name: text}, "")


def _differences_of(before: Mapping[str, str], after: Mapping[str, str], name: str) -> str:
    lines: list[str] = []
    for file in sorted({*before, *after}):
        if name in file:
            one, other = before.get(file, ""), after.get(file, "")
            lines += difflib.unified_diff(
                one.splitlines(), other.splitlines(), file, file, lineterm="", n=2
            )
    return "\n".join(lines)
