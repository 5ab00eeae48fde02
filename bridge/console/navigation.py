"""Where one can go from every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.console.access import TABLE
from bridge.console.people import PERSON


@dataclass(frozen=True, slots=True)
class Entry:
    """One place: its address, the word for it, and whether the reader is there now."""

    path: str
    word: str
    is_here: bool = False


_PLACES: Final = (
    Entry("/", "common.now"),
    Entry("/mine", "mine.title"),
    Entry("/cases", "common.cases"),
    Entry("/parked", "parked.title"),
    Entry("/jobs", "jobs.title"),
    Entry("/crosswalks", "crosswalks.title"),
    Entry("/agreements", "agreements.title"),
    Entry("/systems", "systems.title"),
    Entry("/queues", "queues.title"),
    Entry("/journal", "common.journal"),
)


def entries(request: web.Request) -> tuple[Entry, ...]:
    """Give the places that whoever asks may go to, and mark the one in which they are."""
    return tuple(
        Entry(place.path, place.word, is_here=_is_within(request.path, place.path))
        for place in _PLACES
        if _may_go(request, place.path)
    )


def _may_go(request: web.Request, path: str) -> bool:
    person, route = request.get(PERSON), request.config_dict[TABLE]["GET", path]
    if person is None:
        return False
    # The first page leads who sees only their own cases to these; who works on none has none.
    if (path == "/" and not person.sees_all) or (
        path == "/mine" and person.staff is None and person.sees_all
    ):
        return False
    return route.roles is None or bool(person.roles & route.roles)


def _is_within(path: str, place: str) -> bool:
    return path == place or (place != "/" and path.startswith(f"{place}/"))
