"""Commands about the rules, on a copy of the demo's."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bridge.app import provision
from bridge.cli.main import app
from bridge.engine.draft import WAYS
from bridge.engine.link import Link, Side
from bridge.engine.parked import Gap, Parked, Reason
from bridge.opening import opened_store
from bridge.rules.publish import NotWritable
from bridge.settings import Settings, load_settings
from bridge.store import Work
from contracts.ids import AgencyId, CaseRef, LinkId

DATA = Path(__file__).resolve().parents[3] / "bridge" / "demo" / "data"
NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
ODRU, RUD = AgencyId("odru"), AgencyId("rud-utrecht")
FILE = "crosswalk-odru.yaml"
MISSING = "overtreding-hersteld"
WHY = ("--reason", "hersteld telt bij ons als in orde", "--by", "els")


class Desk:
    """A store with a case that waits for a row, and rules of its own."""

    def __init__(self, folder: Path) -> None:
        self.rules = folder / "rules"
        self.rules.mkdir()
        for file in DATA.glob("*.yaml"):
            shutil.copy(file, self.rules)
        agreements = self.rules / "agreements.yaml"
        in_force = agreements.read_text().replace("to: '2025-12-31'", "to: '2125-12-31'")
        agreements.write_text(in_force)
        self.config = folder / "casebridge.yaml"
        self.config.write_text(
            f"environment: test\nrules: {self.rules}\ndata: {folder / 'data'}\nagencies:\n"
            "  odru: {adapter: memory, settings: {system: rules-odru}}\n"
            "  rud-utrecht: {adapter: memory, settings: {system: rules-rud}}\n"
        )
        self.settings: Settings = load_settings(self.config)
        asyncio.run(provision(self.settings))
        asyncio.run(self._keep(a_link()))

    def run(self, *args: str) -> Result:
        return CliRunner().invoke(app, [*args, "--config", str(self.config)])

    def json(self, *args: str) -> Any:
        return json.loads(self.run(*args, "--json").stdout)

    async def _keep(self, link: Link) -> None:
        async with opened_store(self.settings) as store:
            assert await store.commit([Work(NOW, link)]) == (True,)


def a_link() -> Link:
    """Its result has no word at ODRU."""
    truth: dict[str, Any] = {"case_type": "toezicht.bodem", "result": MISSING}
    sides = {
        RUD: Side(RUD, CaseRef("r"), base={"number": "R-7"}, stands={**truth}, checked_at=NOW),
        ODRU: Side(
            ODRU,
            CaseRef("o"),
            base={"number": "Z/24/1", "case_type": "CTL-BOD"},
            stands={"case_type": "toezicht.bodem"},
            checked_at=NOW,
        ),
    }
    gap = Gap(f"{FILE}: results", MISSING)
    reason = Reason.NO_COUNTERPART
    sides[ODRU].parked["result"] = Parked(reason, "geen rij", NOW, WAYS[reason], MISSING, gap)
    return Link(LinkId("link-1"), "DVO-BODEM-2024", "R1", RUD, NOW, truth=truth, sides=sides)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_gaps_are_listed_those_first_that_hold_up_most(desk: Desk) -> None:
    found = desk.run("crosswalks", "coverage", "odru")
    assert found.exit_code == 1
    first, *rest = desk.json("crosswalks", "coverage", "odru")
    counted = {"held_up": 1, "used": 1}
    assert first == {"table": "results", "word": MISSING, "is_local": False, **counted}
    assert {"verleend", "geweigerd"} <= {each["word"] for each in rest}
    assert desk.run("crosswalks", "coverage", "nooit").exit_code == 4
    assert desk.run("crosswalks", "coverage", "vru").exit_code == 0


def test_a_case_is_tried_and_nothing_is_written(desk: Desk) -> None:
    found = {each["path"]: each for each in desk.json("crosswalks", "try", "odru", "R-7")}
    assert found["result"]["how"] == "park"
    assert found["case_type"]["local"] == "CTL-BOD"
    assert MISSING in desk.run("crosswalks", "try", "odru", "R-7").stdout
    assert desk.run("crosswalks", "try", "vru", "R-7").exit_code == 4


def test_a_plan_tells_which_cases_a_row_would_change_and_changes_nothing(desk: Desk) -> None:
    before = (desk.rules / FILE).read_text()
    args = ("crosswalks", "plan", "odru", "results", "In orde", MISSING)
    result = desk.run(*args)
    assert result.exit_code == 0, result.stderr
    assert "+  - {local: In orde, shared: overtreding-hersteld, preferred_get: false}" in (
        result.stdout
    )
    assert "R-7 odru result: - → In orde" in result.stdout
    plan = desk.json(*args)
    assert (plan["changed"], plan["looked_at"], plan["faults"]) == (1, 1, [])
    assert (desk.rules / FILE).read_text() == before


def test_an_edit_with_faults_says_all_of_them_and_is_not_published(desk: Desk) -> None:
    args = ("odru", "results", "In ordee", MISSING)
    plan = desk.run("crosswalks", "plan", *args)
    assert plan.exit_code == 1
    assert "did you mean 'In orde'?" in plan.stdout
    assert desk.run("crosswalks", "apply", *args, *WHY).exit_code == 4
    assert "In ordee" not in (desk.rules / FILE).read_text()


def test_a_row_is_published_with_who_and_why_and_taken_back(desk: Desk) -> None:
    former = (desk.rules / FILE).read_text()
    args = ("odru", "results", "In orde", MISSING)
    stale = desk.run("crosswalks", "apply", *args, *WHY, "--base", "000")
    assert stale.exit_code == 4
    assert "changed meanwhile" in stale.stderr
    done = desk.run("crosswalks", "apply", *args, *WHY)
    assert done.exit_code == 0, done.stderr
    now = (desk.rules / FILE).read_text()
    assert f"shared: {MISSING}" in now
    assert "# Awb 2:3 vraagt" in now
    history = desk.json("crosswalks", "diff", "odru")
    assert [each["version"]["by"] for each in history] == ["els", ""]
    assert f"+  - {{local: In orde, shared: {MISSING}" in history[0]["diff"]
    assert desk.run("crosswalks", "apply", *args, *WHY).exit_code == 4
    back = ("odru", "results", "--back-to", str(history[1]["version"]["number"]))
    assert desk.run("crosswalks", "apply", *back, *WHY).exit_code == 0
    assert (desk.rules / FILE).read_text() == former
    assert len(desk.json("crosswalks", "diff")) == 3
    assert history[0]["version"]["version"] in desk.run("crosswalks", "diff", "odru").stdout


def test_a_rule_says_what_is_done_instead(desk: Desk) -> None:
    args = ("odru", "results", MISSING, "--rule", "default", "--value", "In orde")
    assert desk.run("crosswalks", "apply", *args, *WHY).exit_code == 0
    tried = {each["path"]: each for each in desk.json("crosswalks", "try", "odru", "R-7")}
    assert (tried["result"]["how"], tried["result"]["local"]) == ("default", "In orde")


def test_where_the_folder_is_not_writable_the_text_is_offered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        msg = f"{folder} is not writable"
        raise NotWritable(msg)

    monkeypatch.setattr("bridge.desk.rules.see_writable", refuse)
    args = ("odru", "results", "In orde", MISSING)
    result = desk.run("crosswalks", "apply", *args, *WHY)
    assert result.exit_code == 4
    assert "not writable" in result.stderr
    assert f"shared: {MISSING}" in result.stdout
    assert MISSING not in (desk.rules / FILE).read_text().partition("uncovered:")[0]


def test_agreements_are_listed_and_shown(desk: Desk) -> None:
    assert "DVO-BODEM-2024" in desk.run("agreements", "list").stdout
    assert len(desk.json("agreements", "list")) > 2
    shown = json.loads(desk.run("agreements", "show", "DVO-BODEM-2024").stdout)
    assert shown["parties"] == ["rud-utrecht", "odru"]
    assert desk.run("agreements", "show", "nooit").exit_code == 2
