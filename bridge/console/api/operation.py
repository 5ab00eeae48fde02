"""
Operations: each says once what it takes, gives and needs; routes and document are made of that.

After the NL API Design Rules: the version stands in the path and in a header, names are camelCase,
paths kebab-case, and what goes wrong is told as a problem (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

from aiohttp import web
from pydantic import AliasGenerator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from bridge.console.access import Route
from bridge.console.guard import API
from bridge.console.people import PERSON, Person, Role
from bridge.console.supply import Supply, supply_of

VERSION: Final = "1.0.0"
BASE: Final = f"{API}v1"
VERSION_HEADER: Final = "API-Version"
_JSON: Final = "application/json"


class Told(BaseModel):
    """What the API gives: read from our own records, by the names that these have."""

    model_config = ConfigDict(
        from_attributes=True,
        frozen=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(serialization_alias=to_camel),
    )


class Asked(BaseModel):
    """What the API takes; a name that it does not know is a mistake of whoever sent it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Nothing(Asked):
    """Nothing is asked."""


Q = TypeVar("Q", bound=Asked)
B = TypeVar("B", bound=Asked)
Q_co = TypeVar("Q_co", bound=Asked, covariant=True)
B_co = TypeVar("B_co", bound=Asked, covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q_co, B_co]):
    """Somebody called an operation: who, and with what."""

    request: web.Request
    supply: Supply
    person: Person
    query: Q_co
    body: B_co

    def place(self, name: str) -> str:
        """Give a part of the path."""
        return self.request.match_info[name]

    @property
    def version(self) -> int | None:
        """The version that the caller saw of what they change (``If-Match``), if they say so."""
        said = self.request.headers.get("If-Match", "*").strip()
        if said == "*":
            return None
        number = said.strip('"')
        # What cannot be a version of ours matches none of them.
        return int(number) if number.isdecimal() and number.isascii() else -1


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What an operation gives.

    Attributes:
        after: What asks for the next page, as values of the query.
        version: Of what is given, for ``ETag``.
    """

    body: Told
    after: dict[str, str] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Q, B]):
    """
    One operation of the API.

    Attributes:
        name: What programs call it by.
        path: Below the base; ``{name}`` is a part of it.
        fresh: Only shortly after signing in.
        is_versioned: It gives an ``ETag``, or takes an ``If-Match``.
        may_clash: What was asked may not fit how things stand (409).
    """

    method: str
    path: str
    name: str
    told: str
    tag: str
    roles: frozenset[Role]
    run: Callable[[Call[Q, B]], Awaitable[Answer]]
    gives: type[Told]
    query: type[Q] = field(default=Nothing)  # type: ignore[assignment]
    body: type[B] = field(default=Nothing)  # type: ignore[assignment]
    fresh: bool = False
    status: HTTPStatus = HTTPStatus.OK
    is_versioned: bool = False
    may_clash: bool = False

    def route(self) -> Route:
        """Give the route of this operation."""
        return Route(self.method, BASE + self.path, self._handle, self.roles, self.fresh)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        query = _read_query(self.query, request)
        body = await _read_body(self.body, request)
        call = Call(request, supply_of(request), request[PERSON], query, body)
        answer = await self.run(call)
        response = web.Response(
            body=answer.body.model_dump_json(by_alias=True).encode(),
            status=self.status,
            content_type=_JSON,
        )
        if answer.version is not None:
            response.headers["ETag"] = f'"{answer.version}"'
        if answer.after is not None:
            response.headers["Link"] = f'<{following(request, answer.after)}>; rel="next"'
        return response


def following(request: web.Request, after: dict[str, str]) -> str:
    """Give the address of the next page."""
    return str(request.rel_url.update_query(after))


def _read_query(model: type[Q], request: web.Request) -> Q:
    if len(request.query) > len(set(request.query)):
        raise web.HTTPBadRequest(text="a name stands in the query twice")
    return _read(lambda: model.model_validate(dict(request.query)))


async def _read_body(model: type[B], request: web.Request) -> B:
    if model is Nothing:
        return model()
    if request.content_type != _JSON:
        raise web.HTTPUnsupportedMediaType(text=f"the body must be {_JSON}")
    text = await request.read()
    return _read(lambda: model.model_validate_json(text))


M = TypeVar("M", bound=BaseModel)


def _read(made: Callable[[], M]) -> M:
    try:
        return made()
    except ValidationError as error:
        faults = [
            ": ".join(filter(None, (".".join(map(str, fault["loc"])), fault["msg"])))
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise web.HTTPBadRequest(text="; ".join(faults)) from None


AnyOperation = Operation[Any, Any]
