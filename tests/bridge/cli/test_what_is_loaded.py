"""A command loads what it runs: each is a process, and each start is waited for."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.bridge.cli.test_commands import RULES

COMMAND = """
import atexit, sys
atexit.register(lambda: print("loaded", *sys.modules))
from bridge.cli.main import main
main()
"""
ROLE = """
import asyncio, atexit, sys
from pathlib import Path
atexit.register(lambda: print("loaded", *sys.modules))
from bridge import app
from bridge.roles import Roles
from bridge.settings import load_settings
hub, agencies = sys.argv[2] == "hub", () if sys.argv[2] == "hub" else ("odru",)
asyncio.run(app.run(load_settings(Path(sys.argv[1])), Roles(hub=hub, agencies=agencies)))
"""
SERVERS = {"aio_pika", "asyncpg"}
"""What speaks with servers that the settings do not name."""
PAGES = {"bridge.console", "jinja2", "joserfc"}
MIGRATIONS = {"alembic", "mako"}
EDITING = {"ruamel.yaml"}


@pytest.fixture
def config(tmp_path: Path, unused_tcp_port: int) -> Path:
    file = tmp_path / "casebridge.yaml"
    file.write_text(
        f"environment: test\nrules: {RULES}\ndata: {tmp_path / 'data'}\n"
        f"edge: {{listen_port: {unused_tcp_port}}}\n"
        "agencies: {odru: {adapter: memory, settings: {system: loaded}}}\n"
    )
    loaded_by("provision", "--config", str(file))
    return file


def loaded_by(*args: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *args], capture_output=True, text=True, check=False
    )
    return _told(done.stdout)


def loaded_for(role: str, config: Path) -> set[str]:
    """What a role has loaded when it was stopped after it began its work."""
    command = [sys.executable, "-u", "-c", ROLE, str(config), role]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "bridge_started" in line:
                process.send_signal(signal.SIGTERM)
                break
        return _told(process.stdout.read())


def _told(output: str) -> set[str]:
    head, *names = output.splitlines()[-1].split()
    assert head == "loaded", output
    return set(names)


def among(loaded: Iterable[str], *unwanted: set[str]) -> set[str]:
    """Which of them, or of their parts, were loaded."""
    places = tuple(f"{name}." for name in set().union(*unwanted))
    return {name for name in loaded if f"{name}.".startswith(places)}


def test_the_version_is_told_without_anything_else() -> None:
    loaded = loaded_by("--version")
    assert among(loaded, {"bridge"}) == {
        "bridge", "bridge.cli", "bridge.cli.main", "bridge.cli.verbs",
    }  # fmt: skip
    assert not among(loaded, {"pydantic", "sqlalchemy"})


def test_a_container_that_asks_for_its_health_loads_the_settings_only(config: Path) -> None:
    loaded = loaded_by("health", "--config", str(config))
    assert among(loaded, {"bridge.settings"})
    assert not among(loaded, {"aiohttp", "sqlalchemy", "bridge.store", "bridge.engine"})


def test_a_look_at_the_store_loads_no_edge_no_pages_and_no_migrations(config: Path) -> None:
    loaded = loaded_by("status", "--config", str(config))
    assert among(loaded, {"bridge.desk"})
    rest = {"aiohttp", "bridge.edge", "bridge.demo"}
    assert not among(loaded, SERVERS, PAGES, MIGRATIONS, EDITING, rest)


def test_an_edge_loads_its_own_adapter_and_nothing_of_the_hub(config: Path) -> None:
    loaded = loaded_for("edge", config)
    assert among(loaded, {"bridge.edge", "adapters.memory"})
    rest = {"bridge.hub", "bridge.desk", "bridge.jobs", "bridge.demo", "adapters.zgw", "lxml"}
    assert not among(loaded, SERVERS, PAGES, MIGRATIONS, EDITING, rest)


def test_a_hub_loads_no_edge_and_no_adapter(config: Path) -> None:
    loaded = loaded_for("hub", config)
    assert among(loaded, {"bridge.hub"})
    rest = {"bridge.edge", "bridge.content", "bridge.demo", "adapters", "cryptography"}
    assert not among(loaded, SERVERS, PAGES, MIGRATIONS, EDITING, rest)
