"""Groups over stores of every kind, and events for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.engine.link import Link
from bridge.engine.rules import Rules
from bridge.hub.group import Event, Group
from bridge.store import OutboxRow, Store
from contracts.agreement import Agreement
from contracts.case import Case
from contracts.envelope import decode, source_of
from contracts.ids import AgencyId, CaseRef, Mark
from contracts.messages import (
    Cause,
    ChangeOutcome,
    Command,
    Observation,
    Outcome,
    Receipt,
    Result,
    Seen,
    Sequence,
    Settled,
)
from contracts.snapshot import Snapshot
from tests.bridge.engine.samples import AGREEMENT, NOORD, RULES, noord_case, some_rules, zuid_lens

OOST = AgencyId("oost")
START = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)


def three_parties() -> Rules:
    """Noord shares its soil cases with zuid, and by an agreement of its own with oost."""
    oost = zuid_lens("oost")
    second = {
        **AGREEMENT, "id": "DVO-2", "parties": ["noord", "oost"], "secondments": [],
        "routing": [{"id": "R2", "when": {"home": "noord", "case_types": ["bodem"]}, "to": "oost"}],
    }  # fmt: skip
    rules = some_rules()
    return Rules(
        version="v3",
        vocabulary=rules.vocabulary,
        agreements=(*rules.agreements, Agreement.model_validate(second)),
        lenses={**rules.lenses, OOST: oost},
        staff=rules.staff,
    )


class Bench:
    """A store, and as many groups on it as a test wants."""

    def __init__(self, store: Store) -> None:
        self.store, self.rules, self.at = store, RULES, START
        self.counters: dict[str, int] = {}
        self.cases: dict[tuple[AgencyId, str], Case] = {}
        self.marks: dict[tuple[AgencyId, str], str] = {}

    def tick(self) -> datetime:
        self.at += timedelta(milliseconds=10)
        return self.at

    def group(self, store: Store | None = None) -> Group:
        return Group(
            store=store or self.store, rules=lambda: self.rules, now=self.tick,
            source=source_of("0" * 20, "casebridge"),
        )  # fmt: skip

    def stamp(self, agency: AgencyId) -> Sequence:
        self.counters[agency] = self.counters.get(agency, 0) + 1
        return Sequence(1, self.counters[agency])

    def see(self, ref: str = "N-1", agency: AgencyId = NOORD, **changes: Any) -> Observation:
        """An edge looked, after somebody typed."""
        case = self.cases.get((agency, ref)) or noord_case(number=ref)
        self.cases[agency, ref] = case = case.model_copy(update=changes)
        mark = self.marks.get((agency, ref))
        snapshot = Snapshot(ref=CaseRef(ref), case=case, mark=Mark(mark) if mark else None)
        return Observation(
            agency=agency, ref=CaseRef(ref), sequence=self.stamp(agency), cause=Cause.PUSH,
            at=self.tick(), sight=Seen(snapshot=snapshot),
        )  # fmt: skip

    def obey(self, command: Command, ref: str = "") -> Receipt:
        """Do a Command as an edge would, and tell."""
        ref = ref or command.ref or f"{command.agency}-of-{command.link[:6]}"
        key = (command.agency, ref)
        case = self.cases.get(key) or Case(
            documents=(), notes=(), roles=(), properties=(), result=None, handler=None
        )
        outcomes: dict[str, ChangeOutcome] = {}
        for each in command.patch.changes:
            outcomes[each.path] = ChangeOutcome(outcome=Outcome.DONE)
            if "/" not in each.path:
                case = Case.model_validate(case.model_dump() | {each.path: each.become})
            elif isinstance(each.become, dict):
                field, _ = each.path.split("/", 1)
                items = [*case.model_dump()[field], each.become]
                case = Case.model_validate(case.model_dump() | {field: items})
        self.cases[key] = case
        snapshot = Snapshot(ref=CaseRef(ref), case=case, mark=command.mark)
        result = Settled(
            ref=CaseRef(ref), sequence=self.stamp(command.agency), snapshot=snapshot,
            outcomes=outcomes,
        )  # fmt: skip
        return self.answer(command, result)

    def answer(self, command: Command, result: Result) -> Receipt:
        return Receipt(
            command=command.id, link=command.link, agency=command.agency, lane=command.lane,
            at=self.tick(), result=result,
        )  # fmt: skip

    async def settle(self, *events: Event) -> list[Command]:
        return commands_in(await self.group().settle(events))

    async def come_to_rest(self, commands: list[Command], most: int = 30) -> None:
        for _ in range(most):
            if not commands:
                return
            commands = [*commands[1:], *await self.settle(self.obey(commands[0]))]
        msg = "it does not come to rest"
        raise AssertionError(msg)

    async def links(self) -> list[Link]:
        rows = (await self.store.cases(limit=500)).rows
        found = await self.store.links([row.link for row in rows])
        return sorted((each.link for each in found.values()), key=lambda link: link.id)

    async def link(self) -> Link:
        (link,) = await self.links()
        return link


def commands_in(rows: list[OutboxRow]) -> list[Command]:
    found = [decode(row.body).data for row in rows]
    return [each for each in found if isinstance(each, Command)]


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)
