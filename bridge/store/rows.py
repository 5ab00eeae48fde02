"""A Work as rows of the tables; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from pydantic import JsonValue

from bridge.engine.decision import Row
from bridge.engine.lane import InFlight
from bridge.engine.link import Link, Side, dump_link
from bridge.store.columns import storable
from bridge.store.matters import Course, Matter, matter_of
from bridge.store.records import OutboxRow, Work
from bridge.store.usage import digest_of, words_of
from contracts.messages import Lane

Values = dict[str, Any]

# These stand in an index, and PostgreSQL takes no long rows there.
_MOST_SEARCHED_BYTES: Final = 1500
_LONGEST_CODE: Final = 100


def link_row(work: Work, link: Link, version: int) -> Values:
    """Give the row of a Link; ``unsettled_since`` is the moment if it is not equal now."""
    return {
        "id": link.id,
        "version": version,
        **link_columns(link),
        "is_equal": work.is_equal,
        "unsettled_since": unsettled_at(work, link),
        "due_at": work.wake_at,
        "created_at": link.created_at,
        "updated_at": work.at,
        "body": dump_link(link),
    }


def link_columns(link: Link) -> Values:
    """Give what is repeated beside a Link because it is searched, listed or counted."""
    home = link.sides.get(link.home)
    lanes = [state for side in link.sides.values() for state in side.lanes.values()]
    return {
        "agreement": link.agreement,
        "route": link.route,
        "home": link.home,
        "home_ref": home.ref if home else None,
        "mode": link.mode.value,
        "agencies": " ".join(sorted(link.sides)),
        "number": _number(home) if home else None,
        "title": _text(link.truth.get("title")),
        "search": _search(link),
        "case_type": _code(link.truth.get("case_type")),
        "participant": _code(link.truth.get("participant")),
        "handler": _handler(link.truth.get("handler")),
        "deadline": _day(link.truth.get("deadline")),
        "is_released": link.released is not None,
        "parked": sum(len(side.parked) for side in link.sides.values()),
        "in_flight": sum(isinstance(lane.phase, InFlight) for lane in lanes),
        "waiting": sum(lane.waits for lane in lanes),
    }


def unsettled_at(work: Work, link: Link) -> datetime | None:
    """Give the moment of *work* if its Link is not equal then; one that was let go always is."""
    return None if work.is_equal or link.released is not None else work.at


def side_rows(link: Link, version: int) -> Iterator[Values]:
    """Give the rows of a Link's sides."""
    for side in link.sides.values():
        yield {
            "link_id": link.id,
            "agency": side.agency,
            "version": version,
            "ref": side.ref,
            "number": _number(side),
            "facts": side.lane(Lane.FACTS).phase.kind,
            "documents": side.lane(Lane.DOCUMENTS).phase.kind,
            "parked": len(side.parked),
            "checked_at": side.checked_at,
            "words": (words := words_of(link, side)),
            "wording": digest_of(words),
        }


def parked_rows(link: Link, version: int) -> Iterator[Values]:
    """Give a row for everything of a Link that waits for a person."""
    if not link.is_parked:
        return
    for side in link.sides.values():
        for path, parked in side.parked.items():
            yield {
                "link_id": link.id,
                "agency": side.agency,
                "path": path,
                "version": version,
                "reason": parked.reason.value,
                "why": parked.why,
                "since": parked.since,
                "ways": [way.value for way in parked.ways],
                "matter": matter_of(side.agency, path, parked).id,
                "gap": parked.gap.where if parked.gap else None,
                "word": parked.gap.word if parked.gap else None,
            }


def matter_row(matter: Matter, course: Course) -> Values:
    """Give the row of a matter."""
    return {
        "id": matter.id,
        "agency": matter.agency,
        "reason": matter.reason.value,
        "gap": matter.gap.where if matter.gap else None,
        "word": matter.gap.word if matter.gap else None,
        "field": matter.field,
        "first_seen": course.first_seen,
        "last_seen": course.last_seen,
        "solved_at": course.solved_at,
        "returned_at": course.returned_at,
    }


def journal_row(row: Row) -> Values:
    """Give a row of the journal."""
    return {
        "at": row.at,
        "what": row.what.value,
        "link_id": row.link,
        "agency": row.agency,
        "ref": row.ref,
        "path": row.path,
        "value": row.value,
        "other": row.other,
        "rule": row.rule,
        "why": row.why,
        "by": row.by,
        "cause": row.cause,
    }


def outbox_row(row: OutboxRow) -> Values:
    """Give a row of the outbox."""
    return {
        "id": row.id,
        "sender": row.sender,
        "routing_key": row.routing_key,
        "headers": dict(row.headers),
        "body": row.body,
        "at": row.at,
    }


def folded(text: str) -> str:
    """Give *text* as it is searched: without case, with single spaces."""
    return " ".join(text.casefold().split())


def _search(link: Link) -> str:
    sides = link.sides.values()
    words = [*map(_number, sides), *(side.ref for side in sides), _text(link.truth.get("title"))]
    found = "\n".join(dict.fromkeys(folded(word) for word in words if word))
    return storable(found).encode()[:_MOST_SEARCHED_BYTES].decode(errors="ignore")


def _number(side: Side) -> str | None:
    return _text(side.base.get("number"))


def _day(value: JsonValue) -> date | None:
    """Give the day of a date that is known to the day."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _handler(value: JsonValue) -> str | None:
    return _text(value.get("id")) if isinstance(value, dict) else None


def _code(value: JsonValue) -> str | None:
    return value[:_LONGEST_CODE] if isinstance(value, str) else None


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None
