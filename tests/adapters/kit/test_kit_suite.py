"""The suite itself: what it skips, what it waives, and what it has no broken adapter for."""

from __future__ import annotations

import inspect
from typing import Final

import pytest

from adapters.kit.conformance import Reads, Survives, Writes
from adapters.kit.conformance._suite import Suite
from adapters.kit.harness import cannot
from tests.adapters.kit.test_broken_adapters import TABLE

pytest_plugins = ["pytester"]

NOT_BROKEN_YET: Final = frozenset(
    {
        # The same fault would be caught by a sharper case beside it.
        "test_class_declares_kind_settings_and_capabilities",
        "test_check_promises_only_what_fits_together",
        "test_read_shows_what_people_see",
        "test_case_of_a_person_bears_no_mark",
        "test_snapshot_is_of_the_case_that_was_asked_for",
        "test_what_was_written_reads_back",
        "test_item_that_was_added_is_there_once",
        "test_only_what_the_patch_names_is_changed",
        "test_edit_elsewhere_on_the_case_survives_a_write",
        "test_repeated_status_is_one_step",
        "test_text_within_the_declared_limit_is_taken_whole",
        "test_created_case_can_be_completed",
        "test_create_that_is_not_findable_yet_settles",
        "test_unreachable_create_makes_no_case",
        "test_push_names_the_case_that_a_person_changed",
        "test_hearing_changes_nothing",
        "test_quiet_system_gives_nothing_new_to_do",
        "test_poll_changes_nothing",
        "test_poll_that_loops_ends",
        "test_written_document_can_be_downloaded",
        "test_nobody_there_fails_the_check",
        "test_write_that_reaches_nobody_does_nothing",
        "test_any_order_of_writes_ends_in_the_last",
        "test_snapshot_survives_the_wire",
        "test_nothing_that_matters_is_kept_in_the_adapter",
    }
)


def _cases(suite: type[Suite]) -> set[str]:
    return {name for name, _ in inspect.getmembers(suite) if name.startswith("test_")}


def test_levels_build_on_each_other() -> None:
    """Who survives also writes, and who writes also reads."""
    assert _cases(Reads) < _cases(Writes) < _cases(Survives)


def test_each_case_has_a_broken_adapter_or_is_listed() -> None:
    """A case that catches nothing known is listed; one that does is not."""
    broken = {caught.by for caught in TABLE}
    assert _cases(Survives) - broken == NOT_BROKEN_YET


def test_each_case_says_what_holds() -> None:
    """A case that fails must read as a bug report."""
    for name in _cases(Survives):
        assert inspect.getdoc(getattr(Survives, name)), name


def test_waiver_of_an_unknown_case_is_refused() -> None:
    """A case that was renamed takes its waivers along."""
    with pytest.raises(TypeError, match="there is no case 'test_renamed'"):
        type("Mine", (Reads,), {"waived": {"test_renamed": "until 2027"}})


def test_waiver_without_a_reason_is_refused() -> None:
    """Why, and until when: an empty reason is none."""
    with pytest.raises(TypeError, match="say why"):
        type("Mine", (Reads,), {"waived": {"test_check_changes_nothing": " "}})


def test_waiver_leaves_the_suite_of_others_alone() -> None:
    """A gap of one adapter is not a gap of the next."""
    case = "test_check_changes_nothing"
    mine = type("Mine", (Reads,), {"waived": {case: "until 2027"}})
    assert getattr(mine, case).pytestmark
    assert not getattr(getattr(Reads, case), "pytestmark", [])


SUITE: Final = """
import pytest
from adapters.kit.conformance._suite import Suite
from adapters.kit.harness import cannot

class Group(Suite):
    async def test_fails(self, harness):
        assert harness == 2

    async def test_passes(self, harness):
        assert harness == 1

    async def test_cannot(self, harness):
        cannot("fly")

class TestMine(Group):
    waived = {waived}

    @pytest.fixture
    def harness(self):
        return 1
"""


@pytest.mark.parametrize(
    ("waived", "outcomes"),
    [
        ({}, {"failed": 1, "passed": 1, "skipped": 1}),
        ({"test_fails": "until 2027"}, {"xfailed": 1, "passed": 1, "skipped": 1}),
        ({"test_passes": "until 2027"}, {"failed": 2, "skipped": 1}),
    ],
)
def test_waived_case_must_fail(
    pytester: pytest.Pytester, waived: dict[str, str], outcomes: dict[str, int]
) -> None:
    """A waiver holds while there is a gap, and fails the run once it is gone."""
    mode, scope = "asyncio_mode = auto", "asyncio_default_fixture_loop_scope = function"
    pytester.makeini(f"[pytest]\n{mode}\n{scope}\n")
    pytester.makepyfile(SUITE.replace("{waived}", repr(waived)))
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(**outcomes)


async def test_what_a_harness_cannot_do_skips_with_its_reason() -> None:
    """Nobody takes a case that did not run for one that passed."""

    class Group(Suite):
        async def test_it(self) -> None:
            cannot("fly")

    with pytest.raises(pytest.skip.Exception, match="the harness cannot: fly"):
        await Group().test_it()


async def test_suite_without_a_harness_says_what_is_missing() -> None:
    """The first thing that a new author forgets."""
    fixture = inspect.unwrap(Suite.harness)
    function = getattr(fixture, "_get_wrapped_function", lambda: fixture)()
    with pytest.raises(NotImplementedError, match="give one that yields a Harness"):
        function(Reads())
