"""Groups of events: decided together, saved once, by whoever comes first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bridge.engine.absorb import absorb
from bridge.engine.lane import InFlight
from bridge.engine.operate import Resume
from bridge.engine.parked import CASE, Reason
from bridge.hub.group import Group, NeverSaved, Operate, Wake
from bridge.hub.worker import Hub
from bridge.settings import HubSettings
from bridge.store import Store
from contracts.case import Document
from contracts.ids import LinkId
from contracts.messages import Command, Lane, Waiting
from tests.bridge.engine.samples import NOORD, ZUID, document
from tests.bridge.hub.conftest import OOST, Bench, commands_in, three_parties
from tests.bridge.store_sites import Site


async def test_a_case_that_is_seen_becomes_a_link_and_a_counterpart(bench: Bench) -> None:
    (command,) = await bench.settle(bench.see())
    assert (command.agency, command.ref) == (ZUID, None)
    await bench.settle(bench.obey(command, "Z-1"))
    link = await bench.link()
    assert link.sides[ZUID].ref == "Z-1"
    assert (await bench.store.figures()).total.equal == 1


async def test_many_events_of_one_case_in_one_group_become_one_link(bench: Bench) -> None:
    seen = [bench.see(title=f"Titel {number}") for number in range(10)]
    commands = await bench.settle(*seen)
    assert len(commands) == 1
    assert (await bench.link()).truth["title"] == "Titel 9"


async def test_two_hubs_at_once_make_one_link_and_lose_nothing(bench: Bench, site: Site) -> None:
    """Both take half of what is seen of ten cases, at the same moment, on stores of their own."""
    groups = [bench.group(), bench.group(await site.open())]
    seen = [
        bench.see(f"N-{number}", title=f"Titel {turn}") for turn in range(6) for number in range(10)
    ]
    parts = [seen[start::12] for start in range(12)]
    rows = await asyncio.gather(
        *(groups[number % 2].settle(part) for number, part in enumerate(parts))
    )
    links = await bench.links()
    assert len(links) == 10
    assert {link.truth["title"] for link in links} == {"Titel 5"}
    created = [command for part in rows for command in commands_in(part) if command.ref is None]
    assert len(created) == 10, "a second create would make a second case"
    assert len(await bench.store.unsent(1000)) >= 10


async def test_a_stale_decision_is_made_again_on_what_was_saved_meanwhile(bench: Bench) -> None:
    (command,) = await bench.settle(bench.see())
    await bench.settle(bench.obey(command, "Z-1"))

    raced: list[Command] = []

    class Slow(Group):
        """Another hub saves between its loading and its saving, once."""

        is_raced = False

        async def _load(self, events: Any) -> Any:
            known = await super()._load(events)
            if not self.is_raced:
                self.is_raced = True
                raced.extend(await bench.settle(bench.see(title="Eerder opgeslagen")))
            return known

    slow = Slow(
        store=bench.store, rules=lambda: bench.rules, source=bench.group()._source, now=bench.tick
    )
    await slow.settle([bench.see("Z-1", ZUID, status="20")])
    assert (await bench.link()).truth["title"] == "Eerder opgeslagen"
    # By now a Command is on its way there: what was seen is put aside, and read anew after it.
    await bench.come_to_rest(raced)
    link = await bench.link()
    assert link.truth["status"] == "bezig"


async def test_what_is_in_flight_was_put_out_also_by_a_group_that_was_overtaken(
    bench: Bench,
) -> None:
    """
    Two events of one case, and another hub saves the case once between loading and saving.

    The first is stale; the second counts on from it, on a version that the other hub has made.
    """
    await bench.come_to_rest(await bench.settle(bench.see()))
    counterpart = str((await bench.link()).sides[ZUID].ref)

    class Slow(Group):
        is_raced = False

        async def _load(self, events: Any) -> Any:
            known = await super()._load(events)
            if not self.is_raced:
                self.is_raced = True
                await bench.settle(bench.see("N-2"), bench.see(title="Van de andere hub"))
            return known

    slow = Slow(
        store=bench.store, rules=lambda: bench.rules, source=bench.group()._source, now=bench.tick
    )
    await slow.settle([bench.see(counterpart, ZUID, status="20"), bench.see(title="Van deze hub")])

    put_out = {row.id for row in await bench.store.unsent(100)}
    (link,) = [each for each in await bench.links() if each.sides[NOORD].ref == "N-1"]
    phases = [state.phase for side in link.sides.values() for state in side.lanes.values()]
    flying = [phase.command.id for phase in phases if isinstance(phase, InFlight)]
    assert flying
    assert {f"command-{id_}" for id_ in flying} <= put_out


async def test_what_can_never_be_saved_is_a_bug_and_no_endless_loop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(works: Any) -> tuple[bool, ...]:
        return tuple(False for _ in works)

    monkeypatch.setattr(bench.store, "commit", never)
    with pytest.raises(NeverSaved):
        await bench.settle(bench.see())


# Bugs


@pytest.fixture
def hub(bench: Bench) -> Hub:
    return Hub(
        store=bench.store, broker=None, group=bench.group(),  # type: ignore[arg-type]
        settings=HubSettings(), now=bench.tick,
    )  # fmt: skip


async def test_a_bug_in_one_event_parks_its_case_and_the_group_goes_on(
    bench: Bench, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ref in ("N-1", "N-2"):
        await bench.come_to_rest(await bench.settle(bench.see(ref)))
    _break_absorb_of(monkeypatch, "Kapot")
    bad, good = bench.see("N-1", title="Kapot"), bench.see("N-2", title="Goed")
    await hub._settle([bad, good])
    links = {link.sides[NOORD].ref: link for link in await bench.links()}
    parked = links[bad.ref].sides[NOORD].parked
    assert parked[CASE].reason is Reason.BUG
    assert links[good.ref].truth["title"] == "Goed"
    assert not links[good.ref].is_parked
    assert "Kapot" not in parked[CASE].why


async def test_what_a_bug_kept_from_being_taken_is_looked_at_when_resumed(
    bench: Bench, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a repaired release a person resumes the case; the edit that met the bug arrives."""
    await bench.come_to_rest(await bench.settle(bench.see()))
    with monkeypatch.context() as broken:
        _break_absorb_of(broken, "Kapot")
        await hub._settle([bench.see(title="Kapot")])
    link = await bench.link()
    commands = await bench.settle(Operate(link.id, Resume("els", "gerepareerd")))
    (look,) = [each for each in commands if each.agency == NOORD and each.lane is Lane.FACTS]
    assert look.patch.changes == ()
    await bench.come_to_rest(commands)
    assert bench.cases[ZUID, (await bench.link()).sides[ZUID].ref or ""].title == "Kapot"


