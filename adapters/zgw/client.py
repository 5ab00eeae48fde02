"""
HTTP to one ZGW system: one client for all of its APIs.

It asks only at addresses that the settings name, follows no redirect, takes no proxy from the
environment, reads no more than it was told to, and repeats only what is safe to repeat.
"""

from __future__ import annotations

import asyncio
import json
import time
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import jwt
from jwt.warnings import InsecureKeyLengthWarning

from adapters.kit.flow import nothing, passing_over
from adapters.kit.http import NotSent, repeated
from adapters.zgw.links import Addresses, Place
from adapters.zgw.problems import NoSuchPath, refusal, speaking
from adapters.zgw.settings import ZgwSettings
from contracts.errors import Garbled, NotFound, Throttled, Uncertain, Unreachable

MAX_PAGES: Final = 10_000
_CRS: Final = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}
_BACKDATED_S: Final = 30
"""Some servers answer 500 to a token from the future: sign as of a little while ago."""

Params = Mapping[str, str]
Chunks = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Actor:
    """
    On whose behalf requests are made, and why, for the system's own audit trail.

    Attributes:
        made: The writes that were answered as done, in order: a write of several requests that
            stops after one of them has done something.
    """

    user: str | None = None
    reason: str = ""
    made: list[str] = field(default_factory=list, compare=False)

    @property
    def note(self) -> str:
        """What the audit trail will say: one line of plain characters, as a header carries it."""
        return " ".join(self.reason.encode("ascii", "replace").decode().split())[:255]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no refusal."""

    status: int
    body: Any
    etag: str | None = None


class Client:
    """
    Talks to one system.

    Args:
        settings: Where and as whom.
        clock: Gives seconds since the epoch; for the moment of signing.
    """

    def __init__(self, settings: ZgwSettings, *, clock: Callable[[], float] = time.time) -> None:
        self.addresses = Addresses(settings)
        self._settings = settings
        self._clock = clock
        self._secret = ""
        self._signed_in = 0
        self._tokens: dict[str, str] = {}
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._session: aiohttp.ClientSession | None = None
        self._uploads: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Read the secret and make the connection pool; nothing is asked yet."""
        self._secret = self._settings.signing_secret()
        self._tokens.clear()
        self._session = self._pool(aiohttp.TCPConnector(limit=self._settings.concurrency + 2))
        # A stream can be sent only once, and aiohttp repeats a PUT that found its kept connection
        # closed: uploads get a fresh connection each.
        self._uploads = self._pool(aiohttp.TCPConnector(force_close=True))

    async def close(self) -> None:
        """Close the connections."""
        for session in (self._session, self._uploads):
            if session is not None:
                await session.close()
        self._session = self._uploads = None

    async def get(
        self, api: str, path: str, params: Params | None = None, *, etag: str | None = None
    ) -> Answer:
        """Read one thing; repeated within seconds where the line fails."""
        place = Place(api, path)

        async def once() -> Answer:
            headers = {"If-None-Match": etag} if etag else {}
            return await self._once("GET", place, params=params, headers=headers)

        return await repeated(once, _is_passing)

    async def send(
        self,
        method: str,
        api: str,
        path: str,
        body: Any = None,
        *,
        actor: Actor,
        reads: bool = False,
    ) -> Answer:
        """
        Write one thing, once; only a connection that could not be made is tried again.

        With *reads* it is a POST that changes nothing that matters: silence then means that
        nothing was done.
        """
        place = Place(api, path)
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()

        async def once() -> Answer:
            return await self._once(
                method,
                place,
                data=data,
                headers={"Content-Type": "application/json"} if data is not None else {},
                actor=actor,
                wrote=not reads,
            )

        return await repeated(once, lambda error: isinstance(error, NotSent))

    async def stream_up(
        self,
        method: str,
        api: str,
        path: str,
        chunks: Chunks,
        *,
        length: int,
        content_type: str,
        actor: Actor,
    ) -> Answer:
        """Write a body that is too large to hold; *length* is its size in bytes."""
        headers = {"Content-Type": content_type, "Content-Length": str(length)}
        return await self._once(
            method, Place(api, path), data=chunks(), headers=headers, actor=actor, wrote=True
        )

    @asynccontextmanager
    async def stream_down(
        self, api: str, path: str, params: Params | None = None, start: int = 0
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """
        Open a body for one reading, in pieces, from a byte on.

        Not every server knows ranges; one that gives the whole is read from its beginning.
        """
        place = Place(api, path)
        what = f"GET {place.path}"
        async with self._slots, AsyncExitStack() as stack:
            # Only our own line is judged here: what fails at whoever takes the pieces is theirs.
            with speaking(what, wrote=False):
                asked = self._live().get(
                    self.addresses.ask(place),
                    params=params,
                    headers={**self._headers(Actor()), **_from_byte(start)},
                    allow_redirects=False,
                )
                response = await stack.enter_async_context(asked)
                begins = _begins(response, start, what)
                if begins is None:
                    body = await _read(response, 64 * 1024, what, wrote=False)
                    raise refusal(what, response.status, body, response.headers, wrote=False)
            if response.status == 416:
                yield nothing()
            else:
                yield passing_over(_pieces(response, what), start - begins)

    async def items(
        self, api: str, path: str, params: Params | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Go through a list, whole or in pages, following every page."""
        async for page in self.pages(api, path, params):
            for item in page:
                yield item

    async def pages(
        self, api: str, path: str, params: Params | None = None
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """
        Go through a list page by page.

        The next page is asked at our own address with the query that the server gave: the host
        in ``next`` is never trusted. A page beyond the end (the list shrank) ends it.
        """
        query = dict(params or {})
        seen: set[tuple[tuple[str, str], ...]] = set()
        taken = 0
        while True:
            key = tuple(sorted(query.items()))
            if key in seen or len(seen) >= MAX_PAGES:
                msg = f"GET {path}: its pages go round in circles"
                raise Garbled(msg)
            seen.add(key)
            try:
                body = (await self.get(api, path, query)).body
            except _BeyondTheEnd:
                return
            results, following = _page(body, path)
            taken += len(results)
            yield results
            if following is None:
                _whole(body, taken, path)
                return
            query = dict(parse_qsl(urlsplit(following).query, keep_blank_values=True))

    async def _once(
        self,
        method: str,
        place: Place,
        *,
        params: Params | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        actor: Actor = Actor(),
        wrote: bool = False,
    ) -> Answer:
        what = f"{method} {place.api}/{place.path}"
        async with self._slots:
            with speaking(what, wrote=wrote):
                session = self._live(for_upload=isinstance(data, AsyncIterator))
                async with session.request(
                    method,
                    self.addresses.ask(place),
                    params=params,
                    data=data,
                    headers={**self._headers(actor), **(headers or {})},
                    allow_redirects=False,
                ) as response:
                    limit = self._settings.max_answer_bytes
                    async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                        body = await _read(response, limit, what, wrote=wrote)
                    status, answered = response.status, response.headers
        if status == 304 and headers and "If-None-Match" in headers:
            return Answer(304, None, answered.get("ETag"))
        if not 200 <= status < 300:
            error = refusal(what, status, body, answered, wrote=wrote)
            if isinstance(error, NotFound) and params and "page" in params:
                raise _BeyondTheEnd(str(error))
            raise error
        answer = Answer(status, _parsed(body, what, wrote=wrote), answered.get("ETag"))
        if wrote:
            actor.made.append(what)
        return answer

    def _pool(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        seconds = self._settings.request_timeout.total_seconds()
        return aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=min(seconds, 10), sock_read=seconds
            ),
            connector=connector,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    def _live(self, *, for_upload: bool = False) -> aiohttp.ClientSession:
        session = self._uploads if for_upload else self._session
        if session is None:
            msg = "the adapter is not open; use it as an async context manager"
            raise RuntimeError(msg)
        return session

    def _headers(self, actor: Actor) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._token(actor)}", **_CRS}
        if actor.reason:
            headers["X-Audit-Toelichting"] = actor.note
        return headers

    def _token(self, actor: Actor) -> str:
        """Sign who asks, as of this second; what was signed in the same second is the same."""
        user, second = (actor.user or self._settings.user_id)[:255], int(self._clock())
        if second != self._signed_in:
            self._signed_in = second
            self._tokens.clear()
        if user not in self._tokens:
            claims = {
                "iss": self._settings.client_id,
                "client_id": self._settings.client_id,
                "iat": second - _BACKDATED_S,
                "user_id": user,
                "user_representation": user,
            }
            with warnings.catch_warnings():
                # How long a secret is, is the system's to say: it gave us this one.
                warnings.simplefilter("ignore", InsecureKeyLengthWarning)
                self._tokens[user] = jwt.encode(claims, self._secret, algorithm="HS256")
        return self._tokens[user]


class _BeyondTheEnd(Unreachable):
    """A page that is not there: the list became shorter while we went through it."""


def _is_passing(error: BaseException) -> bool:
    passing = isinstance(error, Unreachable)
    return passing and not isinstance(error, Throttled | NoSuchPath | _BeyondTheEnd)


async def _read(response: aiohttp.ClientResponse, limit: int, what: str, *, wrote: bool) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            response.close()
            msg = f"{what}: the answer is larger than {limit} bytes (max_answer_bytes)"
            raise Uncertain(msg) if wrote else Garbled(msg, body=bytes(body[:1024]))
    return bytes(body)


def _from_byte(start: int) -> dict[str, str]:
    # Never compressed: a range counts bytes of what is sent.
    return {"Range": f"bytes={start}-", "Accept-Encoding": "identity"} if start else {}


def _begins(response: aiohttp.ClientResponse, start: int, what: str) -> int | None:
    """Say at which byte an answer begins; ``None`` where it is no content."""
    if response.status == 200:
        return 0
    if response.status not in {206, 416} or not start:
        return None
    told = response.headers.get("Content-Range", "")
    if told.startswith(f"bytes {start}-") if response.status == 206 else told == f"bytes */{start}":
        return start
    msg = f"{what}: another part was sent than was asked for"
    raise Garbled(msg)


async def _pieces(response: aiohttp.ClientResponse, what: str) -> AsyncIterator[bytes]:
    with speaking(what, wrote=False):
        async for chunk in response.content.iter_chunked(256 * 1024):
            yield chunk


def _parsed(body: bytes, what: str, *, wrote: bool) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = f"{what}: the answer is no JSON"
        raise (Uncertain(msg) if wrote else Garbled(msg, body=body[:65536])) from error


def _whole(body: Any, taken: int, path: str) -> None:
    """Refuse a list that ends before the count on its last page: what misses is not gone."""
    count = body.get("count") if isinstance(body, dict) else None
    if isinstance(count, int) and taken < count:
        msg = f"GET {path}: the list ended after {taken} of {count}"
        raise Unreachable(msg)


def _page(body: Any, path: str) -> tuple[list[dict[str, Any]], str | None]:
    results, following = body, None
    if isinstance(body, dict):
        results, following = body.get("results"), body.get("next")
    if (
        not isinstance(results, list)
        or not all(isinstance(item, dict) for item in results)
        or not (following is None or isinstance(following, str))
    ):
        msg = f"GET {path}: the answer is no list"
        raise Garbled(msg)
    return results, following
