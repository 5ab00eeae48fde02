"""The histories are read strictly, and all of them can be played."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.demo.deeds import KINDS
from bridge.demo.histories import read_world
from bridge.demo.pairing import KEPT_ALIKE, Pairing
from bridge.demo.run import DATA


def test_every_kind_of_event_can_be_played() -> None:
    world = read_world(DATA)
    told = {
        event.kind
        for history in world.histories
        for event in history.events
        if event.agency in (*KEPT_ALIKE, "bridge")
    }
    assert told <= KINDS


def test_some_can_be_chosen_in_any_case() -> None:
    assert [history.id for history in read_world(DATA, ["c07", "C01"]).histories] == ["C01", "C07"]


def test_a_history_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="C99"):
        read_world(DATA, ["C99"])


def test_a_slip_of_the_pen_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    file = next((tmp_path / "data" / "cases").glob("c01*"))
    file.write_text(file.read_text().replace("participant:", "particpant:"))
    with pytest.raises(ValueError, match="particpant"):
        read_world(tmp_path / "data")


def test_what_a_protocol_cannot_carry_is_expected_where_it_is_spoken_alone() -> None:
    """C28: nobody outside is told in StUF who changed a property; C30: versions of documents."""
    told = {}
    for pairing in Pairing:
        held, versions = read_world(DATA, ["C28", "C30"], pairing).histories
        kept_back = [one.event for one in held.expected.outcomes if one.what == "held"]
        documents = versions.expected.sides["rud-utrecht"].documents
        told[pairing] = (kept_back, [one.version for one in documents])
    assert told == {
        Pairing.ZGW_STUF: ([], [2, 1, 1]),
        Pairing.STUF_ZGW: ([6], [2, 2, 1]),
        Pairing.STUF_STUF: ([], [2, 1, 1]),
        Pairing.ZGW_ZGW: ([6], [2, 2, 1]),
    }


def test_everything_that_a_history_names_is_known() -> None:
    world = read_world(DATA)
    for history in world.histories:
        assert history.participant in world.participants
        assert history.location in world.locations
        assert history.initiator is None or history.initiator in world.persons
