"""
The workplace: the folder of one run of the demo, with its ports, secrets, settings and memory.

Everything that a run needs to go on after it was stopped is in there.
"""

from __future__ import annotations

import base64
import json
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import yaml

from bridge.clock import Now, clock_set
from bridge.demo.histories import World
from bridge.demo.pairing import KEPT_ALIKE, Pairing, Protocol
from bridge.demo.stuf_settings import stuf_settings
from bridge.demo.visitors import VISITORS, Visitor, write_accounts

AS_OF: Final = datetime.fromisoformat("2024-12-01T00:00:00+01:00")
"""The day that the bridge believes it is: the agreements of 2024 are in force."""

OIN: Final = "00000001999997000000"
_CONTENT_KEY: Final = "content-key"
_STATE: Final = "demo.json"


@dataclass(slots=True)
class Workplace:
    """
    One run's folder.

    Attributes:
        ports: By name: each system, ``bridge``, and each edge process.
        pairing: What each system speaks.
        is_new: The run begins now; it does not go on.
        began: When the run began, by the real clock; the bridge's clock counts from there.
        zgw_options: Options of the systems that speak ZGW, besides the usual ones.
    """

    folder: Path
    rules: Path
    ports: Mapping[str, int]
    began: float
    broker: str | None
    store: str | None
    pairing: Pairing
    is_new: bool = False
    zgw_options: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        folder: Path,
        rules: Path,
        broker: str | None,
        store: str | None,
        pairing: Pairing = Pairing.ZGW_STUF,
    ) -> Self:
        """Open a folder: the run that was begun there, or a new one."""
        folder = folder.resolve()
        path = folder / _STATE
        if path.exists():
            known = json.loads(path.read_text("utf-8"))
            return cls(folder, rules, **{**known, "pairing": Pairing(known["pairing"])})
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder, rules, _free_ports(), time.time(), broker, store, pairing, is_new=True)
        made._prepare()
        return made

    def _prepare(self) -> None:
        (self.folder / "secrets").mkdir(mode=0o700)
        for agency in KEPT_ALIKE:
            for name in (f"{agency}-bridge", f"{agency}-staff", f"{agency}-callback"):
                self._write_secret(name)
        self._write_secret(_CONTENT_KEY, base64.b64encode(secrets.token_bytes(32)).decode())
        for name in ("bridge", "logs"):
            (self.folder / name).mkdir()
        for visitor in VISITORS:
            self._write_secret(visitor.secret, secrets.token_urlsafe(9))
        write_accounts(self.folder / "bridge" / "accounts.yaml", self.password)
        state = {
            "ports": dict(self.ports),
            "began": self.began,
            "broker": self.broker,
            "store": self.store,
            "pairing": self.pairing,
        }
        path = self.folder / _STATE
        path.touch(mode=0o600)
        path.write_text(json.dumps(state), "utf-8")

    def _write_secret(self, name: str, text: str = "") -> None:
        path = self.secret(name)
        path.touch(mode=0o600)
        path.write_text(text or secrets.token_urlsafe(32), "utf-8")

    def secret(self, name: str) -> Path:
        """Give the file of a secret."""
        return self.folder / "secrets" / name

    def password(self, visitor: Visitor) -> str:
        """Give the password with which somebody signs in to the console."""
        return self.secret(visitor.secret).read_text("utf-8")

    def log(self, name: str) -> Path:
        """Give the file into which a process writes its log."""
        return self.folder / "logs" / f"{name}.log"

    def url(self, name: str) -> str:
        """Give the address of a system or of a process of the bridge."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def callback(self, agency: str) -> str:
        """Give the address at which the bridge is told what changes in a system."""
        edge = f"edge-{agency}" if self.is_split else "bridge"
        return f"{self.url(edge)}/callbacks/{agency}"

    @property
    def is_split(self) -> bool:
        """Tell whether hub and edges run as processes of their own."""
        return self.broker is not None

    @property
    def clock_ahead(self) -> timedelta:
        """How far the bridge's clock is set ahead; the same for the whole run."""
        return AS_OF - datetime.fromtimestamp(self.began, AS_OF.tzinfo)

    def clock(self) -> Now:
        """Give the bridge's clock."""
        return clock_set(self.clock_ahead)

    def write_settings(self, world: World) -> None:
        """Write one settings file for each process of the bridge."""
        for name in self.bridge_processes():
            port = self.ports[name if name in self.ports else "bridge"]
            self.config(name).write_text(
                yaml.safe_dump(self._settings(world, port), sort_keys=False), "utf-8"
            )

    def bridge_processes(self) -> tuple[str, ...]:
        """Name the processes of the bridge."""
        if not self.is_split:
            return ("bridge",)
        return ("hub-1", "hub-2", *(f"edge-{agency}" for agency in KEPT_ALIKE))

    def config(self, process: str) -> Path:
        """Give the settings file of a process."""
        return self.folder / "bridge" / f"{process}.yaml"

    def _settings(self, world: World, port: int) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "environment": "demo",
            "rules": str(self.rules),
            "data": str(self.folder / "bridge"),
            "oin": OIN,
            "clock_ahead": self.clock_ahead.total_seconds(),
            "log_format": "json",
            "edge": {
                "fold_for": "PT0.1S",
                "lease": "PT4S",
                "sweep_every": "PT6H",
                "patience_first": "PT0.5S",
                "patience_longest": "PT2S",
                "listen_port": port,
                "public_url": f"http://127.0.0.1:{port}",
            },
            "console": {"listen_port": self.ports["console"]},
            "agencies": {agency: self._agency(world, agency) for agency in KEPT_ALIKE},
        }
        if self.broker:
            settings["broker"] = self.broker
            settings["content"] = {"key_files": [str(self.secret(_CONTENT_KEY))]}
        if self.store:
            settings["store"] = self.store
        return settings

    def _agency(self, world: World, agency: str) -> dict[str, Any]:
        url = self.url(agency)
        if self.pairing.of(agency) is Protocol.STUF:
            secrets = {name: self.secret(f"{agency}-{name}") for name in ("bridge", "callback")}
            return {
                "adapter": "stuf-zds",
                "settings": stuf_settings(agency, url, self.rules, secrets),
            }
        return {
            "adapter": "zgw",
            "settings": {
                "base_url": url,
                "notificaties": f"{url}/notificaties/api/v1",
                "client_id": "casebridge",
                "secret_file": str(self.secret(f"{agency}-bridge")),
                "callback_token_file": str(self.secret(f"{agency}-callback")),
                "own_organisation": world.agencies[agency].rsin,
            },
            "case_url": f"{url}/ui/zaken/{{ref}}",
        }


def _free_ports() -> dict[str, int]:
    bridge = ("bridge", "hub-1", "hub-2", *(f"edge-{agency}" for agency in KEPT_ALIKE))
    names = (*KEPT_ALIKE, *bridge, "console")
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    try:
        return {name: int(each.getsockname()[1]) for name, each in zip(names, sockets, strict=True)}
    finally:
        for each in sockets:
            each.close()
