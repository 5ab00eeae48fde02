"""What arrives is a message of ours, or it is said why not, and never what stood in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts.case import FIELDS, Case, Property, Role, case_of, cells_of
from contracts.envelope import TYPES, Envelope, Undecodable, decode, encode, source_of, type_of
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Cause, Hint, Observation, Seen, Sequence
from contracts.schema import publish
from contracts.snapshot import Snapshot

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
SCHEMA = Path(publish.__file__).parent
SECRET = "999993653"


def observation(case: Case) -> Observation:
    sight = Seen(snapshot=Snapshot(ref=CaseRef("N-1"), case=case))
    return Observation(
        agency=AgencyId("noord"), ref=CaseRef("N-1"), sequence=Sequence(1, 2), cause=Cause.PUSH,
        at=NOW, sight=sight,
    )  # fmt: skip


def envelope(message: Any) -> Envelope:
    source = source_of("0" * 20, "casebridge")
    return Envelope(id="1", source=source, type=type_of(message), time=NOW, data=message)


def test_absent_empty_and_unsupported_stay_three_things_on_the_wire() -> None:
    case = Case(title=None, documents=())
    snapshot = Snapshot(ref=CaseRef("N-1"), case=case, unsupported=frozenset({"hours"}))
    message = observation(case).model_copy(update={"sight": Seen(snapshot=snapshot)})
    back = decode(encode(envelope(message))).data
    assert isinstance(back, Observation)
    assert isinstance(back.sight, Seen)
    assert back.sight.snapshot.case.model_fields_set == {"title", "documents"}
    assert back.sight.snapshot.unsupported == {"hours"}
    assert "explanation" not in json.loads(encode(envelope(message)))["data"]["sight"]["snapshot"]


TEXT = st.text(max_size=20)
CASES = st.builds(
    lambda title, status, properties, read: Case.model_validate(
        {
            "title": title,
            "status": status,
            "properties": [{"key": k, "value": v} for k, v in properties.items()],
            **dict.fromkeys(read, ()),
        }
    ),
    st.none() | TEXT,
    st.none() | TEXT,
    st.dictionaries(TEXT.filter(bool), TEXT | st.booleans() | st.integers(), max_size=4),
    st.sets(st.sampled_from(["documents", "notes", "roles"])),
)


@given(CASES)
def test_a_case_laid_flat_and_built_up_again_is_the_same(case: Case) -> None:
    flat = cells_of(case)
    assert case_of(flat, frozenset(case.model_fields_set)) == case
    assert cells_of(case_of(flat, frozenset(case.model_fields_set))) == flat


@given(CASES)
def test_what_is_sent_is_what_arrives(case: Case) -> None:
    sent = envelope(observation(case))
    assert encode(decode(encode(sent))) == encode(sent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()))
def test_hostile_bytes_are_undecodable_and_nothing_else(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(body)


@given(
    st.sampled_from(sorted(TYPES)),
    st.dictionaries(
        st.sampled_from(["id", "source", "time", "data", "traceparent", "specversion"]), JSON
    ),
)
def test_a_known_type_with_hostile_members_is_undecodable(name: str, members: Any) -> None:
    with pytest.raises(Undecodable):
        decode(json.dumps({**members, "type": name}).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"type":' * 50_000,
        b'{"type": "nl.casebridge.case.observed.v1", "data": ' + b"[" * 100_000,
        b"\xff\xfe",
        b'{"type": {"a": 1}}',
        b'{"type": "nl.casebridge.case.observed.v9"}',
        b'{"type": 1' + b"0" * 5000 + b"}",
        b"",
    ],
)
def test_the_known_tricks_are_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(body)


def test_an_error_quotes_neither_a_value_nor_a_key() -> None:
    """A key may be a role's path, with the number of a citizen in it."""
    role = Role(key=f"r:p:{SECRET}", role="r", kind="p", identity=SECRET, person={"bsn": SECRET})
    message = json.loads(encode(envelope(observation(Case(roles=(role,))))))
    snapshot = message["data"]["sight"]["snapshot"]
    snapshot["authors"] = {f"roles/r:p:{SECRET}": {"by": {SECRET: 1}}}
    snapshot["case"]["roles"][0]["person"] = {SECRET: {"x": SECRET}}
    snapshot["case"]["title"] = [SECRET]
    with pytest.raises(Undecodable) as caught:
        decode(json.dumps(message).encode())
    assert SECRET not in str(caught.value)
    assert "authors.*.by" in str(caught.value), "and still it says where"
    assert caught.value.__cause__ is None


@pytest.mark.covers("F56")
def test_a_member_of_a_newer_release_is_ignored() -> None:
    hint = Hint(agency=AgencyId("noord"), ref=CaseRef("N-1"), cause=Cause.PUSH, at=NOW)
    message = json.loads(encode(envelope(hint)))
    message["data"]["newer"] = message["newer"] = {"x": 1}
    assert decode(json.dumps(message).encode()).data == hint


def test_every_field_of_a_case_has_a_kind() -> None:
    assert set(FIELDS) == set(Case.model_fields)


def test_the_asyncapi_document_names_every_type() -> None:
    text = (SCHEMA / "asyncapi.yaml").read_text()
    assert yaml.safe_load(text)["asyncapi"]
    for name in TYPES:
        assert name in text
        assert (SCHEMA / f"{name}.json").exists()


def test_a_property_keeps_the_type_of_its_value() -> None:
    for value in (True, 1, "1"):
        case = Case(properties=(Property(key="k", value=value),))
        (back,) = case_of(cells_of(case)).properties
        assert (type(back.value), back.value) == (type(value), value)
