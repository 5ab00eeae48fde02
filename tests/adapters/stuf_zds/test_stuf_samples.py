"""Every sample message: read into what it says, or refused with the right fault."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.stuf_zds import StufSettings, StufZdsAdapter
from adapters.stuf_zds.answers import answered
from adapters.stuf_zds.dialects import DIALECTS
from adapters.stuf_zds.envelope import read_stuurgegevens, unwrap
from adapters.stuf_zds.faults import Refused, fault_error
from adapters.stuf_zds.fo import read_fault
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.names import STUF, Profile
from adapters.stuf_zds.schema import Gate
from adapters.stuf_zds.shape import Reading, Shaper
from adapters.stuf_zds.xml import child, children, local, namespace, text
from contracts.adapter import Unheard
from contracts.case import Handler, Suspension
from contracts.errors import (
    AdapterError,
    Denied,
    NotFound,
    Uncertain,
    Unreachable,
)
from contracts.snapshot import Snapshot
from tests.adapters.stuf_zds.site import (
    BRIDGE,
    CASES,
    message,
    needs_specs,
    objects,
    post,
    records,
    sample,
    schemas,
    settings,
)

pytestmark = needs_specs

CASE = "0344VTH2026000117"
MELDING = "0344VTH2026000118"
RECORDS = {record["file"]: record for record in records()}
DEVIATIONS = [name for name in RECORDS if name.startswith("deviations/")]
GOOD = [name for name in RECORDS if name not in DEVIATIONS]
REQUESTS = [name for name in GOOD if RECORDS[name]["kind"] == "request"]
FAULTS = [name for name in GOOD if RECORDS[name]["kind"] == "fault"]
DUTCH_PROPERTIES = ("zaakBron", "locatieOmschrijving")


def profile_of(name: str) -> Profile:
    return Profile.ZDS_1_2 if name.startswith("zds-1.2") else Profile.ZDS_1_1


def gate_of(name: str) -> Gate:
    return Gate(schemas(profile_of(name)), profile_of(name), strict=True)


def as_case_system(name: str, **changed: Any) -> StufSettings:
    """Give the settings of whoever the sample is sent to."""
    return settings(
        profile_of(name),
        sender=CASES,
        receiver=BRIDGE,
        properties=DUTCH_PROPERTIES,
        **changed,
    )


def as_asked(name: str) -> StufSettings:
    """Give the settings of whoever the sample is sent to, whichever of the two that is."""
    told = read_stuurgegevens(message(name))
    assert told is not None
    assert told.sender is not None
    if told.sender.applicatie == "CASEBRIDGE":
        return as_case_system(name)
    return settings(profile_of(name))


def snapshot(name: str, at: int = -1, **changed: Any) -> Snapshot:
    shaper = Shaper(as_case_system(name, **changed))
    found = unwrap(parse(sample(name), mend=changed.get("mend")))
    whole = local(found).endswith("La01")
    return shaper.snapshot(Reading(objects(found)[at], is_whole=whole))


@pytest.mark.parametrize("name", GOOD)
def test_each_good_sample_passes_the_gate(name: str) -> None:
    found = message(name)
    assert gate_of(name).faults(found) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_each_request_is_heard_or_refused_with_the_right_fault(name: str) -> None:
    adapter = StufZdsAdapter(as_asked(name))
    push = post(sample(name), action=RECORDS[name]["soap_action"])
    told = read_stuurgegevens(message(name))
    assert told is not None
    if told.code in ("Lv01", "Di02"):
        with pytest.raises(Unheard) as caught:
            adapter.hear(push)
        fault = read_fault(unwrap(parse(caught.value.answer.body)))
        assert fault is not None
        assert (fault.code, caught.value.answer.status) == ("StUF025", 500)
        return
    heard = adapter.hear(push)
    acknowledged = unwrap(parse(heard.answer.body))
    assert (local(acknowledged), namespace(acknowledged)) == ("Bv03Bericht", STUF)
    assert gate_of(name).faults(acknowledged) == []
    back = read_stuurgegevens(acknowledged)
    assert back is not None
    assert back.cross == told.reference
    assert (back.sender, back.receiver) == (told.receiver, told.sender)
    assert heard.refs == wanted_refs(name)


def wanted_refs(name: str) -> tuple[str, ...]:
    if name.startswith("common/"):
        return ()  # about a message that was not ours
    if "overdragenZaak_Di01" in name:
        told = read_stuurgegevens(message(name))
        assert told is not None
        return (f"overdracht:{told.reference}:{CASE}",)
    return (MELDING,) if "minimal" in name else (CASE,)


JUDGED: list[tuple[str, type[AdapterError]]] = [
    ("common/Fo03_StUF016.xml", Refused),
    ("common/Fo03_StUF010.xml", Denied),
    ("common/Fo03_StUF046.xml", Unreachable),
    ("common/Fo02_StUF055.xml", Refused),
    ("common/Fo02_StUF064.xml", NotFound),
    ("common/Fo02_StUF058.xml", Unreachable),
    ("common/Fo02_StUF960.xml", Unreachable),
]


@pytest.mark.parametrize(("name", "wanted"), JUDGED)
def test_each_fault_becomes_the_error_that_says_what_to_do(
    name: str, wanted: type[AdapterError]
) -> None:
    fault = read_fault(message(name))
    assert fault is not None
    error = fault_error("geefZaakdetails", fault, DIALECTS["standard"], wrote=False)
    assert type(error) is wanted
    assert error.code == fault.code
    assert fault.place in str(error)
    assert fault.says in str(error)


def test_every_fault_sample_is_judged() -> None:
    assert set(FAULTS) == {name for name, _ in JUDGED}


def test_a_change_that_broke_off_further_on_may_have_been_made() -> None:
    fault = read_fault(message("common/Fo02_StUF058.xml"))
    assert fault is not None
    error = fault_error("updateZaak", fault, DIALECTS["standard"], wrote=True)
    assert isinstance(error, Uncertain)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_whole_case_of_a_creation_is_read(version: str) -> None:
    shown = snapshot(f"zds-{version}/creeerZaak_Lk01_full.xml")
    case = shown.case
    assert (shown.ref, case.number, case.case_type) == (CASE, CASE, "B0337")
    assert case.title == "Uitbreiding betoncentrale Industrieweg 12 Breukelen"
    assert (case.start, case.registered, case.deadline) == (
        "2026-03-02",
        "2026-03-03",
        "2026-04-27",
    )
    assert case.payment == "nog_niet"
    assert case.archive is not None
    assert case.archive.nomination == "blijvend_bewaren"
    assert case.handler == Handler(id="jdvries", name="J de Vries", role="uitvoerende")
    assert case.unit == "RUDU-VERG"
    assert {role.key for role in case.roles} == {
        "initiator:niet_natuurlijk_persoon:517439943",
        "belanghebbende:natuurlijk_persoon:999993653",
    }
    assert {one.key: one.value for one in case.properties} == {
        "zaakBron": "DSO",
        "locatieOmschrijving": "Industrieweg 12, Breukelen",
    }
    assert case.objects[0].data["huisnummer"] == 12
    assert "status" not in case.model_fields_set, "a creation without status says nothing of it"
    assert {one.where for one in shown.unmapped} >= {"zaak/publicatiedatum", "zaak/kenmerk"}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_an_update_says_what_it_says_and_no_more(version: str) -> None:
    name = f"zds-{version}/updateZaak_Lk01_W.xml"
    old, new = snapshot(name, 0).case, snapshot(name, 1).case
    assert (old.deadline, new.deadline) == ("2026-04-27", "2026-06-08")
    assert old.suspension is None
    assert "suspension" in old.model_fields_set
    assert new.suspension == Suspension(
        active=True, reason="Wacht op aanvullende gegevens (art. 4:15 Awb)"
    )
    assert new.extension is not None
    assert new.extension.duration == "P42D"
    assert [role.role for role in old.roles] == ["belanghebbende"]
    assert [role.role for role in new.roles] == ["overig betrokkene"]
    assert not {"explanation", "start", "status", "documents"} & new.model_fields_set


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_result_that_was_not_there_and_then_is(version: str) -> None:
    name = f"zds-{version}/updateZaak_Lk01_W_resultaat.xml"
    old, new = snapshot(name, 0), snapshot(name, 1)
    assert "result" in old.case.model_fields_set
    assert old.case.result is None
    assert not old.is_closed
    assert (new.case.result, new.case.end, new.is_closed) == ("Verleend", "2026-06-01", True)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_status_that_was_set_is_read_with_who_set_it_and_when(version: str) -> None:
    name = f"zds-{version}/actualiseerZaakstatus_Lk01.xml"
    assert "status" not in snapshot(name, 0).case.model_fields_set
    case = snapshot(name, 1).case
    assert case.status == "In behandeling"
    step = case.status_history[0]
    assert (step.at.isoformat(), step.by) == ("2026-03-05T07:30:00+00:00", "jdvries")
    assert step.note == "Inhoudelijke toets gestart"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_details_of_a_case_are_read_whole(version: str) -> None:
    shown = snapshot(f"zds-{version}/geefZaakdetails_La01.xml")
    case = shown.case
    assert case.status == "In behandeling"
    assert [step.status for step in case.status_history] == ["Ontvangen", "In behandeling"]
    assert "end" in case.model_fields_set, "geenWaarde says that there is none"
    assert not {"payment", "archive"} & case.model_fields_set, "not supported, not known: not said"
    assert {"roles", "decisions", "related"} <= case.model_fields_set
    assert case.decisions == ()
    assert not shown.is_closed


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_an_answer_without_a_case_is_not_found(version: str) -> None:
    with pytest.raises(NotFound):
        answered(message(f"zds-{version}/geefZaakdetails_La01_leeg.xml"), "geefZaakdetails")


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_status_of_a_case_is_read(version: str) -> None:
    case = snapshot(f"zds-{version}/geefZaakstatus_La01.xml").case
    assert case.status == "In behandeling"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_listed_documents_are_read_with_what_each_tells_of_itself(version: str) -> None:
    shaper = Shaper(as_case_system(f"zds-{version}"))
    zaak = answered(message(f"zds-{version}/geefLijstZaakdocumenten_La01.xml"), "lijst")
    details = answered(message(f"zds-{version}/geefZaakdocumentLezen_La01.xml"), "lezen")
    listed = [child(one, "gerelateerde") for one in children(zaak, "heeftRelevant")]
    pairs = [
        (one, details if at == 0 else None) for at, one in enumerate(listed) if one is not None
    ]
    first, second = shaper.documents(pairs, shaper.taste())
    assert (first.key, first.type, first.version) == ("0344D2026000451", "Aanvraag", 100)
    assert (first.file_name, first.media_type) == ("aanvraag.pdf", "application/pdf")
    assert (first.confidentiality, first.created) == ("zaakvertrouwelijk", "2026-03-01")
    assert (second.title, second.file_name) == ("Situatietekening", "Situatietekening.pdf")


def test_listed_decisions_are_read() -> None:
    shaper = Shaper(as_case_system("zds-1.2"))
    zaak = answered(message("zds-1.2/geefLijstBesluiten_La01.xml"), "besluiten")
    case = shaper.snapshot(Reading(zaak)).case
    found = case.decisions[0]
    assert (found.key, found.date) == ("0344BSL2026000045", "2026-05-29")
    assert found.text == "Verleend onder voorschriften"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("what", ["Zaak", "Document"])
def test_a_number_that_was_given_is_read(version: str, what: str) -> None:
    found = message(f"zds-{version}/genereer{what}Identificatie_Du02.xml")
    holder = child(found, "zaak" if what == "Zaak" else "document")
    assert text(child(holder, "identificatie")).startswith("0344")


# What real systems send


@pytest.mark.parametrize("name", [name for name in DEVIATIONS if "la01" not in name])
def test_each_deviation_is_understood_or_refused_as_it_should_be(name: str) -> None:
    adapter = StufZdsAdapter(as_case_system(name, schemas=None))
    push = post(sample(name), action=f"http://www.egem.nl/StUF/sector/zkn/0310/{action_of(name)}")
    if RECORDS[name]["expected"].startswith("reject"):
        with pytest.raises(Unheard) as caught:
            adapter.hear(push)
        fault = read_fault(unwrap(parse(caught.value.answer.body)))
        assert fault is not None
        assert (fault.place, fault.code) == ("client", "StUF055")
        return
    assert adapter.hear(push).refs in ((CASE,), (MELDING,))


def action_of(name: str) -> str:
    if "status" in name:
        return "actualiseerZaakstatus_Lk01"
    return "updateZaak_Lk01" if "update" in name else "creeerZaak_Lk01"


def test_there_is_a_test_for_what_is_understood_of_each_deviation() -> None:
    """Those that say nothing but how they are written are covered by the one above."""
    assert len(DEVIATIONS) == 24


@pytest.mark.parametrize("name", ["iso-8859-1", "cdata-toelichting"])
def test_letters_survive_every_encoding(name: str) -> None:
    title = snapshot(f"deviations/{name}.xml").case.title or ""
    assert "café" in title
    if name.startswith("cdata"):
        assert title == "Melding geluidhinder <café> & terras"


def test_a_wrong_charset_can_be_mended_where_a_dialect_says_which() -> None:
    settings_ = as_case_system("x", schemas=None, deviations={"charset": "cp1252"})
    adapter = StufZdsAdapter(settings_)
    assert adapter.hear(post(sample("deviations/wrong-charset-header.xml"))).refs == (MELDING,)
    found = unwrap(parse(sample("deviations/wrong-charset-header.xml"), mend="cp1252"))
    assert "é" in text(child(objects(found)[0], "omschrijving"))


@pytest.mark.parametrize("name", ["date-with-dashes", "date-with-time"])
def test_dates_are_dates_however_they_are_written(name: str) -> None:
    assert snapshot(f"deviations/{name}.xml").case.start == "2026-03-04"


def test_an_empty_element_says_nothing_and_is_counted() -> None:
    shaper = Shaper(as_case_system("x"))
    found = objects(message("deviations/missing-nil-novalue.xml"))[-1]
    shaper.snapshot(Reading(found, is_whole=False))
    assert shaper.seen["missing-nil-novalue"] >= 1


def test_a_value_beside_a_novalue_is_the_value() -> None:
    shaper = Shaper(as_case_system("x"))
    found = objects(message("deviations/value-and-novalue.xml"))[-1]
    shown = shaper.snapshot(Reading(found, is_whole=False))
    assert shaper.seen["value-and-novalue"] >= 1
    assert shown.case.explanation or shown.case.title


def test_no_date_may_be_written_as_zeros() -> None:
    case = snapshot("deviations/la01-unpadded-nil-date.xml").case
    zeros = [f for f in ("planned_end", "deadline", "end", "start") if f in case.model_fields_set]
    assert any(getattr(case, field) is None for field in zeros)


def test_a_year_is_a_year() -> None:
    case = snapshot("deviations/incomplete-date.xml").case
    assert case.roles[0].person["geboortedatum"] == "1985"


@pytest.mark.parametrize(
    "name", ["wrong-order", "missing-entiteittype", "missing-verwerkingssoort"]
)
def test_a_case_is_read_whatever_order_and_attributes_it_has(name: str) -> None:
    case = snapshot(f"deviations/{name}.xml").case
    assert case.case_type == "B1210"
    assert [role.role for role in case.roles] == ["initiator"]


def test_an_unknown_element_is_named_and_left() -> None:
    shown = snapshot("deviations/unknown-elements.xml")
    assert [one.where for one in shown.unmapped if one.where == "zaak/prioriteit"]


def test_a_change_of_one_object_says_what_is_new() -> None:
    case = snapshot("deviations/update-one-object.xml").case
    assert (case.result, case.end) == ("Verleend", "2026-06-01")


def test_a_status_told_as_an_addition_is_a_status() -> None:
    case = snapshot("deviations/status-as-T-one-object.xml").case
    assert case.status == "In behandeling"


def test_a_long_reference_is_told_back_whole() -> None:
    adapter = StufZdsAdapter(as_case_system("x", schemas=None))
    heard = adapter.hear(post(sample("deviations/long-referentienummer.xml")))
    told = read_stuurgegevens(message("deviations/long-referentienummer.xml"))
    back = read_stuurgegevens(unwrap(parse(heard.answer.body)))
    assert told is not None
    assert back is not None
    assert len(told.reference) > 40
    assert back.cross == told.reference
    assert len(back.reference) <= 40
    assert adapter.deviations["long-referentienummer"] == 1
