"""From a zaak to a Snapshot, and back: pure, so tried on much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.zgw import audit, objects, papers, roles, shape
from adapters.zgw.casetype import CaseTypeVersion
from adapters.zgw.fields import WRITABLE
from adapters.zgw.moments import status_moment
from adapters.zgw.native import (
    AuditEntry,
    Resultaat,
    ResultaatType,
    Rol,
    RolType,
    Status,
    StatusType,
    Zaak,
    ZaakEigenschap,
    ZaakObject,
    ZaakType,
)
from adapters.zgw.plan import LIKE
from contracts.case import CaseObject, Document, Role, role_key
from contracts.errors import Rejected
from contracts.patch import Change
from tests.adapters.zgw.people import AT

RECORDINGS = Path(__file__).resolve().parents[3] / ".." / "shared" / "recordings"
recorded = pytest.mark.skipif(
    not RECORDINGS.exists(), reason="the recordings of a real server are not beside the checkout"
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)


def _recorded(name: str) -> list[dict[str, Any]]:
    path = RECORDINGS / "openzaak-1.30.0" / name
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


def a_type(*statuses: StatusType) -> CaseTypeVersion:
    return CaseTypeVersion(
        ZaakType(url="http://x/zt/1", identificatie="BOD"),
        statuses=statuses,
        results=(ResultaatType(url="http://x/rt/1", omschrijving="Positief"),),
        roles=(RolType(url="http://x/rol/1", omschrijving="Vakspecialist"),),
    )


def a_step(number: int, name: str, generic: str = "", *, final: bool = False) -> StatusType:
    return StatusType(
        url=f"http://x/st/{number}",
        omschrijving=name,
        omschrijving_generiek=generic,
        volgnummer=number,
        is_eindstatus=final,
    )


@recorded
def test_recorded_case_is_carried_whole() -> None:
    """A real server's whole case: every part arrives, and what does not is named."""
    raw = _recorded("10-expand.json")[0]["response"]["body"]
    inside = raw["_expand"]
    status = inside["status"]
    kind = CaseTypeVersion(
        ZaakType.model_validate(inside["zaaktype"]),
        statuses=(StatusType.model_validate(status["_expand"]["statustype"]),),
        results=(ResultaatType.model_validate(inside["resultaat"]["_expand"]["resultaattype"]),),
    )
    snapshot = shape.snapshot(
        shape.Reading(
            zaak=Zaak.model_validate(raw),
            raw=raw,
            kind=kind,
            statuses=(Status.model_validate(status),),
            result=Resultaat.model_validate(inside["resultaat"]),
            roles=tuple(Rol.model_validate(r) for r in inside["rollen"]),
            properties=tuple(ZaakEigenschap.model_validate(p) for p in inside["eigenschappen"]),
            objects=tuple(ZaakObject.model_validate(o) for o in inside["zaakobjecten"]),
        )
    )
    case = snapshot.case
    assert snapshot.mark == "01JDC0FFEE0000000000000000"
    assert snapshot.is_closed
    assert case.number == "ODRU-2026-000123"
    assert case.case_type == "BOD-ADV"
    assert case.status == "Gereed"
    assert case.handler is not None
    assert case.handler.id == "rud-101"
    assert case.extension is not None
    assert case.extension.duration == "P14D"
    assert case.suspension is None
    assert {o.type for o in case.objects} == {"adres", "overige", "geometrie"}
    assert {r.role for r in case.roles} == {"Initiatiefnemer", "Gemeente"}
    assert "notes" in snapshot.unsupported
    assert "notes" not in case.model_fields_set
    named = {one.where for one in snapshot.unmapped}
    assert "zaak/communicatiekanaalNaam" in named
    assert "eigenschap/onderzoek" in named


@recorded
def test_recorded_collision_is_seen() -> None:
    """Two PATCHes at once on a real server: the edit that was lost is found, with its value."""
    body = _recorded("14-audittrail-na-botsing.json")[4]["response"]["body"]
    body[-1]["toelichting"] = "ons bevel"
    trail = [AuditEntry.model_validate(entry) for entry in body]
    known = frozenset({trail[0].uuid})
    (lost,) = audit.collisions(trail, {"omschrijving": "van A"}, "ons bevel", known)
    assert (lost.member, lost.lost, lost.by_us) == ("toelichting", "van B", True)
    assert lost.author == "gebruiker-b"
    for entry in (*body,):
        entry["toelichting"] = ""
    body[1]["toelichting"] = "ons bevel"
    trail = [AuditEntry.model_validate(entry) for entry in body]
    (told,) = audit.collisions(trail, {"toelichting": "van B"}, "ons bevel", known)
    assert (told.member, told.by_us) == ("toelichting", False)


def test_generic_word_for_a_status_is_used_where_it_names_one_step() -> None:
    """Two steps with one generic word are told apart by their own."""
    kind = a_type(
        a_step(1, "Nieuw", "open"), a_step(2, "Loopt", "bezig"), a_step(3, "Wacht", "bezig")
    )
    assert kind.status_term("http://x/st/1") == "open"
    assert kind.status_term("http://x/st/2") == "Loopt"
    for word, number in (("open", 1), ("Nieuw", 1), ("Loopt", 2), ("3", 3)):
        assert kind.status(word).volgnummer == number
    with pytest.raises(Rejected, match="it has: Loopt, Nieuw, Wacht"):
        kind.status("bezig")


