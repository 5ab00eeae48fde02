"""What pages load is what others made, unchanged, and named with its licence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import aiohttp
import yaml

from bridge.console.assets import FOLDER, address_of

VENDOR = FOLDER / "vendor"
NOTICE = Path(__file__).resolve().parents[3] / "NOTICE"


def test_every_file_of_others_is_what_the_manifest_says() -> None:
    """A changed byte, a file too many, or one too few is found."""
    manifest = yaml.safe_load((VENDOR / "manifest.yaml").read_text())
    shipped = {path.name for path in VENDOR.iterdir()} - {"manifest.yaml"}
    assert shipped == set(manifest)
    for name, entry in manifest.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"], name


def test_the_notice_names_every_package_and_licence() -> None:
    told = NOTICE.read_text()
    for entry in yaml.safe_load((VENDOR / "manifest.yaml").read_text()).values():
        assert entry["package"].rpartition("/")[2] in told
        assert entry["licence"] in told


async def test_an_asset_may_be_kept_for_ever_and_is_packed(client: aiohttp.ClientSession) -> None:
    async with client.get(address_of("vendor/htmx.min.js")) as answer:
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] in {"gzip", "deflate"}


async def test_an_asset_of_another_release_or_a_file_beside_is_not_given(
    client: aiohttp.ClientSession,
) -> None:
    for path in ("/static/0000000000000000/live.js", "/static/x/vendor/manifest.yaml"):
        async with client.get(path) as answer:
            assert answer.status == 404


def test_our_own_style_sheets_hold_no_left_over_of_a_merge() -> None:
    """A browser skips what it does not understand, and tells nobody."""
    for path in FOLDER.glob("*.*"):
        assert not any(mark in path.read_text() for mark in ("<<<<<<<", ">>>>>>>")), path.name
