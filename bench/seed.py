"""A store with so many Links in it: copies of one that the bridge made, put there by the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from bench.stage import Services, Side, plain
from bench.systems import HOME, OTHER
from bridge.store import provision

_TEMPLATE: Final = """
    SELECT l.*, h.ref AS ref_here, o.ref AS ref_there,
        h.words AS words_here, h.wording AS wording_here,
        o.words AS words_there, o.wording AS wording_there FROM links l
    JOIN link_sides h ON h.link_id = l.id AND h.agency = l.home
    JOIN link_sides o ON o.link_id = l.id AND o.agency <> l.home
    WHERE l.is_equal LIMIT 1"""
_LINKS: Final = """
    INSERT INTO links (id, version, agreement, route, home, home_ref, mode, agencies, number, title,
        search, is_released, is_equal, parked, in_flight, waiting, unsettled_since, due_at,
        created_at, updated_at, body)
    SELECT 'link' || lpad(n::text, 22, '0'), 1, $1, $2, $3, 'home-' || n, $4, $5, NULL, $6,
        lower($6) || E'\\nhome-' || n || E'\\nother-' || n, false, true, 0, 0, 0, NULL, NULL,
        $7, $7, convert_to(replace(replace(replace($8,
            $9, 'link' || lpad(n::text, 22, '0')), $10, 'home-' || n), $11, 'other-' || n), 'UTF8')
    FROM generate_series($12::int, $13::int) n"""
_SIDES: Final = """
    INSERT INTO link_sides (link_id, agency, version, ref, number, facts, documents, parked,
        checked_at, words, wording)
    SELECT id, $1, 1, $2 || substr(id, 5)::bigint, NULL, 'idle', 'idle', 0, updated_at, $3, $4
    FROM links"""
_KNOWN: Final = """
    INSERT INTO known SELECT agency, ref, checked_at, '0123456789abcdef', link_id FROM link_sides"""
_STEP: Final = 10_000


@dataclass(frozen=True, slots=True)
class Seeded:
    """A store with Links ``link…1`` to ``link…<links>``, of ``home-<n>`` and ``other-<n>``."""

    url: str
    links: int
    body_bytes: int


async def seeded(services: Services, links: int, like: Side) -> Seeded:
    """Make a store with so many Links, each like one of *like*'s."""
    url = services.store.fresh_database()
    await provision(url)
    template = await like.store.fetchrow(_TEMPLATE)
    assert template is not None, "there is no settled Link"
    store = await asyncpg.connect(plain(url))
    try:
        for first in range(1, links + 1, _STEP):
            await _add(store, template, first, min(first + _STEP - 1, links))
        for agency, prefix, place in ((HOME, "home-", "here"), (OTHER, "other-", "there")):
            told = template[f"words_{place}"], template[f"wording_{place}"]
            await store.execute(_SIDES, agency, prefix, *told)
        await store.execute(_KNOWN)
        await store.execute("VACUUM ANALYZE")
        await store.execute("CHECKPOINT")
    finally:
        await store.close()
    return Seeded(url, links, len(template["body"]))


async def _add(
    store: asyncpg.Connection[Any], template: asyncpg.Record, first: int, last: int
) -> None:
    await store.execute(
        _LINKS,
        template["agreement"],
        template["route"],
        template["home"],
        template["mode"],
        template["agencies"],
        template["title"],
        template["created_at"],
        template["body"].decode(),
        template["id"],
        template["ref_here"],
        template["ref_there"],
        first,
        last,
    )
