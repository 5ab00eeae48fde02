"""A console as programs find it: a token for each role, and cases to ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import aiohttp

from bridge.console.accounts import Account, write_account
from bridge.console.people import Role
from bridge.engine.draft import WAYS
from bridge.engine.parked import Gap, Parked, Reason
from tests.bridge.console.console_site import NOW, Site, a_link, edited, served

STAFF: Final = "rud-101"
"""Who works under the first agreement of the demo's rules, and under no other."""
TOKENS: Final = {role: f"token-of-{role}" for role in Role}


@dataclass(frozen=True, slots=True)
class Programs:
    """Who asks: one program for each role, and one of nobody."""

    site: Site
    session: aiohttp.ClientSession

    async def ask(
        self,
        method: str,
        path: str,
        role: Role | None = Role.OPERATOR,
        *,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Call an operation; give the status, what came back, and its headers."""
        sent = dict(headers or {})
        if role is not None:
            sent["Authorization"] = f"Bearer {TOKENS[role]}"
        async with self.session.request(method, path, headers=sent, **values) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers


@asynccontextmanager
async def programs(folder: Path) -> AsyncIterator[Programs]:
    """Serve a console to programs."""
    for role, token in TOKENS.items():
        digest = sha256(token.encode()).hexdigest()
        staff = STAFF if role is Role.EMPLOYEE else None
        account = Account(id=role, name=role, roles=frozenset({role}), token=digest, staff=staff)
        write_account(folder / "accounts.yaml", account)
    async with served(folder) as site, aiohttp.ClientSession(site.url) as session:
        yield Programs(site, session)


def waiting() -> dict[str, Parked]:
    """A result that the other side has no row for."""
    reason = Reason.NO_COUNTERPART
    gap = Gap("crosswalk-rud-utrecht.yaml: results", "ingetrokken")
    why = "no row for the result 'ingetrokken'"
    return {"result": Parked(reason, why, NOW, WAYS[reason], "ingetrokken", gap)}


async def keep_some(site: Site) -> None:
    """One case that waits for a person, and two that do not."""
    await site.keep(a_link(1, parked=waiting(), result="ingetrokken"), edited(1))
    await site.keep(a_link(2, title="Loods"), edited(2))
    await site.keep(a_link(3, title="Kas"), edited(3))
