"""Tables by the API: gaps, what an edit would come to, and versions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.console.api.operation import BASE
from bridge.console.people import Role
from bridge.store import RulesVersion
from tests.bridge.console.api_site import Programs, programs
from tests.bridge.console.console_site import NOW

ODRU = f"{BASE}/crosswalks/odru"
EDIT = {"table": "results", "edit": "add", "local": "Positief", "shared": "verleend"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Programs]:
    async with programs(tmp_path / "data") as found:
        yield found


async def test_gaps_name_their_table(api: Programs) -> None:
    status, told, _ = await api.ask("GET", f"{ODRU}/gaps")
    assert status == 200
    counted = {"heldUp": 0, "used": 0}
    assert {"table": "results", "word": "verleend", "isLocal": False, **counted} in told["items"]
    assert (await api.ask("GET", f"{BASE}/crosswalks/nooit/gaps"))[0] == 404


async def test_an_edit_is_planned_and_published_only_on_its_version(api: Programs) -> None:
    """And by administrators alone."""
    status, plan, _ = await api.ask("POST", f"{ODRU}/plans", json=EDIT)
    assert (status, plan["faults"], plan["changed"]) == (200, [], 0)
    assert "+  - {local: Positief, shared: verleend, preferred_get: false}" in plan["diff"]
    wrong = {**EDIT, "local": "Positieff"}
    _, faulty, _ = await api.ask("POST", f"{ODRU}/plans", json=wrong)
    assert "did you mean 'Positief'" in faulty["faults"][0]
    assert (await api.ask("POST", f"{ODRU}/plans", json={**EDIT, "table": "x"}))[0] == 409
    stale = {**EDIT, "base": "000", "reason": "rij erbij"}
    status, told, _ = await api.ask("POST", f"{ODRU}/publications", Role.ADMINISTRATOR, json=stale)
    assert (status, "changed meanwhile" in told["detail"]) == (409, True)
    assert (await api.ask("POST", f"{ODRU}/publications", json=stale))[0] == 403


async def test_versions_tell_what_changed_with_each(api: Programs) -> None:
    for number, text in enumerate(("a: 1\n", "a: 2\n")):
        files = {"crosswalk-odru.yaml": text}
        new = RulesVersion(f"v{number}", NOW, "els" if number else "", "daarom", files)
        assert await api.site.store.record_rules(new)
    _, told, _ = await api.ask("GET", f"{BASE}/rules-versions?name=odru")
    assert [each["version"] for each in told["items"]] == ["v1", "v0"]
    assert told["items"][0]["by"] == "els"
    assert "-a: 1\n+a: 2" in told["items"][0]["diff"]
