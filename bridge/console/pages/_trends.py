"""How the last day went, hour by hour: how long edits took, and how often a system was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bridge.console.chart import Chart, Shape, Unit
from bridge.console.inert import NOTHING
from bridge.console.moments import how_long
from bridge.console.page import Reader
from bridge.console.pages._queue_names import queue_name
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import Hearing, LagFigures
from bridge.store.views import DepthRow

_HOUR: Final = timedelta(hours=1)
_HOURS: Final = 24
_LAGS: Final = (
    Column("from", "trends.from"),
    Column("to", "trends.to"),
    Column("count", "trends.count", is_number=True),
    Column("p50_seconds", "trends.half", is_number=True),
    Column("p95_seconds", "trends.most", is_number=True),
)
_LAG_BY_HOUR: Final = (
    Column("hour", "trends.hour"),
    Column("p50_seconds", "trends.half", is_number=True),
    Column("p95_seconds", "trends.most", is_number=True),
)
_DEPTHS: Final = (
    Column("at", "trends.at"),
    Column("messages", "queues.messages", is_number=True),
)
_AGES: Final = (
    Column("at", "trends.at"),
    Column("oldest_seconds", "queues.oldest", is_number=True),
)
_HEARD_BY_HOUR: Final = (
    Column("hour", "trends.hour"),
    Column("heard", "trends.heard", is_number=True),
)


def lags_table(lags: Iterable[LagFigures], reader: Reader) -> Table:
    """Tell how long edits took between each two agencies in the last day."""
    rows: list[Row] = [
        {
            "from": Cell(lag.from_, shown=reader.names.agency(lag.from_)),
            "to": Cell(lag.to, shown=reader.names.agency(lag.to)),
            "count": Cell(lag.count),
            "p50_seconds": _span(lag.p50, reader),
            "p95_seconds": _span(lag.p95, reader),
        }
        for lag in lags
    ]
    return Table("lags", "trends.lags", _LAGS, rows)


def lag_trend(lag: LagFigures, reader: Reader) -> Chart:
    """Draw how long edits took from one agency to another."""
    by_hour = {each.hour: each for each in lag.by_hour}
    rows: list[Row] = []
    for hour in _last_day(reader):
        found = by_hour.get(hour)
        p50, p95 = (found.p50, found.p95) if found else (None, None)
        rows.append(
            {
                "hour": Cell(hour),
                "p50_seconds": _span(p50, reader),
                "p95_seconds": _span(p95, reader),
            }
        )
    return Chart(
        Table(
            f"lag-{lag.from_}-{lag.to}",
            "trends.lag",
            _LAG_BY_HOUR,
            rows,
            about={
                "from_": reader.names.agency(lag.from_),
                "to": reader.names.agency(lag.to),
            },
        ),
        Unit.SECONDS,
    )


def heard_trend(heard: Hearing, reader: Reader) -> Chart:
    """Draw how often an agency's system told something by itself."""
    rows: list[Row] = [
        {"hour": Cell(hour), "heard": Cell(heard.by_hour.get(hour, 0))}
        for hour in _last_day(reader)
    ]
    return Chart(
        Table(
            "heard",
            "trends.heard_from",
            _HEARD_BY_HOUR,
            rows,
            about={"agency": reader.names.agency(heard.agency)},
        ),
        Unit.TIMES,
        Shape.BARS,
    )


def depth_trends(rows: Iterable[DepthRow], reader: Reader) -> list[Chart]:
    """Draw for each queue in which anything lay how full it was, and how long the oldest waited."""
    by_queue: dict[str, list[DepthRow]] = defaultdict(list)
    for row in rows:
        by_queue[row.queue].append(row)
    charts = []
    for queue, seen in by_queue.items():
        if any(row.messages for row in seen):
            charts.append(_depth_trend(queue, seen, reader))
        if any(row.oldest for row in seen):
            charts.append(_age_trend(queue, seen, reader))
    return charts


def _depth_trend(queue: str, seen: Sequence[DepthRow], reader: Reader) -> Chart:
    rows = [{"at": Cell(row.at), "messages": Cell(row.messages)} for row in seen]
    about = {"queue": queue_name(queue, reader)}
    table = Table(f"depth-{queue}", "trends.depth", _DEPTHS, rows, about=about)
    return Chart(table, Unit.TIMES, Shape.BARS)


def _age_trend(queue: str, seen: Sequence[DepthRow], reader: Reader) -> Chart:
    rows = [{"at": Cell(row.at), "oldest_seconds": _span(row.oldest, reader)} for row in seen]
    about = {"queue": queue_name(queue, reader)}
    return Chart(Table(f"age-{queue}", "trends.age", _AGES, rows, about=about), Unit.SECONDS)


def _last_day(reader: Reader) -> Iterator[datetime]:
    this = reader.supply.now().replace(minute=0, second=0, microsecond=0)
    return (this - back * _HOUR for back in reversed(range(_HOURS)))


def _span(span: timedelta | None, reader: Reader) -> Cell:
    if span is None:
        return Cell(None, shown=NOTHING)
    said = how_long(span, reader.language, reader.supply.words)
    seconds = round(span.total_seconds(), 3)
    return Cell(seconds, shown=said if seconds >= 1 else reader.say("trends.below_a_second"))
