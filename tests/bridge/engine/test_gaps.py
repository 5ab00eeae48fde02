"""What waits for a row names that row: people are asked for it once, and not case by case."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from bridge.engine.parked import Gap
from bridge.engine.translate import How
from tests.bridge.engine.demo import ODRU, RUD, cells, document, lens, role, rules

BODEM = rules().lens(ODRU).terms.case_types.table.rows[0].local


@pytest.mark.parametrize(
    ("shared", "gap"),
    [
        ({"case_type": "nooit.gehoord"}, ("crosswalk-odru.yaml: case_types", "nooit.gehoord")),
        ({"result": "nooit-gehoord"}, ("crosswalk-odru.yaml: results", "nooit-gehoord")),
        ({"participant": "gm9999"}, ("crosswalk-odru.yaml: participants", "gm9999")),
        (document("nooit"), ("crosswalk-odru.yaml: document_types", "nooit")),
        (role("nooit"), ("crosswalk-odru.yaml: roles", "nooit")),
    ],
)
def test_a_shared_word_without_a_row_names_the_table_it_was_to_be_written_by(
    shared: dict[str, JsonValue], gap: tuple[str, str]
) -> None:
    """Of the agency where it was to be written."""
    local = cells(BODEM) if "case_type" not in shared else {}
    (put,) = lens(ODRU).put(shared, [*shared], local, {})
    assert (put.how, put.gap) == (How.PARK, Gap(*gap))
    assert put.gap is not None
    assert (put.gap.agency, put.gap.table) == (ODRU, gap[0].partition(": ")[2])


@pytest.mark.parametrize(
    ("local", "gap"),
    [
        ({"case_type": "XX"}, ("crosswalk-rud-utrecht.yaml: case_types", "XX")),
        ({"participant": "123"}, ("crosswalk-rud-utrecht.yaml: participants", "123")),
        (role("nooit"), ("crosswalk-rud-utrecht.yaml: roles", "nooit")),
    ],
)
def test_a_local_word_without_a_row_names_the_table_it_was_to_be_read_by(
    local: dict[str, JsonValue], gap: tuple[str, str]
) -> None:
    """Of the agency where it was seen."""
    (unread,) = lens(RUD).get(local, [*local], {}, {}).unread
    assert (unread.parks, unread.gap) == (True, Gap(*gap))


def test_a_case_type_that_the_catalogue_lacks_is_one_gap_for_all_that_hangs_on_it() -> None:
    """Status, result and documents of such a case wait for the same row."""
    truth = {"status": "ontvangen", "result": "akkoord", **document("rapport")}
    puts = lens(ODRU).put(truth, [*truth], cells("XX"), {})
    assert {put.gap for put in puts} == {Gap("catalogue-odru.yaml: case_types", "XX")}
    assert len(puts) == 3
