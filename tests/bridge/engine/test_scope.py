"""What may leave an agency, and what may reach it: nothing that no agreement covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.engine.scope import Scope, scope_for
from contracts.agreement import Agreement
from contracts.case import (
    CONFIDENTIALITY,
    Archive,
    Case,
    Document,
    Handler,
    Note,
    Property,
    RelatedCase,
    Role,
    StatusStep,
    cells_of,
    role_key,
)
from contracts.ids import CaseRef, Mark
from contracts.snapshot import Author, Snapshot
from tests.bridge.engine import samples
from tests.bridge.engine.demo import ODRU, RUD, VRU, ZEIST, rules
from tests.bridge.engine.samples import NOW

DAY = date(2024, 6, 3)
HOUTEN = "999997166"


def scope(agency: Any = ODRU, on: date = DAY) -> Scope:
    return scope_for(agency, rules(), on)


def snapshot(ref: str = "Z/1", **fields: Any) -> Snapshot:
    """A case of ODRU that crosses, but for what *fields* say otherwise."""
    mark = fields.pop("mark", None)
    whole = {
        "number": "Z/24/1",
        "case_type": "BOD-ADV",
        "participant": ZEIST,
        "title": "Onderzoek",
        "confidentiality": "openbaar",
        **fields,
    }
    return Snapshot(ref=CaseRef(ref), case=Case(**whole), mark=mark)


def confined(**fields: Any) -> dict[str, Any]:
    found = scope().confine(snapshot(**fields))
    assert found is not None
    return dict(cells_of(found.case))


def party(
    role: str, kind: str = "niet_natuurlijk_persoon", identity: str = "00000101", **person: str
) -> Role:
    key = role_key(role, kind, identity)
    return Role(key=key, role=role, kind=kind, identity=identity, person=person)


def piece(kind: str = "RAP", key: str = "d1", **more: Any) -> Document:
    return Document(key=key, type=kind, title="Rapport", **more)


@pytest.mark.parametrize(
    "fields",
    [
        {"case_type": "ARC-ADV"},
        {"case_type": "XYZ"},
        {"case_type": None},
        {"participant": None},
        {"participant": "123456789"},
        {"case_type": "MIL-OVV", "properties": (Property(key="soort_voorval", value="brand"),)},
        {"confidentiality": "confidentieel"},
        {"confidentiality": "onzin"},
    ],
)
def test_a_case_that_no_agreement_covers_does_not_leave(fields: dict[str, Any]) -> None:
    assert scope().confine(snapshot(**fields)) is None


@pytest.mark.parametrize("day", [date(2022, 12, 31), date(2026, 1, 1)])
def test_nothing_leaves_while_no_agreement_is_in_force(day: date) -> None:
    assert scope(on=day).confine(snapshot()) is None


def test_of_an_earlier_agreement_only_what_it_covered_left() -> None:
    """In 2023 the soil agreement was about two products and two municipalities."""
    past = date(2023, 2, 1)
    assert scope(on=past).confine(snapshot()) is None
    small = snapshot(case_type="BOD-INF", participant="999997348")
    assert scope(on=past).confine(small) is not None


def test_a_case_without_a_level_has_that_of_its_type() -> None:
    assert scope().confine(snapshot(confidentiality=None)) is not None


def test_a_case_whose_type_is_not_settled_yet_leaves_to_wait_for_a_person() -> None:
    assert scope().confine(snapshot(case_type="BOD-GRA")) is not None


def test_a_case_of_another_agencys_participant_leaves_to_be_told_so() -> None:
    assert scope().confine(snapshot(case_type="BOD-GST", participant=HOUTEN)) is not None


def test_a_case_that_only_a_person_can_share_stays_until_one_does() -> None:
    held = snapshot(
        case_type="HND-BES",
        confidentiality="vertrouwelijk",
        properties=(Property(key="instrument", value="LOD"),),
    )
    assert scope().confine(held, shared=()) is None
    assert scope().confine(held, shared={CaseRef("Z/1")}) is not None
    assert scope().confine(held) is not None


def test_a_counterpart_that_we_made_may_answer() -> None:
    ours = snapshot(
        case_type="HND-BES", mark=Mark("01J"), properties=(Property(key="instrument", value="LOD"),)
    )
    assert scope().confine(ours, shared=()) is not None


def test_a_case_shared_by_hand_is_confined_by_the_agreements_too() -> None:
    wrong = snapshot(case_type="ARC-ADV")
    assert scope().confine(wrong, shared={wrong.ref}) is None


SECRET = "planted-secret"


@given(st.sampled_from(["unit", "planned_end", "end", "payment"]))
def test_a_field_of_each_agencys_own_never_leaves(field: str) -> None:
    assert SECRET not in str(confined(**{field: SECRET}))


def test_a_number_is_told_to_the_hub_and_never_to_another_agency() -> None:
    """People call a case by it; each agency gives its own."""
    assert confined()["number"] == "Z/24/1"
    assert not scope().may_receive("number", "Z/24/1")


def test_archive_data_stays_with_each_agency() -> None:
    assert "archive" not in confined(archive=Archive(nomination="vernietigen"))


@given(st.sampled_from(sorted(f for f in ("bsn", "geboortedatum", "geslacht", "phone", "kvk"))))
def test_a_field_of_a_person_that_is_not_named_never_leaves(field: str) -> None:
    shown = confined(roles=(party("Initiatiefnemer", name="Demo", **{field: SECRET}),))
    assert SECRET not in str(shown)
    (role,) = [value for path, value in shown.items() if path.startswith("roles/")]
    assert role["person"] == {"name": "Demo"}


@pytest.mark.parametrize("role", ["Melder", "Onbekende rol", "Jurist"])
def test_a_role_that_is_not_named_never_leaves(role: str) -> None:
    assert SECRET not in str(confined(roles=(party(role, name=SECRET),)))


@given(st.integers(min_value=0, max_value=999_999_999).map("{:09d}".format))
def test_a_citizen_number_never_leaves_as_an_identity(bsn: str) -> None:
    person = party("Initiatiefnemer", "natuurlijk_persoon", bsn, name="Anna", bsn=bsn)
    shown = confined(roles=(person,))
    assert bsn not in str(shown)
    assert "roles/Initiatiefnemer:natuurlijk_persoon:Anna" in shown


def test_a_person_whose_name_may_not_be_told_is_not_told_of() -> None:
    nameless = party("Initiatiefnemer", "natuurlijk_persoon", "999991000", bsn="999991000")
    assert not [path for path in confined(roles=(nameless,)) if path.startswith("roles/")]


@given(st.sampled_from(CONFIDENTIALITY))
def test_a_document_leaves_up_to_the_level_that_was_agreed(level: str) -> None:
    shown = confined(documents=(piece(confidentiality=level),))
    may = CONFIDENTIALITY.index(level) <= CONFIDENTIALITY.index("vertrouwelijk")
    assert ("documents/d1" in shown) == may


def test_internal_documents_and_notes_never_leave() -> None:
    shown = confined(
        documents=(piece(internal=True, key=SECRET),),
        notes=(Note(key="n1", text=SECRET, internal=True), Note(key="n2", text="gewoon")),
    )
    assert SECRET not in str(shown)
    assert "notes/n2" in shown


def test_a_document_type_that_never_crosses_stays() -> None:
    case = Case(
        case_type="RUD-BOD-010",
        participant=ZEIST,
        confidentiality="openbaar",
        documents=(piece("INT"), piece("RAPP", "d2")),
    )
    found = scope(RUD).confine(Snapshot(ref=CaseRef("1"), case=case))
    assert found is not None
    assert [each.key for each in found.case.documents] == ["d2"]


def test_a_document_of_an_unknown_type_stays_and_is_told_of() -> None:
    found = scope().confine(snapshot(documents=(piece("NIEUW"),)))
    assert found is not None
    assert found.case.documents == ()
    assert [each.where for each in found.unmapped] == ["documents/d1"]


def test_documents_that_stay_are_counted_by_type_and_nothing_else_is_told_of_them() -> None:
    """Too confidential, or of a type that never crosses; internal ones are nobody's affair."""
    case = Case(
        case_type="RUD-BOD-010",
        participant=ZEIST,
        confidentiality="openbaar",
        documents=(
            piece("INT", SECRET),
            piece("RAPP", "d2"),
            piece("RAPP", "d3", confidentiality="geheim"),
            piece("RAPP", "d4", confidentiality="geheim"),
            piece("RAPP", "d5", internal=True),
        ),
    )
    found = scope(RUD).confine(Snapshot(ref=CaseRef("1"), case=case))
    assert found is not None
    assert [(each.type, each.count) for each in found.withheld] == [("INT", 1), ("RAPP", 2)]
    assert SECRET not in found.model_dump_json()


