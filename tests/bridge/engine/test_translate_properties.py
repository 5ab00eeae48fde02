"""The lens on properties: units, dates, keys, lists, classes, sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bridge.engine.numbers import canonical, decimal_of, dutch_money, rounded
from bridge.engine.translate import How, Put
from contracts.ids import AgencyId
from tests.bridge.engine.demo import ODRU, RUD, cells, lens, put_one, written


def get(
    agency: AgencyId, case_type: str, name: str, value: object, **truth: object
) -> dict[str, JsonValue]:
    """Read one local property; the values that it means, by shared name."""
    local = cells(case_type, properties={name: value})
    known = cells(properties=truth)
    got = lens(agency).get(local, [f"properties/{name}"], known, {})
    return {
        path.removeprefix("properties/"): value["value"] if isinstance(value, dict) else value
        for path, value in got.values.items()
        if path.startswith("properties/")
    }


def put(agency: AgencyId, case_type: str, shared: dict[str, object], **local: object) -> Put:
    """Write some shared properties that make one verdict."""
    truth = cells(properties=shared)
    (verdict, *rest) = lens(agency).put(truth, list(truth), cells(case_type, properties=local), {})
    assert not rest
    return verdict


@pytest.mark.parametrize(
    ("agency", "case_type", "local", "shared"),
    [
        (ODRU, "BOD-ADV", ("opp_ha", "0,4200"), ("oppervlakte", "4200")),
        (ODRU, "BOD-GRA", ("datum_start", "06-05-2024"), ("startdatum", "2024-05-06")),
        (ODRU, "BOD-ADV", ("bodemlocatie", "NZ035590500"), ("bis-locatie", "L01")),
        (ODRU, "BOD-ADV", ("prioriteit", "3"), ("spoed", False)),
        (ODRU, "BOD-ADV", ("onderzoek", "NO"), ("onderzoeksnorm", "NTA5755")),
        (RUD, "RUD-BOD-010", ("bis_code", "UT035590000"), ("bis-locatie", "L01")),
        (RUD, "RUD-BOD-010", ("spoed", "J"), ("spoed", True)),
        (RUD, "RUD-HND-310", ("dwangsom_ct", "500000"), ("dwangsom-per-keer", "5000")),
        (RUD, "RUD-TOE-120", ("verbruik_kwh", "60000"), ("elektriciteitsverbruik", "60000")),
        (RUD, "RUD-NAT-220", ("depositie_mol", "0.15"), ("stikstofdepositie", "0.15")),
    ],
)
def test_a_property_goes_there_and_back(
    agency: AgencyId, case_type: str, local: tuple[str, str], shared: tuple[str, object]
) -> None:
    name, value = local
    assert get(agency, case_type, name, value) == {shared[0]: shared[1]}
    assert written(put(agency, case_type, {shared[0]: shared[1]})) == value


def test_a_number_that_a_system_holds_as_such_is_read_all_the_same() -> None:
    assert get(RUD, "RUD-BOD-010", "oppervlakte_m2", 4200) == {"oppervlakte": "4200"}


def test_rounding_does_not_drift() -> None:
    """205 m3 is 359 t, and 359 t means 205 m3 while that is what is agreed."""
    assert written(put(ODRU, "BOD-GST", {"hoeveelheid": "205"}, hoeveelheid_ton="350")) == "359"
    verdict = put(ODRU, "BOD-GST", {"hoeveelheid": "205"}, hoeveelheid_ton="359")
    assert (verdict.how, verdict.writes) == (How.EQUAL, ())
    assert get(ODRU, "BOD-GST", "hoeveelheid_ton", "359", hoeveelheid="205") == {
        "hoeveelheid": "205"
    }


def test_tonnes_become_whole_cubic_metres_half_even() -> None:
    shared = get(ODRU, "BOD-GBT", "hoeveelheid_ton", "87500")
    assert written(put(RUD, "RUD-BOD-040", dict(shared))) == "49998"


@given(st.integers(min_value=0, max_value=10**9))
def test_any_number_of_tonnes_comes_back_as_it_was(tonnes: int) -> None:
    shared = get(ODRU, "BOD-GST", "hoeveelheid_ton", str(tonnes))
    assert put(ODRU, "BOD-GST", dict(shared), hoeveelheid_ton=str(tonnes)).how is How.EQUAL


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_any_agreed_volume_is_read_back_as_agreed(volume: Decimal) -> None:
    agreed = canonical(volume)
    shown = written(put(ODRU, "BOD-GST", {"hoeveelheid": agreed}))
    assert get(ODRU, "BOD-GST", "hoeveelheid_ton", shown, hoeveelheid=agreed) == {
        "hoeveelheid": agreed
    }


@given(st.integers(min_value=0, max_value=10**8))
def test_whole_square_metres_survive_hectares_without_help(area: int) -> None:
    shown = written(put(ODRU, "BOD-ADV", {"oppervlakte": str(area)}))
    assert get(ODRU, "BOD-ADV", "opp_ha", shown) == {"oppervlakte": str(area)}


@pytest.mark.parametrize("slip", ["0.42", "1,2,3", "veel", "1.23,4", "1e9", "-", "١٢"])
def test_a_slip_of_the_hand_is_no_number(slip: str) -> None:
    local = cells("BOD-ADV", properties={"opp_ha": slip})
    got = lens(ODRU).get(local, ["properties/opp_ha"], {}, {})
    assert got.values == {}
    assert [each.path for each in got.unread] == ["properties/oppervlakte"]


def test_a_class_for_two_keeps_the_one_that_is_agreed() -> None:
    worst = "sterk-verontreinigd"
    assert get(ODRU, "BOD-ADV", "bodemklasse", "NT", kwaliteitsklasse=worst) == {
        "kwaliteitsklasse": worst
    }
    assert get(ODRU, "BOD-ADV", "bodemklasse", "NT") == {"kwaliteitsklasse": "matig-verontreinigd"}
    for either in (worst, "matig-verontreinigd"):
        assert put(ODRU, "BOD-ADV", {"kwaliteitsklasse": either}, bodemklasse="NT").how is How.EQUAL


def test_priority_two_stays_two() -> None:
    assert put(ODRU, "BOD-ADV", {"spoed": True}, prioriteit="2").how is How.EQUAL
    assert written(put(ODRU, "BOD-ADV", {"spoed": True}, prioriteit="4")) == "1"


def test_a_yes_or_no_that_cannot_say_unknown_is_left_as_it_stands() -> None:
    verdict = put(RUD, "RUD-BOD-010", {"interventiewaarde": "onbekend"}, iw_overschreden="J")
    assert (verdict.how, verdict.writes) == (How.KEEP, ())
    assert "nooit N invullen" in verdict.why


def test_a_key_without_an_entry_is_told_in_a_note() -> None:
    verdict = put(ODRU, "BOD-ADV", {"bis-locatie": "L18"})
    assert (verdict.how, verdict.why) == (
        How.ANNOTATE,
        "eigenschap bis-locatie heeft geen lokaal veld",
    )
    assert verdict.note is not None
    assert "L18" in verdict.note


def test_the_order_of_a_list_does_not_count() -> None:
    verdict = put(ODRU, "OMG-ADV", {"aspecten": "bodem;geluid"}, aspecten="geluid; bodem")
    assert verdict.how is How.EQUAL
    assert get(ODRU, "OMG-ADV", "aspecten", "lucht;bodem") == {"aspecten": "bodem;lucht"}


@pytest.mark.parametrize(
    ("power", "gas", "expected"),
    [
        ("49999", "24999", "klein"),
        ("50000", "100", "midden"),
        ("10000000", "0", "groot"),
        ("1", "170000", "groot"),
    ],
)
def test_use_of_energy_becomes_a_class(power: str, gas: str, expected: str) -> None:
    truth: dict[str, object] = {"elektriciteitsverbruik": power, "gasverbruik": gas}
    verdict = put(ODRU, "CTL-ENE", truth)
    assert (verdict.how, written(verdict)) == (How.DEFAULT, expected)
    assert put(ODRU, "CTL-ENE", truth, energieklasse=expected).how is How.EQUAL


def test_a_class_waits_for_the_number_that_decides() -> None:
    assert put(ODRU, "CTL-ENE", {"elektriciteitsverbruik": "10"}).how is How.KEEP
    assert written(put(ODRU, "CTL-ENE", {"gasverbruik": "170000"})) == "groot"


def test_a_class_is_never_read_back() -> None:
    local = cells("CTL-ENE", properties={"energieklasse": "groot"})
    got = lens(ODRU).get(local, ["properties/energieklasse"], {}, {})
    assert got.values == {}
    assert [each.parks for each in got.unread] == [False]


SENTENCE = "€ 5.000,00 per overtreding, maximaal € 20.000,00"


def test_two_amounts_become_a_sentence_and_come_back() -> None:
    truth: dict[str, object] = {"dwangsom-per-keer": "5000", "dwangsom-maximum": "20000"}
    verdict = put(ODRU, "HND-BES", truth)
    assert written(verdict) == SENTENCE
    assert set(verdict.shared) == {f"properties/{key}" for key in truth}
    assert get(ODRU, "HND-BES", "dwangsom_tekst", SENTENCE) == truth


def test_a_sentence_waits_for_all_of_its_amounts() -> None:
    assert put(ODRU, "HND-BES", {"dwangsom-per-keer": "5000"}).how is How.KEEP


@pytest.mark.parametrize("text", ["vijfduizend euro", f"{SENTENCE}.", SENTENCE.replace(",00", "")])
def test_a_sentence_of_somebodys_own_is_neither_read_nor_overwritten(text: str) -> None:
    local = cells("HND-BES", properties={"dwangsom_tekst": text})
    got = lens(ODRU).get(local, ["properties/dwangsom_tekst"], {}, {})
    assert (got.values, got.unread[0].parks) == ({}, False)
    truth: dict[str, object] = {"dwangsom-per-keer": "5000", "dwangsom-maximum": "20000"}
    verdict = put(ODRU, "HND-BES", truth, dwangsom_tekst=text)
    assert (verdict.how, verdict.writes) == (How.ANNOTATE, ())
    assert verdict.note is not None
    assert SENTENCE in verdict.note


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.decimals(min_value=0, max_value=10**9, places=2),
)
def test_any_two_amounts_survive_the_sentence(each: Decimal, most: Decimal) -> None:
    truth: dict[str, object] = {
        "dwangsom-per-keer": canonical(each),
        "dwangsom-maximum": canonical(most),
    }
    shown = written(put(ODRU, "HND-BES", truth))
    assert get(ODRU, "HND-BES", "dwangsom_tekst", shown) == truth


def test_a_property_that_the_case_type_lacks_is_left_out() -> None:
    verdict = put(RUD, "RUD-BOD-080", {"oppervlakte": "4200"})
    assert (verdict.how, verdict.writes) == (How.KEEP, ())
    assert "RUD-BOD-080" in verdict.why


def test_a_property_without_a_field_anywhere_follows_its_rule() -> None:
    verdict = put(ODRU, "NAT-STI", {"stikstofdepositie": "0.15"})
    assert (verdict.how, verdict.why) == (
        How.ANNOTATE,
        "eigenschap stikstofdepositie heeft geen lokaal veld",
    )
    assert verdict.note is not None
    assert "0.15 mol/ha/jaar" in verdict.note


def test_a_property_that_is_taken_away_goes_on_the_other_side() -> None:
    local = cells("BOD-ADV")
    got = lens(ODRU).get(local, ["properties/opp_ha"], {}, {})
    assert got.values == {"properties/oppervlakte": None}
    here = cells("RUD-BOD-010", properties={"oppervlakte_m2": "4200"})
    verdict = put_one(RUD, {}, "properties/oppervlakte", here)
    assert verdict.writes == (("properties/oppervlakte_m2", None),)
    assert put_one(RUD, {}, "properties/oppervlakte", cells("RUD-BOD-010")).how is How.EQUAL


@pytest.mark.parametrize(
    ("text", "comma", "number"),
    [
        ("205", False, "205"),
        ("0.0400", False, "0.04"),
        ("-0", False, "0"),
        ("1.234,50", True, "1234.5"),
        ("100", True, "100"),
        ("1000000", False, "1000000"),
    ],
)
def test_a_number_has_one_way_to_be_written(text: str, comma: bool, number: str) -> None:
    found = decimal_of(text, comma=comma)
    assert found is not None
    assert canonical(found) == number


def test_rounding_is_half_even() -> None:
    assert [str(rounded(Decimal(n), Decimal(1))) for n in ("0.5", "1.5", "2.5")] == ["0", "2", "2"]
    assert dutch_money(Decimal("1234567.005")) == "1.234.567,00"
