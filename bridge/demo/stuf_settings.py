"""
The settings of the bridge for an agency whose system speaks StUF.

What ZDS cannot be asked (types of cases, their statuses, the names of properties and parts) is
read from the agency's own catalogue, as an administrator would type it over.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bridge.demo.stuf_casework import PLACE_OF_PARTICIPANT

US: Final = "casebridge"
"""What the bridge is called in stuurgegevens."""

CALLER: Final = "zaaksysteem"
"""As whom a system logs in at the bridge."""

_LONGEST_NAME: Final = 80
_OTHER: Final = "heeftAlsOverigBetrokkene"


def system_of(agency: str) -> str:
    """Give what the system of an agency is called in stuurgegevens."""
    return f"VTH-{agency}"


def stuf_settings(agency: str, url: str, rules: Path, secrets: Mapping[str, Path]) -> Any:
    """
    Give the settings of the adapter.

    Args:
        agency: Whose system it is.
        url: Of that system.
        rules: Where its catalogue is, and what is known of its system.
        secrets: Files: of the password with which we log in there, and of theirs with us.
    """
    return {
        "version": "1.2",
        "base_url": f"{url}/stuf",
        "sender": {"applicatie": US},
        "receiver": {"applicatie": system_of(agency)},
        "username": US,
        "password_file": str(secrets["bridge"]),
        "number_pattern": "CB{mark}",
        "document_pattern": "D{mark}",
        "statuses_by": "code",
        "elements": {"participant": PLACE_OF_PARTICIPANT},
        "callback_user": CALLER,
        "callback_password_file": str(secrets["callback"]),
        **_typed_over(_read(rules / f"catalogue-{agency}.yaml"), _relations(agency, rules)),
    }


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _relations(agency: str, rules: Path) -> Mapping[str, str]:
    """Give the relation in which somebody stands who plays a part, as its system has it."""
    agencies = _read(rules / "parties.yaml")["agencies"]
    (system,) = (each["case_system"] for each in agencies if each["id"] == agency)
    relations: Mapping[str, str] = system["relations"]
    return relations


def _typed_over(catalogue: Mapping[str, Any], relations: Mapping[str, str]) -> dict[str, Any]:
    case_types = {}
    for kind in catalogue["case_types"]:
        steps = catalogue["processes"][kind["process"]]
        case_types[kind["code"]] = {
            "name": kind["name"][:_LONGEST_NAME],
            "statuses": {step["code"]: rank for rank, step in enumerate(steps, 1)},
            "final": next(step["code"] for step in steps if step["final"]),
        }
    return {
        "case_types": case_types,
        "properties": [one["key"] for one in catalogue["properties"]],
        "roles": {name: relations.get(name, _OTHER) for name in catalogue["roles"]},
    }
