"""The command: what it says, to whom, and with which exit code."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bridge.app import provision
from bridge.cli.main import app
from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Origin, Side
from bridge.engine.parked import Gap, Parked, Reason, Way
from bridge.jobs.runner import JobRunner
from bridge.opening import opened_store
from bridge.rules import RulesFolder, load
from bridge.settings import Settings, load_settings
from bridge.store import Direction, Presence, RulesVersion, Store, Transfer, Work
from contracts.envelope import source_of
from contracts.ids import AgencyId, CaseRef, LinkId

RULES = Path(__file__).resolve().parents[3] / "bridge" / "demo" / "data"
NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
ODRU, RUD = AgencyId("odru"), AgencyId("rud-utrecht")
HOSTILE = "\x1b[31m[red]rood[/] [/]\u202eom\u009b2J\\[b"
MONSTER = LinkId("link-1")


class Desk:
    """A provisioned store, and the command that looks into it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "casebridge.yaml"
        self.config.write_text(
            f"environment: test\nrules: {RULES}\ndata: {folder / 'data'}\nagencies:\n"
            "  odru: {adapter: memory, settings: {system: cli-odru}}\n"
            "  rud-utrecht: {adapter: memory, settings: {system: cli-rud}}\n"
        )
        self.settings: Settings = load_settings(self.config)
        asyncio.run(provision(self.settings))

    def run(self, *args: str) -> Result:
        return CliRunner().invoke(app, [*args, "--config", str(self.config)])

    def json(self, *args: str) -> Any:
        return json.loads(self.run(*args, "--json").stdout)

    def attend(self, runs: str) -> None:
        at = datetime.now(UTC)
        presence = Presence(f"vm-1-{runs}", runs, at + timedelta(minutes=5))
        self.in_store(lambda store: store.attend(presence, at))

    def in_store(self, job: Callable[[Store], Coroutine[Any, Any, Any]]) -> Any:
        async def run() -> Any:
            async with opened_store(self.settings) as store:
                return await job(store)

        return asyncio.run(run())

    def keep(self, link: Link, *rows: Row) -> None:
        is_equal = not link.is_parked
        work = Work(NOW, link, journal=rows, is_equal=is_equal)
        assert self.in_store(lambda store: store.commit([work])) == (True,)

    def link(self) -> Link:
        found = self.in_store(lambda store: store.links([MONSTER]))
        link: Link = found[MONSTER].link
        return link


def a_link(parked: dict[str, Parked] | None = None, title: str = "Schuur") -> Link:
    truth: dict[str, Any] = {"title": title, "case_type": "bodem.advies", "status": "ontvangen"}
    sides = {
        ODRU: Side(ODRU, CaseRef("ref-o"), base={"number": "Z/24/1", "title": title}, stands=truth),
        RUD: Side(RUD, CaseRef("ref-r"), base={"number": "R-7", "title": title}, stands={**truth}),
    }
    sides[RUD].parked = parked or {}
    origins = {"title": Origin(ODRU, NOW, f"els {HOSTILE}")}
    return Link(
        MONSTER, "DVO-BODEM-2024", "R1", ODRU, NOW, truth=truth, origins=origins, sides=sides
    )


def parked(path: str = "title", reason: Reason = Reason.REFUSED, *ways: Way) -> dict[str, Parked]:
    return {path: Parked(reason, f"mag niet {HOSTILE}", NOW, ways or (Way.RESUME, Way.SKIP))}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# Looking


def test_status_is_done_with_0_and_finds_something_with_1(desk: Desk) -> None:
    assert desk.run("status").exit_code == 0
    desk.keep(a_link(parked()))
    result = desk.run("status")
    assert result.exit_code == 1
    assert "0.0 % of 1 linked cases are equal" in result.stdout
    assert desk.json("status")["total"]["parked"] == 1


