"""There and back: what is told of a case, as bytes, is read as what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from adapters.stuf_zds import making
from adapters.stuf_zds.envelope import Stuurgegevens
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.messages import notification
from adapters.stuf_zds.names import ACTUALISEER_ZAAKSTATUS, CREEER_ZAAK, UPDATE_ZAAK, Profile
from adapters.stuf_zds.notice import Notice
from adapters.stuf_zds.schema import Gate
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Reading, Shaper
from adapters.stuf_zds.step import status
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import Element, write
from contracts.case import Cells, cells_of
from contracts.ids import Mark
from contracts.patch import Change, Patch
from tests.adapters.stuf_zds.cases import CREATED, DAYS, cells
from tests.adapters.stuf_zds.site import THEM, US, schemas, settings

AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
MARK = Mark("01JNB3V9Q2Z8K4M6P7R8S9T0VW")
NUMBER = f"0344CB{MARK}"
TOLD = Stuurgegevens(code="", sender=US, receiver=THEM, reference="r-1", at="20260302101500000")
KEPT = {"registered", "case_type", "number", "status_history", "status", "start"}
"""What every case shows, or shows of itself."""

many = trying(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def made_of(told: dict[str, Any], options: StufSettings) -> Element:
    changes = tuple(Change(path=p, expect=None, become=v) for p, v in told.items())
    return making.zaak(Patch(changes=changes, at=AT), MARK, NUMBER, options)


def shown(zaak: Element, options: StufSettings, *, whole: bool) -> dict[str, Any]:
    """Read a case from its bytes."""
    again = parse(write(zaak))
    found: Cells = cells_of(Shaper(options).snapshot(Reading(again, is_whole=whole)).case)
    return {path: value for path, value in found.items() if value is not None}


def meant(told: dict[str, Any]) -> dict[str, Any]:
    """Give values as a case shows them: without members that say nothing."""
    return {path: _full(value) for path, value in told.items()}


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _full(v) for k, v in value.items() if v not in ("", None, {})}
    if isinstance(value, list | tuple):
        return [_full(one) for one in value]
    return value


@given(told=cells(), registered=DAYS)
@many
def test_a_case_is_made_as_it_was_meant(told: dict[str, Any], registered: str) -> None:
    options = settings(schemas=None)
    given_ = {**told, "case_type": "BODEM", "registered": registered}
    zaak = made_of(given_, options)
    found = meant(shown(zaak, options, whole=True))
    for path, value in meant(given_).items():
        assert found.pop(path) == value, path
    assert found.keys() <= KEPT
    assert Shaper(options).mark(zaak) == MARK


@given(before=cells(), after=cells())
@many
def test_a_change_tells_what_was_and_what_shall_be(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    options = settings(schemas=None)
    zaak = parse(write(made_of({**before, "case_type": "BODEM"}, options)))
    now = shown(zaak, options, whole=True)
    paths = [p for p in {**before, **after} if meant(before).get(p) != meant(after).get(p)]
    paths = [p for p in paths if not (p == "start" and p not in after)]
    changes = [Change(path=p, expect=now.get(p), become=after.get(p)) for p in paths]
    told = Notice.of(zaak, options, changes)
    for change in sorted(changes, key=lambda one: one.become is None):
        told.add(change)
    old, new = told.objects(always_w=False)
    was, shall = (meant(shown(one, options, whole=False)) for one in (old, new))
    for path in paths:
        wanted = meant(after).get(path)
        assert shall.get(path) == wanted, path
        if path in before and not path.startswith("roles/"):
            assert was.get(path) == meant(before)[path], path
    told_of = {p.partition("/")[0] for p in paths}
    assert {p.partition("/")[0] for p in shall if p != "number"} <= told_of | {"title"}


@pytest.mark.parametrize("profile", list(Profile))
def test_whatever_we_tell_the_schema_allows(profile: Profile) -> None:
    if schemas(profile) is None:
        pytest.skip("the schemas are not beside the checkout")
    options = settings(profile)
    gate = Gate(options.schemas, profile, strict=True)
    is_1_2 = profile is Profile.ZDS_1_2

    @given(before=cells(), after=cells(), created=st.fixed_dictionaries(dict(CREATED)))
    @many
    def trying_many(before: dict[str, Any], after: dict[str, Any], created: dict[str, Any]) -> None:
        zaak = made_of({"title": "Bodem", **before, **created}, options)
        gate.check(notification(CREEER_ZAAK, profile, TOLD, Mutatiesoort.TOEVOEGING, [zaak]))
        again = parse(write(zaak))
        now = shown(again, options, whole=True)
        changes = [
            Change(path=p, expect=now.get(p), become=after.get(p)) for p in {**before, **after}
        ]
        told = Notice.of(again, options, changes)
        for change in sorted(changes, key=lambda one: one.become is None):
            told.add(change)
        pair = told.objects(always_w=is_1_2)
        gate.check(notification(UPDATE_ZAAK, profile, TOLD, Mutatiesoort.WIJZIGING, pair))
        pair = status(
            again, options, name="Ontvangen", rank=1, at=AT, by="j.jansen", always_w=is_1_2
        )
        gate.check(
            notification(ACTUALISEER_ZAAKSTATUS, profile, TOLD, Mutatiesoort.WIJZIGING, pair)
        )

    trying_many()
