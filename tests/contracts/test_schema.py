"""The published schemas say what the code says."""

from __future__ import annotations

import json
from datetime import date

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts.agreement import Agreement, Policy
from contracts.crosswalk import CaseTypeRow, Uncovered
from contracts.schema.publish import files, stale
from tests.bridge.engine.samples import AGREEMENT


def test_no_schema_file_is_stale() -> None:
    assert stale() == [], "run python -m contracts.schema"


@pytest.mark.parametrize("name", sorted(name for name in files() if name.endswith(".json")))
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(files()[name]))


def test_an_agreement_that_names_a_stranger_is_refused_by_name() -> None:
    wrong = {**AGREEMENT, "parties": ["noord", "oost"]}
    with pytest.raises(ValidationError, match="routing R1: zuid is no party"):
        Agreement.model_validate(wrong)


def test_a_member_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="purpos"):
        Agreement.model_validate({**AGREEMENT, "purpos": "x"})


def test_the_narrowest_policy_holds() -> None:
    agreement = Agreement.model_validate(AGREEMENT)
    assert agreement.policy_for("properties/grens") is Policy.PARK
    assert agreement.policy_for("properties/start") is Policy.LATEST
    assert agreement.policy_for("archive") is Policy.EACH


def test_a_period_holds_on_its_first_and_last_day() -> None:
    period = Agreement.model_validate(AGREEMENT).period
    assert period.covers(date(2024, 1, 1))
    assert period.covers(date(2024, 12, 31))
    assert not period.covers(date(2025, 1, 1))
    assert not period.covers(date(2023, 12, 31))


def test_a_case_without_participant_is_in_no_scope() -> None:
    agreement = Agreement.model_validate(AGREEMENT)
    assert agreement.covers_case("bodem", "GM1")
    assert not agreement.covers_case("bodem", None)
    assert not agreement.covers_case("geluid", "GM1")


def test_a_rule_that_needs_a_value_has_one() -> None:
    with pytest.raises(ValidationError, match="needs a value"):
        Uncovered.model_validate({"rule": "default"})
    with pytest.raises(ValidationError, match="either"):
        CaseTypeRow.model_validate({"local": "X"})
