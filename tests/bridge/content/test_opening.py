"""Which store the settings open, and which they refuse with the way out."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from bridge.content import ContentStore, open_content
from bridge.content.keys import KEY_BYTES
from bridge.faulty import Faulty
from bridge.settings import ContentSettings, Settings
from tests.bridge.content.conftest import KEY, Origin, plain, read


def opened(folder: Path, *, is_alone: bool = True, **content: Any) -> ContentStore:
    settings = Settings(rules=folder, data=folder / "data", content=ContentSettings(**content))
    return open_content(settings, is_alone=is_alone)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(base64.b64encode(KEY).decode() + "\n")
    return file


async def test_one_process_keeps_content_in_its_own_folder(tmp_path: Path) -> None:
    store = opened(tmp_path)
    found = await store.stage("a", Origin(b"tekening"))
    assert await read(store, found.sha256) == b"tekening"
    assert any((tmp_path / "data" / "content").rglob("*"))


async def test_edges_that_share_a_folder_and_a_key_give_each_other_content(
    tmp_path: Path, key_file: Path
) -> None:
    shared: dict[str, Any] = {"store": (tmp_path / "shared").as_uri(), "key_files": [key_file]}
    one = opened(tmp_path / "one", is_alone=False, **shared)
    other = opened(tmp_path / "other", is_alone=False, **shared)
    found = await one.stage("a", Origin(plain(1000)))
    assert await read(other, found.sha256) == plain(1000)


@pytest.mark.parametrize("store", ["s3://bucket", "az://account/container", "file:///x", None])
def test_what_others_can_reach_is_refused_without_a_key(tmp_path: Path, store: str | None) -> None:
    """Also the folder, where each edge has a process of its own."""
    with pytest.raises(Faulty, match=r"have no key for it; set content\.key_files"):
        opened(tmp_path, is_alone=store is not None, store=store)


@pytest.mark.parametrize("text", ["", "too short", base64.b64encode(b"x" * 31).decode(), "é"])
def test_a_key_that_is_none_is_refused_without_being_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(Faulty, match=f"not {KEY_BYTES} bytes") as caught:
        opened(tmp_path, key_files=[file])
    assert not text or text not in str(caught.value)


def test_files_that_are_not_there_are_named(tmp_path: Path, key_file: Path) -> None:
    with pytest.raises(Faulty, match=r"content\.key_files: .*none: No such file"):
        opened(tmp_path, key_files=[tmp_path / "none"])
    content: dict[str, Any] = {
        "store": "s3://b",
        "key_files": [key_file],
        "secret_file": tmp_path / "none",
    }
    with pytest.raises(Faulty, match=r"content\.secret_file: .*none: cannot be read"):
        opened(tmp_path, **content)


def test_an_option_that_the_store_does_not_know_is_named(tmp_path: Path, key_file: Path) -> None:
    content: dict[str, Any] = {
        "store": "s3://b",
        "key_files": [key_file],
        "options": {"endpiont": "http://x"},
    }
    with pytest.raises(Faulty, match=r"content\.store: cannot be opened: .*endpiont"):
        opened(tmp_path, **content)


async def test_access_is_read_from_a_secret_file(tmp_path: Path, key_file: Path, s3: Any) -> None:
    bucket = s3()
    secret = tmp_path / "s3"
    secret.write_text("access_key_id: test\nsecret_access_key: test\n")
    content: dict[str, Any] = {
        "store": f"s3://{bucket.config['bucket']}/casebridge",
        "options": {"endpoint": bucket.config["endpoint"], "region": "eu-west-1"},
        "secret_file": secret,
        "key_files": [key_file],
    }
    store = opened(tmp_path, **content)
    found = await store.stage("a", Origin(plain(1000)))
    assert await read(store, found.sha256) == plain(1000)
