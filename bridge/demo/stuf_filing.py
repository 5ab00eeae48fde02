"""Filing in a system that speaks StUF: documents as its people handle them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bridge.demo.looks import LooksDocument
from bridge.demo.papers import Paper
from bridge.demo.system import Body, CaseSystem
from bridge.demo.work import NewDocument

_DOCUMENTEN: Final = "/_sim/documenten"
_ONLY_HERE: Final = "CONFIDENTIEEL"
"""StUF has no mark for what is internal: people choose a level that no agreement lets cross."""

_PDF: Final = "application/pdf"


@dataclass(slots=True)
class StufFiling:
    """The documents of one system."""

    system: CaseSystem

    async def add(self, zaak: str, new: NewDocument, content: Paper, *, by: str) -> None:
        """Put a document into a case."""
        if await self._in_case(zaak, new.number) is not None:
            return
        about = {
            "by": by,
            "identificatie": new.number,
            "soort": new.type,
            "titel": new.title,
            "bestandsnaam": new.file,
            "creatiedatum": new.at.date().isoformat(),
            "vertrouwelijk": _ONLY_HERE if new.internal else _level(new.confidentiality),
        }
        await self.system.send_bytes(
            "POST", f"{zaak}/documenten", about, content.pieces(), kind=_PDF, by=by
        )

    async def replace(self, number: str, content: Paper, *, by: str) -> None:
        """Put a new version in the place of the one that stands there."""
        path = f"{_DOCUMENTEN}/{quote(number, safe='')}/inhoud"
        if await self.system.digest(path) == await _digest(content):
            return
        about = {"by": by, "bestandsnaam": f"v{content.version}.pdf"}
        await self.system.send_bytes("PUT", path, about, content.pieces(), kind=_PDF, by=by)

    async def retype(self, number: str, kind: str, *, by: str) -> None:
        """Say that a document is of another type than was thought."""
        path = f"{_DOCUMENTEN}/{quote(number, safe='')}/soort"
        await self.system.post(path, {"soort": kind, "by": by}, by=by)

    async def remove(self, zaak: str, number: str, *, by: str) -> None:
        """Take a document out of a case."""
        if await self._in_case(zaak, number) is not None:
            path = f"{zaak}/documenten/{quote(number, safe='')}?by={quote(by)}"
            await self.system.delete(path, by=by)

    async def digest(self, document: LooksDocument) -> str:
        """Read the content of a document as it shows, and give its SHA-256."""
        return await self.system.digest(f"{document.url}/inhoud")

    async def _in_case(self, zaak: str, number: str) -> Body | None:
        shown = (await self.system.get(zaak))["documenten"]
        return next((one for one in shown if one["identificatie"] == number), None)


def _level(name: str) -> str:
    return name.upper().replace("_", " ")


async def _digest(content: Paper) -> str:
    found = hashlib.sha256()
    async for piece in content.pieces():
        found.update(piece)
    return found.hexdigest()
