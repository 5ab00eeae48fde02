"""A group of decisions: saved whole, or not at all."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bridge.store import Share, Store, Timer, Work
from contracts.ids import AgencyId, CaseRef, LinkId
from tests.bridge.store.conftest import NOW, a_link, a_message, journal, key, told
from tests.bridge.store_sites import Site

LATER = NOW + timedelta(minutes=5)
CASES = 200


async def test_what_was_saved_is_loaded(store: Store) -> None:
    """A Link comes back as it was, by its id and by each of its cases."""
    link = a_link("L1", odru="Z-1", rud="9")
    assert await store.commit([Work(NOW, link)]) == (True,)
    (stored,) = (await store.links([link.id, LinkId("L2")])).values()
    assert (stored.link, stored.version) == (link, 1)
    found = await store.links_of([key("odru", "Z-1"), key("rud", "9"), key("rud", "10")])
    assert found == {
        key("odru", "Z-1"): (stored,),
        key("rud", "9"): (stored,),
        key("rud", "10"): (),
    }


async def test_a_case_may_be_in_several_links(store: Store) -> None:
    """Two cases that are part of one case of the other agency are two Links, oldest first."""
    await store.commit(
        [Work(NOW, a_link("L2", odru="2", rud="9")), Work(NOW, a_link("L1", odru="1", rud="9"))]
    )
    found = await store.links_of([key("rud", "9")])
    assert [stored.link.id for stored in found[key("rud", "9")]] == ["L1", "L2"]


async def test_what_is_loaded_for_cases_comes_in_their_order(store: Store) -> None:
    """However they were asked for: decisions made on it can be made again in the same order."""
    cases = [key("odru", "2"), key("rud", "1"), key("odru", "1"), key("odru", "2")]
    assert list(await store.links_of(cases)) == sorted(set(cases))
    assert list(await store.shares_of(cases)) == sorted(set(cases))


async def test_a_moved_version_makes_only_its_own_work_stale(store: Store, site: Site) -> None:
    """Of a group of three, the one that somebody else saved first is left out whole."""
    links = [a_link(name, odru=name, rud=f"r{name}") for name in ("A", "B", "C")]
    await store.commit([Work(NOW, link) for link in links])
    other = await site.open()
    won = a_link("B", title="theirs", odru="B", rud="rB")
    assert await other.commit([Work(NOW, won, 1)]) == (True,)

    group = [
        Work(
            LATER,
            a_link(name, title="ours", parked="title", odru=name, rud=f"r{name}"),
            1,
            journal=(told(name, why="ours"),),
            outgoing=(a_message(f"m-{name}"),),
            wake_at=LATER,
        )
        for name in ("A", "B", "C")
    ]
    assert await store.commit(group) == (True, False, True)

    found = await store.links([link.id for link in links])
    titles = {id_: (s.link.truth["title"], s.version) for id_, s in found.items()}
    assert titles == {"A": ("ours", 2), "B": ("theirs", 2), "C": ("ours", 2)}
    assert [row.id for row in await store.unsent(9)] == ["m-A", "m-C"]
    assert await store.due_timers(LATER, 9) == [
        Timer(LinkId("A"), LATER),
        Timer(LinkId("C"), LATER),
    ]
    assert [row.link for row in await journal(store)] == ["A", "C"]


async def test_works_on_one_link_count_on_from_each_other(store: Store) -> None:
    """A group may hold several decisions on one Link; the last state and all effects are kept."""
    works = [
        Work(NOW, a_link("A", title=str(step)), step, outgoing=(a_message(f"m{step}"),))
        for step in range(3)
    ]
    assert await store.commit(works) == (True, True, True)
    stored = (await store.links([LinkId("A")]))[LinkId("A")]
    assert (stored.version, stored.link.truth["title"]) == (3, "2")
    assert len(await store.unsent(9)) == 3
    # From a version in the middle nobody can go on.
    assert await store.commit([works[1], works[2]]) == (False, False)


async def test_works_that_follow_a_stale_one_are_stale(store: Store) -> None:
    """
    What was decided upon a state that was not saved is not saved either.

    Also where another hub has meanwhile saved the very version that it counts on from: it would
    put in the place of that hub's state one that holds Commands which were never put out.
    """
    await store.commit([Work(NOW, a_link("A", title="theirs"))])
    chain = [
        Work(NOW, a_link("A", title=str(step)), step, outgoing=(a_message(f"m{step}"),))
        for step in (0, 1, 2)
    ]
    assert await store.commit(chain) == (False, False, False)
    assert await store.commit(chain[2:]) == (False,)
    stored = (await store.links([LinkId("A")]))[LinkId("A")]
    assert (stored.version, stored.link.truth["title"]) == (1, "theirs")
    assert await store.unsent(9) == []


async def test_a_work_without_a_link_is_always_saved(store: Store) -> None:
    """An event that makes no Link still leaves its rows."""
    work = Work(NOW, journal=(told("-"),), outgoing=(a_message("m"),))
    assert await store.commit([work]) == (True,)
    assert len(await journal(store)) == len(await store.unsent(9)) == 1
    assert await store.commit([]) == ()


async def test_one_link_for_a_new_case_however_many_hubs(site: Site) -> None:
    """Hubs that route the same new cases at once make one Link each, and do not deadlock."""
    hubs = [await site.open() for _ in range(4)]

    def group(hub: int) -> list[Work]:
        # Every other hub has its ids in the opposite order of the cases.
        ids = [f"H{hub}-{case if hub % 2 else CASES - case:03}" for case in range(CASES)]
        return [
            Work(NOW, a_link(id_, odru=f"Z{case:03}"), outgoing=(a_message(id_),))
            for case, id_ in enumerate(ids)
        ]

    groups = [group(number) for number in range(4)]
    verdicts = await asyncio.gather(
        *(hub.commit(works) for hub, works in zip(hubs, groups, strict=True))
    )
    saved = [
        work.link.id
        for works, verdict in zip(groups, verdicts, strict=True)
        for work, fine in zip(works, verdict, strict=True)
        if fine and work.link
    ]
    found = await hubs[0].links_of([key("odru", f"Z{case:03}") for case in range(CASES)])
    assert all(len(links) == 1 for links in found.values())
    assert sorted(links[0].link.id for links in found.values()) == sorted(saved)
    assert sorted(row.id for row in await hubs[0].unsent(CASES)) == sorted(saved)


async def test_of_two_new_links_for_one_case_in_a_group_one_is_made(store: Store) -> None:
    """The guard also holds within a group."""
    works = [Work(NOW, a_link("L1", odru="Z")), Work(NOW, a_link("L2", odru="Z"))]
    assert sorted(await store.commit(works)) == [False, True]


async def test_no_save_is_lost_between_hubs(site: Site) -> None:
    """Hubs that count on one Link, loading again when stale, lose no step."""
    hubs = [await site.open() for _ in range(3)]
    await hubs[0].commit([Work(NOW, a_link("A", title="0")), Work(NOW, a_link("B", title="0"))])

    async def count(hub: Store, names: list[str]) -> None:
        left = {LinkId(name): 10 for name in names}
        while left:
            loaded = await hub.links(left)
            works = [
                Work(NOW, a_link(name, title=str(int(str(s.link.truth["title"])) + 1)), s.version)
                for name, s in loaded.items()
            ]
            for work, fine in zip(works, await hub.commit(works), strict=True):
                assert work.link is not None
                if fine:
                    left[work.link.id] -= 1
            left = {name: steps for name, steps in left.items() if steps}

    orders = (["A", "B"], ["B", "A"], ["A", "B"])
    await asyncio.gather(*(count(hub, names) for hub, names in zip(hubs, orders, strict=True)))
    found = await hubs[0].links([LinkId("A"), LinkId("B")])
    assert {s.link.truth["title"] for s in found.values()} == {"30"}


async def test_what_stands_beside_a_link_follows_it(store: Store) -> None:
    """A side that is made is found from then on; what is parked no more is gone."""
    await store.commit([Work(NOW, a_link("A", odru="1", rud=None, parked="title"))])
    assert (await store.links_of([key("rud", "9")]))[key("rud", "9")] == ()
    await store.commit([Work(NOW, a_link("A", odru="1", rud="9"), 1)])
    assert len((await store.links_of([key("rud", "9")]))[key("rud", "9")]) == 1
    await store.commit([Work(NOW, a_link("A", odru="1"), 2)])
    assert (await store.links_of([key("rud", "9")]))[key("rud", "9")] == ()


async def test_a_timer_goes_when_the_next_decision_sets_none(store: Store) -> None:
    """Timers come due in order, can be put off, and end with the decision that needs none."""
    await store.commit([Work(NOW, a_link("A"), wake_at=LATER), Work(NOW, a_link("B"), wake_at=NOW)])
    assert [timer.link for timer in await store.due_timers(NOW, 9)] == ["B"]
    assert [timer.link for timer in await store.due_timers(LATER, 9)] == ["B", "A"]
    await store.postpone([LinkId("B")], LATER + timedelta(hours=1))
    assert [timer.link for timer in await store.due_timers(LATER, 9)] == ["A"]
    assert (await store.links([LinkId("B")]))[LinkId("B")].version == 1
    await store.commit([Work(NOW, a_link("A"), 1)])
    assert await store.due_timers(LATER, 9) == []


async def test_odd_characters_stop_nobody(store: Store) -> None:
    """A NUL or half a surrogate pair in one case does not fail the group that it is in."""
    odd = Work(NOW, a_link("A", title="a\x00b"), journal=(told("A", why="x\x00\udcffy"),))
    fine = Work(NOW, a_link("B", title="Ö"))
    assert await store.commit([odd, fine]) == (True, True)
    (row,) = await journal(store)
    assert row.why == "x\ufffd?y"


async def test_messages_are_sent_in_order_and_by_sender(store: Store) -> None:
    """The outbox gives each sender its own, oldest first, until they are confirmed by id."""
    await store.commit(
        [
            Work(NOW, outgoing=(a_message("b"), a_message("a", at=LATER))),
            Work(NOW, outgoing=(a_message("c", sender="odru"),)),
            Work(NOW, outgoing=(a_message("b"),)),
        ]
    )
    mine = await store.unsent(9)
    assert {row.id for row in mine} == {"a", "b"}
    assert a_message("b") in mine
    assert [row.id for row in await store.unsent(9, before=LATER)] == ["b"]
    assert [row.id for row in await store.unsent(9, sender="odru")] == ["c"]
    stats = await store.outbox_stats()
    assert (stats.size, stats.oldest) == (2, NOW)
    await store.sent(["a", "b", "nobody"])
    await store.sent([])
    assert (await store.outbox_stats()).oldest is None
    assert (await store.outbox_stats(sender="odru")).size == 1


async def test_what_a_person_shared_is_remembered(store: Store) -> None:
    """Shares are found by case; sharing once more with the same agency replaces the reason."""
    first = Share(AgencyId("odru"), CaseRef("1"), AgencyId("rud"), "mila", "toezicht", NOW)
    again = Share(AgencyId("odru"), CaseRef("1"), AgencyId("rud"), "mila", "klacht", LATER)
    await store.add_share(first)
    await store.add_share(again)
    found = await store.shares_of([key("odru", "1"), key("odru", "2")])
    assert found == {key("odru", "1"): (again,), key("odru", "2"): ()}
