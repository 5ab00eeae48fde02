"""Whatever is sent: no mistake of ours, and no answer that the document does not know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridge.console.api import written
from bridge.console.people import Role
from tests.bridge.console.api_site import TOKENS, keep_some, programs, waiting
from tests.bridge.console.console_site import a_link

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def fuzz(url: str, token: str, places: Mapping[str, str]) -> int:
    """
    Call every operation with what its schema allows; give how many there were.

    Each once about something that is not there, and once about what is at *places*.
    """
    schema = schemathesis.openapi.from_dict(json.loads(written()))
    count = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @EXAMPLES
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
            for known in ({}, places):
                parts = case.path_parameters or {}
                case.path_parameters = {name: known.get(name, parts[name]) for name in parts}
                answer = case.call(base_url=f"{url}/api/v1")
                case.validate_response(answer, checks=CHECKS)

        call()
        count += 1
    return count


@pytest.mark.parametrize("role", list(Role))
async def test_whatever_is_sent_is_answered_as_the_document_says(
    tmp_path: Path, role: Role
) -> None:
    async with programs(tmp_path / "data") as api:
        await keep_some(api.site)
        await api.site.keep(a_link(4, parked=waiting(), result="ingetrokken"))
        _, groups, _ = await api.ask("GET", "/api/v1/parked-groups")
        _, job, _ = await api.ask("POST", "/api/v1/jobs", json={"kind": "sweep", "state": "all"})
        places = {
            "agency": "odru",
            "link": "link-1",
            "group": groups["items"][0]["id"],
            "job": job["id"],
        }
        count = await asyncio.to_thread(fuzz, api.site.url, TOKENS[role], places)
    assert count == len([each for path in json.loads(written())["paths"].values() for each in path])
