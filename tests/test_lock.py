"""The lock files hold what the project asks for, and agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package that *lock* pins."""
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^ \\;]+)", text, re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    """Return the package names in *requirements*, normalised."""
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match.group()).lower() for match in found if match}


def test_everything_the_service_needs_is_locked() -> None:
    """A dependency added to pyproject.toml is missing here until `make lock` ran."""
    assert names(PROJECT["dependencies"]) <= pins("requirements-runtime.lock").keys()


def test_everything_the_tests_need_is_locked() -> None:
    """The same for the tools."""
    wanted = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    assert wanted <= pins("requirements.lock").keys()


def test_what_is_shipped_is_what_was_tested() -> None:
    """The image installs the very versions that the tests ran with."""
    assert pins("requirements-runtime.lock").items() <= pins("requirements.lock").items()


def test_every_locked_file_is_named_by_its_digest() -> None:
    """Nothing is installed that is not the file that was locked."""
    for lock in ("requirements.lock", "requirements-runtime.lock"):
        entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text().strip())
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
