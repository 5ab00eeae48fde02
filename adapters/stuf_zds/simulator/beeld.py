"""How what is kept shows in an answer: with what belongs to it from elsewhere in the system."""

from __future__ import annotations

from typing import Final

from lxml import etree

from adapters.kit.simulator import Row
from adapters.stuf_zds.names import STUF, q
from adapters.stuf_zds.values import say_nothing
from adapters.stuf_zds.xml import add, root

from .inhoud import mark
from .reading import VERZENDEND, Tree
from .statussen import current, in_order
from .system import System

_PAGE: Final = "/ui/documenten/"
_NO_CONTENT: Final = {"contentType": "", "bestandsnaam": "", "base64": ""}
"""The schema wants a content, and that it has the name of a file, where there is none yet."""


class Beeld:
    """Shows cases, documents and decisions, as late as this system's reads are."""

    def __init__(self, system: System, url: str) -> None:
        self._system = system
        self._url = url

    def zaak(self, row: Row) -> Tree | None:
        """Show a case; None where a reader does not see it yet."""
        seen = self._system.seen("zaak", row)
        if seen is None:
            return None
        tree: Tree = {**seen["gegevens"], VERZENDEND: seen["uuid"]}
        tree["identificatie"] = self._number(tree["identificatie"])
        now = current(tree)
        tree["heeft"] = [
            {**one, "indicatieLaatsteStatus": "J" if one is now else "N"} for one in in_order(tree)
        ]
        number = str(row["identificatie"]).lower()
        tree["heeftAlsHoofdzaak"] = [
            {"gerelateerde": _kern(other)}
            for other in self._system.store.by("zaak", "deelzaak", number)
        ]
        tree["heeftRelevant"] = [
            {"gerelateerde": shown, **document["in_zaak"][row["uuid"]]}
            for document in self._system.store.by("document", "zaken", row["uuid"])
            if (shown := self._document(document)) is not None
        ]
        tree["leidtTot"] = [
            {"gerelateerde": {**besluit["gegevens"], VERZENDEND: besluit["uuid"]}}
            for besluit in self._system.store.by("besluit", "zaak", row["uuid"])
        ]
        return {name: value for name, value in tree.items() if value != []}

    def document(self, row: Row) -> Tree | None:
        """Show a document with its content, which is put in as it is sent."""
        tree = self._document(row)
        if tree is None:
            return None
        versions = (self._system.seen("document", row) or row)["versies"]
        tree["inhoud"] = _NO_CONTENT
        if versions:
            tree["inhoud"] = {**versions[-1], "base64": mark(versions[-1]["digest"])}
        links = []
        for uuid in row["zaken"]:
            zaak = self._system.store.get("zaak", uuid)
            if zaak is not None:
                links.append({"gerelateerde": _kern(zaak), **row["in_zaak"][uuid]})
        return {**tree, "isRelevantVoor": links} if links else tree

    def _document(self, row: Row) -> Tree | None:
        seen = self._system.seen("document", row)
        if seen is None:
            return None
        tree: Tree = {**seen["gegevens"], VERZENDEND: seen["uuid"]}
        name = self._system.catalogue.document_types.get(tree["dct.omschrijving"])
        if name:
            tree["dct.omschrijvingGeneriek"] = name[:80]
        tree.setdefault("link", f"{self._url}{_PAGE}{seen['uuid']}/{len(seen['versies'])}")
        return tree

    def besluit(self, row: Row) -> Tree:
        """Show a decision, with the case that led to it and the time in which it holds."""
        tree: Tree = {**row["gegevens"], VERZENDEND: row["uuid"]}
        zaak = self._system.store.get("zaak", row["zaak"])
        if zaak is not None:
            tree["isUitkomstVan"] = {"gerelateerde": _kern(zaak)}
        tree["tijdvakGeldigheid"] = _period(
            tree.get("ingangsdatumWerking") or tree.get("datumBeslissing"),
            tree.get("einddatumWerking"),
        )
        return tree

    def _number(self, number: str) -> str:
        return number.upper() if self._system.quirks.deviations.upper_case_number else number


def _kern(zaak: Row) -> Tree:
    tree = zaak["gegevens"]
    shown = {n: tree[n] for n in ("identificatie", "omschrijving", "isVan") if n in tree}
    return {**shown, VERZENDEND: zaak["uuid"]}


def _period(begins: str | None, ends: str | None) -> str:
    period = root(q(STUF, "tijdvakGeldigheid"))
    for name, day in (("beginGeldigheid", begins), ("eindGeldigheid", ends)):
        element = add(period, q(STUF, name), day and day.replace("-", ""))
        if not day:
            say_nothing(element)
    etree.cleanup_namespaces(period)
    return etree.tostring(period, encoding="unicode")
