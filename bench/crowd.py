"""
A crowd: a store as it is after years, with Links of all kinds and a long journal.

Made by statements of the tables' own, on PostgreSQL and SQLite alike. One in fifty is not equal,
one in two hundred waits for a person, and titles are made of words, so that they can be found.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from bridge.engine.draft import WAYS
from bridge.engine.link import Link, Side, dump_link
from bridge.engine.parked import Gap, Parked, Reason
from bridge.store import StoreSettings, Work, provision
from bridge.store.address import open_database
from bridge.store.matters import Course, matter_of
from bridge.store.rows import link_row, matter_row, parked_rows, side_rows
from bridge.store.tables import LINK_SIDES, LINKS, MATTERS, PARKED
from contracts.ids import AgencyId, CaseRef, LinkId

PATIENT: Final = StoreSettings(timeout=timedelta(minutes=10))
NOW: Final = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
_BATCH: Final = 2_000
_HOME, _OTHERS = AgencyId("odru"), (AgencyId("rud-utrecht"), AgencyId("vru"), AgencyId("ggd"))
_WORDS: Final = (
    *("schuur", "loods", "stal", "kas", "tank", "sloot", "gevel", "dak", "bodem", "asbest"),
    *("sanering", "melding", "advies", "toezicht", "geluid", "water", "lozing", "opslag"),
)
_STREETS: Final = ("Dorpsstraat", "Kerkweg", "Molenpad", "Havenkade", "Zandlaan", "Bosrand")
_JOURNAL: Final = """
    INSERT INTO journal (at, what, link_id, agency, ref, path, rule, why, "by", cause)
    SELECT l.updated_at, 'edited', l.id, l.home, l.home_ref, 'title', '', '', 'els',
        'observation of ' || l.home
    FROM numbers CROSS JOIN links l"""
_NUMBERS: Final = """
    CREATE TEMPORARY TABLE numbers AS
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
    SELECT n FROM n"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A store with Links ``link-1`` to ``link-<links>``, and so many rows of the journal."""

    url: str
    links: int
    journal: int


async def crowded(url: str, *, links: int, rows_each: int) -> Crowd:
    """Make a store at *url* with a crowd in it."""
    await provision(url, settings=PATIENT)
    database = open_database(url, PATIENT)
    try:
        for first in range(1, links + 1, _BATCH):
            numbers = range(first, min(first + _BATCH, links + 1))
            await database.write(lambda c, numbers=numbers: _add(c, numbers, links))  # type: ignore[misc]
        await database.write(lambda c: _tell(c, rows_each))
        if database.dialect == "postgresql":
            # As it does by itself, sooner or later.
            await database.read(lambda c: c.exec_driver_sql("VACUUM ANALYZE"))
    finally:
        await database.close()
    return Crowd(url, links, links * rows_each)


def _add(connection: Connection, numbers: range, of: int) -> None:
    works = [_work(number, of) for number in numbers]
    found = [(work, work.link) for work in works if work.link is not None]
    connection.execute(insert(LINKS), [link_row(work, link, 1) for work, link in found])
    sides = [row for _, link in found for row in side_rows(link, 1)]
    connection.execute(insert(LINK_SIDES), sides)
    parked = [row for _, link in found for row in parked_rows(link, 1)]
    if parked:
        connection.execute(insert(PARKED), parked)
    if numbers.start == 1:
        course = Course(NOW - timedelta(days=100), NOW)
        rows = [
            matter_row(matter_of(agency, "result", _waiting(each)), course)
            for agency in _OTHERS
            for each in range(20)
        ]
        connection.execute(insert(MATTERS), rows)


def _work(number: int, of: int) -> Work:
    chance = random.Random(number)  # noqa: S311  # the same crowd each time
    at = NOW - timedelta(minutes=of - number)
    other = _OTHERS[min(chance.randrange(20), 2)]
    street = f"{chance.choice(_STREETS)} {chance.randrange(300)}"
    title = " ".join((*chance.sample(_WORDS, 3), street)).capitalize()
    truth: dict[str, Any] = {"title": title, "case_type": "bodem.advies", "status": "ontvangen"}
    sides = {
        agency: Side(
            agency,
            CaseRef(f"https://zaken.{agency}.example/zaken/api/v1/zaken/{number:032x}"),
            base=truth | {"number": f"{prefix}{number:07d}"},
            stands=dict(truth),
            checked_at=at,
        )
        for agency, prefix in ((_HOME, "Z/24/"), (other, "R-"))
    }
    if number % 200 == 0:
        sides[other].parked["result"] = _waiting(chance.randrange(20))
    link = Link(
        LinkId(f"link-{number}"), "DVO-BODEM-2024", "R1", _HOME, at, truth=truth, sides=sides
    )
    return Work(at, link, is_equal=number % 50 != 0)


def _waiting(kind: int) -> Parked:
    reason = Reason.NO_COUNTERPART
    gap = Gap("crosswalk-rud-utrecht.yaml: results", f"result-{kind}")
    return Parked(reason, "no row for it", NOW - timedelta(hours=kind), WAYS[reason], "x", gap)


def _tell(connection: Connection, rows_each: int) -> None:
    connection.execute(text(_NUMBERS.format(count=rows_each)))
    connection.execute(text(_JOURNAL))


def bodies() -> Iterator[int]:
    """Give the size of some bodies, for who doubts them."""
    for number in range(1, 10):
        link = _work(number, 10).link
        yield len(dump_link(link)) if link else 0
