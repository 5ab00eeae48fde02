"""Cases: beginning one, changing it, letting it go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol
from uuid import uuid4

from adapters.kit.simulator import Row, render_moment

from .catalogus import CaseType
from .reading import ONTVANGEND, VERZENDEND, Tree
from .regels import added, check_allowed, check_kind, check_new, check_words, lossy
from .shapes import Member
from .statussen import with_status
from .system import Cause, System
from .toets import check_typed
from .weigering import Halved, refuse, refuse_unknown
from .wijziging import APART, Change, Impossible, Mismatch, kept
from .zaakvorm import ROLE_NAMES, ZAK

MEMBERS: Final[Sequence[Member]] = [m for m in ZAK.members if m.name not in APART]


class Tells(Protocol):
    """Tells subscribers that a case began, became another, or went; and the same once more."""

    def zaak(self, old: Row | None, new: Row | None, cause: Cause) -> None: ...
    def again(self, row: Row, cause: Cause) -> None: ...


class Zaken:
    """All cases of one system. What changes one is told to subscribers in the same breath."""

    def __init__(self, system: System, tells: Tells) -> None:
        self._system = system
        self._tells = tells

    def find(self, tree: Tree, applicatie: str = "") -> Row:
        """
        Give the case that an object speaks of: by our key, its number, or the sender's key.

        Raises:
            Refusal: There is none.
        """
        store = self._system.store
        ours = store.get("zaak", str(tree.get(ONTVANGEND, "")))
        if ours is not None:
            return ours
        number = str(tree.get("identificatie") or "")
        found = self._system.find("zaak", number) if number else None
        if found is None and not number and tree.get(VERZENDEND):
            known = store.by("zaak", "sleutel", f"{applicatie}\x00{tree[VERZENDEND]}")
            found = known[0] if known else None
        if found is None:
            refuse_unknown(f"zaak {number} onbekend")
        return found

    def case_type(self, row: Row) -> CaseType:
        """Give the kind of a case."""
        kind = row["gegevens"]["isVan"]["gerelateerde"]
        return self._system.catalogue.case_type(kind["code"], kind.get("omschrijving", ""))

    def create(self, said: Tree, cause: Cause) -> Row:
        """
        Begin a case.

        Raises:
            Refusal: It lacks something, is there already, or is of no kind that we know.
        """
        system = self._system
        check_allowed(system, cause, ["zaak"])
        case_type = check_new(system, said)
        tree = kept({n: value for n, value in said.items() if n not in ("heeft", "leidtTot")})
        tree["isVan"] = {"gerelateerde": case_type.tree}
        tree.setdefault("opschorting", {"indicatie": "N"})
        check_words(system, case_type, tree, tuple(tree))
        row: Row = {
            "uuid": str(uuid4()),
            "identificatie": tree["identificatie"],
            "gegevens": lossy(system, tree),
            "sleutels": {},
            "notities": [],
            "overdracht": None,
            "gemaakt": render_moment(system.clock.now()),
        }
        if said.get(VERZENDEND) and cause.applicatie:
            row["sleutels"] = {cause.applicatie: said[VERZENDEND]}
        begins = list(said.get("heeft", ()))
        if not begins and system.quirks.first_status and case_type.statuses:
            begins = [{"gerelateerde": {"volgnummer": "1"}}]
        for item in begins:
            row = with_status(system, case_type, row, item)
        self._keep(None, row, cause)
        return row

    def update(self, row: Row, old: Tree | None, new: Tree, cause: Cause) -> list[str]:
        """
        Make what a notification tells so; returns which elements changed.

        Raises:
            Refusal: It was changed since the sender looked, or cannot be so.
        """
        system, case_type = self._system, self.case_type(row)
        check_kind(row, new)
        change = Change(check=system.quirks.check_old)
        try:
            tree = change.apply(MEMBERS, row["gegevens"], old, new)
        except Mismatch as error:
            refuse(f"oud komt niet overeen met de registratie: {error}")
        except Impossible as error:
            refuse(str(error))
        statuses = added(old, new, "heeft")
        check_allowed(system, cause, change.changed + ["heeft"] * bool(statuses))
        if change.changed:
            if system.quirks.closed_is_final and row["gegevens"].get("einddatum"):
                refuse("de zaak is gesloten")
            check_words(system, case_type, tree, change.changed)
            if system.quirks.half_applied:
                self._apply_half(row, tree, change.changed[0].partition(".")[0], cause)
        made = {**row, "gegevens": lossy(system, tree)}
        for item in statuses:
            made = with_status(system, case_type, made, item)
            change.changed.append("heeft")
        if made["gegevens"] != row["gegevens"]:
            self._keep(row, made, cause)
        return change.changed

    def _apply_half(self, row: Row, tree: Tree, name: str, cause: Cause) -> None:
        made = {**row["gegevens"], name: tree.get(name)}
        self._keep(row, {**row, "gegevens": kept(made)}, cause)
        raise Halved("StUF058", "verwerking afgebroken")

    def replace(self, row: Row, values: Tree, cause: Cause) -> Row:
        """Put other values in the place of some; `None` takes one away. For people here."""
        tree = kept({**row["gegevens"], **values})
        check_words(self._system, self.case_type(row), tree, tuple(values))
        made = {**row, "gegevens": lossy(self._system, tree)}
        if made["gegevens"] != row["gegevens"]:
            self._keep(row, made, cause)
        return made

    def set_status(self, row: Row, item: Tree, cause: Cause) -> Row:
        """Set a status; one that is there already changes nothing."""
        made = with_status(self._system, self.case_type(row), row, item)
        if made["gegevens"] != row["gegevens"]:
            self._keep(row, made, cause)
        return made

    def remember(self, row: Row, **values: Any) -> Row:
        """Keep something about a case that no message carries."""
        made = {**row, **values}
        self._system.keep("zaak", made)
        return made

    def tell_again(self, row: Row, cause: Cause) -> None:
        """Tell subscribers of a case in which nothing changed."""
        with self._system.store.transaction():
            self._tells.again(row, cause)

    def remove(self, row: Row, cause: Cause) -> None:
        """Take a case away."""
        with self._system.store.transaction():
            self._system.store.remove("zaak", row["uuid"])
            self._tells.zaak(row, None, cause)

    def _keep(self, old: Row | None, new: Row, cause: Cause) -> None:
        if not cause.applicatie:
            check_typed(new["gegevens"], ZAK, self._system.quirks)
        with self._system.store.transaction():
            self._system.keep("zaak", new)
            self._tells.zaak(old, new, cause)


def roles_of(tree: Tree) -> list[tuple[str, Tree]]:
    """Give who has to do with a case, by the relation they stand in."""
    return [(name, item) for name in ROLE_NAMES for item in tree.get(name, ())]
