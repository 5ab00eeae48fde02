"""Open the store of content that the settings name."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from bridge.content.blobs import Blobs
from bridge.content.keys import KEY_BYTES, Keyring, Keys
from bridge.content.store import ContentStore
from bridge.faulty import Faulty
from bridge.settings import ContentSettings, Settings

_PATIENCE: Final = timedelta(seconds=30)
_RETRIES: Final = 3
_OUT: Final = (
    "set content.key_files; make a key with `openssl rand -base64 32`, the same for all edges"
)


def open_content(settings: Settings, *, is_alone: bool) -> ContentStore:
    """
    Open the store of content; a folder in ``data`` where none is named.

    Args:
        settings: Of this process.
        is_alone: No other process has an edge.

    Raises:
        Faulty: It cannot be used, or others could read what lies in it.
    """
    options = settings.content
    keys = _keys(options.key_files)
    if keys is None and (options.store is not None or not is_alone):
        what = "content.store" if options.store is not None else "content"
        msg = f"{what}: edges share the content of documents, and have no key for it; {_OUT}"
        raise Faulty(msg)
    store = _store(options, settings.data / "content")
    return ContentStore(Blobs(store), keys, chunk_bytes=options.chunk_bytes)


def _store(options: ContentSettings, folder: Path) -> ObjectStore:
    if options.store is None:
        return LocalStore(folder.absolute(), automatic_cleanup=True, mkdir=True)
    try:
        if options.store.startswith("file://"):
            return from_url(options.store, automatic_cleanup=True, mkdir=True)
        return _remote(options)
    except (BaseError, ValueError, TypeError) as error:
        first = str(error).splitlines()[0]
        msg = f"content.store: cannot be opened: {first[:200]}; check its address and options"
        raise Faulty(msg) from error


def _remote(options: ContentSettings) -> ObjectStore:
    config: dict[str, Any] = {**options.options, **_secret(options.secret_file)}
    allows_http = str(config.get("endpoint", "")).startswith("http://")
    opened: ObjectStore = from_url(
        str(options.store),
        config=config,  # type: ignore[call-overload]  # of whichever kind the address names
        client_options={"timeout": _PATIENCE, "allow_http": allows_http},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _PATIENCE},
    )
    return opened


def _secret(file: Path | None) -> dict[str, str]:
    """Read what gives access, from a file of its own."""
    if file is None:
        return {}
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"content.secret_file: {file}: cannot be read ({type(error).__name__}); check it"
        raise Faulty(msg) from None
    if not isinstance(found, dict):
        msg = f"content.secret_file: {file}: give a mapping, one `name: value` a line"
        raise Faulty(msg)
    return {str(name): str(value) for name, value in found.items()}


def _keys(files: Sequence[Path]) -> Keyring | None:
    keys: list[bytes] = []
    for file in files:
        try:
            key = base64.b64decode(file.read_text("ascii").strip(), validate=True)
        except OSError as error:
            msg = f"content.key_files: {file}: {error.strerror}; check the path"
            raise Faulty(msg) from None
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != KEY_BYTES:
            msg = f"content.key_files: {file}: not {KEY_BYTES} bytes in base64; {_OUT}"
            raise Faulty(msg)
        keys.append(key)
    return Keys(keys) if keys else None
