"""The reference names everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest
import typer.main
from pydantic import BaseModel, TypeAdapter
from typer.core import TyperGroup, TyperOption

import bridge.broker.base
import bridge.store.errors
import contracts.errors
from adapters.stuf_zds import StufZdsAdapter
from adapters.stuf_zds.dialects import DIALECTS, Dialect
from adapters.zgw.adapter import ZgwAdapter
from adapters.zgw.features import NAMES
from adapters.zgw.rights import NEEDED, TOO_MUCH, WELCOME
from bridge.broker.memory import Fate, NoFaults
from bridge.broker.senders import FalseSender
from bridge.cli import context
from bridge.cli.main import app
from bridge.desk import NotToBeDone, State
from bridge.engine.decision import What
from bridge.engine.draft import WAYS
from bridge.engine.lane import Phase
from bridge.engine.parked import Way
from bridge.faulty import Faulty
from bridge.registry import UnknownAdapter
from bridge.rules import RulesInvalid
from bridge.rules.files import Agency, ParticipantEntry, Parties, Staff, Unit
from bridge.settings import (
    AgencySettings,
    ConsoleSettings,
    ContentSettings,
    EdgeSettings,
    HubSettings,
    OidcSettings,
    ScanSettings,
    Settings,
)
from bridge.store.views import CaseState
from contracts import agreement, crosswalk
from contracts.adapter import Capabilities, Refusals
from contracts.agreement import DEFAULT_POLICY, Entry, Policy
from contracts.envelope import ENVELOPES, TYPES, Envelope, Undecodable
from contracts.messages import Outcome, Refused, Result, Sight
from tests.docs.pages import ROOT, Page, reference

SETTINGS, CLI, ERRORS = reference("settings.md"), reference("cli.md"), reference("errors.md")
STATES, MESSAGES, ZGW = (
    reference("states-and-journal.md"),
    reference("messages.md"),
    reference("zgw.md"),
)
BROKER, STUF = reference("broker.md"), reference("stuf-zds.md")
RULES, CROSSWALKS = reference("rules-files.md"), reference("crosswalk-files.md")


def _undocumented(names: Iterable[str], page: Page) -> list[str]:
    # `final: true` documents `final`.
    told = {word.partition(":")[0] for word in page.words()} | page.words()
    return sorted(set(names) - told)


def _group() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


# Settings


def _written(default: Any) -> str:
    """Write a default as the pages do: durations as ISO 8601."""
    if isinstance(default, timedelta):
        return str(TypeAdapter(timedelta).dump_python(default, mode="json"))
    return str(default)


@pytest.mark.parametrize(
    ("group", "heading"),
    [
        (Settings, "At the top"),
        (AgencySettings, "`agencies.<agency>`"),
        (ScanSettings, "`agencies.<agency>.scan`"),
        (EdgeSettings, "`edge`"),
        (HubSettings, "`hub`"),
        (ConsoleSettings, "`console`"),
        (OidcSettings, "`console.oidc`"),
        (ContentSettings, "`content`"),
    ],
)
def test_every_setting_stands_in_its_table_with_its_default(
    group: type[BaseModel], heading: str
) -> None:
    """And no setting that is gone."""
    rows = SETTINGS.rows(heading)
    assert rows.keys() == group.model_fields.keys()
    for name, field in group.model_fields.items():
        default = field.default
        if isinstance(default, (str, int, timedelta)) and set(str(default)) != {"0"}:
            assert f"`{_written(default)}`" in rows[name], (
                f"{name} is {_written(default)} by default"
            )
        if field.is_required():
            assert "required" in rows[name]


def test_every_setting_of_the_zgw_adapter_stands_in_its_table() -> None:
    """And none that is gone."""
    rows = ZGW.rows("Settings: `agencies.<agency>.settings`")
    assert rows.keys() - {"base_url"} == ZgwAdapter.Settings.model_fields.keys() - {"base_url"}


def test_every_setting_of_the_stuf_adapter_stands_in_its_table() -> None:
    """And none that is gone."""
    rows = STUF.rows("Settings: `agencies.<agency>.settings`")
    assert rows.keys() == StufZdsAdapter.Settings.model_fields.keys()


def test_every_dialect_and_each_of_its_members_is_told() -> None:
    """And none that is gone."""
    assert STUF.rows("Dialects").keys() == DIALECTS.keys() | Dialect.model_fields.keys()


# The command


def _options(group: TyperGroup) -> Iterator[str]:
    """Give the options of all commands, those in groups too."""
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            yield from _options(command)
        for param in command.params:
            if isinstance(param, TyperOption):
                yield from (*param.opts, *param.secondary_opts)


def test_every_command_and_option_is_described() -> None:
    """And no option that is gone."""
    commands = _group().commands
    described = {word.split()[1] for word in CLI.words() if word.startswith("casebridge ")}
    assert commands.keys() <= described
    options = set(_options(_group()))
    assert _undocumented(options, CLI) == []
    named = {word for word in CLI.words() if word.startswith("--") and " " not in word}
    assert named <= options | {"--help", "--version"}


@pytest.mark.parametrize("command", ["demo", "run", "cases", "resume"])
def test_what_only_one_command_takes_stands_in_a_table_of_its_own(command: str) -> None:
    """With all of it."""
    shared = {"--config", "-c", "--json", "--reason", "--by"}
    rows = {
        word
        for line in CLI.text.split(f"| option of `{command}` |")[1]
        .partition("\n\n")[0]
        .splitlines()
        for word in (line.split("|")[1].replace("`", "").split(",") if line.count("|") > 1 else ())
    }
    own = {
        option
        for param in _group().commands[command].params
        if isinstance(param, TyperOption)
        for option in (*param.opts, *param.secondary_opts)
    }
    assert own - shared == {row.strip() for row in rows if row.strip().startswith("-")} - {"---"}


def test_every_exit_code_is_explained() -> None:
    """Those of the code, each once."""
    codes = [context.DONE, context.FOUND_SOMETHING, context.WRONG_USE]
    codes += [context.OUT_OF_REACH, context.REFUSED]
    told = re.findall(r"^\| (\d) \|", CLI.text, re.MULTILINE)
    assert told == [str(code) for code in codes]


def test_every_word_for_how_cases_stand_is_explained() -> None:
    """What `cases` prints, and what it can be asked for."""
    assert _undocumented([*CaseState, *State], CLI) == []


# Errors, states, journal


def _errors_in(module: ModuleType) -> set[str]:
    return {
        name
        for name, found in vars(module).items()
        if isinstance(found, type)
        and issubclass(found, Exception)
        and found.__module__ == module.__name__
    }


@pytest.mark.parametrize(
    ("module", "heading"),
    [
        (contracts.errors, "From a case system: `contracts/errors.py`"),
        (bridge.store.errors, "From the store: `bridge/store/errors.py`"),
        (bridge.broker.base, "From the broker: `bridge/broker/base.py`"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_error_has_a_row(module: ModuleType, heading: str) -> None:
    """And no error that is gone."""
    assert ERRORS.rows(heading).keys() == _errors_in(module)


def test_other_errors_that_people_meet_are_there() -> None:
    """Those that end a command, or a message."""
    named = (Refusals, Faulty, RulesInvalid, UnknownAdapter, NotToBeDone, Undecodable, FalseSender)
    assert _undocumented((error.__name__ for error in named), ERRORS) == []


def test_every_outcome_of_a_change_has_a_row() -> None:
    """And no other."""
    assert ERRORS.rows("What a change comes to: `Outcome`").keys() == set(Outcome)


def test_every_word_of_the_journal_has_a_row() -> None:
    """And no other."""
    assert STATES.rows("The journal").keys() == set(What)


def test_every_reason_has_a_row_with_its_ways_out() -> None:
    """In the order in which they are best tried."""
    rows = STATES.rows("Why something is parked")
    assert rows.keys() == set(WAYS)
    for reason, ways in WAYS.items():
        told = rows[reason].split("|")[-2].strip()
        assert told == ", ".join(ways), f"{reason}: {told}"


def test_every_way_out_and_phase_has_a_row() -> None:
    """And no other."""
    assert STATES.rows("Ways out").keys() >= set(Way)
    phases = {get_args(get_type_hints(phase)["kind"])[0] for phase in get_args(Phase)}
    assert STATES.rows("How a side stands").keys() == phases


# Messages


def test_every_message_has_a_row_and_its_schema_is_there() -> None:
    """Under the type in which it travels."""
    for name, message in TYPES.items():
        row = MESSAGES.rows("Messages and events")[name]
        assert f"`{message.__name__}`" in row
        assert (ROOT / "contracts" / "schema" / f"{name}.json").exists()
    assert ENVELOPES.keys() <= MESSAGES.words()


def test_the_envelope_is_described_whole() -> None:
    """Each attribute, and no other."""
    rows = MESSAGES.rows("The envelope")
    assert Envelope.model_fields.keys() <= rows.keys()


@pytest.mark.parametrize(
    ("union", "heading"),
    [(Sight, "What an edge may have seen"), (Result, "What a Receipt may say")],
)
def test_what_a_message_may_say_has_a_row(union: Any, heading: str) -> None:
    """Each kind of it."""
    kinds = {member.model_fields["kind"].default for member in get_args(get_args(union)[0])}
    rows = MESSAGES.rows(heading)
    assert kinds <= rows.keys()
    assert set(get_args(Refused.model_fields["reason"].annotation)) <= MESSAGES.words()


def test_every_question_of_the_broker_in_memory_has_a_row() -> None:
    """With every fate that a message may have."""
    asked = {name for name in vars(NoFaults) if not name.startswith("_")}
    assert BROKER.rows("In memory").keys() == asked
    assert {fate.name for fate in Fate} <= BROKER.words()


# Adapters


def test_every_capability_has_a_row() -> None:
    """And no other; what ZGW can write is told in full."""
    rows = ZGW.rows("Capabilities")
    assert rows.keys() == Capabilities.model_fields.keys()
    most = ZgwAdapter.capabilities
    assert set(rows["writable"].split("|")[3].replace("`", "").split()) == most.writable
    assert set(rows["creatable"].split("|")[3].replace("`", "").split()) == most.creatable


def test_what_the_stuf_adapter_promises_is_told_in_full() -> None:
    """A row for each capability, and all that it can write."""
    rows = STUF.rows("Capabilities")
    assert rows.keys() == Capabilities.model_fields.keys()
    most = StufZdsAdapter.capabilities
    assert set(rows["writable"].split("|")[2].replace("`", "").split()) == most.writable
    assert set(rows["creatable"].split("|")[2].replace("`", "").split()) == most.creatable


def test_every_right_and_feature_of_zgw_is_named() -> None:
    """Needed, welcome and too much."""
    assert _undocumented([*NEEDED, *WELCOME, *TOO_MUCH, *NAMES], ZGW) == []


# Rules


def _members(*models: type[BaseModel]) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def _entries(module: ModuleType) -> list[type[Entry]]:
    return [
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, Entry)
        and found.__module__ == module.__name__
    ]


def test_every_member_of_an_agreement_is_described() -> None:
    """As it is written in the file."""
    assert _undocumented(_members(*_entries(agreement)), RULES) == []
    assert _undocumented(_members(Parties, Agency, Unit, Staff, ParticipantEntry), RULES) == []


def test_every_member_of_a_table_is_described() -> None:
    """Vocabulary on the one page, catalogues and crosswalks on the other."""
    shared: list[type[Entry]] = [
        crosswalk.Vocabulary,
        crosswalk.SharedCode,
        crosswalk.SharedProperty,
    ]
    own = [found for found in _entries(crosswalk) if found not in shared]
    assert _undocumented(_members(*shared), RULES) == []
    assert _undocumented(_members(*own), CROSSWALKS) == []


def test_every_policy_has_a_row_and_every_default_is_told() -> None:
    """Who wins where both sides changed a value."""
    assert RULES.rows("Policies").keys() == set(Policy)
    told = RULES.section("Policies").partition("an agreement says nothing has:")[2]
    for part in told.replace("\n", " ").split(";"):
        policy, _, names = part.partition(" for ")
        if "all others" in names:
            continue
        fields = {name for name, each in DEFAULT_POLICY.items() if f"`{each}`" == policy.strip()}
        assert set(names.split("`")[1::2]) == fields, policy


def test_every_rule_and_kind_of_property_has_a_row() -> None:
    """And no other."""
    rules = CROSSWALKS.rows("Rules for a shared value without a local one")
    assert rules.keys() == set(crosswalk.Rule)
    kinds = {
        get_args(member.model_fields["kind"].annotation)[0]
        for member in get_args(get_args(crosswalk.PropertyRule)[0])
    }
    assert CROSSWALKS.rows("Properties").keys() == kinds
