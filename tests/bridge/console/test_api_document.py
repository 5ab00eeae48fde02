"""The document of the API says what the API does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from bridge.console.api import written
from tests.bridge.console.api_site import programs

DOCUMENT = json.loads(written())
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
KEBAB = re.compile(r"[a-z][a-z0-9-]*|\{[a-z]+\}|[a-z]+\.json")


def test_the_document_is_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


async def test_the_document_is_served_to_everybody(tmp_path: Path) -> None:
    """Also to a page of another site: it is how one learns to use it."""
    async with programs(tmp_path / "data") as api:
        status, told, headers = await api.ask("GET", "/api/v1/openapi.json", None)
    assert (status, told) == (200, DOCUMENT)
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_names_are_written_as_the_design_rules_ask() -> None:
    """Paths in kebab-case without a slash at the end; members and parameters in camelCase."""
    for path, methods in DOCUMENT["paths"].items():
        assert all(KEBAB.fullmatch(part) for part in path.split("/")[1:]), path
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "query":
                    assert CAMEL.fullmatch(parameter["name"])
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for member in schema.get("properties", {}):
            assert CAMEL.fullmatch(member), f"{name}.{member}"


def _references(part: Any) -> Iterator[str]:
    match part:
        case dict():
            yield from [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            for each in part.values():
                yield from _references(each)
        case list():
            for each in part:
                yield from _references(each)


def test_no_schema_is_there_for_nothing() -> None:
    used = {ref.rpartition("/")[2] for ref in _references(DOCUMENT)}
    assert DOCUMENT["components"]["schemas"].keys() <= used
