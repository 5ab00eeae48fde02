"""Edits of a crosswalk: what is meant is changed, and all else stays as people wrote it."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.rules.edit import AddRow, Edit, NotEditable, PutBack, RemoveRow, SetRule
from bridge.rules.editing import edited
from bridge.rules.publish import ChangedMeanwhile, NotWritable, put_in_place, see_writable
from contracts.crosswalk import Rule

DATA = Path(__file__).resolve().parents[3] / "bridge" / "demo" / "data"
ODRU = (DATA / "crosswalk-odru.yaml").read_text()

SMALL = """\
# Afgesproken op 3 maart; bel Els voor je iets wijzigt
version: 1
results:
  rows:
  - {local: Positief, shared: akkoord}   # het gewone geval
  - {local: Negatief, shared: "niet-akkoord"}
  uncovered:
    ingetrokken: {rule: default, value: Negatief, why: een lange zin die over meer dan een
        regel loopt en zo moet blijven}
participants:
  '999': GM1
"""


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:2] not in ("--", "++", "@@")]


def test_a_row_is_added_and_nothing_else_is_touched() -> None:
    """Comments, quotes and wrapped lines are where they were."""
    after = edited(SMALL, [AddRow("results", "Hersteld", "hersteld")])
    assert changes(SMALL, after) == ["+  - {local: Hersteld, shared: hersteld}"]


def test_a_row_takes_the_place_of_the_rule_for_what_had_none() -> None:
    after = edited(SMALL, [AddRow("results", "Weg", "ingetrokken")])
    found = yaml.safe_load(after)["results"]
    assert found["rows"][-1] == {"local": "Weg", "shared": "ingetrokken"}
    assert "uncovered" not in found


def test_what_a_word_means_already_stays_what_it_is_read_and_written_as() -> None:
    """A second shared word for a local one is only written, a second local one only read."""
    edits = [AddRow("results", "Positief", "prima"), AddRow("results", "Goed", "akkoord")]
    rows = yaml.safe_load(edited(SMALL, edits))["results"]["rows"]
    assert rows[-2:] == [
        {"local": "Positief", "shared": "prima", "preferred_get": False},
        {"local": "Goed", "shared": "akkoord", "preferred": False},
    ]


def test_a_row_is_removed_and_a_rule_is_set() -> None:
    edits: list[Edit] = [
        RemoveRow("results", "Negatief", "niet-akkoord"),
        SetRule("results", "niet-akkoord", Rule.KEEP, why="hoeft niet"),
    ]
    after = yaml.safe_load(edited(SMALL, edits))["results"]
    assert [row["local"] for row in after["rows"]] == ["Positief"]
    assert after["uncovered"]["niet-akkoord"] == {"rule": "keep", "why": "hoeft niet"}
    assert after["uncovered"].keys() == {"ingetrokken", "niet-akkoord"}


def test_participants_are_a_table_of_names() -> None:
    after = edited(SMALL, [AddRow("participants", "888", "GM2")])
    assert yaml.safe_load(after)["participants"] == {"999": "GM1", "888": "GM2"}
    assert edited(after, [RemoveRow("participants", "888", "GM2")]) == SMALL


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (AddRow("results", "Positief", "akkoord"), "stands for 'akkoord' already"),
        (AddRow("resultaten", "a", "b"), "no table 'resultaten'"),
        (AddRow("properties.lood", "a", "b"), "no rule for property 'lood'"),
        (RemoveRow("results", "Positief", "anders"), "no row 'Positief'"),
        (RemoveRow("participants", "777", "GM1"), "no row '777'"),
        (PutBack("results.x", SMALL), "no table 'results.x'"),
        (PutBack("version", SMALL), "no table 'version'"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: Edit, why: str) -> None:
    with pytest.raises(NotEditable, match=why):
        edited(SMALL, [edit])


def test_a_table_is_put_back_as_it_was() -> None:
    after = edited(SMALL, [AddRow("results", "Hersteld", "hersteld")])
    back = edited(after, [PutBack("results", SMALL)])
    assert yaml.safe_load(back) == yaml.safe_load(SMALL)
    assert back.startswith("# Afgesproken")


@settings(max_examples=30, deadline=None)
@given(
    local=st.text("abcé: {}#'\"[]&*!|>%@`-", min_size=1, max_size=12),
    table=st.sampled_from(["results", "document_types", "roles"]),
)
def test_any_word_comes_back_as_it_was_typed(local: str, table: str) -> None:
    """And the real file keeps every line that it had."""
    after = edited(ODRU, [AddRow(table, local, "nooit-gehoord")])
    rows = yaml.safe_load(after)[table]["rows"]
    assert rows[-1] == {"local": local, "shared": "nooit-gehoord"}
    assert [line for line in changes(ODRU, after) if line.startswith("-")] == []


def test_a_file_is_replaced_whole_unless_somebody_was_first(tmp_path: Path) -> None:
    file = tmp_path / "crosswalk-odru.yaml"
    file.write_text("een")
    put_in_place(tmp_path, file.name, "twee", expected="een")
    assert file.read_text() == "twee"
    with pytest.raises(ChangedMeanwhile):
        put_in_place(tmp_path, file.name, "drie", expected="een")
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_folder_that_cannot_be_written_to_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the former file stands."""
    file = tmp_path / "crosswalk-odru.yaml"
    file.write_text("een")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotWritable, match="No space left"):
        put_in_place(tmp_path, file.name, "twee", expected="een")
    assert file.read_text() == "een"
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(NotWritable, match="not writable"):
        see_writable(tmp_path)
