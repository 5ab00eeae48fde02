"""Deliberately broken adapters: each is caught by the case of the suite that is meant for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.kit.conformance import Survives
from adapters.kit.faults import Fault
from adapters.memory import MemoryAdapter
from adapters.memory.harness import MemoryHarness
from contracts.adapter import CreateGuard, UpdateGuard
from contracts.case import FIELDS
from tests.adapters.kit import broken_readers as r
from tests.adapters.kit import broken_writers as w


@dataclass(frozen=True)
class Caught:
    """A broken adapter, the case that must catch it, and where it shows."""

    adapter: type[MemoryAdapter]
    by: str
    given: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


LOCK = {"update_guard": UpdateGuard.LOCK}
UNGUARDED = {"update_guard": UpdateGuard.NONE}
BY_MARK = {"create_guard": frozenset({CreateGuard.MARK})}
NARROW = {"readable": frozenset(FIELDS) - {"unit", "archive"}}
READ_ONLY_TITLE = {"writable": frozenset({"explanation"})}
CANNOT_TELL = {"sees_deletion": False}
SHORT = {"fault": Fault.LIST_SHORT}

TABLE = (
    Caught(r.PromisesMore, "test_check_promises_no_more_than_the_class"),
    Caught(r.PromisesPollWithoutMethod, "test_methods_are_what_is_promised"),
    Caught(r.LeavesTraceOnCheck, "test_check_changes_nothing"),
    Caught(r.ForgetsAPage, "test_every_page_of_items_is_read"),
    Caught(r.TakesAbsenceForDeletion, "test_list_cut_short_is_not_taken_for_deletion", SHORT),
    Caught(r.DropsWhatItCannotCarry, "test_what_a_case_cannot_carry_is_named"),
    Caught(r.RemembersItsReads, "test_edit_of_a_person_shows_in_the_next_read"),
    Caught(r.ForgetsTheOffset, "test_every_moment_knows_its_offset"),
    Caught(r.TakesLocalTimeForUtc, "test_status_history_tells_what_happened_when"),
    Caught(r.TellsTheHistoryTheWrongWayRound, "test_status_history_tells_what_happened_when"),
    Caught(w.CutsInSilence, "test_long_text_is_never_cut_in_silence"),
    Caught(
        w.TakesAnothersWordsForOurs,
        "test_same_words_as_a_persons_are_added_beside_them",
        settings={"item_references": False},
    ),
    Caught(r.PadsDates, "test_partial_date_keeps_its_precision"),
    Caught(
        r.ShowsUnsupportedAsEmpty,
        "test_absent_empty_and_unsupported_are_told_apart",
        settings=NARROW,
    ),
    Caught(r.ShowsMoreThanDeclared, "test_read_gives_declared_fields_only", settings=NARROW),
    Caught(r.LeavesOutWhatIsEmpty, "test_value_that_a_person_emptied_is_empty"),
    Caught(r.MixesUpCases, "test_cases_do_not_get_in_each_others_way"),
    Caught(r.WaitsForADeletedCase, "test_deleted_case_is_gone"),
    Caught(r.CallsEverythingGone, "test_deleted_case_is_gone", settings=CANNOT_TELL),
    Caught(r.CallsEverythingGone, "test_unknown_case_is_not_found"),
    Caught(r.PollsOnePage, "test_first_poll_finds_every_case"),
    Caught(r.MovesItsCursorTooFar, "test_poll_finds_what_changed_since"),
    Caught(r.KeepsItsCursorToItself, "test_cursor_of_a_page_goes_on_after_that_page"),
    Caught(r.PollsInSilence, "test_poll_that_is_unreachable_says_so"),
    Caught(r.HearsTheUnsigned, "test_unsigned_push_is_denied"),
    Caught(r.HearsTheUnsigned, "test_unsigned_garbage_is_denied_before_it_is_read"),
    Caught(r.HearsNothingInGarbage, "test_signed_garbage_is_garbled", {"body": b"{"}),
    Caught(r.SubscribesAtEachStart, "test_subscribing_twice_does_not_double"),
    Caught(r.SubscribesAtEachStart, "test_unsubscribing_stops_the_pushes"),
    Caught(r.FollowsRedirects, "test_redirect_is_not_followed"),
    Caught(r.CallsUnreachableNotFound, "test_nobody_there_is_unreachable"),
    Caught(r.CallsThrottlingUnreachable, "test_throttling_tells_how_long_to_wait"),
    Caught(r.CallsDeniedNotFound, "test_wrong_secret_is_denied"),
    Caught(r.CallsAnInnerErrorRejected, "test_error_on_a_read_is_unreachable"),
    Caught(r.TakesGarbageForAnEmptyCase, "test_answer_that_makes_no_sense_is_garbled"),
    Caught(
        r.TellsItsSecret,
        "test_errors_name_no_person_and_no_secret",
        {"fault": Fault.WRONG_SECRET},
    ),
    Caught(
        r.TellsWhoItIsAbout,
        "test_errors_name_no_person_and_no_secret",
        {"fault": Fault.UNREACHABLE},
    ),
    Caught(r.ShowsItsSecret, "test_settings_show_no_secret"),
    Caught(r.SwallowsCancellation, "test_call_that_hangs_can_be_cancelled"),
    Caught(r.KeepsMarksToItself, "test_find_sees_the_mark"),
    Caught(r.FindsByTheBeginning, "test_find_tells_marks_apart"),
    Caught(r.LoadsTheWholeDocument, "test_large_download_does_not_fill_memory"),
    Caught(r.GivesTheWholeDocumentAtOnce, "test_downloaded_content_is_what_was_attached"),
    Caught(r.BeginsAgain, "test_download_is_gone_on_with_from_any_byte"),
    Caught(r.LosesTheLastPiece, "test_downloaded_content_is_what_was_attached"),
    Caught(r.EndsABrokenDownloadInOrder, "test_download_that_breaks_is_an_error"),
    Caught(r.GivesTheFirstVersionAlways, "test_new_version_replaces_and_the_old_one_stays"),
    Caught(r.ShowsAWrongDigest, "test_digest_that_is_shown_is_of_the_content"),
    Caught(w.IgnoresExpect, "test_expectation_that_does_not_hold_is_a_conflict"),
    Caught(w.ChecksAsItGoes, "test_expectation_that_does_not_hold_is_a_conflict"),
    Caught(
        w.WritesTheWholeCase,
        "test_edit_of_another_field_meanwhile_survives",
        settings=UNGUARDED,
    ),
    Caught(w.DoublesItemsWhenRepeated, "test_half_done_write_becomes_whole_when_repeated"),
    Caught(w.DoublesItemsWhenRepeated, "test_second_identical_write_has_no_effect"),
    Caught(w.DoublesItemsWhenRepeated, "test_repeated_document_is_there_once"),
    Caught(w.SaysNothingWasDone, "test_half_done_write_becomes_whole_when_repeated"),
    Caught(w.LeavesEmptyingOut, "test_register_that_was_emptied_is_empty"),
    Caught(w.WritesLatinOnly, "test_any_text_that_is_written_reads_back"),
    Caught(w.WritesLatinOnly, "test_name_survives_in_every_script", {"name": "建築計画"}),
    Caught(
        w.DropsWhatCannotBeWritten,
        "test_field_that_cannot_be_written_is_refused_by_name",
        settings=READ_ONLY_TITLE,
    ),
    Caught(w.RemovesTheWholeField, "test_item_that_was_removed_is_gone"),
    Caught(w.DisturbsAnothersMark, "test_what_belongs_to_others_is_not_disturbed"),
    Caught(
        w.SwallowsUncertain,
        "test_write_without_a_usable_answer_is_uncertain",
        {"fault": Fault.LOST_BEFORE},
    ),
    Caught(
        w.RepeatsAnUnansweredWrite,
        "test_write_without_a_usable_answer_is_uncertain",
        {"fault": Fault.LOST_AFTER},
    ),
    Caught(
        w.TakesAnInnerErrorForARefusal,
        "test_write_without_a_usable_answer_is_uncertain",
        {"fault": Fault.ERROR_AFTER},
    ),
    Caught(w.StopsAtTheFirstRefusal, "test_refused_change_stands_alone"),
    Caught(w.IgnoresTheToken, "test_old_token_is_a_conflict"),
    Caught(w.WritesWithoutTheGuard, "test_edit_between_read_and_write_is_not_overwritten"),
    Caught(w.LeaksALockOnConflict, "test_conflict_leaves_no_lock", settings=LOCK),
    Caught(w.LeaksALockAlways, "test_nothing_is_left_behind", settings=LOCK),
    Caught(
        w.LeaksALockWithoutAnAnswer,
        "test_write_without_an_answer_leaves_no_lock",
        settings=LOCK,
    ),
    Caught(
        w.LocksInSilence,
        "test_what_a_write_locks_is_written_down_until_it_is_released",
        settings=LOCK,
    ),
    Caught(
        w.IsKeptOutByItsOwnLock,
        "test_what_was_left_locked_does_not_keep_the_next_try_out",
        settings=LOCK,
    ),
    Caught(w.GivesNothingBack, "test_what_a_killed_write_locked_is_given_back", settings=LOCK),
    Caught(
        w.WaitsForContentWithEverything,
        "test_content_that_is_not_here_yet_holds_up_nothing_else",
    ),
    Caught(
        w.RefusesWhatOnlyWaits,
        "test_content_that_is_not_here_yet_holds_up_nothing_else",
    ),
    Caught(
        w.RetriesACreate,
        "test_create_without_an_answer_makes_one_case",
        {"fault": Fault.LOST_AFTER},
        BY_MARK,
    ),
    Caught(
        w.RetriesACreateAndSaysSo,
        "test_create_without_an_answer_makes_one_case",
        {"fault": Fault.ERROR_AFTER},
        BY_MARK,
    ),
    Caught(w.CreatesWithoutItsMark, "test_created_case_bears_our_mark"),
    Caught(w.CreatesWithANewKey, "test_same_key_creates_one_case"),
    Caught(w.CreatesAnEmptyCase, "test_created_case_shows_what_was_given"),
    Caught(w.CreatesHalfWhenRefused, "test_refused_create_leaves_no_case"),
    Caught(w.LoadsTheWholeContent, "test_large_upload_does_not_fill_memory"),
    Caught(w.LeavesOutMarksOfDocuments, "test_written_document_bears_our_mark"),
    Caught(w.SendsTheLastPieceOnly, "test_written_document_is_there_whole"),
    Caught(w.SendsSomethingForNothing, "test_empty_document_is_a_document"),
    Caught(w.ShowsADocumentBeforeItIsWhole, "test_upload_that_breaks_leaves_no_document"),
    Caught(w.WithdrawsBeforeItReplaces, "test_new_version_that_breaks_leaves_the_one_before"),
    Caught(w.KeepsWhatIsWithdrawn, "test_withdrawn_document_is_gone"),
    Caught(
        w.TakesEachDocumentForAPdf,
        "test_media_type_is_carried_as_it_is_said",
        {"kind": "image/png"},
    ),
    Caught(
        w.LosesWhatHasAnOddName,
        "test_name_with_control_characters_harms_nothing",
        {"name": "bel\x07"},
    ),
)


def _name(caught: Caught) -> str:
    return f"{caught.adapter.__name__}-{caught.by}"


async def _failure(adapter: type[MemoryAdapter], caught: Caught) -> BaseException | None:
    """Run one case of the suite in this process; give what it failed with."""
    with MemoryHarness(adapter=adapter, **caught.settings) as harness:
        try:
            await getattr(Survives(), caught.by)(harness=harness, **caught.given)
        except pytest.skip.Exception as exc:
            pytest.fail(f"the case was skipped: {exc}")
        except (Exception, pytest.fail.Exception) as exc:  # noqa: BLE001 - any failure counts
            return exc
    return None


@pytest.mark.parametrize("caught", TABLE, ids=_name)
async def test_broken_adapter_is_caught_by_its_case(caught: Caught) -> None:
    """The case fails for the broken adapter."""
    assert await _failure(caught.adapter, caught) is not None


@pytest.mark.parametrize("caught", TABLE, ids=_name)
async def test_honest_adapter_passes_that_case(caught: Caught) -> None:
    """The same case, in the same setting, passes for the honest one."""
    failure = await _failure(MemoryAdapter, caught)
    assert failure is None, failure
