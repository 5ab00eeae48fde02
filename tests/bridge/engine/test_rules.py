"""The Rules as the engine asks them."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.ids import AgencyId
from tests.bridge.engine.demo import ODRU, RUD, VRU, rules


def test_the_narrowest_agreement_comes_first() -> None:
    found = rules().covering(RUD, "bodem.diffuus-lood", "GM0736", date(2024, 6, 1))
    assert [each.id for each in found] == ["SAM-LOOD-2024", "DVO-BODEM-2024"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 12, 31), []),
        (date(2023, 1, 1), ["DVO-BODEM-2023"]),
        (date(2023, 12, 31), ["DVO-BODEM-2023", "DVO-VRU-2023"]),
        (date(2024, 1, 1), ["DVO-VRU-2023", "DVO-BODEM-2024"]),
    ],
)
def test_the_first_and_the_last_day_of_an_agreement_belong_to_it(
    day: date, expected: list[str]
) -> None:
    assert [each.id for each in rules().in_force(ODRU, day)] == expected


def test_only_the_parties_are_bound() -> None:
    day = date(2024, 6, 1)
    assert rules().covering(VRU, "bodem.melding-saneren", "GM0355", day) == ()
    assert rules().covering(ODRU, "archeologie.advies", "GM0355", day) == ()
    assert rules().covering(ODRU, "bodem.melding-saneren", None, day) == ()


def test_everybody_is_employed_by_one_agency() -> None:
    assert (rules().employer_of("rud-101"), rules().name_of("rud-101")) == (RUD, "Noor Proefveld")
    assert (rules().employer_of("x"), rules().name_of("x")) == (None, None)


def test_only_a_final_status_ends_a_case() -> None:
    assert rules().is_final("afgehandeld")
    assert not rules().is_final("in-behandeling")
    assert not rules().is_final(None)


def test_a_participant_belongs_to_one_agency_and_has_an_rsin() -> None:
    zeist = rules().participants["GM0355"]
    assert (zeist.name, zeist.agency, zeist.rsin) == ("Zeist", ODRU, "999997397")


def test_an_agency_without_tables_is_named_with_the_way_out() -> None:
    assert "od-utrecht" in rules().agencies
    with pytest.raises(LookupError, match=r"add crosswalk-od-utrecht\.yaml"):
        rules().lens(AgencyId("od-utrecht"))


def test_an_agreement_is_found_by_its_id() -> None:
    found = rules().agreement("DVO-BODEM-2024")
    assert found is not None
    assert found.policy_for("properties/kwaliteitsklasse").value == "handler"
    assert rules().agreement("onbekend") is None
