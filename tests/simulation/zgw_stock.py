"""
The stock of the ZGW world: what every run begins with, made once and copied for each.

Two case systems with their catalogues, and a bridge that was provisioned and has seen nothing yet.
All of it is the product's own doing; only, reading the tables of the demo takes seconds.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import gc
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from adapters.zgw.simulator.server import assemble
from adapters.zgw.simulator.settings import SimulatorSettings, two_clients
from bridge import app
from bridge.demo.histories import World, read_world
from bridge.demo.pairing import Pairing
from bridge.demo.run import DATA
from bridge.demo.workplace import AS_OF, OIN
from bridge.engine.rules import Rules
from bridge.rules import Texts
from bridge.rules.document import texts_of
from bridge.rules.load import load_with_files
from bridge.settings import Settings
from tests.simulation.machine import machine
from tests.system.checker import Checker
from tests.system.dossiers import AGENCIES

ENVIRONMENT: Final = "simulation"
SECRET: Final = "een-geheim-dat-iedereen-kent-0123456789"
STAFF_SECRET: Final = "secret"
"""The file of the secret that the people of both agencies sign with."""


@dataclass(frozen=True, slots=True)
class Stock:
    """
    What every run begins with.

    Attributes:
        folder: To be copied.
        world: Places, persons and agencies.
    """

    folder: Path
    world: World
    rules: Rules


@cache
def stock() -> Stock:
    """Give the stock of this process, made when first asked for."""
    folder = scratch("stock")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / STAFF_SECRET).write_text(SECRET, "utf-8")
    world = read_world(DATA, pairing=Pairing.ZGW_ZGW).model_copy(update={"histories": ()})
    with machine("stock", _as_of):
        for agency in AGENCIES:
            made = assemble(system_settings(folder, agency), system_url(agency))
            made.system.store.close()
        asyncio.run(app.provision(bridge_settings(folder, world, {})))
    found = Stock(folder, world, _of_the_demonstration()[0])
    # What is there by now stays: no collection after a run needs to look at it.
    gc.freeze()
    return found


def _as_of() -> datetime:
    return AS_OF


def rules_of(texts: Texts) -> tuple[Rules, dict[str, str]]:
    """Read rules with their files, those of the demonstration once for all runs."""
    return _of_the_demonstration() if texts == _texts() else load_with_files(texts)


@cache
def _of_the_demonstration() -> tuple[Rules, dict[str, str]]:
    return load_with_files(_texts())


@cache
def _texts() -> Texts:
    return texts_of(DATA)


@cache
def checker(day: date) -> Checker:
    """Give a checker that has read its tables; whom it is to compare it is still to be told."""
    return Checker(DATA, dict.fromkeys(AGENCIES), day)  # type: ignore[arg-type]  # told later


def scratch(name: str) -> Path:
    """Make a folder of our own, in memory where the machine has a place for that."""
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None
    return Path(tempfile.mkdtemp(prefix=f"casebridge-{name}-", dir=where))


def system_url(agency: str) -> str:
    """Give the address of a case system."""
    return f"http://{agency}.example"


def system_settings(folder: Path, agency: str, **instead: Any) -> SimulatorSettings:
    """Give the settings of a case system whose data is below *folder*."""
    return SimulatorSettings(
        clients=two_clients(SECRET, SECRET),
        agency=agency,
        data_dir=folder / agency,
        catalogue=DATA / f"catalogue-{agency}.yaml",
        parties=DATA / "parties.yaml",
        **instead,
    )


def bridge_settings(
    folder: Path,
    world: World,
    edge: dict[str, Any],
    keys: Sequence[bytes] = (bytes(32),),
    **adapter: Any,
) -> Settings:
    """Give the settings of a bridge whose data is below *folder*."""
    settings = {
        agency: {
            "base_url": system_url(agency),
            "notificaties": f"{system_url(agency)}/notificaties/api/v1",
            "client_id": "casebridge",
            "secret": SECRET,
            "callback_token": f"Token {agency}",
            "own_organisation": world.agencies[agency].rsin,
            **adapter,
        }
        for agency in AGENCIES
    }
    return Settings.model_validate(
        {
            "environment": ENVIRONMENT,
            "rules": DATA,
            "data": folder / "bridge",
            "oin": OIN,
            "edge": edge,
            "content": {"key_files": _key_files(folder, keys)},
            "agencies": {
                name: {"adapter": "zgw", "settings": each} for name, each in settings.items()
            },
        }
    )


def _key_files(folder: Path, keys: Sequence[bytes]) -> list[Path]:
    """Keep the keys that the edges share, in processes of their own as in one."""
    files = [folder / f"content-{hashlib.sha256(key).hexdigest()[:8]}.key" for key in keys]
    for file, key in zip(files, keys, strict=True):
        file.write_bytes(base64.b64encode(key))
    return files
