"""The statuses of a case: a history that only grows, and which of them holds."""

from __future__ import annotations

from adapters.kit.simulator import Row
from adapters.stuf_zds.moments import moment_of, say_moment

from .catalogus import CaseType, StatusType, Unknown
from .reading import Tree
from .regels import lossy
from .system import System
from .weigering import refuse
from .wijziging import kept


def with_status(system: System, case_type: CaseType, row: Row, item: Tree) -> Row:
    """
    Give a case with one more status; the same one, if it has it already.

    A case ends in the last status of its process, and is open again in any other.
    """
    said = kept(item)
    wanted = said.get("gerelateerde", {})
    try:
        step = case_type.status(wanted) if case_type.statuses else _any_status(wanted)
    except Unknown as error:
        refuse(str(error))
    said["gerelateerde"] = case_type.status_tree(step)
    said.setdefault("datumStatusGezet", say_moment(system.clock.now()))
    tree = row["gegevens"]
    statuses = tree.get("heeft", [])
    if any(_is_same(one, said) for one in statuses):
        return row
    made = {**tree, "heeft": [*statuses, lossy(system, said)]}
    return {**row, "gegevens": _ended(system, case_type, tree, made)}


def _ended(system: System, case_type: CaseType, before: Tree, tree: Tree) -> Tree:
    now, was = current(tree), current(before)
    if now is None or not case_type.statuses:
        return tree
    if case_type.status(now["gerelateerde"]).final:
        if system.quirks.needs_result and not tree.get("resultaat"):
            refuse("een zaak zonder resultaat kan niet worden gesloten")
        day = now["datumStatusGezet"]
        return {"einddatum": f"{day[:4]}-{day[4:6]}-{day[6:8]}", **tree}
    if was is not None and case_type.status(was["gerelateerde"]).final:
        return {name: value for name, value in tree.items() if name != "einddatum"}
    return tree


def current(tree: Tree) -> Tree | None:
    """Give the status of a case: the newest; of one moment, the furthest. Never the last told."""
    return max(tree.get("heeft", ()), key=_when, default=None)


def in_order(tree: Tree) -> list[Tree]:
    """Give the statuses of a case, the oldest first."""
    return sorted(tree.get("heeft", ()), key=_when)


def _when(item: Tree) -> tuple[str, int]:
    number = item["gerelateerde"].get("volgnummer", "0")
    return item["datumStatusGezet"].ljust(17, "0"), int(number)


def _is_same(one: Tree, other: Tree) -> bool:
    return one["gerelateerde"] == other["gerelateerde"] and (
        moment_of(one["datumStatusGezet"]).at == moment_of(other["datumStatusGezet"]).at
    )


def _any_status(wanted: Tree) -> StatusType:
    number = str(wanted.get("volgnummer") or "1")
    name = str(wanted.get("omschrijving") or number)
    return StatusType(int(number), str(wanted.get("code") or number)[:10], name, final=False)
