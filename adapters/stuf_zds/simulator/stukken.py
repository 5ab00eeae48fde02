"""Documents as people handle them: a file is uploaded, and a new version put in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from adapters.kit.simulator import Row

from .daden import Daden
from .inhoud import Upload
from .reading import SOORT, Tree
from .system import Cause
from .weigering import refuse

Pieces = AsyncIterator[bytes]


class Stukken:
    """Adds documents to cases, and versions to documents."""

    def __init__(self, daden: Daden) -> None:
        self._daden = daden
        self._system = daden.system

    async def add(self, zaak: Row, data: Mapping[str, Any], pieces: Pieces, cause: Cause) -> Row:
        """Hang a document on a case."""
        content = await self._receive(pieces, data)
        today = self._system.clock.today().isoformat()
        said: Tree = {
            "identificatie": data.get("identificatie") or self._system.numbers.document(),
            "dct.omschrijving": str(data.get("soort") or ""),
            "creatiedatum": str(data.get("creatiedatum") or today),
            "titel": str(data.get("titel") or content["bestandsnaam"])[:200],
            "auteur": str(data.get("auteur") or cause.gebruiker or self._system.agency)[:200],
            "formaat": content["contentType"],
            "taal": str(data.get("taal") or "nld"),
            "status": str(data.get("status") or "in bewerking"),
            "vertrouwelijkAanduiding": str(data.get("vertrouwelijk") or "ZAAKVERTROUWELIJK"),
            "beschrijving": str(data.get("beschrijving") or "") or None,
            "inhoud": content,
            "isRelevantVoor": [{"gerelateerde": {"identificatie": zaak["identificatie"]}}],
        }
        return self._daden.documenten.add(said, cause, needs_content=True)

    async def renew(
        self, number: str, data: Mapping[str, Any], pieces: Pieces, cause: Cause
    ) -> Row:
        """Put a new version in the place of the content of a document."""
        row = self._free(number)
        content = await self._receive(pieces, data)
        tree = {**row["gegevens"], "formaat": content["contentType"]}
        if data.get("titel"):
            tree["titel"] = str(data["titel"])[:200]
        return self._daden.documenten.replace(row, tree, content, cause)

    def retype(self, number: str, soort: str, cause: Cause) -> Row:
        """Say that a document is of another type; its content and version stay."""
        row = self._free(number)
        tree = {**row["gegevens"], "dct.omschrijving": soort}
        return self._daden.documenten.replace(row, tree, None, cause)

    def take_out(self, zaak: Row, number: str, cause: Cause) -> None:
        """Take a document out of a case."""
        self._free(number)
        link = {"gerelateerde": {"identificatie": zaak["identificatie"]}, SOORT: "V"}
        self._daden.documenten.unlink({"identificatie": number, "isRelevantVoor": [link]}, cause)

    def _free(self, number: str) -> Row:
        row = self._daden.documenten.find(number)
        if row["slot"] is not None:
            refuse(f"het document is in bewerking bij {row['slot']['door']}")
        return row

    async def _receive(self, pieces: Pieces, data: Mapping[str, Any]) -> Tree:
        name = str(data.get("bestandsnaam") or "")
        if not name:
            refuse("kies een bestand")
        upload = Upload(self._system.files)
        async for piece in pieces:
            upload.raw(piece)
        digest = upload.close()
        self._system.files.path(upload.name).replace(self._system.files.path(digest))
        kind = str(data.get("formaat") or "application/octet-stream")
        return {
            "digest": digest,
            "omvang": upload.size,
            "bestandsnaam": name,
            "contentType": kind,
        }
