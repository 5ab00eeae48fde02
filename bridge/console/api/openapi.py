"""The document: what the API takes and gives, made of its operations (OpenAPI 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bridge.console.api.operation import BASE, VERSION, VERSION_HEADER, AnyOperation, Nothing
from bridge.console.api.problems import KINDS, Problem

_REF: Final = "#/components/schemas/{model}"
_TAGS: Final = {
    "cases": "Cases, and what a person can do about one",
    "parked": "What waits for a person",
    "jobs": "One deed for many cases",
    "crosswalks": "The tables of an agency, and the rules in force",
    "standing": "How all stands",
    "systems": "The side of each agency",
    "queues": "What waits between the hub and the edges, and letters that went wrong",
}
_ABOUT: Final = (
    "What the console does, for programs. Sign in with a bearer token: an access token of the "
    "organisation's provider, or a token that `casebridge account add` made. A session of the "
    "console may be used too; what changes something then needs its `X-CSRF-Token`. Who may do "
    "what is the same as on the pages."
)


def document(operations: Iterable[AnyOperation]) -> dict[str, Any]:
    """Write the document."""
    every = list(operations)
    schemas, definitions = models_json_schema(_models(every), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in every:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Casebridge",
            "version": VERSION,
            "description": _ABOUT,
            "contact": {
                "name": "The Casebridge maintainers",
                "url": "https://casebridge.example/",
            },
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": BASE}],
        "security": [{"bearer": []}, {"session": []}],
        "tags": [{"name": name, "description": told} for name, told in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-casebridge"},
            },
            "headers": {
                VERSION_HEADER: {
                    "description": "The version of this API.",
                    "required": True,
                    "schema": {"type": "string", "const": VERSION},
                }
            },
        },
    }


Mode = Literal["validation", "serialization"]


def _models(operations: Iterable[AnyOperation]) -> list[tuple[type[BaseModel], Mode]]:
    found: dict[tuple[type[BaseModel], Mode], None] = {(Problem, "serialization"): None}
    for each in operations:
        found[each.gives, "serialization"] = None
        if each.body is not Nothing:
            found[each.body, "validation"] = None
    return list(found)


def _operation(operation: AnyOperation, schemas: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.told,
        "tags": [operation.tag],
        "parameters": [*_places(operation), *_query(operation), *_condition(operation)],
        "responses": dict(_responses(operation, schemas)),
    }
    if operation.body is not Nothing:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[operation.body, "validation"]}},
        }
    return told


def _places(operation: AnyOperation) -> Iterator[dict[str, Any]]:
    for part in operation.path.split("/"):
        if part.startswith("{"):
            schema = {"type": "string", "minLength": 1}
            yield {"name": part[1:-1], "in": "path", "required": True, "schema": schema}


def _query(operation: AnyOperation) -> Iterator[dict[str, Any]]:
    schema = operation.query.model_json_schema(mode="validation")
    definitions = schema.get("$defs", {})
    for name, each in schema.get("properties", {}).items():
        inlined = _inlined(each, definitions)
        told = inlined.pop("description", None)
        inlined.pop("title", None)
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": inlined,
        } | ({"description": told} if told else {})


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Put in the place of each reference what it refers to."""
    match schema:
        case {"$ref": str(ref), **rest}:
            return _inlined(definitions[ref.rpartition("/")[2]], definitions) | rest
        case dict():
            return {key: _inlined(value, definitions) for key, value in schema.items()}
        case list():
            return [_inlined(each, definitions) for each in schema]
        case _:
            return schema


def _condition(operation: AnyOperation) -> Iterator[dict[str, Any]]:
    if operation.is_versioned and operation.method != "GET":
        yield {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": "The ETag that you saw; if it is another by now, nothing is done.",
            "schema": {"type": "string"},
        }


def _responses(operation: AnyOperation, schemas: Any) -> Iterator[tuple[str, Any]]:
    headers: dict[str, Any] = {VERSION_HEADER: _header_ref()}
    if operation.is_versioned:
        headers["ETag"] = {"schema": {"type": "string"}, "description": "Its version."}
    yield (
        str(int(operation.status)),
        {
            "description": operation.told,
            "headers": headers,
            "content": {"application/json": {"schema": schemas[operation.gives, "serialization"]}},
        },
    )
    for status in _problems(operation):
        yield (
            str(int(status)),
            {
                "description": KINDS[status].means,
                "headers": {VERSION_HEADER: _header_ref()},
                "content": {
                    "application/problem+json": {"schema": schemas[Problem, "serialization"]}
                },
            },
        )


def _header_ref() -> dict[str, str]:
    return {"$ref": f"#/components/headers/{VERSION_HEADER}"}


def _problems(operation: AnyOperation) -> Iterator[HTTPStatus]:
    yield HTTPStatus.BAD_REQUEST
    yield HTTPStatus.UNAUTHORIZED
    yield HTTPStatus.FORBIDDEN
    if "{" in operation.path:
        yield HTTPStatus.NOT_FOUND
    if operation.may_clash:
        yield HTTPStatus.CONFLICT
    if operation.is_versioned and operation.method != "GET":
        yield HTTPStatus.PRECONDITION_FAILED
    if operation.body is not Nothing:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    yield HTTPStatus.SERVICE_UNAVAILABLE
