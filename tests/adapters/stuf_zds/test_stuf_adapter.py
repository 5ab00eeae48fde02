"""The adapter: what it promises as configured, what belongs to which case, offers, settings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from adapters import stuf_zds
from adapters.memory import MemorySettings
from adapters.stuf_zds import StufSettings, StufZdsAdapter
from adapters.stuf_zds.capabilities import MOST, narrowed
from adapters.stuf_zds.dialects import DIALECTS
from adapters.stuf_zds.names import Port, Profile
from adapters.stuf_zds.simulator import Quirks
from contracts.adapter import CreateGuard, Intake, UpdateGuard
from contracts.errors import Denied
from contracts.ids import CaseRef
from tests.adapters.stuf_zds.hands import change, creates, site, writes
from tests.adapters.stuf_zds.harness import StufHarness
from tests.adapters.stuf_zds.site import BRIDGE, CASES, PASSWORD, settings
from tests.adapters.stuf_zds.test_stuf_documents import GIVEN, adds

# What is promised


async def test_the_system_is_asked_who_we_are_before_anything_is_promised() -> None:
    async with site() as (_, adapter):
        assert await adapter.check() == narrowed(adapter._settings)
    async with site(password=SecretStr("fout")) as (_, adapter):
        with pytest.raises(Denied):
            await adapter.check()
    async with site(sender={"applicatie": "VREEMD"}) as (_, adapter):
        with pytest.raises(Denied, match="sender"):
            await adapter.check()


def test_what_is_configured_narrows_what_is_promised() -> None:
    full = narrowed(settings(Profile.ZDS_1_2))
    assert full.readable <= MOST.readable
    assert full.writable <= MOST.writable
    assert full.create_guard == {CreateGuard.MARK}
    assert full.update_guard is UpdateGuard.NONE
    assert full.intake == {Intake.PUSH}
    assert narrowed(settings(number_pattern=None)).create_guard == frozenset()
    assert "properties" not in narrowed(settings(properties=())).readable
    deaf = narrowed(settings(callback_user=None, callback_password=None))
    assert deaf.intake == frozenset()
    strict = narrowed(settings(deviations={"checks_old": True}))
    assert strict.update_guard is UpdateGuard.TOKEN
    slow = narrowed(settings(dialect="queued"))
    assert slow.read_lag == slow.settles_within == timedelta(minutes=2)
    small = narrowed(settings(max_document_bytes=4096))
    assert small.documents is not None
    assert small.documents.max_bytes == 4096


@pytest.mark.parametrize(
    ("lacks", "readable", "writable"),
    [
        ("geefLijstZaakdocumenten", {"documents"}, {"documents"}),
        ("voegZaakdocumentToe", set(), {"documents"}),
        ("actualiseerZaakstatus", set(), {"status"}),
    ],
)
def test_what_a_product_lacks_is_not_promised(
    lacks: str, readable: set[str], writable: set[str]
) -> None:
    found = narrowed(settings(deviations={"lacks": [lacks]}))
    full = narrowed(settings())
    assert full.readable - found.readable == readable
    assert full.writable - found.writable == writable


def test_what_was_agreed_beside_the_standard_is_promised() -> None:
    beside = {"participant", "confidentiality"}
    assert not beside & narrowed(settings()).readable
    agreed = narrowed(settings(elements={"participant": "gemeente", "confidentiality": "niveau"}))
    assert beside <= agreed.readable
    assert beside <= agreed.writable
    own = narrowed(settings(participant="GM0344"))
    assert "participant" in own.readable - own.writable
    assert "participant" in own.creatable


def test_a_decision_has_words_only_where_a_message_of_its_own_tells_of_it() -> None:
    assert narrowed(settings(Profile.ZDS_1_1)).limits["decisions/text"].max_length == 0
    assert narrowed(settings(Profile.ZDS_1_2)).limits["decisions/text"].max_length == 1000
    bridged = narrowed(settings(Profile.ZDS_1_2, dialect="zaakbrug"))
    assert bridged.limits["decisions/text"].max_length == 0


# What belongs to which case


async def test_a_document_is_known_by_its_cases_and_a_case_is_its_own() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter)
        await writes(adapter, ref, adds(), contents=GIVEN)
        assert await adapter.cases_of(CaseRef("document:0344DM1")) == [ref]
        assert await adapter.cases_of(CaseRef("document:0344DM2")) == []
        assert await adapter.cases_of(ref) == [ref]


async def test_a_decision_is_known_by_its_case_where_the_profile_can_tell() -> None:
    async with site(Profile.ZDS_1_2) as (_, adapter):
        ref = await creates(adapter)
        item = {"key": "x", "type": "Vergunning", "date": "2026-03-01", "text": "Ja"}
        after = await writes(adapter, ref, change("decisions/x", item))
        ((number, _),) = [(p.partition("/")[2], v) for p, v in after.items() if "decisions/" in p]
        assert await adapter.cases_of(CaseRef(f"besluit:{number}")) == [ref]
    async with site(Profile.ZDS_1_1) as (_, adapter):
        assert await adapter.cases_of(CaseRef("besluit:X")) == []


@pytest.mark.parametrize("answer", ["Overdracht geaccepteerd", "Overdracht geweigerd", None])
async def test_an_offer_is_answered_as_agreed_and_else_left_to_people(answer: str | None) -> None:
    async with site(Profile.ZDS_1_2, handovers=answer) as (harness, adapter):
        ref = await harness.open_case({"title": "Bodem"})
        await harness.pushes()
        subscriber = harness.simulator.system.store.all("abonnee")[0]["uuid"]
        harness._do(ref, "overdragen", aan=subscriber, melding="Nemen jullie die?")
        (push,) = await harness.pushes()
        (offer,) = adapter.hear(push).refs
        assert offer.startswith("overdracht:")
        assert await adapter.cases_of(offer) == [ref]
        assert harness._row(ref)["overdracht"]["antwoord"] == (answer or "")


async def test_pushes_need_a_way_to_tell_who_calls() -> None:
    async with site(callback_user=None, callback_password=None) as (_, adapter):
        with pytest.raises(Denied, match="callback_user"):
            await adapter.subscribe("https://brug.example/callbacks/odru")
    async with site() as (_, adapter):
        await adapter.subscribe("https://brug.example/callbacks/odru")


async def test_a_refusal_that_came_later_has_the_case_looked_at() -> None:
    """The queue of an old system: acknowledged, and refused after."""
    quirks = Quirks(acknowledge_first=True, refuses=("omschrijving",))
    async with StufHarness(Profile.ZDS_1_1, quirks, dialect="queued") as harness:
        adapter = StufZdsAdapter(harness.settings())
        async with adapter:
            ref = await harness.open_case({"title": "Bodem"})
            await harness.pushes()
            await writes(adapter, ref, change("title", "Anders", "Bodem"))
            heard = [adapter.hear(push) for push in await harness.pushes()]
        assert [one.refs for one in heard] == [(ref,)]


# Settings


def test_the_adapter_takes_its_own_settings_only() -> None:
    with pytest.raises(TypeError, match="StufSettings"):
        StufZdsAdapter(MemorySettings(system="x"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"base_url": "ftp://x"}, "http"),
        ({"base_url": "https://piet:geheim@x.example"}, "password"),
        ({"base_url": None}, "base_url"),
        ({"number_pattern": "0344"}, "{mark}"),
        ({"number_pattern": "{mark}{mark}"}, "{mark}"),
        ({"number_pattern": "0344-een-veel-te-lang-voorvoegsel-{mark}"}, "longer"),
        ({"number_pattern": "0344/{mark}"}, "none of"),
        ({"document_pattern": "{anders}"}, "{mark}"),
        ({"dialect": "klingon"}, "zaakbrug"),
        ({"deviations": {"kleur": "rood"}}, "kleur"),
        ({"username": "wij"}, "together"),
        ({"password": SecretStr("x"), "password_file": Path("x")}, "either"),
        ({"callback_header": "X-Wie"}, "together"),
        ({"callback_user": "zaaksysteem"}, "together"),
        ({"callback_password": SecretStr("x")}, "together"),
        ({"sender": {"applicatie": "X"}}, "at least 3"),
        ({"elements": {"title": "titel"}}, "participant"),
        ({"schemas": Path("/nergens")}, "stuf0301mtom.xsd"),
        ({"elements": {"participant": ""}}, "name of an extraElement"),
        ({"elements": {"participant": "x"}, "properties": ("x",)}, "one name"),
        ({"elements": {"participant": "x"}, "participant": "GM0344"}, "either"),
        ({"onbekend": 1}, "onbekend"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(wrong: dict[str, Any], says: str) -> None:
    given = {"base_url": "https://zaak.example", "sender": BRIDGE, "receiver": CASES, **wrong}
    with pytest.raises(ValidationError) as caught:
        StufSettings(**given)
    assert says in str(caught.value)


def test_the_example_of_the_readme_is_one() -> None:
    text = (Path(stuf_zds.__file__).parent / "README.md").read_text("utf-8")
    example = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    given = {**example["settings"], "schemas": None}
    assert example["adapter"] == StufZdsAdapter.kind
    assert StufSettings.model_validate(given).may_be_called


def test_each_port_type_has_an_address() -> None:
    usual = settings(base_url="https://zaak.example/stuf/")
    assert usual.address(Port.BEANTWOORD_VRAAG).startswith("https://zaak.example/stuf/")
    assert len({usual.address(port) for port in Port}) == 3
    one = settings(
        base_url=None,
        ontvang_asynchroon="https://a.example/x",
        beantwoord_vraag="https://a.example/y",
        vrije_berichten="https://a.example/z",
    )
    assert [one.address(port)[-1] for port in Port] == ["x", "y", "z"]


def test_secrets_come_from_files_and_are_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "geheim"
    file.write_text("sleutel-uit-bestand\n")
    found = settings(username="wij", password_file=file)
    assert found.credentials() == ("wij", "sleutel-uit-bestand")
    assert found.callback_credentials() == ("zaaksysteem", PASSWORD)
    assert PASSWORD not in repr(found)
    assert settings().credentials() is None


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_every_dialect_leaves_cases_to_be_read_and_written(name: str) -> None:
    for profile in Profile:
        found = narrowed(settings(profile, dialect=name))
        assert {"title", "status", "roles"} <= found.writable
        assert "documents" in found.readable
