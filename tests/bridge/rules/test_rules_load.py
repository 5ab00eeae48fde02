"""Loading the rules: every fault at once, each with its file, its place and the way out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs

from bridge.rules import Fault, RulesFolder, RulesInvalid, load
from bridge.rules.document import MAX_BYTES, MAX_DEPTH

DATA = Path(__file__).parents[3] / "bridge" / "demo" / "data"
SPOIL = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in DATA.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def faults(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(RulesInvalid) as caught:
        load(folder)
    return caught.value.faults


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    """Change the first *old* of a file into *new*."""
    text = (folder / name).read_text()
    assert old in text, f"{old!r} is not in {name}"
    (folder / name).write_text(text.replace(old, new, 1))


def test_the_demo_rules_are_without_faults() -> None:
    found = load(DATA)
    assert set(found.lenses) == {"rud-utrecht", "odru", "vru", "ggd"}
    assert len(found.participants) == 27
    assert len(found.agreements) == 4


def test_the_version_follows_what_the_files_say_and_not_how_they_look(folder: Path) -> None:
    before = load(folder).version
    text = (folder / "agreements.yaml").read_text()
    (folder / "agreements.yaml").write_text(f"# een opmerking\n{text}")
    (folder / "tariffs.yaml").unlink()
    assert load(folder).version == before
    spoil(folder, "agreements.yaml", "hours: 3900", "hours: 4000")
    assert load(folder).version != before


def test_a_table_of_places_is_part_of_the_version(folder: Path) -> None:
    before = load(folder).version
    spoil(folder, "locations.yaml", "NZ035590500", "NZ035590599")
    assert load(folder).version != before


CASES = [
    ("crosswalk-odru.yaml", "local: BOD-ADV,", "local: BOD-AVD,",
     "case_types.rows.0.local", "did you mean 'BOD-ADV'"),
    ("crosswalk-odru.yaml", "shared: toegewezen}", "shared: toegewzen}",
     "statuses.alg.rows.1.shared", "did you mean 'toegewezen'"),
    ("crosswalk-odru.yaml", "name: In uitvoering", "name: Bezig",
     "statuses.alg.rows.2.name", "use the name of the catalogue"),
    ("crosswalk-odru.yaml", "kind: identity", "kind: identiek",
     "properties.3", "choose one of the kinds"),
    ("crosswalk-odru.yaml", "fallback: correspondentie", "fallbak: correspondentie",
     "document_types.fallbak", "correct its spelling"),
    ("crosswalk-odru.yaml", "- {local: NT, shared: sterk-verontreinigd, preferred_get: false}",
     "- {local: NT, shared: sterk-verontreinigd}", "properties.1.rows", "preferred_get: false"),
    ("crosswalk-odru.yaml", "{local: '2', shared: true, preferred: false}",
     "{local: '2', shared: true}", "properties.8.rows", "preferred: false"),
    ("crosswalk-odru.yaml", "{local: 'NO', shared: NTA5755}", "{local: NO, shared: NTA5755}",
     "properties.2.rows.3.local", "between quotes"),
    ("crosswalk-odru.yaml", "{local: Geleverd, shared: informatie-verstrekt}",
     "{local: Niet leverbaar, shared: informatie-verstrekt}", "results.rows", "add a row for it"),
    ("crosswalk-odru.yaml", "value: Vervallen,", "value: Verlopen,",
     "results.uncovered.doorgezonden.value", "did you mean 'Vervallen'"),
    ("crosswalk-odru.yaml", "per overtreding, maximaal € {maximum}", "per overtreding",
     "properties.11.format", "{maximum}"),
    ("crosswalk-odru.yaml", "factor: '0.5714'", "factor: '0'",
     "properties.5.factor", "above zero"),
    ("crosswalk-odru.yaml", "{from: locations}", "{from: places}",
     "properties.7.table.from", "write 'locations'"),
    ("crosswalk-rud-utrecht.yaml", "detaches: [status, result]", "detaches: [stats, result]",
     "case_types.uncovered.advies.integraal.detaches", "did you mean 'status'"),
    ("crosswalk-rud-utrecht.yaml", "'999997063': PV26", "'999997063': PV99",
     "participants.999997063", "parties.yaml"),
    ("catalogue-odru.yaml", "process: ctl", "process: clt",
     "case_types.9.process", "did you mean 'ctl'"),
    ("crosswalk-odru.yaml", "- local: verzoeknr\n  shared: dso-verzoeknummer\n  kind: identity\n",
     "", "properties", "kind: discriminator where it does not cross"),
    ("crosswalk-odru.yaml", "note: 'Resultaat bij de andere\n        dienst: {value}.",
     "note: 'Naar {bestuursorgaan}.", "results.uncovered.doorgezonden.note", "{value} only"),
    ("vocabulary.yaml", "confidentiality: [openbaar, ", "confidentiality: [",
     "confidentiality", "write [openbaar"),
    ("parties.yaml", "rsin: '999997014'", "rsin: '999997015'",
     "agencies.1.oin", "correct one of them"),
    ("parties.yaml", "unit: vakgroep, function: coördinator", "unit: vakgrp, function: coördinator",
     "agencies.1.staff.0.unit", "did you mean 'vakgroep'"),
    ("agreements.yaml", "may_cross:", "maycross:", "agreements.1.maycross", "correct its spelling"),
    ("agreements.yaml", "title: home", "titel: home", "agreements.1", "correct the value"),
    ("agreements.yaml", "staff: rud-105, home: rud-utrecht", "staff: rud-105, home: odru",
     "agreements.0.secondments.0.home", "correct one of them"),
    ("agreements.yaml", "default_handler: rud-101", "default_handler: rud-110",
     "agreements.1.routing.0.default_handler", "did you mean"),
    ("agreements.yaml", "properties.kwaliteitsklasse: handler", "properties.klasse: handler",
     "agreements.1.field_ownership.properties.klasse", "add it to vocabulary.yaml"),
    ("agreements.yaml", "never_roles: [klager]", "never_roles: [initiator]",
     "agreements.1.may_cross.never_roles", "remove it from one"),
    ("agreements.yaml", "value: ingetrokken, wins: home", "value: ingetroken, wins: home",
     "agreements.1.precedence.0.value", "did you mean 'ingetrokken'"),
    ("agreements.yaml", "[bodem.*, advies.integraal]", "[bdoem.*, advies.integraal]",
     "agreements.1.routing.0.when.case_types", "correct it"),
    ("agreements.yaml", "to: '2025-12-31', signed", "to: '2023-12-31', signed",
     "agreements.1.period", "correct one of the dates"),
    ("locations.yaml", "odru: NZ063290501", "odru: NZ035590500",
     "locations.1.bis.odru", "a key of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "path", "way_out"), CASES)
def test_a_fault_names_its_file_its_place_and_the_way_out(
    folder: Path, name: str, old: str, new: str, path: str, way_out: str
) -> None:
    spoil(folder, name, old, new)
    found = faults(folder)
    fitting = [each for each in found if each.file == name and each.path.startswith(path)]
    assert fitting, found
    assert any(way_out in f"{each.what}; {each.way_out}" for each in fitting), fitting


def test_every_fault_is_told_at_once(folder: Path) -> None:
    spoil(folder, "crosswalk-odru.yaml", "local: BOD-ADV,", "local: BOD-AVD,")
    spoil(folder, "catalogue-odru.yaml", "process: ctl", "process: clt")
    spoil(folder, "agreements.yaml", "default_handler: rud-101", "default_handler: rud-110")
    found = faults(folder)
    assert {each.file for each in found} >= {
        "crosswalk-odru.yaml",
        "catalogue-odru.yaml",
        "agreements.yaml",
    }


def test_the_message_reads_as_a_list_for_people(folder: Path) -> None:
    spoil(folder, "catalogue-odru.yaml", "process: ctl", "process: clt")
    with pytest.raises(RulesInvalid) as caught:
        load(folder)
    assert "catalogue-odru.yaml: case_types.9.process: 'clt' is not in processes" in str(
        caught.value
    )


SAN = "- {local: BOD-SAN, shared: bodem.melding-saneren}"


@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        # What choosing the row writes makes another type of the case.
        ("shared: bodem.melding-graven-boven-iw, sets: {iw: '>I'}",
         "shared: bodem.melding-graven-boven-iw, sets: {iw: <=I}", "PutGet"),
        # A row without conditions stands before the one that it hides.
        (SAN,
         SAN + "\n  - {local: BOD-SAN, when: {iw: '>I'}, sets: {iw: '>I'}, shared: bodem.nazorg}",
         "PutGet"),
    ],
)  # fmt: skip
def test_a_table_that_breaks_a_law_is_refused(folder: Path, old: str, new: str, law: str) -> None:
    spoil(folder, "crosswalk-odru.yaml", old, new)
    found = [each for each in faults(folder) if each.what.startswith(law)]
    assert found
    for each in found:
        assert (each.file, each.path) == ("crosswalk-odru.yaml", "case_types")
        assert "correct the rows" in each.way_out


@pytest.mark.parametrize(
    "name",
    [
        "vocabulary.yaml",
        "parties.yaml",
        "agreements.yaml",
        "catalogue-odru.yaml",
        "crosswalk-odru.yaml",
        "locations.yaml",
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert Fault(name, "", "not found", "add the file") in faults(folder)


def test_a_file_that_cannot_be_read_hides_no_fault_of_another(folder: Path) -> None:
    spoil(folder, "agreements.yaml", "to: '2025-12-31'", "to: einde")
    spoil(folder, "crosswalk-odru.yaml", "local: BOD-ADV,", "local: BOD-AVD,")
    assert {each.file for each in faults(folder)} == {"agreements.yaml", "crosswalk-odru.yaml"}


def test_an_empty_folder_is_told_from_a_broken_one(tmp_path: Path) -> None:
    assert [each.what for each in faults(tmp_path)] == ["not found"] * 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("version: [1\n", "no valid YAML"),
        ("version: 1\nversion: 2\n", "stands here twice"),
        ("a: &x [1]\nb: *x\n", "anchors and aliases are not allowed"),
        ("a: !!python/object/apply:os.system [ls]\n", "no valid YAML"),
        ("- 1\n", "no mapping"),
        ("", "no mapping"),
        ("yes: 1\n", "a key must be text"),
        ("a: " + "[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5), "nested deeper"),
        ("a: " + "[" * 5000, "no valid YAML"),
        ("a: 2024-13-45\n", "no valid YAML"),
        ("a: \x00", "no valid YAML"),
    ],
)
def test_a_file_that_is_no_plain_data_is_refused(folder: Path, text: str, what: str) -> None:
    (folder / "vocabulary.yaml").write_text(text)
    found = [each for each in faults(folder) if each.file == "vocabulary.yaml"]
    assert found
    assert what in found[0].what
    assert found[0].way_out


def test_a_file_with_too_many_values_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.rules.document.MAX_NODES", 10)
    # The same files are not read twice in one process.
    text = (folder / "vocabulary.yaml").read_text()
    (folder / "vocabulary.yaml").write_text(f"# anders\n{text}")
    assert all("more than 10 values" in each.what for each in faults(folder))


def test_a_file_that_is_too_large_is_not_read(folder: Path) -> None:
    (folder / "vocabulary.yaml").write_text("#" * (MAX_BYTES + 1))
    assert any(str(MAX_BYTES) in each.what for each in faults(folder))


def test_a_file_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "parties.yaml").write_bytes("version: 1 # coördinator".encode("latin-1"))
    assert any(each.way_out == "save it as UTF-8 text" for each in faults(folder))


def test_a_fault_in_the_yaml_names_the_line(folder: Path) -> None:
    (folder / "vocabulary.yaml").write_text("version: 1\ncase_types: [\n  {code: x\n")
    found = [each for each in faults(folder) if each.file == "vocabulary.yaml"]
    assert found[0].path.startswith("line ")


def pairs_of(folder: Path, one: str, other: str) -> set[tuple[str | None, str | None]]:
    """Derive which products are counterparts, from two crosswalks alone."""
    meant: dict[str, dict[str, set[str]]] = {}
    for agency in (one, other):
        table = load(folder).lenses[agency].terms.case_types.table  # type: ignore[index]
        found: dict[str, set[str]] = {}
        for row in table.rows:
            if row.shared is not None:
                found.setdefault(row.shared, set()).add(row.local)
        for shared, rule in table.uncovered.items():
            if rule.value is not None:
                found.setdefault(shared, set()).add(rule.value)
        meant[agency] = found
    pairs: set[tuple[str | None, str | None]] = set()
    for shared in meant[one].keys() | meant[other].keys():
        for ours in meant[one].get(shared, {None}):
            for theirs in meant[other].get(shared, {None}):
                pairs.add((ours, theirs))
    return pairs


def test_the_table_of_pairs_follows_from_the_crosswalks() -> None:
    told: set[tuple[str | None, str | None]] = set()
    for each in yaml.safe_load((DATA / "pairs.yaml").read_text())["pairs"]:
        ours, theirs = each["rud-utrecht"], each["odru"]
        for one in ours if isinstance(ours, list) else [ours]:
            for other in theirs if isinstance(theirs, list) else [theirs]:
                told.add((one, other))
    assert pairs_of(DATA, "rud-utrecht", "odru") == told


def test_only_files_of_the_rules_are_kept(folder: Path) -> None:
    """What else lies in their folder may say who somebody is: no history of rules holds it."""
    (folder / "people.yaml").write_text("people: [{bsn: '999990019'}]\n")
    kept = RulesFolder(folder).texts()
    assert {"vocabulary.yaml", "parties.yaml", "agreements.yaml"} <= kept.keys()
    assert {"catalogue-odru.yaml", "crosswalk-odru.yaml", "locations.yaml"} <= kept.keys()
    assert not {"people.yaml", "persons.yaml"} & kept.keys()


async def test_a_slip_in_a_file_is_told_and_what_held_holds_till_it_is_mended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.rules.watch._LOOK_SECONDS", 0.01)
    sound = (folder / "agreements.yaml").read_text()
    rules = RulesFolder(folder)
    version = rules.current().version
    watching = asyncio.ensure_future(rules.watch())
    try:
        (folder / "agreements.yaml").write_text(sound + "slip: [\n")
        while rules.refused is None:
            await asyncio.sleep(0.01)
        assert "agreements.yaml: line" in rules.refused
        assert rules.current().version == version
        (folder / "agreements.yaml").write_text(sound + "\n")
        while rules.refused is not None:
            await asyncio.sleep(0.01)
    finally:
        watching.cancel()


async def test_while_the_folder_cannot_be_read_what_held_holds_and_changes_are_seen_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to a file that is gone for a moment: so some systems replace what lies in a folder."""
    monkeypatch.setattr("bridge.rules.watch._LOOK_SECONDS", 0.01)
    rules = RulesFolder(folder)
    version = rules.current().version
    watching = asyncio.ensure_future(rules.watch())
    link = folder / "more.yaml"
    try:
        with capture_logs() as logs:
            link.symlink_to(folder / "gone.yaml")
            while not logs:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        assert [entry["event"] for entry in logs] == ["rules_not_read"], "said once"
        assert (rules.current().version, rules.refused) == (version, None)
        link.unlink()
        (folder / "agreements.yaml").write_text("slip: [\n")
        while rules.refused is None:
            await asyncio.sleep(0.01)
    finally:
        watching.cancel()


def test_a_link_to_nothing_beside_the_rules_does_not_keep_a_process_from_starting(
    folder: Path,
) -> None:
    version = RulesFolder(folder).current().version
    (folder / "more.yaml").symlink_to(folder / "gone.yaml")
    assert RulesFolder(folder).current().version == version


def test_a_restart_does_not_stop_what_a_slip_in_a_file_did_not(folder: Path) -> None:
    before = RulesFolder(folder)
    (folder / "vocabulary.yaml").write_text("slip: [\n")
    with pytest.raises(RulesInvalid):
        RulesFolder(folder)
    again = RulesFolder(folder, former=before.texts())
    assert again.current().version == before.current().version
    assert again.refused is not None
    assert "vocabulary.yaml" in again.refused


def test_former_files_that_are_taken_no_more_hide_no_fault_of_the_folder(folder: Path) -> None:
    former = RulesFolder(folder).texts() | {"parties.yaml": "old: [\n"}
    (folder / "vocabulary.yaml").write_text("slip: [\n")
    with pytest.raises(RulesInvalid, match=r"vocabulary\.yaml") as caught:
        RulesFolder(folder, former=former)
    assert "parties.yaml" not in str(caught.value)
