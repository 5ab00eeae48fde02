"""Values: what an element says, how precise a date is, and what is tolerated."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.moments import Clock, datum, moment_of, say_date, say_moment, tijdstip
from adapters.stuf_zds.names import STUF, XSI
from adapters.stuf_zds.values import (
    ABSENT,
    BadValue,
    Deviations,
    Mutatiesoort,
    NoValue,
    Told,
    code,
    indicatie,
    say_nothing,
    told,
)
from adapters.stuf_zds.xml import Element, root, write

MOMENTS = some.integers(-(2**31), 2**32).map(lambda s: datetime.fromtimestamp(s, UTC))
DATES = some.dates(min_value=date(1000, 1, 1))


def element(inside: str = "", attributes: str = "") -> Element:
    return parse(f'<e xmlns:StUF="{STUF}" xmlns:xsi="{XSI}" {attributes}>{inside}</e>'.encode())


def test_absent_empty_nil_and_a_value_are_four_statements() -> None:
    assert told(None) is ABSENT
    empty = told(element())
    nil = told(element(attributes='xsi:nil="true" StUF:noValue="geenWaarde"'))
    assert empty == Told(is_there=True)
    assert nil == Told(why=NoValue.GEEN_WAARDE, is_there=True)
    assert told(element("x")) == Told("x", is_there=True)


@pytest.mark.parametrize("why", list(NoValue))
def test_only_geen_waarde_says_that_there_is_none(why: NoValue) -> None:
    made = parse(write(say_nothing(root("e"), why)))
    assert told(made).why is why
    assert told(made).is_empty is (why is NoValue.GEEN_WAARDE)


def test_a_value_beside_a_novalue_wins_and_is_counted() -> None:
    seen: Deviations = Counter()
    assert told(element("x", 'StUF:noValue="geenWaarde"'), seen).value == "x"
    assert told(element(), seen).value is None
    assert told(element(attributes='StUF:noValue="leeg"'), seen).why is None
    assert seen == {"value-and-novalue": 1, "missing-nil-novalue": 1, "unknown-novalue": 1}


@pytest.mark.parametrize(
    ("digits", "known", "wanted"),
    [
        ("20260304", None, "2026-03-04"),
        ("20260304", "V", "2026-03-04"),
        ("19850700", "D", "1985-07"),
        ("19850000", "M", "1985"),
        ("19850101", "m", "1985"),
        ("00000000", "J", None),
        ("19850101", "J", None),
        ("0", None, None),
        ("00010101", None, None),
        ("00010101000000", None, None),
        ("2026-03-04", None, "2026-03-04"),
        ("20260304101500", None, "2026-03-04"),
        ("2026-03-04T10:15:00+01:00", None, "2026-03-04"),
        ("", None, None),
    ],
)
def test_a_date_is_read_as_precisely_as_it_is_known(
    digits: str, known: str | None, wanted: str | None
) -> None:
    mark = f'StUF:indOnvolledigeDatum="{known}"' if known else ""
    assert datum(element(digits, mark)) == wanted


@pytest.mark.parametrize("digits", ["20261301", "20260230", "gisteren", "2026", "20260304x"])
def test_what_is_no_date_is_refused(digits: str) -> None:
    with pytest.raises(BadValue):
        datum(element(digits))


def test_deviating_dates_are_counted() -> None:
    seen: Deviations = Counter()
    for digits in ("2026-03-04", "20260304101500", "0", "20260304"):
        datum(element(digits), seen)
    assert seen == {"date-with-dashes": 1, "date-with-time": 1, "date-for-none": 1}


@given(DATES, some.sampled_from([4, 7, 10]))
def test_a_date_reads_back_as_it_was_written(day: date, precision: int) -> None:
    partial = day.isoformat()[:precision]
    assert datum(parse(write(say_date(root("e"), partial)))) == partial


@pytest.mark.parametrize("value", ["2026-02-30", "2026-13", "", "26-1-1-1", "2026-0x"])
def test_no_date_is_written_that_is_none(value: str) -> None:
    with pytest.raises(BadValue):
        say_date(root("e"), value)


@pytest.mark.parametrize(
    ("digits", "at", "has_time"),
    [
        ("20260305", "2026-03-04T23:00:00+00:00", False),
        ("2026030508", "2026-03-05T07:00:00+00:00", True),
        ("20260305083012", "2026-03-05T07:30:12+00:00", True),
        ("20260705083012345", "2026-07-05T06:30:12.345000+00:00", True),
        ("202607050830125", "2026-07-05T06:30:12.500000+00:00", True),
        ("2026-03-05T08:30:12", "2026-03-05T07:30:12+00:00", True),
        ("2026-03-05T08:30:12Z", "2026-03-05T08:30:12+00:00", True),
    ],
)
def test_a_moment_is_a_dutch_clocks(digits: str, at: str, has_time: bool) -> None:
    found = tijdstip(element(digits))
    assert found is not None
    assert found.at.isoformat() == at
    assert (found.digits > 8) is has_time


@pytest.mark.parametrize("digits", ["20261301", "202603052", "straks", "2026030525"])
def test_what_is_no_moment_is_refused(digits: str) -> None:
    with pytest.raises(BadValue):
        tijdstip(element(digits))


@given(MOMENTS)
def test_a_moment_reads_back_but_in_the_hour_told_twice(at: datetime) -> None:
    """In that one hour of the year a Dutch clock cannot tell which of the two it is."""
    back = moment_of(say_moment(at)).at
    assert back in (at, at - timedelta(hours=1))
    assert say_moment(back) == say_moment(at)


def test_each_tick_is_later_than_the_last_also_where_the_clock_goes_back() -> None:
    clock = Clock()
    before = datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC)  # 02:59:59, an hour before it is again
    ticks = [clock.tick(before + timedelta(seconds=n)) for n in (0, 0, 1, 2, 3600, 3602)]
    assert ticks == sorted(set(ticks))
    assert ticks[0] == "20261025025959000"
    assert ticks[-1] == "20261025030001000"


@pytest.mark.parametrize("sort", list(Mutatiesoort))
def test_a_change_has_an_old_and_a_new_object(sort: Mutatiesoort) -> None:
    assert sort.has_old_and_new is (sort.value in "WCF")


def test_codes_are_known_in_any_case() -> None:
    seen: Deviations = Counter()
    allowed = ("N.v.t.", "(Nog) niet", "Geheel")
    assert code("geheel", allowed, seen) == "Geheel"
    assert code("Geheel", allowed, seen) == "Geheel"
    assert code("half", allowed, seen) is None
    assert seen == {"lowercase-enums": 1}
    assert [indicatie(one) for one in ("J", "n", "", None, "?")] == [True, False, None, None, None]