def test_status_says_that_no_hub_runs(desk: Desk) -> None:
    """All equal as it last was, and nothing crosses: the figures alone would look fine."""
    desk.keep(a_link())
    assert "no hub runs" in desk.run("status").stdout
    assert not desk.json("status")["has_hub"]
    desk.attend("console")
    assert "no hub runs" in desk.run("status").stdout
    desk.attend("hub, edge of odru")
    assert "no hub runs" not in desk.run("status").stdout
    assert desk.json("status")["has_hub"]


def test_parked_says_what_is_wrong_and_what_can_be_done(desk: Desk) -> None:
    assert desk.run("parked").exit_code == 0
    desk.keep(a_link(parked()))
    result = desk.run("parked")
    assert result.exit_code == 1
    assert "mag niet" in result.stdout
    assert "ways out: resume, skip" in result.stdout
    assert desk.json("parked")[0]["path"] == "title"


def test_what_is_parked_is_one_line_for_each_matter(desk: Desk) -> None:
    assert desk.run("parked", "--groups").exit_code == 0
    gap = Gap("crosswalk-rud-utrecht.yaml: results", "hersteld")
    why, ways = f"geen rij {HOSTILE}", (Way.RESUME, Way.CHOOSE, Way.SKIP)
    row = Parked(Reason.NO_COUNTERPART, why, NOW, ways, gap=gap)
    desk.keep(a_link({"result": row, "title": row}))
    result = desk.run("parked", "--groups")
    assert result.exit_code == 1
    assert result.stdout.count("1 cases") == 1
    assert "crosswalk-rud-utrecht.yaml: results: hersteld at rud-utrecht" in result.stdout
    assert "can be cured by: administrator; ways out: resume, choose, skip" in result.stdout
    assert "\x1b" not in result.stdout
    (group,) = desk.json("parked", "--groups")
    assert (group["healer"], group["counted"]["count"]) == ("administrator", 2)


def test_cases_are_listed_and_found_by_text(desk: Desk) -> None:
    desk.keep(a_link())
    assert "Z/24/1" in desk.run("cases").stdout
    assert "gelijk" in desk.run("cases", "schuur").stdout
    assert "Z/24/1" not in desk.run("cases", "iets anders").stdout
    assert desk.json("cases")[0]["link"] == MONSTER


@pytest.mark.parametrize("name", ["Z/24/1", "R-7", "ref-o", "link-1"])
def test_a_case_is_explained_by_any_of_its_names(desk: Desk, name: str) -> None:
    desk.keep(a_link(), Row(What.EDITED, NOW, MONSTER, ODRU, path="title", value="Schuur"))
    result = desk.run("explain", name)
    assert result.exit_code == 0, result.stderr
    assert "title = Schuur" in result.stdout