async def test_a_timer_that_meets_a_bug_rests(
    bench: Bench, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.settle(bench.see())
    link = await bench.link()

    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("bridge.hub.group.decide_wake", broken)
    await hub._settle([Wake(link.id)])
    assert (await bench.link()).is_parked
    assert await bench.store.due_timers(bench.at, 10) == []


def _break_absorb_of(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    really = absorb

    def fails(draft: Any, side: Any, snapshot: Any, **more: Any) -> None:
        if snapshot.case.title == title:
            raise KeyError(title)
        really(draft, side, snapshot, **more)

    monkeypatch.setattr("bridge.engine.observed.absorb", fails)


# Adoption


async def test_a_case_with_our_mark_is_adopted_where_the_answer_was_lost(bench: Bench) -> None:
    (command,) = await bench.settle(bench.see())
    await bench.settle(bench.answer(command, Waiting(detail="weg")))
    bench.marks[ZUID, "Z-9"] = command.link
    bench.obey(command, "Z-9")
    await bench.settle(bench.see("Z-9", ZUID))
    link = await bench.link()
    assert link.sides[ZUID].ref == "Z-9"


async def test_a_counterpart_that_is_seen_before_its_receipt_is_looked_at_again(
    bench: Bench,
) -> None:
    """The receipt is of an older look; what was typed since is not lost."""
    (command,) = await bench.settle(bench.see())
    receipt = bench.obey(command, "Z-9")
    bench.marks[ZUID, "Z-9"] = command.link
    newer = bench.see("Z-9", ZUID, status="20")
    assert await bench.settle(newer) == []
    commands = await bench.settle(receipt)
    await bench.come_to_rest(commands)
    link = await bench.link()
    assert link.sides[ZUID].ref == "Z-9"
    assert link.truth["status"] == "bezig"


async def test_a_copy_that_bears_the_mark_of_another_case_is_not_taken_for_it(
    bench: Bench,
) -> None:
    """Somebody copied our counterpart, mark and all, and works on in the copy."""
    (command,) = await bench.settle(bench.see())
    await bench.come_to_rest(await bench.settle(bench.obey(command, "Z-1")))
    bench.marks[ZUID, "Z-2"] = command.link
    await bench.settle(bench.see("Z-2", ZUID, case_type="Z-1", title="Kopie", participant="GM1"))
    link = await bench.link()
    assert link.truth["title"] == "Graafwerk"
    assert link.sides[ZUID].ref == "Z-1"


async def test_a_mark_typed_at_an_agency_that_is_no_party_is_no_bug(bench: Bench) -> None:
    bench.rules = three_parties()
    await bench.settle(bench.see())
    link = next(each for each in await bench.links() if ZUID in each.sides)
    bench.marks[OOST, "O-1"] = link.id
    await bench.settle(bench.see("O-1", OOST, case_type="Z-1", participant="GM1"))
    assert len(await bench.links()) == 2


# One case in two Links


async def _two_links(bench: Bench) -> list[Command]:
    bench.rules = three_parties()
    commands = await bench.settle(bench.see())
    assert {command.agency for command in commands} == {ZUID, OOST}
    await bench.come_to_rest(commands)
    return commands


async def test_one_case_crosses_to_two_agencies_by_two_links(bench: Bench) -> None:
    await _two_links(bench)
    await bench.come_to_rest(await bench.settle(bench.see(title="Voor allebei")))
    assert {bench.cases[key].title for key in bench.cases} == {"Voor allebei"}


async def test_what_one_link_brought_does_not_leak_into_the_other(bench: Bench) -> None:
    """A document of zuid comes to noord; it is no business of oost."""
    await _two_links(bench)
    link = next(each for each in await bench.links() if ZUID in each.sides)
    commands = await bench.settle(
        bench.see(link.sides[ZUID].ref or "", ZUID, documents=(_of_zuid(),))
    )
    await bench.come_to_rest(commands)
    assert [each.title for each in bench.cases[NOORD, "N-1"].documents] == ["Van zuid"]
    # And the hub hears of it from noord's own edge, too.
    await bench.come_to_rest(await bench.settle(bench.see()))
    other = next(each for each in await bench.links() if OOST in each.sides)
    assert not [path for path in other.truth if path.startswith("documents/")]
    assert bench.cases[OOST, other.sides[OOST].ref or ""].documents == ()


async def test_a_reading_during_another_links_command_is_put_aside_and_read_anew(
    bench: Bench,
) -> None:
    """What zuid's Command brings to noord shows before its receipt is here: no leak to oost."""
    await _two_links(bench)
    link = next(each for each in await bench.links() if ZUID in each.sides)
    (command,) = await bench.settle(
        bench.see(link.sides[ZUID].ref or "", ZUID, documents=(_of_zuid(),))
    )
    assert command.agency == NOORD
    receipt = bench.obey(command)
    looks = await bench.settle(bench.see(title="En getypt"))
    assert [(each.agency, each.patch.changes) for each in looks if each.lane is Lane.DOCUMENTS] == [
        (NOORD, ())
    ], "the other Link looks again, behind the Command"
    await bench.come_to_rest([*await bench.settle(receipt), *looks])
    other = next(each for each in await bench.links() if OOST in each.sides)
    at_oost = bench.cases[OOST, other.sides[OOST].ref or ""]
    assert at_oost.documents == ()
    assert at_oost.title == "En getypt", "and what was typed meanwhile is not lost"


def _of_zuid() -> Document:
    return document(
        "Z-D1", "R", "Van zuid", digest="a" * 64,
        content={"agency": "zuid", "key": "Z-D1", "version": "1"}, confidentiality="openbaar",
    )  # fmt: skip


async def test_the_same_is_decided_twice_alike(bench: Bench, store: Store) -> None:
    """Redelivered after the commit: nothing more follows."""
    seen = bench.see()
    first = await bench.settle(seen)
    assert await bench.settle(seen) == []
    receipt = bench.obey(first[0], "Z-1")
    await bench.settle(receipt)
    before = await bench.link()
    assert await bench.settle(receipt) == []
    after = await bench.link()
    assert after.truth == before.truth
    assert after.sides == before.sides


async def test_a_receipt_of_no_link_changes_nothing(bench: Bench) -> None:
    (command,) = await bench.settle(bench.see())
    stray = bench.obey(command, "Z-1").model_copy(update={"link": LinkId("never")})
    assert await bench.settle(stray) == []
