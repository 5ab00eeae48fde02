"""
Addresses: between the URLs in a system's answers and (API, resource, id).

A URL identifies a thing and names a host at once. Behind a gateway that host may be one that we
cannot reach, and in a hostile answer it may be anyone's. So we never fetch a URL that we were
given: we take its API and path, and build the address to ask from our own settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adapters.zgw.settings import ZgwSettings

_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_LAST: Final = re.compile(rf"/([a-z]+)/({_UUID})$")


@dataclass(frozen=True, slots=True)
class Place:
    """One thing of one API; ``path`` is below the API's base."""

    api: str
    path: str


class Addresses:
    """Knows where each API is, and how the system itself calls it."""

    def __init__(self, settings: ZgwSettings) -> None:
        self._bases = settings.bases()
        self._spoken = {
            api: settings.known_as.get(api, base).rstrip("/") for api, base in self._bases.items()
        }

    def __contains__(self, api: str) -> bool:
        return api in self._bases

    def ask(self, place: Place) -> str:
        """Give the address at which we reach *place*."""
        return f"{self._bases[place.api]}/{place.path}"

    def spoken(self, api: str, path: str) -> str:
        """Give the URL by which the system itself calls a thing; what goes into bodies."""
        return f"{self._spoken[api]}/{path}"

    def place(self, url: str) -> Place | None:
        """Give the place that *url* names; ``None`` where it is none of this system's."""
        for table in (self._spoken, self._bases):
            for api, base in table.items():
                path = url.removeprefix(f"{base}/")
                if path != url and ".." not in path:
                    return Place(api, path.partition("?")[0].strip("/"))
        return None


def is_uuid(text: str) -> bool:
    """Tell whether *text* is a UUID; anything else makes some servers answer 500."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def uuid_of(url: str, resource: str | None = None) -> str | None:
    """Give the id that *url* ends in, of *resource* where that is given, whatever its host."""
    found = _LAST.search(url.partition("?")[0].rstrip("/"))
    if found is None or (resource is not None and found[1] != resource):
        return None
    return found[2].lower()