def test_a_document_that_takes_long_shows_how_far_it_is(desk: Desk) -> None:
    """In the list of cases, and where one of them is explained."""
    link = a_link()
    desk.keep(link)
    ref = link.sides[RUD].ref
    assert ref is not None
    size = 2_000_000_000
    transfer = Transfer(RUD, ref, "D-1", Direction.IN, size // 4, size, NOW, NOW)
    desk.in_store(lambda store: store.report_transfer(transfer))
    line = f"on its way to {RUD} {ref}: document D-1: 25%, 500.0 MB of 2000.0 MB since "
    assert line in desk.run("cases").stdout
    assert line in desk.run("explain", "link-1").stdout
    (found,) = desk.json("explain", "link-1")
    assert found["transfers"][0]["done_bytes"] == size // 4


def _how(desk: Desk, path: str, agency: str = RUD) -> str:
    (found,) = desk.json("explain", "link-1")
    (field,) = [each for each in found["fields"] if each["path"] == path]
    (side,) = [each for each in field["sides"] if each["agency"] == agency]
    how: str = side["how"]
    return how


def test_held_is_said_only_of_what_was_read_there(desk: Desk) -> None:
    link = a_link()
    link.truth["result"] = link.sides[RUD].stands["result"] = "akkoord"
    link.truth["explanation"] = "nieuw"
    link.truth["number"] = "Z/24/1"
    link.truth["properties/x"] = link.sides[RUD].stands["properties/x"] = {"key": "x", "value": 1}
    desk.keep(
        link,
        Row(What.WRITTEN, NOW, MONSTER, RUD, path="title"),
        Row(What.NOT_CROSSING, NOW, MONSTER, RUD, path="result", why="hoort bij een andere zaak"),
        Row(What.UNSUPPORTED, NOW, MONSTER, RUD, path="properties/x"),
    )
    assert _how(desk, "title") == "held"
    assert _how(desk, "explanation") == "on its way"
    assert _how(desk, "result") == "not crossing: hoort bij een andere zaak"
    assert "cannot hold it" in _how(desk, "properties/x")
    assert _how(desk, "number") == "own: it does not cross"


def test_nothing_is_held_by_a_counterpart_that_is_not_there(desk: Desk) -> None:
    link = a_link()
    link.sides[RUD].ref = None
    desk.keep(link)
    assert _how(desk, "title") == "on its way"


@pytest.mark.parametrize("verb", [["cases"], ["explain", "link-1"], ["parked"]])
def test_what_a_case_says_is_inert_in_the_terminal(desk: Desk, verb: list[str]) -> None:
    """No colours of theirs, no markup, no turned direction; and it is all there to read."""
    desk.keep(
        a_link(parked(), title=HOSTILE),
        Row(What.EDITED, NOW, MONSTER, ODRU, path="title", value=HOSTILE, by=HOSTILE, why=HOSTILE),
    )
    for args in (verb, [*verb, "--json"]):
        result = desk.run(*args)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        for character in ("\x1b", "\u202e", "\u009b"):
            assert character not in result.stdout
    assert "[red]rood[/] [/]" in desk.run(*verb).stdout
    assert "\\[b" in desk.run(*verb).stdout


# Acting on many


def _settled(desk: Desk) -> dict[str, Any]:
    """Let the hub take its turns; give the one job that there is."""

    async def work(store: Store) -> None:
        rules = load(RULES)
        runner = JobRunner(
            store=store,
            rules=lambda: rules,
            source=source_of("0" * 20, "casebridge"),
            now=lambda: datetime.now(UTC),
            holder="test",
            rate=10,
        )
        while await runner.turn():
            pass

    desk.in_store(work)
    (job,) = desk.json("jobs", "list")
    found: dict[str, Any] = job
    return found


def test_a_group_is_planned_applied_and_reported(desk: Desk) -> None:
    desk.keep(a_link(parked()))
    (group,) = desk.json("parked", "--groups")
    id_ = group["counted"]["matter"]["id"]
    plan = desk.run("plan", "skip", "--group", id_, "--reason", "zo laten")
    assert plan.exit_code == 0, plan.stderr
    assert "skip for 1 cases: 1 nothing to do" in plan.stdout
    (job,) = desk.json("jobs", "list")
    assert desk.link().is_parked
    number = job["job"]["id"]
    assert desk.run("jobs", "start", number, "--by", "els").exit_code == 0
    assert desk.run("jobs", "pause", number).exit_code == 0
    assert _settled(desk)["counts"]["became"] == {}
    assert desk.run("jobs", "resume", number).exit_code == 0
    assert _settled(desk)["counts"]["became"] == {"done": 1}
    assert not desk.link().is_parked
    shown = desk.run("jobs", "show", number)
    assert "became: 1 done; 0 left" in shown.stdout
    assert "running by els" in shown.stdout
    assert desk.run("jobs", "cancel", number, "--reason", "te laat").exit_code == 4


@pytest.mark.parametrize("verb", [["resume"], ["skip"], ["choose", "--value", "Stal"]])
def test_all_that_wait_for_one_cause_are_set_going_by_the_verb_itself(
    desk: Desk, verb: list[str]
) -> None:
    """The same job as on the page: shown first, then started; nothing unasked."""
    desk.keep(a_link(parked()))
    (group,) = desk.json("parked", "--groups")
    id_ = group["counted"]["matter"]["id"]
    args = [*verb, "--group", id_, "--reason", "zo laten"]
    assert desk.run(*args).exit_code == 2, "nobody is there to ask"
    assert desk.run(*verb, "link-1", "--group", id_, "--reason", "x").exit_code == 2
    assert desk.run(*verb, "--reason", "x").exit_code == 2
    found = desk.run(*args, "--yes")
    assert f"{verb[0]} for 1 cases" in found.stdout, found.stderr
    states = {each["job"]["state"] for each in desk.json("jobs", "list")}
    assert "running" in states


def test_what_would_be_refused_is_found_and_nothing_is_applied_unasked(desk: Desk) -> None:
    desk.keep(a_link())
    args = ["plan", "resume", "link-1", "--reason", "zomaar"]
    assert desk.run(*args).exit_code == 1
    refused = desk.run(*args, "--apply")
    assert refused.exit_code == 2
    assert "give --yes" in refused.stderr
    states = [each["job"]["state"] for each in desk.json("jobs", "list")]
    assert states == ["planned", "planned"]
    assert desk.run(*args, "--apply", "--yes").exit_code == 1
    assert desk.json("jobs", "list")[0]["job"]["state"] == "running"
    assert desk.run("plan", "choose", "--reason", "x").exit_code == 4
    assert desk.run("jobs", "show", "nooit").exit_code == 4


# Acting


def test_resume_takes_a_case_out_of_waiting_and_leaves_word(desk: Desk) -> None:
    desk.keep(a_link(parked()))
    result = desk.run("resume", "Z/24/1", "--reason", "tabel aangevuld", "--by", "els")
    assert result.exit_code == 0, result.stderr
    assert not desk.link().is_parked
    again = desk.run("resume", "Z/24/1", "--reason", "nog eens")
    assert again.exit_code == 4
    assert "nothing of this case waits" in again.stderr
    journal = desk.in_store(lambda store: store.journal_of(MONSTER))
    (row,) = [each for each in journal if each.what is What.UNPARKED]
    assert (row.by, row.why) == ("els", "tabel aangevuld")


def test_choose_lets_a_value_hold(desk: Desk) -> None:
    desk.keep(a_link(parked("title", Reason.CONFLICT, Way.CHOOSE)))
    assert desk.run("choose", "R-7", "status", "x", "--reason", "r").exit_code == 4
    result = desk.run("choose", "R-7", "title", "Deze", "--reason", "overlegd", "--by", "els")
    assert result.exit_code == 0, result.stderr
    assert desk.link().truth["title"] == "Deze"


def test_skip_leaves_both_as_they_are(desk: Desk) -> None:
    desk.keep(a_link(parked()))
    assert desk.run("skip", "R-7", "title", "odru", "--reason", "r").exit_code == 4
    assert desk.run("skip", "R-7", "title", "rud-utrecht", "--reason", "r").exit_code == 0
    assert "left as it was" in _how(desk, "title")


def test_unlink_lets_go_once(desk: Desk) -> None:
    desk.keep(a_link())
    assert desk.run("unlink", "R-7", "--reason", "vergissing").exit_code == 0
    assert desk.link().released == "vergissing"
    assert desk.run("unlink", "R-7", "--reason", "weer").exit_code == 4


def test_share_and_sweep_leave_hints_for_the_edges(desk: Desk) -> None:
    desk.keep(a_link())
    result = desk.run("sweep")
    assert result.exit_code == 0, result.stderr
    assert "2 cases" in result.stdout
    result = desk.run("share", "odru", "ref-x", "rud-utrecht", "--reason", "spoed")
    assert result.exit_code == 0, result.stderr
    assert desk.run("share", "odru", "ref-x", "elders", "--reason", "r").exit_code == 4
    assert desk.run("sweep", "elders").exit_code == 2
    rows = desk.in_store(lambda store: store.unsent(10))
    assert sorted(row.routing_key for row in rows) == [
        "hint.odru", "hint.odru", "hint.rud-utrecht",
    ]  # fmt: skip


def test_without_a_terminal_nothing_is_asked(desk: Desk) -> None:
    desk.keep(a_link(parked()))
    result = desk.run("resume", "R-7")
    assert result.exit_code == 2
    assert "--reason" in result.stderr


# What goes wrong


def test_a_case_that_nobody_knows_is_refused_with_the_way_out(desk: Desk) -> None:
    result = desk.run("explain", "weg")
    assert result.exit_code == 4
    assert "casebridge cases" in result.stderr


@pytest.mark.parametrize("verb", [["status"], ["sweep"], ["health"], ["check"], ["run"]])
def test_a_wrong_path_to_the_settings_is_said_with_the_way_out(
    tmp_path: Path, verb: list[str]
) -> None:
    result = CliRunner().invoke(app, [*verb, "--config", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr
    assert "--config" in result.stderr


def test_a_line_is_whole_where_no_terminal_reads_it(desk: Desk, tmp_path: Path) -> None:
    """Into `grep` or a log: one line, with its number in one piece, and nothing to fill it up."""
    number = "ZAAK-2026-" + "0" * 40
    link = a_link(parked())
    desk.keep(replace(link, id=LinkId(number)))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-m", "bridge.cli.main"]

    def said(*args: str) -> list[str]:
        done = subprocess.run(
            [*command, *args, "--config", str(desk.config)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return (done.stdout + done.stderr).splitlines()

    assert any(number in line and "ways out" in line for line in said("parked"))
    lines = said("check")
    assert lines
    assert all(line == line.rstrip() for line in lines)
    wrong = tmp_path / ("folder-" * 20) / "none.yaml"
    desk.config = wrong
    assert len(said("run")) == 1


def test_rules_that_are_no_yaml_are_said_with_file_and_line(desk: Desk, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "vocabulary.yaml").write_text("a: [b\nc: d\n")
    desk.config.write_text(f"rules: {rules}\ndata: {tmp_path / 'data'}\nenvironment: test\n")
    result = desk.run("status")
    assert result.exit_code == 2
    assert "vocabulary.yaml" in result.stderr
    assert "Traceback" not in result.stderr


def test_who_looks_is_shown_the_cases_while_the_rules_files_are_refused(
    desk: Desk, tmp_path: Path
) -> None:
    """An administrator's slip must not blind the operator: what held before still holds."""
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    held = RulesVersion("1", NOW, "", "", RulesFolder(folder).texts())
    desk.in_store(lambda store: store.record_rules(held))
    (folder / "vocabulary.yaml").write_text("a: [b\nc: d\n")
    desk.config.write_text(desk.config.read_text().replace(str(RULES), str(folder)))
    desk.keep(a_link(parked()))
    result = desk.run("parked")
    assert result.exit_code == 1
    assert "R-7" in result.stdout
    assert "are not in force" in result.stderr
    assert "vocabulary.yaml: line" in result.stderr


def test_a_store_of_another_environment_is_refused(desk: Desk) -> None:
    desk.run("status")
    text = desk.config.read_text().replace("environment: test", "environment: elders")
    desk.config.write_text(text)
    result = desk.run("status")
    assert result.exit_code == 4
    assert "elders" in result.stderr


def test_a_broker_that_nobody_answers_for_is_told_by_check(
    desk: Desk, unused_tcp_port: int
) -> None:
    secret = "canary"
    broker = f"amqp://u:{secret}@127.0.0.1:{unused_tcp_port}/"
    desk.config.write_text(f"{desk.config.read_text()}broker: {broker}\n")
    result = desk.run("check")
    assert result.exit_code == 3
    assert f"127.0.0.1:{unused_tcp_port}" in result.stdout
    assert secret not in result.output


def test_check_finds_nothing_where_all_is_well_and_names_what_is_not(desk: Desk) -> None:
    result = desk.run("check")
    assert result.exit_code == 0, result.output
    text = desk.config.read_text().replace(
        "adapter: memory, settings: {system: cli-rud}", "adapter: fax"
    )
    desk.config.write_text(text)
    result = desk.run("check")
    assert result.exit_code == 3
    assert "no adapter of kind 'fax'" in result.stdout


def test_check_names_the_secret_file_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    settings = (
        "base_url: 'https://zaak.example', client_id: bridge, own_organisation: '999997014', "
        f"secret_file: {tmp_path / 'none'}"
    )
    text = desk.config.read_text().replace(
        "adapter: memory, settings: {system: cli-rud}", f"adapter: zgw, settings: {{{settings}}}"
    )
    desk.config.write_text(text)
    result = desk.run("check")
    assert result.exit_code == 3
    assert "No such file or directory; check the path" in " ".join(result.stdout.split())
    assert "Traceback" not in result.output


_ONLY = (
    ", ".join(
        f"{what}: [case_type, title, status, participant]" for what in ("readable", "writable")
    )
    + ", creatable: []"
)


def test_check_tells_what_a_system_leaves_out_of_an_agreement(desk: Desk) -> None:
    """No fault: whoever looks after the agreement knows beforehand what stays where it is."""
    text = desk.config.read_text().replace("{system: cli-rud}", f"{{system: cli-rud, {_ONLY}}}")
    desk.config.write_text(text)
    result = desk.run("check", "--json")
    assert result.exit_code == 0, result.output
    left_out = json.loads(result.stdout)["left_out"]["rud-utrecht (memory)"]
    assert left_out, "an agreement is in force"
    assert all("documents" in each["hides"] for each in left_out)
    assert not any("title" in each["hides"] for each in left_out)
    shown = desk.run("check").stdout
    assert "has no place for" in shown


def test_check_tells_of_a_system_whose_people_cannot_be_told_what_stays(desk: Desk) -> None:
    """It shows documents and takes no notes."""
    without = _ONLY.replace("[case_type,", "[documents, case_type,")
    text = desk.config.read_text().replace("{system: cli-rud}", f"{{system: cli-rud, {without}}}")
    desk.config.write_text(text)
    assert "takes no notes" in desk.run("check").stdout


def test_what_stays_behind_is_told_with_the_case(desk: Desk) -> None:
    """Number and type, as its owner calls it; no title."""
    link = a_link()
    link.sides[RUD].stays = {"INT": 2}
    desk.keep(link)
    assert f"stays behind at {RUD}: " in desk.run("explain", "link-1").stdout
    (found,) = desk.json("explain", "link-1")
    assert found["stays"][RUD].endswith("(2)")


def test_check_tells_each_fault_of_the_rules_on_a_line_of_its_own(
    desk: Desk, tmp_path: Path
) -> None:
    empty = tmp_path / "no-rules"
    empty.mkdir()
    text = re.sub(r"rules: .*", f"rules: {empty}", desk.config.read_text())
    desk.config.write_text(text)
    told = [line.strip() for line in desk.run("check").stdout.splitlines()]
    assert "3 faults:" in told
    assert "- parties.yaml: not found; add the file" in told


def test_roles_of_their_own_need_a_real_broker(desk: Desk) -> None:
    result = desk.run("run", "--role", "hub")
    assert result.exit_code == 2
    assert "RabbitMQ" in result.stderr
    assert desk.run("run", "--role", "edge").exit_code == 2


def test_health_is_3_where_nothing_runs(desk: Desk, unused_tcp_port: int) -> None:
    text = f"{desk.config.read_text()}edge: {{listen_port: {unused_tcp_port}}}\n"
    desk.config.write_text(text)
    assert desk.run("health").exit_code == 3
