"""What the tests of this adapter share: settings, the samples beside the checkout, a push."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from adapters.stuf_zds import StufSettings
from adapters.stuf_zds.envelope import Systeem, unwrap
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.settings import SystemName
from adapters.stuf_zds.xml import Element, children
from contracts.adapter import Push

SPECS: Final = Path(__file__).resolve().parents[3] / ".." / "shared" / "specs" / "stuf-zds"
SAMPLES: Final = SPECS / "samples"
needs_specs = pytest.mark.skipif(
    not SPECS.exists(), reason="the schemas and samples of the standard are not beside the checkout"
)

BRIDGE: Final = SystemName(applicatie="CASEBRIDGE", organisatie="RUD Utrecht")
CASES: Final = SystemName(applicatie="VTHZS", organisatie="ODRU", administratie="PROD")
US: Final = Systeem("CASEBRIDGE", "RUD Utrecht", gebruiker="j.devries")
THEM: Final = Systeem("VTHZS", "ODRU", "PROD")
PASSWORD: Final = "geheim-van-de-leverancier"
BASIC: Final = f"Basic {base64.b64encode(f'zaaksysteem:{PASSWORD}'.encode()).decode()}"


def schemas(profile: Profile) -> Path | None:
    """Give the folder with the schemas of a profile, where they are beside the checkout."""
    folder = SPECS / f"zds-{profile}"
    return folder if folder.exists() else None


def settings(profile: Profile = Profile.ZDS_1_1, **changed: Any) -> StufSettings:
    """Give settings of a system that may call us, and whose messages are checked."""
    given: dict[str, Any] = {
        "version": profile,
        "base_url": "http://127.0.0.1:9/zds",
        "sender": BRIDGE,
        "receiver": CASES,
        "schemas": schemas(profile),
        "number_pattern": "0344CB{mark}",
        "document_pattern": "0344D{mark}",
        "properties": ("oppervlakte", "bodem"),
        "callback_user": "zaaksysteem",
        "callback_password": SecretStr(PASSWORD),
    }
    return StufSettings(**{**given, **changed})


def records() -> list[dict[str, Any]]:
    """Give what is told of each sample."""
    if not SAMPLES.exists():
        return []
    found: list[dict[str, Any]] = json.loads((SAMPLES / "index.json").read_text(encoding="utf-8"))
    return found


def sample(name: str) -> bytes:
    """Give the bytes of a sample."""
    return (SAMPLES / name).read_bytes()


def message(name: str) -> Element:
    """Give what is in the envelope of a sample."""
    return unwrap(parse(sample(name)))


def objects(found: Element) -> list[Element]:
    """Give the objects of a message, in an answer or not."""
    holders = [found, *children(found, "antwoord")]
    return [one for holder in holders for one in children(holder, "object")]


def post(body: bytes, *, action: str = "", kind: str = "text/xml; charset=utf-8") -> Push:
    """Give a push as the system that we know makes it."""
    headers = {"authorization": BASIC, "content-type": kind}
    if action:
        headers["soapaction"] = f'"{action}"'
    return Push(method="POST", path="", headers=headers, body=body)
