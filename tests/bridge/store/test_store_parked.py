"""What waits for a person: listed, told apart by what is the matter, and followed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bridge.engine.link import Link
from bridge.engine.parked import Gap, Parked, Reason, Way
from bridge.store import ParkedGroup, Store, Work
from bridge.store.matters import matter_of
from contracts.ids import AgencyId, LinkId
from tests.bridge.store.conftest import NOW, a_link

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RUD = AgencyId("rud")
RESULTS = "crosswalk-rud.yaml: results"


def missing(word: str = "hersteld", since: datetime = NOW, why: str = "geen rij") -> Parked:
    """A word for which the table of results has no row."""
    gap = Gap(RESULTS, word)
    return Parked(Reason.NO_COUNTERPART, why, since, (Way.RESUME, Way.SKIP), gap=gap)


def refused(why: str, since: datetime = NOW) -> Parked:
    return Parked(Reason.REFUSED, why, since, (Way.RESUME,))


def stuck(id_: str, **parked: Parked) -> Link:
    """A Link of which something waits at the RUD."""
    link = a_link(id_, rud=id_)
    link.sides[RUD].parked = {path.replace("__", "/"): entry for path, entry in parked.items()}
    return link


async def save(store: Store, *links: Link, version: int = 0, at: datetime = NOW) -> None:
    works = [Work(at, link, version) for link in links]
    assert all(await store.commit(works))


async def groups(store: Store, lately: datetime = NOW) -> list[ParkedGroup]:
    return [*await store.parked_groups(lately)]


async def test_one_missing_row_is_one_group_whatever_the_cases_say(store: Store) -> None:
    """Forty-seven cases, forty-seven sentences, several fields: one row would help them all."""
    links = [
        stuck(f"L{n:02}", **{"result" if n % 2 else "status": missing(why=f"zaak {n} heeft niets")})
        for n in range(47)
    ]
    other = stuck("M", result=missing("akkoord"))
    await save(store, *links, other)
    first, second = await groups(store)
    assert (first.count, first.cases, first.oldest) == (47, 47, NOW)
    assert first.matter.gap == Gap(RESULTS, "hersteld")
    assert (first.matter.agency, first.matter.reason) == (RUD, Reason.NO_COUNTERPART)
    assert (second.count, second.matter.gap) == (1, Gap(RESULTS, "akkoord"))


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("'Schuur 12' is te lang", "'Stal' is te lang", True),
        ("zaak Z/24/1 is gesloten", "zaak Z/24/77-b is gesloten", True),
        ("de zaak is gesloten", "u mag dit niet", False),
    ],
)
async def test_refusals_are_told_apart_by_their_outline(
    store: Store, one: str, other: str, *, are_one: bool
) -> None:
    """Numbers and quoted words are the case's own; what is left tells what is the matter."""
    await save(store, stuck("A", title=refused(one)), stuck("B", title=refused(other)))
    assert len(await groups(store)) == (1 if are_one else 2)


async def test_items_of_a_field_are_one_field_and_each_property_its_own(store: Store) -> None:
    """A refused document is a refused document; properties are fields of their own."""
    entries = {"documents__1": refused("nee"), "documents__2": refused("nee")}
    details = {"properties__lood": refused("nee"), "properties__zink": refused("nee")}
    await save(store, stuck("A", **entries, **details))
    found = {(group.matter.field, group.count) for group in await groups(store)}
    assert found == {("documents", 2), ("properties/lood", 1), ("properties/zink", 1)}
    assert {group.cases for group in await groups(store)} == {1}


async def test_what_waits_is_listed_longest_first_and_by_its_matter(store: Store) -> None:
    """Each filter only where it is given; what was solved is not listed."""
    links = [stuck(f"C{n}", case_type=missing(since=NOW - n * MINUTE)) for n in range(3)]
    await save(store, *links, a_link("L2", parked="title", odru="2", rud="12"))
    matter = matter_of(RUD, "case_type", missing()).id
    rows = await store.parked(matter=matter, limit=2)
    assert [row.link for row in rows] == ["C2", "C1"]
    assert rows[0].ways == (Way.RESUME, Way.SKIP)
    assert (rows[0].ref, rows[0].number, rows[0].path) == ("C2", "RUD-C2", "case_type")
    assert (rows[0].gap, rows[0].matter) == (Gap(RESULTS, "hersteld"), matter)
    assert [row.link for row in await store.parked(reason=Reason.CONFLICT)] == ["L2"]
    assert len(await store.parked(agency=RUD)) == 3
    await save(store, a_link("L2", odru="2", rud="12"), version=1)
    assert await store.parked(link=LinkId("L2")) == ()


async def test_a_group_tells_how_much_came_lately(store: Store) -> None:
    """So that one sees whether it grows."""
    links = [stuck(f"L{n}", result=missing(since=NOW + n * HOUR)) for n in range(5)]
    await save(store, *links)
    (group,) = await groups(store, lately=NOW + 3 * HOUR)
    assert (group.count, group.recent, group.oldest) == (5, 2, NOW)
    assert (group.course.first_seen, group.course.last_seen) == (NOW, NOW + 4 * HOUR)


async def test_what_comes_back_after_it_was_solved_says_so(store: Store) -> None:
    """Solved is when nothing waits for it any more, not when one case goes on."""
    await save(store, stuck("A", result=missing()), stuck("B", result=missing()))
    await save(store, stuck("A"), version=1, at=NOW + HOUR)
    await save(store, stuck("A", result=missing(since=NOW + 2 * HOUR)), version=2)
    (group,) = await groups(store)
    assert (group.course.solved_at, group.course.returned_at) == (None, None)
    await save(store, stuck("A"), version=3, at=NOW + 3 * HOUR)
    await save(store, stuck("B"), version=1, at=NOW + 4 * HOUR)
    assert await groups(store) == []
    back = NOW + 5 * HOUR
    await save(store, stuck("C", result=missing(since=back)), at=back)
    (group,) = await groups(store)
    assert (group.course.first_seen, group.course.returned_at) == (NOW, back)
    assert (group.count, group.course.solved_at) == (1, None)


async def test_cases_that_were_let_go_are_not_waited_for(store: Store) -> None:
    """A released Link takes its matters with it."""
    await save(store, stuck("A", result=missing()))
    link = stuck("A", result=missing())
    link.released = "op verzoek"
    await save(store, link, version=1, at=NOW + HOUR)
    assert await groups(store) == []
    await save(store, stuck("B", result=missing(since=NOW + 2 * HOUR)), at=NOW + 2 * HOUR)
    (group,) = await groups(store)
    assert group.course.returned_at == NOW + 2 * HOUR


async def test_another_matter_in_the_same_place_ends_the_first(store: Store) -> None:
    """A row was added, and the system then refuses the word."""
    await save(store, stuck("A", result=missing()))
    await save(store, stuck("A", result=refused("nee")), version=1, at=NOW + HOUR)
    (group,) = await groups(store)
    assert group.matter.reason is Reason.REFUSED
    await save(store, stuck("A", result=missing()), version=2, at=NOW + 2 * HOUR)
    (group,) = await groups(store)
    assert group.course.returned_at == NOW + 2 * HOUR
