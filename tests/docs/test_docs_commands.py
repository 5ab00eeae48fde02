"""What the documentation prints can be typed: commands, targets, settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
import yaml
from typer.core import TyperGroup

from bridge.broker import accounts
from bridge.cli.main import app
from bridge.opening import make_adapter
from bridge.settings import load_settings
from tests.docs.pages import DOCS, ROOT, Page, pages, reference

_COMMAND = re.compile(r"^(?:\w+=\S+ )*(?:\.venv/bin/)?casebridge(?: (.*))?$")


def _cli() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _typed() -> Iterator[tuple[str, str]]:
    """Give every command in a shell block, with the page that it is on."""
    for page in pages():
        for line in page.commands():
            found = _COMMAND.match(line.partition(" #")[0].rstrip())
            if found:
                yield page.name, found[1] or "--help"


def _mentioned() -> Iterator[tuple[str, str]]:
    for page in pages():
        for word in page.words():
            if word.startswith("casebridge ") and "<" not in word:
                yield page.name, word.removeprefix("casebridge ")


def _parse(arguments: list[str]) -> None:
    """Parse as the command itself would, without running it."""
    name, rest = arguments[0], arguments[1:]
    command = _cli().commands.get(name)
    assert command is not None, f"there is no command {name!r}"
    asks = [param for param in command.params if getattr(param, "prompt", None)]
    for param in asks:
        if param.opts[0] not in rest:
            rest = [*rest, param.opts[0], "because"]
    command.make_context(name, rest)


@pytest.mark.parametrize(("page", "line"), sorted(set(_typed())))
def test_a_printed_command_can_be_typed(page: str, line: str) -> None:
    """It exists, and takes the options and arguments that are printed."""
    arguments = shlex.split(line)
    if arguments[0].startswith("--"):
        assert arguments[0] in {"--help", "--version"}, page
    else:
        _parse(arguments)


@pytest.mark.parametrize(("page", "line"), sorted(set(_mentioned())))
def test_a_command_mentioned_in_the_text_exists(page: str, line: str) -> None:
    """Also where it is only named, with or without its arguments."""
    name, *rest = shlex.split(line)
    if name.startswith("--"):
        assert name in {"--help", "--version"}, page
        return
    command = _cli().commands.get(name)
    assert command is not None, f"{page}: there is no command {name!r}"
    known = {option for param in command.params for option in param.opts}
    unknown = {word for word in rest if word.startswith("--")} - known
    assert not unknown, f"{page}: {name} has no {unknown}"


def test_a_wrong_command_would_be_noticed() -> None:
    """The tests above are not blind."""
    assert len(set(_typed())) > 15
    with pytest.raises(Exception, match="Missing"):
        _parse(["explain"])
    with pytest.raises(Exception, match="No such option"):
        _parse(["status", "--loud"])
    with pytest.raises(AssertionError):
        _parse(["tidy"])


def test_printed_make_targets_exist() -> None:
    """And take the variables that are printed."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in pages():
        words = {*page.words(), *page.commands()}
        for line in (word for word in words if word.startswith("make ")):
            name, *variables = shlex.split(line, comments=True)[1:]
            if "=" in name:
                continue
            assert name in targets, f"{page.name}: no target {name!r}"
            for variable in variables:
                assert f"$({variable.partition('=')[0]})" in makefile, f"{page.name}: {line}"


@pytest.mark.parametrize(
    "page",
    [
        reference("settings.md"),
        Page(DOCS / "how-to" / "run-on-rabbitmq-and-postgresql.md"),
    ],
    ids=lambda page: str(page.name),
)
def test_an_example_of_a_settings_file_can_be_used(page: Page, tmp_path: Path) -> None:
    """As it stands on the page."""
    (block,) = page.blocks("yaml")
    file = tmp_path / "casebridge.yaml"
    file.write_text(block, "utf-8")
    assert load_settings(file).agencies


def test_the_example_of_an_agency_is_one_that_its_adapter_takes(tmp_path: Path) -> None:
    """Its settings are checked by the adapter, as `casebridge check` would."""
    (block,) = Page(DOCS / "how-to" / "add-an-agency.md").blocks("yaml")
    for name in ("newagency", "newagency-callback"):
        (tmp_path / name).write_text("a secret that is long enough", "utf-8")
    here = yaml.safe_load(block.replace("/run/secrets", str(tmp_path)))
    file = tmp_path / "casebridge.yaml"
    file.write_text(yaml.safe_dump({"rules": "rules", **here}), "utf-8")
    assert make_adapter(load_settings(file), "newagency").kind == "zgw"


def test_the_rights_that_the_how_to_prints_are_those_of_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The script on the page runs, and grants the hub what the hub needs."""
    page = Page(DOCS / "how-to" / "run-on-rabbitmq-and-postgresql.md")
    found = re.search(r"<<'END'\n(.*?)^END$", page.text, re.MULTILINE | re.DOTALL)
    assert found is not None
    exec(compile(found[1], page.name, "exec"), {})
    printed = capsys.readouterr().out
    assert shlex.quote(accounts.of_hub().routing_keys) in printed
    assert shlex.quote(accounts.of_edge("odru").read) in printed
