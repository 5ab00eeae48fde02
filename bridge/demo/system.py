"""
A case system as the people of an agency reach it: over HTTP, with the simulator's switches.

Nothing here knows the bridge. At a system that speaks ZGW people use its public API, and each
request is signed in the name of whoever does it, so that the system's own audit trail tells who.
One that speaks StUF has no such API: there they do what its pages do.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import jwt

from bridge.clock import Now

CLIENT_ID: Final = "medewerker"
READER: Final = "controleur"
"""Whom the audit trail names where the demo only looks."""

_PIECE: Final = 256 * 1024
_CRS: Final = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}

_RETRY_SECONDS: Final = [0.5] * 4 + [1.0] * 600
"""A real system waits for minutes; here a bridge that is away is back within seconds."""

Body = dict[str, Any]


class SystemAway(Exception):
    """Nobody answers, or not in time: what was asked may have been done. Look, then do it again."""


class Refused(Exception):
    """The system understood and refused; a history asks for what this system cannot do."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class CaseSystem:
    """
    One agency's case system.

    Attributes:
        url: Without a slash at its end.
        cache: What never changes here: types, and what hangs on them.
        secret_file: What requests of `CLIENT_ID` are signed with; none where nobody asks.
    """

    agency: str
    rsin: str
    url: str
    secret_file: Path | None
    _session: aiohttp.ClientSession | None = None
    _secret: str = field(default="", repr=False)
    cache: dict[str, Any] = field(default_factory=dict)
    _at: datetime | None = None
    _now: Now | None = None
    _holds: bool = False

    async def __aenter__(self) -> Self:
        if self.secret_file is not None:
            self._secret = self.secret_file.read_text("utf-8").strip()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._session is not None:
            await self._session.close()

    # Reading and writing

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read one thing, by its address or by its path below this system."""
        return await self._ask("GET", path, by=READER, query=query)

    async def kept(self, url: str) -> Any:
        """Read something that never changes here (a type), once."""
        if url not in self.cache:
            self.cache[url] = await self.get(url)
        return self.cache[url]

    async def all(self, path: str, query: Mapping[str, str] | None = None) -> list[Body]:
        """Read a list, every page of it."""
        answer = await self.get(path, query)
        if isinstance(answer, list):
            return answer
        found: list[Body] = list(answer["results"])
        while answer.get("next"):
            answer = await self.get(answer["next"])
            found += answer["results"]
        return found

    async def post(self, path: str, body: Body, *, by: str) -> Any:
        """Make something."""
        return await self._ask("POST", path, by=by, body=body)

    async def patch(self, url: str, body: Body, *, by: str) -> Any:
        """Change something."""
        return await self._ask("PATCH", url, by=by, body=body)

    async def delete(self, url: str, *, by: str) -> None:
        """Remove something."""
        await self._ask("DELETE", url, by=by)

    async def put_part(self, url: str, lock: str, pieces: AsyncIterator[bytes], *, by: str) -> None:
        """Upload one part of a document."""
        with aiohttp.MultipartWriter("form-data") as form:
            part = form.append(pieces, {"Content-Type": "application/octet-stream"})
            part.set_content_disposition("form-data", name="inhoud", filename="deel")
            key = form.append(lock)
            key.set_content_disposition("form-data", name="lock")
            async with self._request("PUT", url, by=by, data=form) as answer:
                await _checked(answer, "PUT", url)

    async def send_bytes(
        self,
        method: str,
        path: str,
        about: Mapping[str, str],
        pieces: AsyncIterator[bytes],
        *,
        kind: str,
        by: str,
    ) -> None:
        """Send a content as it is; *about* goes into the query, *kind* says what it is."""
        parts = {"params": about, "data": pieces}
        async with self._request(method, path, by=by, kind=kind, **parts) as answer:
            await _checked(answer, method, path)

    async def digest(self, url: str) -> str:
        """Read the content of a document, and give its SHA-256."""
        found = hashlib.sha256()
        async with self._request("GET", url, by=READER) as answer:
            if answer.status != 200:
                await _checked(answer, "GET", url)
            async for piece in answer.content.iter_chunked(_PIECE):
                found.update(piece)
        return found.hexdigest()

    # The simulator's switches

    async def set_clock(self, at: datetime) -> None:
        """Let the system's clock stand at *at*."""
        self._at = at
        await self.switch("clock", {"now": at.isoformat()})

    async def run_clock(self, now: Now) -> None:
        """Let the system's clock go with *now*, for people who go on working in it."""
        self._now = now
        await self.switch("clock", {"now": now().isoformat(), "runs": True})

    async def hold(self, *, back: bool) -> None:
        """Hold back the notifications, or let them go."""
        self._holds = back
        await self.switch("notifications", {"hold": back})

    async def come_back(self) -> None:
        """Set the switches as they stood: a system that was restarted has forgotten them."""
        waits = {"retry_seconds": _RETRY_SECONDS, "hold": self._holds}
        await self.switch("notifications", waits)
        if self._now is not None:
            await self.run_clock(self._now)
        elif self._at is not None:
            await self.set_clock(self._at)

    async def switch(self, what: str, body: Body) -> Any:
        """Turn one of the simulator's switches."""
        return await self._ask("POST", f"/_sim/{what}", body=body)

    async def switch_off(self, what: str) -> None:
        """Turn one of the simulator's switches off again."""
        await self._ask("DELETE", f"/_sim/{what}")

    async def waiting_notifications(self) -> int:
        """Count the notifications that were not delivered yet."""
        return int((await self._ask("GET", "/_sim/notifications"))["waiting"])

    async def writes(self, since: int = 0) -> Sequence[Body]:
        """Give what was written to this system, by whom and why; oldest first."""
        found: Sequence[Body] = await self._ask("GET", f"/_sim/access-log?since={since}")
        return found

    async def is_up(self) -> bool:
        """Tell whether the system answers."""
        try:
            await self._ask("GET", "/_sim/health")
        except (SystemAway, Refused):
            return False
        return True

    # How

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        by: str = "",
        body: Body | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        async with self._request(method, path, by=by, json=body, params=query) as answer:
            return await _checked(answer, method, path)

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, *, by: str, kind: str = "", **parts: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        assert self._session is not None, "enter the system first"  # noqa: S101 - a bug of ours
        url = path if path.startswith("http") else f"{self.url}{path}"
        headers = {**_CRS, "Content-Type": kind} if kind else dict(_CRS)
        if by and self._secret:
            headers["Authorization"] = f"Bearer {self._token(by)}"
        try:
            async with self._session.request(method, url, headers=headers, **parts) as answer:
                yield answer
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            msg = f"{method} {path}: {type(error).__name__}"
            raise SystemAway(msg) from error

    def _token(self, by: str) -> str:
        claims = {
            "iss": CLIENT_ID,
            "iat": int(time.time()),
            "client_id": CLIENT_ID,
            "user_id": by,
            "user_representation": by,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")


async def _checked(answer: aiohttp.ClientResponse, method: str, path: str) -> Any:
    if answer.status < 300:
        return await answer.json() if answer.content_type == "application/json" else None
    text = (await answer.text())[:600]
    if answer.status >= 500:
        msg = f"{method} {path}: {answer.status} {text}"
        raise SystemAway(msg)
    msg = f"{method} {path}: {answer.status} {text}"
    raise Refused(msg, answer.status)
