"""A case that shows otherwise than expected is found out, field by field."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bridge.demo.expect import differences
from bridge.demo.histories import ExpectedSide, History, read_world
from bridge.demo.looks import Looks, LooksDocument
from bridge.demo.run import DATA


@pytest.fixture(scope="module")
def history() -> History:
    (found,) = read_world(DATA, ["C01"]).histories
    return found


def expected(history: History) -> ExpectedSide:
    return history.expected.sides["odru"]


def as_expected(history: History) -> Looks:
    side = expected(history)
    titles = {e.data["key"]: e.data["title"] for e in history.events if "title" in e.data}
    return Looks(
        agency="odru",
        url="http://x",
        number=history.number,
        case_type=side.case_type,
        case_type_name="Advies",
        title="",
        received="2024-02-05",
        status=side.status,
        status_name=side.status_name,
        statuses=(),
        result=side.result,
        is_closed=side.closed,
        handler=side.handler,
        properties={name: str(value) for name, value in side.properties.items()},
        documents=tuple(
            LooksDocument(titles[d.key], d.type, d.version, 1, "") for d in side.documents
        ),
        references=(),
    )


def test_a_case_as_expected_has_no_faults(history: History) -> None:
    assert differences(history, expected(history), as_expected(history)) == []


@pytest.mark.parametrize(
    ("member", "value", "named"),
    [
        ("case_type", "BOD-INF", "zaaktype"),
        ("status", "5", "status"),
        ("status_name", "Klaar", "statusnaam"),
        ("result", None, "resultaat"),
        ("is_closed", False, "gesloten"),
        ("handler", "rud-102", "behandelaar"),
        ("properties", {"iw": ">I"}, "eigenschappen"),
        ("documents", (), "documenten"),
    ],
)
def test_each_difference_is_named(history: History, member: str, value: Any, named: str) -> None:
    shown = dataclasses.replace(as_expected(history), **{member: value})
    (fault,) = differences(history, expected(history), shown)
    assert fault.startswith(f"{named} is")


def test_another_version_of_a_document_is_a_difference(history: History) -> None:
    right = as_expected(history)
    first, *others = right.documents
    wrong = (dataclasses.replace(first, version=first.version + 1), *others)
    assert differences(history, expected(history), dataclasses.replace(right, documents=wrong))
