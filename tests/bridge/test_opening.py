"""What an agency's settings name cannot be opened: said with its place, and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.faulty import Faulty
from bridge.opening import opened_adapter
from bridge.settings import Settings

_SECRET = "korter"


def _settings(tmp_path: Path, adapter: str, **given: Any) -> Settings:
    agency = {"adapter": adapter, "settings": {"base_url": "https://zaak.example", **given}}
    return Settings.model_validate({"rules": tmp_path, "agencies": {"odru": agency}})


def _zgw(tmp_path: Path, file: Path) -> Settings:
    given = {"client_id": "bridge", "secret_file": file, "own_organisation": "999997014"}
    return _settings(tmp_path, "zgw", **given)


def _stuf(tmp_path: Path, **given: Any) -> Settings:
    names = {"sender": {"applicatie": "bridge"}, "receiver": {"applicatie": "zaken"}}
    return _settings(tmp_path, "stuf-zds", version="1.2", **names, **given)


async def _told(settings: Settings) -> str:
    with pytest.raises(Faulty) as caught:
        async with opened_adapter(settings, "odru"):
            pass
    said = str(caught.value)
    assert said.startswith("agencies.odru.settings: ")
    assert _SECRET not in said
    return said


async def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    file = tmp_path / "none"
    for settings in (
        _zgw(tmp_path, file),
        _stuf(tmp_path, username="wij", password_file=file),
        _stuf(tmp_path, callback_user="zij", callback_password_file=file),
        _stuf(tmp_path, ca_bundle=file),
    ):
        assert "No such file" in await _told(settings)


async def test_a_secret_that_is_too_short_is_told_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{_SECRET}\n")
    assert "fewer than 16 characters; ask for a longer one" in await _told(_zgw(tmp_path, file))


async def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(_SECRET)
    assert "ca_bundle: not usable" in await _told(_stuf(tmp_path, ca_bundle=file))
    said = await _told(_stuf(tmp_path, client_certificate=file))
    assert "client_certificate and client_key: not usable" in said
