"""Generate the published schemas from the models, so that they cannot say something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from contracts.agreement import Agreement
from contracts.crosswalk import Catalogue, Crosswalk, Vocabulary
from contracts.envelope import ENVELOPES

FOLDER: Final = Path(__file__).parent
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_FILES: Final[dict[str, type[BaseModel]]] = {
    "agreement.v1": Agreement,
    "catalogue.v1": Catalogue,
    "crosswalk.v1": Crosswalk,
    "vocabulary.v1": Vocabulary,
}

_CHANNELS: Final = {
    "nl.casebridge.case.observed.v1": ("observation.{agency}", "edge", "hub"),
    "nl.casebridge.command.receipted.v1": ("receipt.{agency}", "edge", "hub"),
    "nl.casebridge.case.commanded.v1": ("command.{agency}", "hub", "edge"),
    "nl.casebridge.case.hinted.v1": ("hint.{agency}", "hub", "edge"),
    "nl.casebridge.case.changed.v1": ("event.case-changed", "hub", "subscriber"),
}
"""Type of event → routing key, who sends it, who receives it."""


def files() -> dict[str, str]:
    """Give every published file: name → content."""
    found = {f"{name}.json": _json_schema(model) for name, model in _FILES.items()}
    found |= {f"{name}.json": _json_schema(model) for name, model in ENVELOPES.items()}
    found["asyncapi.yaml"] = _asyncapi()
    return found


def stale(folder: Path = FOLDER) -> list[str]:
    """Name the files in *folder* that differ from what the code says, or that it does not know."""
    wanted = files()
    there = {path.name for path in folder.iterdir() if path.suffix in (".json", ".yaml")}
    differing = [
        name
        for name, content in wanted.items()
        if name not in there or (folder / name).read_text(encoding="utf-8") != content
    ]
    return sorted({*differing, *(there - wanted.keys())})


def write(folder: Path = FOLDER) -> None:
    """Write every published file, and remove what is no longer one."""
    wanted = files()
    for path in folder.iterdir():
        if path.suffix in (".json", ".yaml") and path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8")


def _json_schema(model: type[BaseModel]) -> str:
    schema = {"$schema": _DIALECT, **model.model_json_schema(mode="validation")}
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _asyncapi() -> str:
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for kind, (address, sender, receiver) in _CHANNELS.items():
        name = kind.replace(".", "-")
        message = ENVELOPES[kind]
        messages[name] = {
            "name": kind,
            "contentType": "application/cloudevents+json",
            "summary": (message.model_fields["data"].annotation.__doc__ or "")
            .strip()
            .split("\n")[0],
            "payload": {"$ref": f"./{kind}.json"},
        }
        channels[name] = {
            "address": address,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        }
        if "{agency}" in address:
            channels[name]["parameters"] = {
                "agency": {"description": "The agency, as the rules name it."}
            }
        for actor, action in ((sender, "send"), (receiver, "receive")):
            operations[f"{actor}-{action}-{name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": f"The {actor} {action}s this.",
            }
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Casebridge",
            "version": "1.0.0",
            "description": (
                "Messages between the edges and the hub, and the events for subscribers: "
                "CloudEvents 1.0 with the NL GOV profile, structured mode. Delivery is at least "
                "once and unordered: receivers recognise by state."
            ),
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }
    return "\n".join(_yaml(document)) + "\n"


def _yaml(value: Any, indent: int = 0) -> list[str]:
    """Write mappings of texts and mappings, which is all that the document holds."""
    lines: list[str] = []
    for key, item in value.items():
        name = json.dumps(key) if key.startswith("$") else key
        if isinstance(item, dict):
            lines.append(f"{' ' * indent}{name}:")
            lines += _yaml(item, indent + 2)
        else:
            lines.append(f"{' ' * indent}{name}: {json.dumps(item, ensure_ascii=False)}")
    return lines
