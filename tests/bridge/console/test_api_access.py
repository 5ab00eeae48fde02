"""Who may call what: every operation, by every role, about cases of their own and of others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.console.api import OPERATIONS
from bridge.console.api.operation import BASE, AnyOperation
from bridge.console.people import Role
from contracts.ids import LinkId
from tests.bridge.console.api_site import Programs, keep_some, programs
from tests.bridge.console.console_site import a_link

FOREIGN = LinkId("foreign")
BODIES = {
    "act": {"kind": "resume"},
    "releaseCase": {"reason": "klaar"},
    "planJob": {"kind": "resume"},
    "setJobState": {"state": "cancelled"},
    "planEdit": {"table": "results", "edit": "add"},
    "publishEdit": {"table": "results", "edit": "add", "base": "none", "reason": "rij erbij"},
    "setWrites": {"state": "paused", "reason": "onderhoud"},
    "decideLetter": {"fate": "drop", "reason": "oud"},
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Programs]:
    async with programs(tmp_path / "data") as found:
        await keep_some(found.site)
        foreign = replace(a_link(8), id=FOREIGN, agreement="VTH-VEILIGHEID")
        await found.site.keep(foreign)
        yield found


async def call(
    api: Programs, operation: AnyOperation, role: Role | None, **places: str
) -> tuple[int, object]:
    path = operation.path
    for name in ("link", "group", "job", "agency", "box", "letter"):
        path = path.replace(f"{{{name}}}", places.get(name, "none"))
    body = BODIES.get(operation.name)
    status, told, _ = await api.ask(operation.method, BASE + path, role, json=body)
    return status, told


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_a_role_may_do_what_the_table_says_and_nothing_else(
    api: Programs, operation: AnyOperation
) -> None:
    for role in Role:
        status, _ = await call(api, operation, role, link="link-1")
        if role in operation.roles:
            # Of the agreement that an employee works under, and of things that are not there.
            assert status in {200, 201, 404, 409}, role
        else:
            assert status == 403, role
    status, told = await call(api, operation, None, link="link-1")
    assert status == 401
    assert told["type"].endswith("/unauthorized")  # type: ignore[index]


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if "{link}" in each.path], ids=lambda each: each.name
)
async def test_a_case_of_others_looks_like_one_that_is_not_there(
    api: Programs, operation: AnyOperation
) -> None:
    """To an employee who does not work under its agreement; overseers see all."""
    for role in operation.roles - {Role.EMPLOYEE}:
        assert (await call(api, operation, role, link=FOREIGN))[0] != 404
    foreign = await call(api, operation, Role.EMPLOYEE, link=FOREIGN)
    assert foreign == await call(api, operation, Role.EMPLOYEE, link="not-there")
    assert foreign[0] == (404 if Role.EMPLOYEE in operation.roles else 403)


async def test_every_operation_is_a_route_of_the_console_with_its_roles(api: Programs) -> None:
    """There is one table of who may do what, for pages and programs."""
    for operation in OPERATIONS:
        route = operation.route()
        assert route.roles == operation.roles
        assert operation.roles, operation.name
        resources = {resource.canonical for resource in api.site.app.router.resources()}
        assert BASE + operation.path in resources
