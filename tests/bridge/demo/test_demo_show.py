"""The show tells line by line where there is no terminal, and whether all held."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bridge.console.accounts import opens, read_accounts
from bridge.demo.agenda import agenda
from bridge.demo.closing import Books
from bridge.demo.expect import Verdict, Waits
from bridge.demo.histories import read_world
from bridge.demo.run import DATA
from bridge.demo.show import Show, underway_line
from bridge.demo.workplace import Workplace
from bridge.store import Direction, Transfer
from contracts.ids import AgencyId, CaseRef


def a_show(folder: Path) -> tuple[Show, io.StringIO]:
    world = read_world(DATA, ["C06"])
    out = io.StringIO()
    workplace = Workplace.open(folder / "demo", DATA, None, None)
    return Show(world, workplace, console=Console(file=out, width=60)), out


def test_each_event_is_a_line_with_who_did_it(tmp_path: Path) -> None:
    show, out = a_show(tmp_path)
    with show:
        show.plays(agenda(show.world.histories)[0])
    assert "13-05 08:00 C06 odru (odru-201) case.created" in out.getvalue().splitlines()


def test_the_end_says_what_waits_and_what_does_not_hold(tmp_path: Path) -> None:
    show, out = a_show(tmp_path)
    (history,) = show.world.histories
    waits = (Waits("odru", "result", "een mens kiest"),)
    show.report(
        [Verdict(history, {}, waits, ("odru: status is '1', verwacht '4'",))],
        Books(linked=1, equal=0, parked=1, writes={"odru": 7}, faults=("gelekt: een naam",)),
        {"C06": [0.2, 0.4]},
    )
    told = out.getvalue()
    assert "wacht bij odru op een mens (result): een mens kiest" in told
    assert "FOUT odru: status is '1', verwacht '4'" in told
    assert "FOUT gelekt: een naam" in told
    assert "Geschiedenissen gehouden: 0 van 1" in told
    assert "\x1b" not in told


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    workplace = Workplace.open(tmp_path / "demo", DATA, None, None)
    modes = {path.stat().st_mode & 0o777 for path in (workplace.folder / "secrets").iterdir()}
    assert modes == {0o600}


def test_who_may_sign_in_to_the_console_is_told_with_a_password_that_opens(tmp_path: Path) -> None:
    show, out = a_show(tmp_path)
    show.stays_open()
    known = {each.id: each for each in read_accounts(tmp_path / "demo/bridge/accounts.yaml")}
    told = re.findall(r"naam (\S+), wachtwoord (\S+)", out.getvalue())
    assert {name for name, _ in told} == known.keys()
    for name, password in told:
        assert opens(known[name].password or "", password)


def test_a_folder_opened_again_is_the_same_run(tmp_path: Path) -> None:
    first = Workplace.open(tmp_path / "demo", DATA, None, None)
    second = Workplace.open(tmp_path / "demo", DATA, None, None)
    assert (second.ports, second.began) == (first.ports, first.began)


def test_a_document_that_takes_long_shows_how_far_it_is() -> None:
    """Which way, how much of how much, and since when; without a size what is there."""
    at = datetime(2024, 6, 3, 12, 0, 5, tzinfo=UTC)
    size = 2_000_000_000
    agency, ref = AgencyId("odru"), CaseRef("Z-1")
    transfer = Transfer(agency, ref, "D-1", Direction.IN, size // 4, size, at, at)
    line = "document naar odru: 25% 500.0 van 2000.0 MB sinds 12:00:05"
    assert underway_line(transfer) == line
    unsized = replace(transfer, direction=Direction.OUT, size_bytes=None)
    assert underway_line(unsized) == "document uit odru: 500.0 MB sinds 12:00:05"
