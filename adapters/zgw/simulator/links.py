"""
Addresses of our own resources, kept without a host.

The port differs from start to start, so a kept address is a mark and a path. Outward the mark
becomes the address of this run, in one pass over the rendered text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Protocol

MARK: Final = "\ue000"
"""A private-use character that no address begins with."""


class Lookup(Protocol):
    """What can find a row."""

    def get(self, kind: str, uuid: str) -> dict[str, Any] | None: ...


class Links:
    """Turns addresses inward (to keep) and outward (to show)."""

    def __init__(self, base: str, paths: dict[str, str], lookup: Lookup) -> None:
        self.base = base
        self._paths = paths
        self._lookup = lookup
        self._kinds: dict[str, str] = {}
        self.index()

    def index(self) -> None:
        """Take up the paths anew; they are filled in when the resources are known."""
        self._kinds = {path: kind for kind, path in self._paths.items()}

    def inward(self, url: str) -> str:
        """Return *url* as it is kept; an address elsewhere comes back unchanged."""
        if url.startswith(self.base + "/"):
            return MARK + url[len(self.base) :]
        return url

    def outward(self, kept: str) -> str:
        return self.base + kept[1:] if kept.startswith(MARK) else kept

    def of(self, kind: str, uuid: str) -> str:
        return f"{MARK}{self._paths[kind]}/{uuid}"

    def kind_and_uuid(self, kept: str) -> tuple[str, str] | None:
        """Which resource an address is of; None where it is none of ours."""
        path, _, uuid = kept[1:].rpartition("/")
        kind = self._kinds.get(path)
        if kind is None and "/zaakeigenschappen" in path:
            kind = "zaakeigenschap"
        return (kind, uuid) if kept.startswith(MARK) and kind is not None else None

    def find(self, kept: str | None) -> dict[str, Any] | None:
        """The row that a kept address is of."""
        found = self.kind_and_uuid(kept) if kept else None
        return self._lookup.get(*found) if found is not None else None

    def exists(self, kept: str, kinds: Sequence[str]) -> bool:
        found = self.kind_and_uuid(kept)
        return found is not None and found[0] in kinds and self._lookup.get(*found) is not None

    def dump(self, body: Any) -> bytes:
        """Render *body* as JSON with every kept address made whole."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return text.replace(f'"{MARK}/', f'"{self.base}/').encode("utf-8", "surrogatepass")

    def load(self, body: Any) -> Any:
        """Return *body* with every address of ours turned inward (used for whole documents)."""
        if isinstance(body, str):
            return self.inward(body)
        if isinstance(body, list):
            return [self.load(member) for member in body]
        if isinstance(body, dict):
            return {key: self.load(value) for key, value in body.items()}
        return body
