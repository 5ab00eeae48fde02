"""
What the standard leaves to agreement: extraElementen (our properties) and kenmerken (our mark).

Both repeat, and repeating things travel whole: all values in the old and in the new object, also
those that did not change. A name may be there twice; the first is a property, others are named as
not carried and go along unchanged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Final

from adapters.stuf_zds.names import STUF, ZKN, q
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import say_nothing
from adapters.stuf_zds.xml import Element, add, child, children, clean, root
from contracts.case import CONFIDENTIALITY, Property
from contracts.ids import Mark

BRON: Final = "casebridge"
"""Whose number a kenmerk is; ours stands beside those of others and leaves them alone."""

_NAAM: Final = "naam"
_GROUP: Final = q(STUF, "extraElementen")
_ONE: Final = q(STUF, "extraElement")


def _each(parent: Element) -> Iterator[Element]:
    for group in children(parent, "extraElementen"):
        yield from children(group, "extraElement")


def extra(parent: Element, name: str, taste: Taste) -> str:
    """Give the first extraElement of a name; empty where there is none."""
    named = (taste.plain(one) for one in _each(parent) if one.get(_NAAM, "").strip() == name)
    return next(named, "")


def level_of(said: str) -> str | None:
    """Give a level of confidentiality in the standard's words: ``BEPERKT OPENBAAR`` in small."""
    found = "_".join(said.lower().split())
    return found if found in CONFIDENTIALITY else None


def carried(zaak: Element, elements: Mapping[str, str], taste: Taste) -> dict[str, str]:
    """Give what extraElementen tell of fields that StUF has no place for."""
    found: dict[str, str] = {}
    for field, name in elements.items():
        said = extra(zaak, name, taste)
        known = level_of(said) if field == "confidentiality" else said
        if said and not known:
            taste.leave(f"extraElementen/{name}", "it holds no level of confidentiality")
        if known:
            found[field] = known
    return found


def add_extra(parent: Element, extras: Mapping[str, str]) -> None:
    """Add extraElementen to an entity."""
    group = add(parent, _GROUP)
    for name, value in extras.items():
        add(group, _ONE, value, {_NAAM: name})


def properties(
    zaak: Element, taste: Taste, agreed: Collection[str], others: Collection[str] = ()
) -> tuple[Property, ...]:
    """Give the extraElementen of a case that are its properties; *others* mean something else."""
    found: dict[str, Property] = {}
    for one in _each(zaak):
        name, said = one.get(_NAAM, "").strip(), taste.told(one)
        if not name or said.value is None or name in others:
            continue
        if name not in agreed:
            taste.leave(f"extraElementen/{name}", "a name that was not agreed on")
            continue
        if name in found:
            taste.leave(f"extraElementen/{name}", "a second value of one name")
            continue
        found[name] = Property(key=name, value=said.value)
    return tuple(found.values())


def changed_properties(zaak: Element, changes: Mapping[str, str | None]) -> tuple[Element, Element]:
    """
    Give the extraElementen as they are and as they should be.

    Args:
        zaak: As it stands.
        changes: Name → value; ``None`` takes it away.
    """
    old, new = root(_GROUP), root(_GROUP)
    left = dict(changes)
    for one in _each(zaak):
        old.append(_plain(one))
        name = one.get(_NAAM, "").strip()
        if name not in left:
            new.append(_plain(one))
        else:
            _said(new, name, left.pop(name))
    for name, value in left.items():
        _said(old, name, None)
        _said(new, name, value)
    return old, new


def _plain(one: Element) -> Element:
    # As it came, whatever it is; but for white space around it.
    made = deepcopy(one)
    made.tail = None
    return made


def _said(group: Element, name: str, value: str | None) -> None:
    made = add(group, _ONE, None, {_NAAM: clean(name)})
    if value is None:
        # A system that merges what it gets, instead of taking it whole, must be told.
        say_nothing(made)
    else:
        made.text = clean(value)


def as_text(value: object) -> str:
    """Give the value of a property as this system holds it: every value is text there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else clean(str(value)).strip()


def kenmerken(zaak: Element, taste: Taste) -> list[tuple[str, str]]:
    """Give the numbers that others know a case by, each with whose it is."""
    found = [
        (taste.plain(child(one, "kenmerk")), taste.plain(child(one, "bron")))
        for one in children(zaak, "kenmerk")
    ]
    return [(number, owner) for number, owner in found if number and owner]


def mark_of(numbers: Sequence[tuple[str, str]]) -> Mark | None:
    """Give our mark among them, where there is one."""
    return next((Mark(number) for number, owner in numbers if owner.lower() == BRON), None)


def kenmerk(number: str, owner: str) -> Element:
    """Give a number that a case is known by."""
    made = root(q(ZKN, "kenmerk"))
    add(made, q(ZKN, "kenmerk"), number)
    add(made, q(ZKN, "bron"), owner)
    return made
