"""The lens on the demo tables: codes, case types, documents, parties, registers."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from bridge.engine.translate import How
from tests.bridge.engine.demo import (
    ODRU,
    RUD,
    VRU,
    ZEIST,
    cells,
    document,
    lens,
    put_one,
    read,
    role,
    written,
)


@pytest.mark.parametrize(
    ("iw", "shared"),
    [(">I", "bodem.melding-graven-boven-iw"), ("<=I", "bodem.informatie-graven-onder-iw")],
)
def test_a_property_tells_two_case_types_apart(iw: str, shared: str) -> None:
    assert lens(ODRU).crosses(cells("BOD-GRA", properties={"iw": iw})).shared == shared


def test_a_case_type_that_depends_on_an_unknown_value_waits_for_a_person() -> None:
    kind = lens(ODRU).crosses(cells("BOD-GRA", properties={"iw": "onbekend"}))
    assert (kind.shared, kind.parks) == (None, True)
    assert "kwaliteit vaststellen" in kind.why
    assert lens(ODRU).crosses(cells("BOD-GRA")).parks


def test_a_case_type_that_does_not_cross_parks_nothing() -> None:
    kind = lens(ODRU).crosses(cells("MIL-OVV", properties={"soort_voorval": "brand"}))
    assert (kind.shared, kind.parks) == (None, False)


def test_an_unknown_case_type_names_its_table() -> None:
    kind = lens(ODRU).crosses(cells("XYZ"))
    assert kind.parks
    assert "crosswalk-odru.yaml: case_types" in kind.why


def test_a_changed_discriminator_makes_the_case_type_be_read_again() -> None:
    local = cells("BOD-GRA", properties={"iw": ">I"})
    got = lens(ODRU).get(local, ["properties/iw"], {}, {})
    assert got.values["case_type"] == "bodem.melding-graven-boven-iw"
    assert got.values["properties/interventiewaarde"] == {
        "key": "interventiewaarde",
        "value": "boven",
    }


def test_a_discriminator_that_says_too_little_still_crosses_as_a_value() -> None:
    local = cells("BOD-GRA", properties={"iw": "onbekend"})
    got = lens(ODRU).get(local, ["properties/iw"], {}, {})
    assert [(each.path, each.parks) for each in got.unread] == [("case_type", True)]
    assert "properties/interventiewaarde" in got.values


def test_creating_a_case_writes_the_type_and_what_tells_it_apart() -> None:
    verdict = put_one(RUD, {"case_type": "bodem.melding-toepassen-groot"}, "case_type", {})
    assert verdict.how is How.EXACT
    assert dict(verdict.writes) == cells("RUD-BOD-040", properties={"toepassing_groot": "J"})


def test_a_case_of_the_right_type_already_is_left_alone() -> None:
    local = cells("RUD-BOD-040")
    verdict = put_one(RUD, {"case_type": "bodem.melding-toepassen"}, "case_type", local)
    assert (verdict.how, verdict.writes) == (How.EQUAL, ())


def test_a_part_of_a_whole_says_which_fields_stop_crossing() -> None:
    truth = cells("advies.integraal", properties={"aspecten": "bodem;geluid"})
    verdict = put_one(RUD, truth, "case_type", {})
    assert verdict.how is How.DEFAULT
    assert dict(verdict.writes) == {"case_type": "RUD-BOD-080"}
    assert verdict.detaches == ("status", "result")


def test_a_default_under_a_condition_that_does_not_hold_parks() -> None:
    truth = cells("advies.integraal", properties={"aspecten": "geluid"})
    verdict = put_one(RUD, truth, "case_type", {})
    assert verdict.how is How.PARK
    assert "aspecten" in verdict.why


def test_a_default_keeps_what_a_property_says_already() -> None:
    local = cells("OMG-ADV", properties={"aspecten": "bodem;geluid"})
    verdict = put_one(ODRU, {"case_type": "bodem.advies-plan"}, "case_type", local)
    assert (verdict.how, verdict.writes) == (How.DEFAULT, ())


def test_case_types_without_a_counterpart_follow_their_rule() -> None:
    assert lens(ODRU).accepts("bodem.beoordelen-evaluatieverslag", {}).how is How.FOLD
    nazorg = lens(ODRU).accepts("bodem.nazorg", {})
    assert nazorg.how is How.PARK
    assert "provincie" in nazorg.why
    assert lens(VRU).accepts("bodem.nazorg", {}).how is How.NOT_CROSSING


@pytest.mark.parametrize("seen", ["35", "Inhoudelijke toets"])
def test_a_status_is_read_by_its_code_or_its_name(seen: str) -> None:
    local = cells("RUD-BOD-021", status=seen)
    assert read(RUD, local, "status") == {"status": "in-behandeling"}
    verdict = put_one(RUD, {"status": "in-behandeling"}, "status", local)
    assert (verdict.how, verdict.writes) == (How.EQUAL, ())


def test_the_process_of_the_case_type_chooses_the_table_of_statuses() -> None:
    truth: dict[str, JsonValue] = {"status": "in-behandeling"}
    assert written(put_one(RUD, truth, "status", cells("RUD-BOD-010"))) == "20"
    assert written(put_one(RUD, truth, "status", cells("RUD-BOD-021"))) == "35"


@pytest.mark.parametrize(
    ("status", "how"),
    [
        ("toets-volledigheid", How.KEEP),
        ("verzonden", How.ANNOTATE),
        ("invordering", How.PARK),
    ],
)
def test_a_status_without_a_counterpart_follows_its_rule(status: str, how: How) -> None:
    verdict = put_one(ODRU, {"status": status}, "status", cells("BOD-ADV", status="3"))
    assert (verdict.how, verdict.writes) == (how, ())
    assert status in verdict.why


def test_a_note_tells_what_people_call_the_status() -> None:
    verdict = put_one(ODRU, {"status": "verzonden"}, "status", cells("BOD-ADV", status="3"))
    assert verdict.note is not None
    assert "Product verzonden aan opdrachtgever" in verdict.note


def test_what_parks_names_value_table_file_and_way_out() -> None:
    local = cells("BOD-ADV", status="3")
    why = put_one(ODRU, {"status": "invordering"}, "status", local).why
    assert "'invordering'" in why
    assert "crosswalk-odru.yaml: statuses.alg" in why
    assert "voeg een rij toe" in why


def test_a_status_that_stands_by_default_is_not_weakened_in_reading() -> None:
    local = cells("RUD-BOD-010", status="20")
    assert read(RUD, local, "status", status="toets-volledigheid") == {
        "status": "toets-volledigheid"
    }
    assert read(RUD, local, "status", status="ontvangen") == {"status": "in-behandeling"}


def test_a_status_in_no_table_waits_for_a_person() -> None:
    got = lens(RUD).get(cells("RUD-BOD-010", status="77"), ["status"], {}, {})
    assert got.values == {}
    assert [(each.path, each.parks) for each in got.unread] == [("status", True)]


def test_a_result_is_chosen_within_what_the_case_type_allows() -> None:
    truth: dict[str, JsonValue] = {"result": "akkoord"}
    assert written(put_one(RUD, truth, "result", cells("RUD-BOD-010"))) == "Akkoord"
    verdict = put_one(RUD, truth, "result", cells("RUD-TOE-110"))
    assert verdict.how is How.PARK
    assert "Geen overtreding" in verdict.why


def test_a_word_that_is_only_read_is_written_where_the_case_type_takes_no_other() -> None:
    truth: dict[str, JsonValue] = {"result": "buiten-behandeling"}
    assert written(put_one(RUD, truth, "result", cells("RUD-BOD-010"))) == (
        "Niet in behandeling genomen"
    )
    assert written(put_one(RUD, truth, "result", cells("RUD-NAT-210"))) == (
        "Buiten behandeling gelaten"
    )


def test_a_result_that_says_less_comes_with_a_note() -> None:
    truth: dict[str, JsonValue] = {"result": "doorgezonden"}
    verdict = put_one(ODRU, truth, "result", cells("MIL-OVV"))
    assert (verdict.how, written(verdict)) == (How.DEFAULT, "Vervallen")
    assert verdict.note is not None
    assert "doorgezonden" in verdict.note


def test_a_result_that_would_lie_parks_with_the_reason_of_the_table() -> None:
    truth: dict[str, JsonValue] = {"result": "overtreding-hersteld"}
    verdict = put_one(ODRU, truth, "result", cells("CTL-BOD"))
    assert verdict.how is How.PARK
    assert "een mens kiest" in verdict.why


def test_a_result_can_be_taken_back_and_a_status_cannot() -> None:
    local = cells("RUD-BOD-010", status="20", result="Akkoord")
    assert put_one(RUD, {"result": None}, "result", local).writes == (("result", None),)
    assert put_one(RUD, {"status": None}, "status", local).how is How.KEEP


def test_a_document_type_falls_back_where_the_case_type_does_not_allow_it() -> None:
    truth = document("onderzoeksrapport")
    verdict = put_one(RUD, truth, "documents/d1", cells("RUD-BOD-040"))
    assert verdict.how is How.DEFAULT
    value = written(verdict)
    assert isinstance(value, dict)
    assert value["type"] == "CORR"
    assert verdict.why == "documenttype RAPP mag niet bij dit zaaktype: wordt CORR"


def test_a_document_without_any_allowed_type_parks() -> None:
    verdict = put_one(ODRU, document("tekening"), "documents/d1", cells("CTL-BOD"))
    assert verdict.how is How.PARK
    assert "BEELD" in verdict.why


def test_a_document_that_fell_back_keeps_its_type_in_reading() -> None:
    local = {**cells("RUD-BOD-040"), **document("CORR", title="Anders")}
    truth = document("onderzoeksrapport")
    got = lens(RUD).get(local, ["documents/d1"], truth, {}).values["documents/d1"]
    assert isinstance(got, dict)
    assert (got["type"], got["title"]) == ("onderzoeksrapport", "Anders")


def test_a_type_that_stands_for_several_is_not_weakened_in_reading() -> None:
    local = {**cells("BOD-ADV"), **document("BIJL")}
    kept = lens(ODRU).get(local, ["documents/d1"], document("tekening"), {})
    new = lens(ODRU).get(local, ["documents/d1"], {}, {})
    assert kept.values["documents/d1"]["type"] == "tekening"  # type: ignore[index, call-overload]
    assert new.values["documents/d1"]["type"] == "correspondentie"  # type: ignore[index, call-overload]


def test_a_retyped_document_that_is_called_the_same_here_is_left_alone() -> None:
    local = {**cells("BOD-ADV"), **document("BIJL")}
    verdict = put_one(ODRU, document("tekening"), "documents/d1", local)
    assert (verdict.how, verdict.writes) == (How.EQUAL, ())


def test_documents_are_known_by_the_ids_that_the_link_remembers() -> None:
    local = {**cells("BOD-ADV"), **document("RAP", key="odru-7")}
    got = lens(ODRU).get(local, ["documents/odru-7"], {}, {"documents/odru-7": "documents/s1"})
    assert got.values["documents/s1"]["key"] == "s1"  # type: ignore[index, call-overload]
    truth = document("onderzoeksrapport", key="s1", title="Nieuwe titel")
    (put,) = lens(ODRU).put(truth, ["documents/s1"], local, {"documents/s1": "documents/odru-7"})
    ((path, value),) = put.writes
    assert path == "documents/odru-7"
    assert isinstance(value, dict)
    assert (value["key"], value["title"]) == ("odru-7", "Nieuwe titel")


def test_a_document_that_is_gone_goes_on_the_other_side() -> None:
    items = {"documents/s1": "documents/odru-7"}
    local = {**cells("BOD-ADV"), **document("RAP", key="odru-7")}
    (put,) = lens(ODRU).put({}, ["documents/s1"], local, items)
    assert put.writes == (("documents/odru-7", None),)
    back = {"documents/odru-7": "documents/s1"}
    got = lens(ODRU).get(cells("BOD-ADV"), ["documents/odru-7"], {}, back)
    assert got.values == {"documents/s1": None}


def test_a_role_is_known_by_what_it_means_who_it_is_and_what_kind() -> None:
    local = {**cells("BOD-ADV"), **role("Initiatiefnemer", name="Demo")}
    got = read(ODRU, local, "roles/Initiatiefnemer:niet_natuurlijk_persoon:00000101")
    assert got == role("initiator", name="Demo")


def test_a_role_without_a_word_is_told_in_a_note_or_does_not_cross() -> None:
    path = "roles/coordinator:niet_natuurlijk_persoon:00000101"
    assert put_one(RUD, role("coordinator"), path, cells("RUD-BOD-010")).how is How.ANNOTATE
    assert put_one(VRU, role("coordinator"), path, cells("VRU-OV")).how is How.NOT_CROSSING


def test_one_local_role_may_stand_for_two_shared_ones() -> None:
    local = {**cells("BOD-ADV"), **role("Gemeente", name="Zeist")}
    path = "roles/Gemeente:niet_natuurlijk_persoon:00000101"
    both = {**role("bevoegd-gezag"), **role("opdrachtgever")}
    assert set(lens(ODRU).get(local, [path], both, {}).values) == set(both)
    assert set(read(ODRU, local, path)) == set(role("bevoegd-gezag"))
    gone = lens(ODRU).get(cells("BOD-ADV"), [path], both, {}).values
    assert gone == dict.fromkeys(both)
    left = role("bevoegd-gezag")
    path = "roles/opdrachtgever:niet_natuurlijk_persoon:00000101"
    assert put_one(ODRU, left, path, local).how is How.KEEP


def test_a_handler_is_never_held_up_by_what_they_are_called() -> None:
    agreed: JsonValue = {"id": "odru-201", "name": "M", "role": "coordinator"}
    truth = {"handler": agreed}
    verdict = put_one(RUD, truth, "handler", cells("RUD-BOD-010"))
    assert verdict.how is How.EXACT
    assert written(verdict) == {"id": "odru-201", "name": "M", "role": "Behandelaar"}
    same_one: JsonValue = {"id": "odru-201", "name": "M. C.", "role": "Jurist"}
    local = cells("RUD-BOD-010", handler=same_one)
    assert put_one(RUD, truth, "handler", local).how is How.EQUAL


def test_a_participant_is_named_as_each_system_does() -> None:
    assert read(ODRU, cells("BOD-ADV", participant=ZEIST), "participant") == {
        "participant": "GM0355"
    }
    verdict = put_one(ODRU, {"participant": "GM0355"}, "participant", cells("BOD-ADV"))
    assert written(verdict) == ZEIST
    got = lens(ODRU).get(cells("BOD-ADV", participant="1"), ["participant"], {}, {})
    assert got.unread[0].parks


@pytest.mark.parametrize(
    ("local", "shared", "how", "becomes"),
    [
        (None, "openbaar", How.DEFAULT, "vertrouwelijk"),
        (None, "geheim", How.EXACT, "geheim"),
        ("geheim", "intern", How.KEEP, None),
        ("intern", "intern", How.EQUAL, None),
        ("openbaar", "intern", How.EXACT, "intern"),
    ],
)
def test_a_crossing_never_lowers_the_confidentiality(
    local: str | None, shared: str, how: How, becomes: str | None
) -> None:
    here = cells("CTL-BOD") if local is None else cells("CTL-BOD", confidentiality=local)
    verdict = put_one(ODRU, {"confidentiality": shared}, "confidentiality", here)
    assert verdict.how is how
    assert dict(verdict.writes) == ({} if becomes is None else {"confidentiality": becomes})


def test_fields_without_a_table_pass_as_they_are() -> None:
    stands_still: JsonValue = {"active": True, "reason": "x"}
    truth: dict[str, JsonValue] = {"title": "Ophogen", "suspension": stands_still}
    puts = lens(ODRU).put(truth, list(truth), cells("BOD-ADV", title="Ophogen"), {})
    assert {tuple(put.shared): put.how for put in puts} == {
        ("title",): How.EQUAL,
        ("suspension",): How.EXACT,
    }


def test_verdicts_come_in_the_order_in_which_they_are_best_written() -> None:
    truth: dict[str, JsonValue] = {
        "status": "afgehandeld",
        "result": "akkoord",
        "case_type": "bodem.beoordelen-onderzoek",
    }
    puts = lens(ODRU).put(truth, ["status", "result", "case_type"], {}, {})
    assert [next(iter(put.shared)) for put in puts] == ["case_type", "result", "status"]


def test_while_the_case_type_changes_what_depends_on_it_waits() -> None:
    """020 has no field for asbestos and 021 has: until the type is settled nothing is said."""
    truth = cells(
        "bodem.melding-graven-boven-iw",
        properties={"asbestverdacht": "ja", "interventiewaarde": "boven"},
    )
    local = cells("RUD-BOD-020", properties={"iw_overschreden": "N"})
    said = [tuple(put.shared) for put in lens(RUD).put(truth, list(truth), local, {})]
    assert said == [("case_type",), ("properties/interventiewaarde",)]
    stuck = lens(RUD).put(truth, ["properties/asbestverdacht"], local, {})
    assert [put.how for put in stuck] == [How.KEEP]


def test_a_value_that_would_make_another_case_type_of_the_case_parks() -> None:
    truth = cells(
        "bodem.melding-graven-boven-iw", properties={"interventiewaarde": "onder-of-gelijk"}
    )
    local = cells("BOD-GRA", properties={"iw": ">I"})
    verdict = put_one(ODRU, truth, "properties/interventiewaarde", local)
    assert verdict.how is How.PARK
    assert "wijzig eerst het zaaktype" in verdict.why
