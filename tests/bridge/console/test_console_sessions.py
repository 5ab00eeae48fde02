"""Sessions: the same at every console, taken back at once, and nothing in the store to steal."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from bridge.console.people import Person, Role
from bridge.console.sessions import Sessions
from bridge.store import Store
from tests.bridge.console.console_site import NOW, Site

NOOR: Final = Person("noor", "Noor", frozenset({Role.EMPLOYEE}), "rud-101", "nl")


def a_console(store: Store, after: timedelta = timedelta()) -> Sessions:
    idle, absolute = timedelta(minutes=30), timedelta(hours=10)
    return Sessions(store, idle=idle, absolute=absolute, now=lambda: NOW + after)


async def test_a_second_console_knows_who_signed_in_at_the_first(site: Site) -> None:
    """And so does one that was started again."""
    one, other = a_console(site.store), a_console(site.store)
    session = await one.begin(NOOR, is_local=True)
    found = await other.find(session.key)
    assert found is not None
    assert (found.person, found.csrf, found.is_local) == (NOOR, session.csrf, True)
    await other.end(found)
    assert await one.find(session.key) is None


async def test_the_store_holds_nothing_that_lets_anybody_in(site: Site) -> None:
    session = await a_console(site.store).begin(NOOR, is_local=False)
    assert await site.store.session(session.key) is None
    assert await a_console(site.store).find(session.csrf) is None


@pytest.mark.parametrize(("after", "is_in"), [(29, True), (31, False)])
async def test_what_is_not_used_ends_and_what_is_used_goes_on(
    site: Site, after: int, *, is_in: bool
) -> None:
    session = await a_console(site.store).begin(NOOR, is_local=False)
    for minutes in (after, 2 * after):
        found = await a_console(site.store, timedelta(minutes=minutes)).find(session.key)
        assert (found is not None) == is_in


async def test_sessions_that_ended_leave_the_store_when_somebody_signs_in(site: Site) -> None:
    old = await a_console(site.store).begin(NOOR, is_local=False)
    await a_console(site.store, timedelta(hours=1)).begin(NOOR, is_local=False)
    assert await a_console(site.store).find(old.key) is None, "not even where the clock is behind"


async def test_a_restored_backup_lets_nobody_in_again(site: Site) -> None:
    session = await a_console(site.store).begin(NOOR, is_local=False)
    await site.store.restored(NOW + timedelta(minutes=1))
    assert await a_console(site.store).find(session.key) is None
