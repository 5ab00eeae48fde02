"""What a case may be: rules of the agency's catalogue, and what a narrower system makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from adapters.kit.simulator import Row

from .catalogus import CaseType, Unknown
from .reading import NIL, SOORT, Tree
from .system import Cause, System
from .weigering import refuse, refuse_shape

_FORBIDDEN: Final = re.compile(r'[\\/"*?:<>|]')
_MUST: Final = ("identificatie", "startdatum", "registratiedatum", "zaakniveau")
_TEXTS: Final = ("omschrijving", "toelichting")
_DECIMAL: Final = re.compile(r"-?[0-9]+[.,][0-9]+")


def check_allowed(system: System, cause: Cause, changed: Sequence[str]) -> None:
    """See that who is not of this system changes nothing that only people here may change."""
    closed = [name for name in changed if name.partition(".")[0] in system.quirks.refuses]
    if closed and cause.applicatie:
        refuse(f"van buitenaf niet te wijzigen: {', '.join(closed)}")


def check_new(system: System, said: Tree) -> CaseType:
    """See that a case can begin so; returns its kind."""
    missing = [name for name in _MUST if not said.get(name)]
    code = (said.get("isVan", {}).get("gerelateerde") or {}).get("code") or ""
    if not code:
        missing.append("isVan.gerelateerde.code")
    if len([one for one in said.get("heeftAlsInitiator", ()) if not one.get(NIL)]) != 1:
        missing.append("heeftAlsInitiator (precies een)")
    if missing:
        refuse_shape(f"ontbreekt: {', '.join(missing)}")
    number = said["identificatie"]
    if _FORBIDDEN.search(number):
        refuse("identificatie bevat een teken dat niet mag")
    if system.find("zaak", number) is not None:
        refuse(f"zaak {number} bestaat al")
    try:
        return system.catalogue.case_type(code)
    except Unknown as error:
        refuse(str(error))


def check_kind(row: Row, new: Tree) -> None:
    """See that the kind of a case does not become another: it never may."""
    code = (new.get("isVan", {}).get("gerelateerde") or {}).get("code")
    if code and code != row["gegevens"]["isVan"]["gerelateerde"]["code"]:
        refuse("het zaaktype van een zaak kan niet veranderen")


def check_words(system: System, case_type: CaseType, tree: Tree, changed: Sequence[str]) -> None:
    """See that the catalogue has the words of what changed."""
    try:
        result = tree.get("resultaat", {}).get("omschrijving")
        if isinstance(result, str) and any(name.startswith("resultaat") for name in changed):
            system.catalogue.check_result(case_type, result)
        for naam, value in tree.get("extraElementen", ()):
            if f"extraElementen.{naam}" in changed or "extraElementen" in changed:
                system.catalogue.check_property(naam, value)
    except Unknown as error:
        refuse(str(error))


def lossy(system: System, tree: Tree) -> Tree:
    """Give what a narrower system would keep of a case, or of a status."""
    quirks = system.quirks
    made = dict(tree)
    if quirks.cut_at:
        made |= {n: tree[n][: quirks.cut_at] for n in _TEXTS if isinstance(tree.get(n), str)}
    if quirks.decimals >= 0 and "extraElementen" in tree:
        extra = tree["extraElementen"]
        made["extraElementen"] = [[naam, _rounded(v, quirks.decimals)] for naam, v in extra]
    return made


def _rounded(value: str, decimals: int) -> str:
    if not _DECIMAL.fullmatch(value):
        return value
    rounded = f"{float(value.replace(',', '.')):.{decimals}f}"
    return rounded.replace(".", ",") if "," in value else rounded


def added(old: Tree | None, new: Tree, name: str) -> list[Tree]:
    """Give the relations that a message adds to what can only grow: a history, decisions."""
    before = (old or {}).get(name, [])
    found = []
    for place, item in enumerate(new.get(name, [])):
        was = before[place] if place < len(before) else None
        soort = item.get(SOORT) or ("T" if was is None or was.get(NIL) else "I")
        if item.get(NIL) or soort in ("V", "E", "R", "W"):
            refuse(f"{name}: alleen toevoegen kan")
        if soort == "T" or was is None:
            found.append(item)
    return found