def test_what_the_edge_counted_counts_on_where_a_narrower_agreement_takes_more_out() -> None:
    """The hub confines once more, under the agreement of the very Link."""
    told = snapshot(documents=(piece(confidentiality="geheim"), piece("NIEUW", "d2")))
    once = scope().confine(told)
    assert once is not None
    again = scope().confine(once)
    assert again is not None
    assert again.withheld == once.withheld
    assert sum(each.count for each in again.withheld) == 2


def test_a_property_without_a_meaning_never_leaves() -> None:
    own = (Property(key="eigen_veld", value=SECRET), Property(key="opp_ha", value="0,4200"))
    shown = confined(properties=own)
    assert SECRET not in str(shown)
    assert "properties/opp_ha" in shown


def test_of_the_history_only_the_moments_leave() -> None:
    step = StatusStep(at=NOW, status="2", note=SECRET, by=SECRET)
    shown = confined(status="2", status_history=(step,))
    assert SECRET not in str(shown)
    assert any(path.startswith("status_history/") for path in shown)


def test_authors_leave_only_of_what_leaves() -> None:
    held = snapshot(unit="frontoffice").model_copy(
        update={"authors": {"unit": Author(by=SECRET), "title": Author(by="odru-201")}}
    )
    found = scope().confine(held)
    assert found is not None
    assert set(found.authors) == {"title"}