def test_status_words_read_and_write_alike() -> None:
    """Every word that is shown is understood again."""
    kind = a_type(*(a_step(n, f"Stap {n}", "x" if n % 2 else "") for n in range(1, 6)))
    for step in kind.statuses:
        term = kind.status_term(step.url)
        assert term is not None
        assert kind.status(term).url == step.url


@given(
    st.sampled_from(
        [
            "natuurlijk_persoon",
            "niet_natuurlijk_persoon",
            "vestiging",
            "organisatorische_eenheid",
            "medewerker",
        ]
    ),
    st.one_of(TEXT, st.from_regex(r"[0-9]{8,12}", fullmatch=True)),
    st.dictionaries(st.sampled_from(["email", "phone"]), TEXT),
)
def test_party_reads_back_as_it_was_written(
    kind: str, identity: str, person: dict[str, str]
) -> None:
    """Whoever it is, and whatever their number looks like: the same key, the same person."""
    wanted = Role(
        key=role_key("Gemeente", kind, identity),
        role="Gemeente",
        kind=kind,
        identity=identity,
        person=person,
    )
    sent = roles.body(wanted, "http://x/rol/1", "http://x/zaken/1")
    seen = roles.role(
        Rol.model_validate({**sent, "url": "http://x/rollen/1", "omschrijving": "Gemeente"})
    )
    change = Change(path=f"roles/{wanted.key}", become=wanted.model_dump(mode="json"))
    assert seen.key == wanted.key
    assert LIKE.is_done(change, seen.model_dump(mode="json"))


@given(
    st.sampled_from(["adres", "pand", "kadastrale_onroerende_zaak", "overige"]),
    st.dictionaries(st.sampled_from(["identificatie", "naam", "x"]), TEXT, min_size=1),
)
def test_object_reads_back_as_it_was_written(kind: str, data: dict[str, str]) -> None:
    """The same members give the same key, in whatever order they come."""
    native = ZaakObject(
        url="http://x/zaakobjecten/1",
        object_type=kind,
        object_type_overige="iets" if kind == "overige" else "",
        object_identificatie=data,
    )
    seen = objects.object_of(native)
    sent = objects.body(seen, "http://x/zaken/1")
    again = ZaakObject.model_validate({**sent, "url": "http://x/zaakobjecten/2"})
    assert objects.object_of(again) == seen
    turned = dict(reversed(list(data.items())))
    other = native.model_copy(update={"object_identificatie": turned})
    assert objects.object_of(other).key == seen.key


def test_object_without_members_is_refused() -> None:
    """The system would take an object that is nothing."""
    with pytest.raises(Rejected):
        objects.body(CaseObject(key="pand:", type="pand", identity="", data={}), "http://x")


@given(st.sampled_from(sorted(WRITABLE)), st.data())
def test_register_reads_back_as_it_was_written(field: str, data: st.DataObject) -> None:
    """Each member of the zaak: what is written is what is read."""
    values: dict[str, st.SearchStrategy[Any]] = {
        "suspension": st.builds(lambda r: {"active": True, "reason": r}, TEXT),
        "extension": st.builds(lambda r: {"reason": r, "duration": "P14D"}, TEXT),
    }
    value = data.draw(st.one_of(st.none(), values.get(field, TEXT)))
    member = WRITABLE[field]
    raw = {
        "url": "http://x/zaken/1",
        "zaaktype": "http://x/zt/1",
        member.native: member.write(value),
    }
    read = member.read(Zaak.model_validate(raw))
    assert (read.model_dump() if hasattr(read, "model_dump") else read) == value


@pytest.mark.parametrize(
    "empty", [None, {}, {"indicatie": False, "eerdereOpschorting": True, "reden": ""}]
)
def test_empty_groups_are_empty_however_they_are_shown(empty: Any) -> None:
    """Null, absent and all-empty are one value."""
    raw = {"url": "http://x/1", "zaaktype": "http://x/2", "opschorting": empty, "verlenging": empty}
    zaak = Zaak.model_validate(raw)
    assert WRITABLE["suspension"].read(zaak) is None
    assert WRITABLE["extension"].read(zaak) is None


def test_moment_of_a_status_is_the_same_on_every_try() -> None:
    """Ours, or just after the current one; always as the clock on the wall here has it."""
    assert status_moment(AT, None) == AT
    assert status_moment(AT, AT) > AT
    assert status_moment(AT, AT) == status_moment(AT, AT)
    assert status_moment(AT, None).isoformat().endswith("+01:00")


def test_only_what_differs_of_a_document_is_sent() -> None:
    """Each PATCH is a version, so the smallest."""
    now = Document(key="1", type="RAP", title="A", author="x", status="definitief")
    wanted = now.model_copy(update={"title": "B", "digest": "f" * 64, "version": 3})
    assert papers.document_changes(now, wanted) == {"titel": "B"}
    assert papers.same_document(now, now.model_copy(update={"digest": "f" * 64, "mark": "CB1"}))
