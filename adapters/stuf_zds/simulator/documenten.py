"""Documents: adding one to a case, changing it under a lock, taking it from a case."""

from __future__ import annotations

from typing import Any, Final, Protocol
from uuid import uuid4

from adapters.kit.simulator import Row, render_moment

from .catalogus import Unknown
from .reading import NIL, SOORT, Tree
from .shapes import Extra, Group, Leaf, Member, Opaque
from .system import Cause, System
from .toets import check_typed
from .weigering import refuse, refuse_shape, refuse_unknown
from .wijziging import Change, Mismatch, kept
from .zaakvorm import EDC
from .zaken import Zaken

MEMBERS: Final[list[Member]] = [
    member for member in EDC.members if isinstance(member, Leaf | Group | Extra | Opaque)
]
_MUST: Final = ("identificatie", "dct.omschrijving", "creatiedatum", "titel", "auteur")
_IN_ZAAK: Final = ("titel", "beschrijving", "registratiedatum", "stt.volgnummer")
_DEFINITIVE: Final = "definitief"


class Tells(Protocol):
    """Tells subscribers of a document."""

    def document(self, old: Row | None, new: Row, cause: Cause) -> None: ...


class Documenten:
    """All documents of one system. A new content is a new version; the former ones are kept."""

    def __init__(self, system: System, zaken: Zaken, tells: Tells) -> None:
        self._system = system
        self._zaken = zaken
        self._tells = tells

    def find(self, number: str) -> Row:
        """
        Give a document by its number.

        Raises:
            Refusal: There is none.
        """
        found = self._system.find("document", number)
        if found is None:
            refuse_unknown(f"document {number} onbekend")
        return found

    def of(self, zaak: Row) -> list[Row]:
        """Give the documents of a case, in order of arrival."""
        return self._system.store.by("document", "zaken", zaak["uuid"])

    def add(self, said: Tree, cause: Cause, *, needs_content: bool) -> Row:
        """Add a document to the cases that it is relevant for."""
        missing = [name for name in _MUST if not said.get(name)]
        content = said.get("inhoud")
        if needs_content and not content:
            missing.append("inhoud")
        links = [one for one in said.get("isRelevantVoor", ()) if not one.get(NIL)]
        if not links:
            missing.append("isRelevantVoor")
        if missing:
            refuse_shape(f"ontbreekt: {', '.join(missing)}")
        if self._system.find("document", said["identificatie"]) is not None:
            refuse(f"document {said['identificatie']} bestaat al")
        tree = kept({n: v for n, v in said.items() if n not in ("inhoud", "isRelevantVoor")})
        tree.setdefault("versie", "1.0")
        row: Row = {
            "uuid": str(uuid4()),
            "identificatie": tree["identificatie"],
            "gegevens": tree,
            "zaken": [],
            "in_zaak": {},
            "versies": [self._version(tree, content)] if content else [],
            "slot": None,
            "gemaakt": render_moment(self._system.clock.now()),
        }
        for link in links:
            row = self._linked(row, link, cause.applicatie)
        self._keep(None, row, cause)
        return row

    def _linked(self, row: Row, link: Tree, applicatie: str) -> Row:
        zaak = self._zaken.find(link["gerelateerde"], applicatie)
        code = self._type(row["gegevens"])
        allowed = self._zaken.case_type(zaak).document_types
        if allowed and code not in allowed:
            refuse(f"documenttype {code!r} hoort niet bij het zaaktype")
        about = {name: link[name] for name in _IN_ZAAK if isinstance(link.get(name), str)}
        about.setdefault("registratiedatum", self._system.clock.today().isoformat())
        return {
            **row,
            "gegevens": {**row["gegevens"], "dct.omschrijving": code},
            "zaken": [*row["zaken"], zaak["uuid"]],
            "in_zaak": {**row["in_zaak"], zaak["uuid"]: about},
        }

    def _type(self, tree: Tree) -> str:
        try:
            return self._system.catalogue.document_type(tree["dct.omschrijving"])
        except Unknown as error:
            refuse(str(error))

    def _version(self, tree: Tree, content: Tree) -> dict[str, Any]:
        if not content["bestandsnaam"]:
            refuse_shape("inhoud heeft geen bestandsnaam")
        return {
            "versie": tree["versie"],
            **content,
            "op": render_moment(self._system.clock.now()),
        }

    # -- changing ----------------------------------------------------------------------------

    def lock(self, number: str, who: str) -> Row:
        """Let one change a document, and nobody else."""
        row = self.find(number)
        if row["slot"] is not None:
            refuse(f"document {number} is in bewerking bij {row['slot']['door']}")
        if self._is_final(row):
            refuse(f"document {number} is definitief")
        made = {**row, "slot": {"id": f"pwc-{uuid4()}", "door": who}}
        self._system.keep("document", made)
        return made

    def unlock(self, number: str, lock: str) -> None:
        """Let everybody change a document again."""
        row = self.find(number)
        self._check_lock(row, lock)
        self._system.keep("document", {**row, "slot": None})

    def update(self, lock: str, old: Tree | None, new: Tree, state: str, cause: Cause) -> None:
        """Change a document under its lock, and let go of it."""
        row = self.find(str(new.get("identificatie") or ""))
        self._check_lock(row, lock)
        change = Change(check=self._system.quirks.check_old)
        try:
            tree = change.apply(MEMBERS, row["gegevens"], old, new)
        except Mismatch as error:
            refuse(f"oud komt niet overeen met de registratie: {error}")
        self.replace({**row, "slot": None}, tree, new.get("inhoud"), cause, state=state)

    def replace(
        self, row: Row, tree: Tree, content: Tree | None, cause: Cause, *, state: str = "major"
    ) -> Row:
        """Put other data, and another content, in the place of those of a document."""
        former = self.find(row["identificatie"])
        tree = {**tree, "dct.omschrijving": self._type(tree)}
        versions = row["versies"]
        if content:
            if tree.get("versie") in (None, former["gegevens"]["versie"]):
                tree["versie"] = _next_version(former["gegevens"]["versie"], state)
            versions = [*versions, self._version(tree, content)]
        made = {**row, "gegevens": tree, "versies": versions}
        self._keep(former, made, cause)
        return made

    def _is_final(self, row: Row) -> bool:
        final = self._system.quirks.definitive_is_final
        return final and str(row["gegevens"].get("status", "")).lower() == _DEFINITIVE

    def _check_lock(self, row: Row, lock: str) -> None:
        if row["slot"] is None or row["slot"]["id"] != lock:
            refuse(f"document {row['identificatie']} is niet met dit checkedOutId in bewerking")

    def unlink(self, said: Tree, cause: Cause) -> None:
        """Take a document from the cases that it is no longer relevant for."""
        row = self.find(str(said.get("identificatie") or ""))
        gone = {
            self._zaken.find(link["gerelateerde"], cause.applicatie)["uuid"]
            for link in said.get("isRelevantVoor", ())
            if link.get(SOORT) == "V" and "gerelateerde" in link
        }
        if not gone & set(row["zaken"]):
            refuse("het document hoort niet bij deze zaak")
        made = {**row, "slot": None, "zaken": [one for one in row["zaken"] if one not in gone]}
        self._keep(row, made, cause)

    def _keep(self, old: Row | None, new: Row, cause: Cause) -> None:
        if not cause.applicatie:
            check_typed(new["gegevens"], EDC, self._system.quirks)
        with self._system.store.transaction():
            self._system.keep("document", new)
            self._tells.document(old, new, cause)


def _next_version(text: str, state: str) -> str:
    """Give the version after this one: the next whole one, or the next part of a *minor* change."""
    whole, _, part = text.partition(".")
    if not whole.isdecimal():
        return text
    if state == "minor":
        return f"{whole}.{int(part) + 1 if part.isdecimal() else 1}"
    return f"{int(whole) + 1}.0" if part else str(int(whole) + 1)