def test_absent_stays_absent_and_empty_stays_empty() -> None:
    """What was read and has nothing in it is not what was not read."""
    found = scope().confine(snapshot(documents=(), result=None))
    assert found is not None
    assert {"documents", "result"} <= found.case.model_fields_set
    assert not {"notes", "status", "roles"} & found.case.model_fields_set
    emptied = scope().confine(snapshot(documents=(piece(internal=True),)))
    assert emptied is not None
    assert emptied.case.documents == ()
    assert "documents" in emptied.case.model_fields_set


def test_what_a_fold_needs_leaves_though_it_does_not_cross() -> None:
    related = RelatedCase(key="2024-001205", relation="vervolg")
    assert "related/2024-001205" in confined(related=(related,))


FULL: dict[str, Any] = {
    "explanation": "Toelichting",
    "status": "2",
    "handler": Handler(id="odru-201", name="Mees"),
    "roles": (party("Initiatiefnemer", name="Demo"),),
    "properties": (Property(key="iw", value=">I"),),
    "documents": (piece(confidentiality="openbaar"),),
    "notes": (Note(key="n1", text="gewoon"),),
}


def test_confining_twice_takes_nothing_more() -> None:
    once = scope().confine(snapshot(**FULL))
    assert once is not None
    assert scope().confine(once) == once


def test_what_may_leave_under_the_agreements_may_also_arrive() -> None:
    """The two ends of a crossing are held to one rule."""
    shown = confined(**FULL)
    assert [each.path for each in scope().violations(shown)] == ["number"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("number", "X"),
        ("archive", {"nomination": "vernietigen"}),
        ("unit", "archeologie"),
        ("case_type", "ARC-ADV"),
        ("participant", "123456789"),
        ("confidentiality", "geheim"),
        ("properties/eigen", {"key": "eigen", "value": "x"}),
        ("notes/1", {"key": "1", "text": "x", "internal": True}),
        ("documents/1", {"key": "1", "type": "RAP", "confidentiality": "geheim"}),
        ("documents/1", {"key": "1", "type": "RAP", "internal": True}),
        ("roles/x", dict(party("Melder", name="Klaas"))),
        ("roles/x", dict(party("Initiatiefnemer", name="Demo", bsn="999991000"))),
        ("status_history/2024-01-01", {"at": "2024-01-01", "status": "1"}),
    ],
)
def test_what_no_agreement_covers_does_not_arrive(path: str, value: Any) -> None:
    assert not scope().may_receive(path, value)
    (violation,) = scope().violations({path: value})
    assert violation.path == path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("unit", "vakgroep"),
        ("case_type", "BOD-SAN"),
        ("case_type", "OMG-ADV"),
        ("status", "6"),
        ("result", None),
        ("documents/1", None),
        ("handler", {"id": "rud-101", "name": "Noor", "role": "Vakspecialist"}),
    ],
)
def test_what_was_agreed_arrives(path: str, value: Any) -> None:
    assert scope().may_receive(path, value)


