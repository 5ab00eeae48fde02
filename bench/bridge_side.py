"""The bridge as it is, in processes of its own, with settings for the benchmark."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from bench.process import Child, answers
from bench.systems import HOME, OTHER, RSIN, RULES, CaseSystem
from tests.services.server import LOOPBACK, free_ports

IN_2024: Final = datetime(2024, 12, 1, tzinfo=UTC)
"""A day on which the agreements of the rules are in force."""

CALLBACK_TOKEN: Final = "benchmark"  # noqa: S105 - known to this run only, on loopback
CONCURRENCY: Final = 6
"""Cases at a time, and requests at a time, to each system: on both sides of a comparison."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the bridge runs: its folder, store, broker and systems."""

    folder: Path
    store: str
    broker: str
    systems: Mapping[str, CaseSystem]

    def child(self, name: str, *role: str, module: str = "bridge.cli.main") -> tuple[Child, str]:
        """Give a process of the bridge that can be started, and its address."""
        (port,) = free_ports(1)
        url = f"http://{LOOPBACK}:{port}"
        config = self.folder / f"{name}.yaml"
        config.write_text(yaml.safe_dump(self._settings(port)), "utf-8")
        child = Child(
            name=name,
            arguments=[module, "run", *role, "--config", str(config)],
            log=self.folder / f"{name}.log",
            is_ready=lambda _: answers(f"{url}/readyz"),
        )
        return child, url

    def _key(self) -> str:
        """Give the file of the key that edges share for the content of documents."""
        file = self.folder / "content.key"
        if not file.exists():
            file.write_text(base64.b64encode(secrets.token_bytes(32)).decode(), "utf-8")
            file.chmod(0o600)
        return str(file)

    def _settings(self, port: int) -> dict[str, Any]:
        return {
            "environment": "benchmark",
            "rules": str(RULES),
            "data": str(self.folder / "data"),
            "store": self.store,
            "broker": self.broker,
            "clock_ahead": (IN_2024 - datetime.now(UTC)).total_seconds(),
            "log_level": "warning",
            "log_format": "json",
            "edge": {
                # Waiting on purpose is no cost of the bridge.
                "fold_for": "PT0S",
                "lease": "PT3S",
                "sweep_every": "PT24H",
                "concurrency": CONCURRENCY,
                "listen_port": port,
            },
            "console": {"listen_port": 0},
            "content": {"key_files": [self._key()]},
            "agencies": {agency: self._agency(agency) for agency in (HOME, OTHER)},
        }

    def _agency(self, agency: str) -> dict[str, Any]:
        system = self.systems[agency]
        return {
            "adapter": "zgw",
            "settings": {
                "base_url": system.url,
                "client_id": "casebridge",
                "secret": system.bridge_secret,
                "callback_token": CALLBACK_TOKEN,
                "own_organisation": RSIN[agency],
                "concurrency": CONCURRENCY,
            },
        }
