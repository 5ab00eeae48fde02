"""What is known of the agency whose system this is: its name, its number, its people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Yaml = dict[str, Any]
Party = Mapping[str, Any]


def read_yaml(path: Path) -> Yaml:
    """Read a file of the agency's."""
    loaded: Yaml = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return loaded


def read_party(agency: str, parties: Path | None, catalogue: Path | None) -> Party:
    """
    Return what *parties*, or the file of that name beside the catalogue, knows of an agency.

    Nothing where there is no such file, or no such agency in it.
    """
    path = parties
    if path is None and catalogue is not None:
        path = catalogue.parent / "parties.yaml"
    if path is None or not path.exists():
        return {}
    for party in read_yaml(path)["agencies"]:
        if party["id"] == agency:
            found: Yaml = party
            return found
    return {}
