"""What people see of the store."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.lane import InFlight, Waiting
from bridge.engine.link import Link
from bridge.store import CaseState, Pause, Store, Work
from bridge.store.usage import WordUse
from bridge.store.views import EVERYTHING, Due, DueRow, Narrowing
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId, Mark
from contracts.messages import Command, Lane
from contracts.patch import Patch
from tests.bridge.store.conftest import NOW, a_link, a_message, told

MINUTE = timedelta(minutes=1)
ODRU, RUD = AgencyId("odru"), AgencyId("rud")


def waiting(link: Link) -> Link:
    state = link.sides[AgencyId("rud")].lane(Lane.FACTS)
    state.phase = Waiting(until=NOW, why="weg")
    return link


def on_its_way_to_rud(link: Link) -> Link:
    command = Command(
        id=CommandId("c"), link=link.id, agency=RUD, lane=Lane.FACTS, ref=link.sides[RUD].ref,
        mark=Mark(link.id), patch=Patch(changes=(), at=NOW, reason="test"),
    )  # fmt: skip
    link.sides[RUD].lane(Lane.FACTS).phase = InFlight(command, NOW, {})
    return link


def released(link: Link) -> Link:
    link.released = "op verzoek"
    return link


async def fill(store: Store) -> None:
    """Five Links, the last one changed last."""
    links = [
        (a_link("L1", title="Café 100% Óf_wal", odru="1", rud="11"), True),
        (a_link("L2", title="Schuur", parked="title", odru="2", rud="12"), False),
        (waiting(a_link("L3", odru="3", rud="13")), False),
        (a_link("L4", title="Stal", rud="14", ggd=None), False),
        (released(a_link("L5", parked="title", odru="5", rud="15")), False),
    ]
    await store.commit(
        [
            Work(NOW + number * MINUTE, link, is_equal=is_equal)
            for number, (link, is_equal) in enumerate(links)
        ]
    )


async def test_lists_show_the_latest_change_first_in_pages(store: Store) -> None:
    """Pages follow each other without a gap or a repetition."""
    await fill(store)
    seen, after, pages = [], None, 0
    while True:
        page = await store.cases(limit=2, after=after)
        seen += [row.link for row in page.rows]
        pages += 1
        if page.after is None:
            break
        after = page.after
    assert (seen, pages) == (["L5", "L4", "L3", "L2", "L1"], 3)


async def test_a_row_tells_how_the_sides_stand(store: Store) -> None:
    """A row repeats what the Link holds."""
    await fill(store)
    row = await store.case(LinkId("L3"))
    assert row is not None
    assert (row.home, row.number, row.title, row.waiting) == ("odru", "ODRU-3", "Schuur", 1)
    assert (row.is_equal, row.unsettled_since) == (False, NOW + 2 * MINUTE)
    assert [(s.agency, s.ref, s.facts, s.documents) for s in row.sides] == [
        ("odru", "3", "idle", "idle"),
        ("rud", "13", "waiting", "idle"),
    ]
    assert await store.case(LinkId("L9")) is None


async def test_lists_are_filtered(store: Store) -> None:
    """By text in numbers, references and title; by agency; by state."""
    await fill(store)

    async def found(**wanted: object) -> list[str]:
        return [row.link for row in (await store.cases(**wanted)).rows]  # type: ignore[arg-type]

    assert await found(text="CAFÉ  100%") == ["L1"]
    assert await found(text="óf_w") == ["L1"]
    assert await found(text="%") == ["L1"]
    assert await found(text="_") == ["L1"]
    assert await found(text="rud-13") == ["L3"]
    assert await found(agency=AgencyId("ggd")) == ["L4"]
    states = {state: await found(state=state) for state in CaseState}
    assert states == {
        CaseState.ALL: ["L5", "L4", "L3", "L2", "L1"],
        CaseState.EQUAL: ["L1"],
        CaseState.UNEQUAL: ["L4", "L3", "L2"],
        CaseState.PARKED: ["L2"],
        CaseState.WAITING: ["L3"],
        CaseState.IN_FLIGHT: ["L4"],
        CaseState.RELEASED: ["L5"],
    }


async def test_what_is_not_equal_waits_while_one_of_its_agencies_is_paused(store: Store) -> None:
    """Also where it is on a list: unless something is on its way still."""
    await fill(store)
    on_its_way = on_its_way_to_rud(a_link("L6", odru="6", rud="16"))
    await store.commit([Work(NOW, on_its_way), Work(NOW, a_link("L7", odru="7", rud="17"))])

    async def found(state: CaseState) -> list[str]:
        page = await store.cases(state=state, within=EVERYTHING)
        figures = (await store.figures()).total
        counted = {CaseState.WAITING: figures.waiting, CaseState.IN_FLIGHT: figures.in_flight}
        assert counted[state] == len(page.rows)
        return sorted(row.link for row in page.rows)

    assert await found(CaseState.WAITING) == ["L3"]
    assert await found(CaseState.IN_FLIGHT) == ["L4", "L6", "L7"]
    await store.pause(Pause(ODRU, "els", "onderhoud", NOW), Row(What.PAUSED, NOW))
    assert await found(CaseState.WAITING) == ["L3", "L7"]
    assert await found(CaseState.IN_FLIGHT) == ["L4", "L6"]


async def test_what_is_tried_again_waits_still(store: Store) -> None:
    """A system that hangs answers nothing for as long as a try may take: that is no progress."""
    link = on_its_way_to_rud(a_link("L1", odru="1", rud="11"))
    await store.commit([Work(NOW, link)])
    assert (await store.figures()).total.in_flight == 1
    link.sides[RUD].lane(Lane.FACTS).tries = 1
    assert await store.commit([Work(NOW, link, 1)]) == (True,)
    figures = (await store.figures()).total
    assert (figures.in_flight, figures.waiting) == (0, 1)


async def test_cases_whose_last_day_comes_near_are_found_first_day_first(store: Store) -> None:
    """Only those that wait for a person; a date that is not known to the day is no last day."""
    links = [
        *((str(day), a_link(f"D{day}", parked="title", odru=str(day))) for day in (9, 5, 7)),
        ("5", a_link("alike", odru="a")),
        ("5", released(a_link("let-go", parked="title", odru="b"))),
        ("?", a_link("vague", parked="title", odru="c")),
    ]
    for day, link in links:
        link.truth["deadline"] = f"2026-03-0{day}" if day != "?" else "2026-03"
    await store.commit([Work(NOW, link) for _, link in links])
    due = await store.due(date(2026, 3, 8), limit=1)
    assert due == Due((DueRow(LinkId("D5"), "ODRU-5", date(2026, 3, 5)),), 2)
    assert await store.due(date(2026, 3, 4), limit=1) == Due()


async def test_figures_count_by_the_agencies_concerned(store: Store) -> None:
    """Released Links do not count; the oldest unsettled one does, since it is unsettled."""
    await fill(store)
    await store.commit([Work(NOW, outgoing=(a_message("m"),))])
    figures = await store.figures()
    assert [(p.agencies, p.links, p.equal, p.unequal, p.parked) for p in figures.pairs] == [
        (("ggd", "rud"), 1, 0, 1, 0),
        (("odru", "rud"), 3, 1, 2, 1),
    ]
    total = figures.total
    assert (total.links, total.equal, total.parked, total.waiting) == (4, 1, 1, 1)
    assert total.oldest_unsettled == NOW + MINUTE
    assert (figures.outbox_size, figures.outbox_oldest) == (1, NOW)


async def test_unsettled_is_counted_from_when_it_began(store: Store) -> None:
    """Decisions in between do not make it younger; being equal ends it."""
    steps = [(False, NOW), (False, NOW), (True, None), (False, NOW + 3 * MINUTE)]
    for number, (is_equal, since) in enumerate(steps):
        work = Work(NOW + number * MINUTE, a_link("A"), number, is_equal=is_equal)
        assert await store.commit([work]) == (True,)
        row = await store.case(LinkId("A"))
        assert row is not None
        assert row.unsettled_since == since


async def test_the_journal_is_read_backwards(store: Store) -> None:
    """By Link, by case, or all of it, page by page."""
    rows = tuple(told(link, why=str(n)) for n, link in enumerate(["A", "B", "A", "A"]))
    await store.commit([Work(NOW, journal=rows)])
    entries = await store.journal_of(LinkId("A"))
    assert [entry.why for entry in entries] == ["3", "2", "0"]
    assert entries[0].what is What.EDITED
    rest = await store.journal_of(LinkId("A"), before=entries[1].id)
    assert [entry.why for entry in rest] == ["0"]
    case = (AgencyId("odru"), CaseRef("Z"))
    assert len(await store.journal_of(case=case, limit=3)) == 3
    assert len(await store.journal_of()) == 4


async def test_a_list_is_narrowed_to_what_people_know_a_case_by(store: Store) -> None:
    """By agreement, product, municipality and person, in shared terms; together they narrow on."""
    links = [a_link(name, odru=name) for name in ("L1", "L2", "L3")]
    links[0].truth |= {"case_type": "bodem", "participant": "zeist", "handler": {"id": "els"}}
    links[1].truth |= {"case_type": "bodem", "participant": "soest", "handler": {"id": "els"}}
    links[2].agreement = "other"
    await store.commit([Work(NOW, link) for link in links])

    async def found(within: Narrowing) -> set[str]:
        return {row.link for row in (await store.cases(within=within)).rows}

    assert await found(Narrowing()) == {"L1", "L2", "L3"}
    assert await found(Narrowing(case_type="bodem")) == {"L1", "L2"}
    assert await found(Narrowing(case_type="bodem", participant="zeist")) == {"L1"}
    assert await found(Narrowing(handler="els", participant="soest")) == {"L2"}
    assert await found(Narrowing(agreements=frozenset({"other"}))) == {"L3"}
    assert await found(Narrowing(agreements=frozenset())) == set()


async def test_the_journal_is_narrowed_to_a_side_and_to_what_it_tells(store: Store) -> None:
    rows = (
        Row(What.EDITED, NOW, agency=AgencyId("odru")),
        Row(What.REPORTED, NOW, why="klopt niet"),
        Row(What.SENT, NOW, agency=AgencyId("rud")),
    )
    await store.commit([Work(NOW, journal=rows)])
    assert [row.what for row in await store.journal_of(agency=AgencyId("rud"))] == [What.SENT]
    (reported,) = await store.journal_of(what=What.REPORTED)
    assert reported.why == "klopt niet"


async def test_words_are_counted_by_case_as_each_side_was_last_read(store: Store) -> None:
    """A word twice in a case is one case; what was let go does not count, nor do properties."""
    paper: dict[str, JsonValue] = {"documents/1": {"type": "RAP"}, "documents/2": {"type": "RAP"}}
    own: dict[str, JsonValue] = {"case_type": "BOD", "status": "6", "properties/iw": {"value": "1"}}
    own |= paper
    links = [a_link(f"L{n}", odru=str(n), rud=f"1{n}") for n in (1, 2, 3)]
    for link in links:
        link.sides[ODRU].base = dict(own)
        link.sides[RUD].base = {}
        link.truth = {"status": "klaar"}
    released(links[2])
    await store.commit([Work(NOW, link) for link in links])
    links[1].sides[ODRU].base["status"] = "7"
    await store.commit([Work(NOW, links[1], expected_version=1)])
    assert set(await store.words_in_use()) == {
        WordUse(ODRU, "case_type", "BOD", True, "BOD", 2),
        WordUse(ODRU, "status", "6", True, "BOD", 1),
        WordUse(ODRU, "status", "7", True, "BOD", 1),
        WordUse(ODRU, "documents", "RAP", True, "BOD", 2),
        WordUse(ODRU, "status", "klaar", False, "BOD", 2),
        WordUse(RUD, "status", "klaar", False, None, 2),
    }