def test_a_partner_is_told_no_more_than_its_own_agreement_says() -> None:
    named = dict(party("Aanvrager", name="Zeist"))
    assert not scope(VRU).may_receive("roles/x", named)
    assert not scope(VRU).may_receive("confidentiality", "vertrouwelijk")
    assert scope(VRU).may_receive("roles/x", dict(party("Aanvrager")))


def test_under_one_agreement_only_that_one_counts() -> None:
    named = dict(party("Gemeente", name="De Ronde Venen"))
    assert scope().may_receive("roles/x", named)
    assert not scope().under("SAM-LOOD-2024").may_receive("roles/x", named)
    assert scope().under("DVO-BODEM-2023").grants == ()


def test_what_one_agreement_forbids_another_does_not_let_through() -> None:
    """Never means never, whichever other agreement covers the case as well."""
    for grant in scope().grants:
        assert "bsn" not in grant.allows.person_fields - grant.allows.never_person_fields
    assert not scope().may_receive("roles/x", dict(party("Melder")))


# Several agreements at once


def two(first: dict[str, Any], second: dict[str, Any]) -> Scope:
    """Noord under two agreements that cover the same cases and let different things cross."""
    agreements = tuple(
        Agreement.model_validate({**samples.AGREEMENT, "id": name, **changes})
        for name, changes in (("A", first), ("B", second))
    )
    rules = replace(samples.RULES, version=repr((first, second)), agreements=agreements)
    return scope_for(samples.NOORD, rules, samples.NOW.date())


def test_a_cell_that_no_single_agreement_lets_leave_stays() -> None:
    """One shares documents up to a level, the other knows the level and shares no documents."""
    own = {"field_ownership": {"documents": "each"}}
    low = {"may_cross": {"max_confidentiality": "intern"}}
    secret = samples.document("d", "N-RAP", confidentiality="geheim")
    shown = Snapshot(ref=CaseRef("n"), case=samples.noord_case(documents=(secret,)))
    found = two(own, low).confine(shown)
    assert found is not None
    assert found.case.documents == ()


def test_a_case_too_secret_for_one_agreement_leaves_only_what_the_other_shares() -> None:
    low = {"may_cross": {"max_confidentiality": "intern"}}
    own = {"field_ownership": {"title": "each"}}
    case = samples.noord_case(title=SECRET, confidentiality="geheim")
    found = two(low, own).confine(Snapshot(ref=CaseRef("n"), case=case))
    assert found is not None
    assert SECRET not in found.model_dump_json()


def test_what_one_agreement_never_lets_cross_may_arrive_under_another() -> None:
    """Each Link has its own; the target's edge does not know for which of them it writes."""
    never = {"may_cross": {"document_types_never": ["rapport"]}}
    report = samples.document("d", "N-RAP").model_dump(mode="json")
    assert two({}, never).may_receive("documents/d", report)
    assert not two(never, never).may_receive("documents/d", report)


def test_who_wrote_of_a_party_is_told_under_the_key_by_which_it_leaves() -> None:
    """Its own key holds a citizen number; without its author an edit would pass for anybody's."""
    person = party("Initiatiefnemer", "natuurlijk_persoon", "999990019", name="Anna")
    held = snapshot(roles=(person,)).model_copy(
        update={"authors": {f"roles/{person.key}": Author(by="odru-202", at=NOW)}}
    )
    found = scope().confine(held)
    assert found is not None
    assert list(found.authors) == ["roles/Initiatiefnemer:natuurlijk_persoon:Anna"]
