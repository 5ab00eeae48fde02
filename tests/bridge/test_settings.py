"""Settings: every fault at once, with its place; never a value."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory import MemoryAdapter
from bridge.clock import clock_set, real_clock
from bridge.faulty import Faulty
from bridge.opening import make_adapter
from bridge.registry import UnknownAdapter, adapter_class, kinds, verify
from bridge.settings import load_settings
from contracts.adapter import Capabilities, Intake

SECRET = "hunter-2-canary"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASEBRIDGE_SECRETS", str(tmp_path / "none"))


def written(folder: Path, text: str) -> Path:
    file = folder / "casebridge.yaml"
    file.write_text(text)
    return file


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "rules: rules\n"))
    assert settings.store_url == "sqlite:///var/casebridge.db"
    assert settings.broker is None
    assert settings.edge.fold_for == timedelta(seconds=1)


def test_all_faults_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f"oin: {SECRET}\nedge:\n  concurrency: many\n  folded_for: PT1S\nhub: {{group: 0}}\n"
        "log_level: loud\nstorre: x\n",
    )
    with pytest.raises(Faulty) as caught:
        load_settings(file)
    said = str(caught.value)
    for place in ("rules", "oin", "edge.concurrency", "edge.folded_for", "hub.group", "log_level"):
        assert f"{file}: {place}: " in said
    assert SECRET not in said
    assert SECRET not in repr(caught.value.__cause__)


def test_accounts_are_given_to_all_or_to_none(tmp_path: Path) -> None:
    """One who has none would be refused by the others, or be checked by nobody."""
    agencies = (
        "agencies:\n  odru: {adapter: memory, account: edge-odru}\n  rud: {adapter: memory}\n"
    )
    file = written(tmp_path, f"rules: rules\n{agencies}")
    with pytest.raises(Faulty) as caught:
        load_settings(file)
    missing = "hub.account, agencies.rud.account missing"
    assert str(caught.value) == f"{file}: {missing}; give all accounts, or none"
    file = written(tmp_path, f"rules: rules\n{agencies.replace('rud: {', 'rud: {account: r, ')}")
    file.write_text(file.read_text() + "hub: {account: hub}\n")
    assert load_settings(file).hub.account == "hub"


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "rules: rules\nedge: {concurrency: 2, sweep_every: PT2H}\n")
    monkeypatch.setenv("CASEBRIDGE_EDGE__CONCURRENCY", "9")
    settings = load_settings(file)
    assert settings.edge.concurrency == 9
    assert settings.edge.sweep_every == timedelta(hours=2), "the rest of the group stays"


def test_a_secret_file_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "casebridge_store").write_text(f"postgresql://u:{SECRET}@h/d\n")
    monkeypatch.setenv("CASEBRIDGE_SECRETS", str(folder))
    monkeypatch.setenv("CASEBRIDGE_STORE", "sqlite:///other")
    settings = load_settings(written(tmp_path, "rules: rules\n"))
    assert settings.store == f"postgresql://u:{SECRET}@h/d"


@pytest.mark.parametrize("text", ["rules: [a\n", "\t- x", "- a\n- b\n", "just text\n", "\x00"])
def test_a_file_that_is_no_yaml_is_said_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(Faulty, match=r"casebridge\.yaml"):
        load_settings(written(tmp_path, text))


def test_a_file_that_is_not_there_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Faulty, match="--config"):
        load_settings(tmp_path / "none.yaml")


def test_an_adapters_faults_are_told_with_their_place_and_without_values(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "rules: rules\nagencies:\n  odru:\n    adapter: memory\n    settings:\n"
        f"      secret: {SECRET}\n      page_size: 0\n      intake: [{SECRET}]\n",
    )
    settings = load_settings(file)
    with pytest.raises(Faulty) as caught:
        make_adapter(settings, "odru")
    assert "agencies.odru.settings.page_size: " in str(caught.value)
    assert "agencies.odru.settings.intake" in str(caught.value)
    assert SECRET not in str(caught.value)
    with pytest.raises(Faulty, match="there are: odru"):
        make_adapter(settings, "elders")


def test_both_adapters_of_the_house_are_found() -> None:
    assert {"memory", "zgw"} <= set(kinds())
    assert adapter_class("memory") is MemoryAdapter
    with pytest.raises(UnknownAdapter, match="memory"):
        adapter_class("faxes")


def test_a_promise_without_its_method_is_refused() -> None:
    class Mute:
        """Promises to be polled, and cannot be."""

        kind = "mute"
        Settings = MemoryAdapter.Settings
        capabilities = Capabilities(
            readable=frozenset(), writable=frozenset(), intake=frozenset({Intake.POLL})
        )
        check = read = write = create = find = __aenter__ = __aexit__ = MemoryAdapter.check

    with pytest.raises(UnknownAdapter, match=r"poll \(intake poll\)"):
        verify(Mute)  # type: ignore[arg-type]
    with pytest.raises(UnknownAdapter, match="no capabilities"):
        verify(type("Nothing", (), {"kind": "x", "Settings": None}))


def test_a_clock_can_be_set_and_goes_on() -> None:
    ahead = clock_set(timedelta(days=3))
    assert timedelta(days=3) <= ahead() - real_clock() + timedelta(seconds=1)
    assert clock_set(timedelta(0)) is real_clock
    assert ahead().tzinfo is not None
