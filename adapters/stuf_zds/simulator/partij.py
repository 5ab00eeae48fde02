"""
Who or what stands at the other end of a relation, and whether two of them are one.

The same when the kind is, and the first number that both tell; else when all else is that tells
them apart. Whether data is authentic, and where somebody lives, tells nobody apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .reading import NIL, Tree
from .shapes import Entity, Leaf, Relation

_LABELS: Final = ("omschrijving", "code")
_NAMES: Final = (
    "voorletters",
    "voornamen",
    "voorvoegselGeslachtsnaam",
    "voorvoegselAchternaam",
    "geslachtsnaam",
    "achternaam",
    "statutaireNaam",
    "handelsnaam",
    "naam",
    "omschrijving",
)


def find(relation: Relation, items: Sequence[Tree], wanted: Tree | None) -> Tree | None:
    """
    Give the relation that is meant.

    One party may stand in a relation more than once, each time as something else: then what it
    is called decides.
    """
    if wanted is None or wanted.get(NIL):
        return None
    sought = identity(relation, wanted)
    found = [one for one in items if identity(relation, one) == sought]
    label = next((wanted[name] for name in _LABELS if wanted.get(name)), None)
    if label is not None:
        labelled = [one for one in found if label in (one.get(name) for name in _LABELS)]
        if labelled or all(any(one.get(name) for name in _LABELS) for one in found):
            found = labelled
    return found[0] if found else None


def identity(relation: Relation, item: Tree) -> tuple[Any, ...]:
    """Give what tells the other end of a relation from all others."""
    related = item.get("gerelateerde") or {}
    if isinstance(relation.related, Entity):
        return _identity(relation.related, related)
    for kind, tree in related.items():
        if kind in relation.related:
            entity = relation.related[kind]
            return (kind, tree) if entity is None else (kind, *_identity(entity, tree))
    return ()


def _identity(entity: Entity, tree: Tree) -> tuple[Any, ...]:
    for name in entity.key:
        if isinstance(tree.get(name), str):
            return name, tree[name].lower()
    return tuple(
        (member.name, str(tree[member.name]))
        for member in entity.members
        if isinstance(member, Leaf) and not member.meta and tree.get(member.name)
    )


def same(one: Tree, other: Tree) -> bool:
    """Tell whether two relations show the very same at their other end."""
    return bool(_shown(one.get("gerelateerde")) == _shown(other.get("gerelateerde")))


def _shown(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: _shown(inner)
        for name, inner in value.items()
        if not name.startswith("@") and inner is not None
    }


def name_of(item: Tree) -> str:
    """Give the name of a party as people write it; its number where it has none."""
    for entity in (item.get("gerelateerde") or {}).values():
        if not isinstance(entity, dict):
            return ""
        found = [str(entity[name]) for name in _NAMES if isinstance(entity.get(name), str)]
        return " ".join(found) or next((str(v) for v in entity.values() if isinstance(v, str)), "")
    return ""
