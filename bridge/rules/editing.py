"""
Edits done to the text of a crosswalk; all that they do not touch stays as it is.

Comments, order and line breaks of what is not touched are those of the file: what people wrote
there, they find again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import yaml as plain_yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from bridge.engine.words import text_of
from bridge.rules.edit import AddRow, Edit, NotEditable, PutBack, RemoveRow, SetRule

_NO_WRAPPING: Final = 1_000_000
_PLAIN: Final = re.compile(r"\w(?:[\w ./()-]*[\w./()-])?")


def edited(text: str, edits: Iterable[Edit]) -> str:
    """
    Give the text of a crosswalk with edits done to it.

    Raises:
        NotEditable: An edit does not fit: no such table or row, or the row is there already.
    """
    document = _parsed(text)
    for edit in edits:
        match edit:
            case AddRow():
                _add(document, edit)
            case RemoveRow():
                _remove(document, edit)
            case SetRule():
                _set_rule(document, edit)
            case PutBack():
                _put_back(document, edit)
    new = _written(document)
    kept = "\n".join(_kept(text.split("\n"), _written(_parsed(text)).split("\n"), new.split("\n")))
    return kept if _parsed(kept) == document else new


def _add(document: CommentedMap, edit: AddRow) -> None:
    if edit.table == "participants":
        names = document.setdefault("participants", CommentedMap())
        if edit.local in names:
            msg = f"participants: {edit.local!r} stands for {names[edit.local]!r} already"
            raise NotEditable(msg)
        names[_word(edit.local)] = _word(edit.shared)
        return
    table = _table(document, edit.table)
    rows = table.setdefault("rows", CommentedSeq())
    if any(_is_row(row, edit.local, edit.shared) for row in rows):
        msg = f"{edit.table}: {edit.local!r} stands for {edit.shared!r} already"
        raise NotEditable(msg)
    row = CommentedMap(local=_word(edit.local), shared=_word(edit.shared))
    if any(text_of(each.get("shared")) == edit.shared for each in rows):
        row["preferred"] = False
    if any(text_of(each.get("local")) == edit.local for each in rows):
        row["preferred_get"] = False
    if not rows or rows[-1].fa.flow_style() is not False:
        row.fa.set_flow_style()
    rows.append(row)
    # A rule for what has a row says nothing any more.
    _drop_rule(table, edit.shared)


def _remove(document: CommentedMap, edit: RemoveRow) -> None:
    if edit.table == "participants":
        names = document.get("participants", {})
        if names.get(edit.local) != edit.shared:
            msg = f"participants: no row {edit.local!r}"
            raise NotEditable(msg)
        del names[edit.local]
        return
    rows = _table(document, edit.table).get("rows", [])
    found = [at for at, row in enumerate(rows) if _is_row(row, edit.local, edit.shared)]
    if not found:
        msg = f"{edit.table}: no row {edit.local!r} ↔ {edit.shared!r}"
        raise NotEditable(msg)
    del rows[found[0]]


def _set_rule(document: CommentedMap, edit: SetRule) -> None:
    table = _table(document, edit.table)
    if edit.rule is None:
        _drop_rule(table, edit.shared)
        return
    told = {"value": edit.value, "why": edit.why, "note": edit.note}
    rule = CommentedMap(rule=edit.rule.value)
    rule.update({name: _word(said) for name, said in told.items() if said})
    rule.fa.set_flow_style()
    if "uncovered" not in table:
        table["uncovered"] = CommentedMap()
    table["uncovered"][_word(edit.shared)] = rule


def _drop_rule(table: CommentedMap, shared: str) -> None:
    rules = table.get("uncovered")
    if rules and shared in rules:
        del rules[shared]
        if not rules:
            del table["uncovered"]


def _put_back(document: CommentedMap, edit: PutBack) -> None:
    former = _parsed(edit.text)
    name, _, part = edit.table.partition(".")
    if name == "properties":
        rules, place = document["properties"], _place(document, part)
        rules[place] = former["properties"][_place(former, part)]
        return
    if name == "participants":
        document[name] = former.get(name, CommentedMap())
        return
    table = _table(former, edit.table)
    _table(document, edit.table)
    if part:
        document[name][part] = table
    else:
        document[name] = table


def _table(document: CommentedMap, name: str) -> CommentedMap:
    first, _, part = name.partition(".")
    found = document.get(first)
    if first == "properties":
        place = _place(document, part)
        found = document["properties"][place]
        found = found if found.get("kind") == "enum" else None
    elif part and isinstance(found, CommentedMap):
        found = found.get(part)
    if not isinstance(found, CommentedMap):
        msg = f"there is no table {name!r} of rows in this crosswalk"
        raise NotEditable(msg)
    return found


def _place(document: CommentedMap, local: str) -> int:
    for place, rule in enumerate(document.get("properties") or ()):
        if rule.get("local") == local:
            return place
    msg = f"there is no rule for property {local!r} in this crosswalk"
    raise NotEditable(msg)


def _is_row(row: CommentedMap, local: str, shared: str) -> bool:
    return text_of(row.get("local")) == local and text_of(row.get("shared")) == shared


def _word(text: str) -> str:
    """Put a word between quotes, unless every reader takes it for the same text without."""
    is_plain = _PLAIN.fullmatch(text) and isinstance(plain_yaml.safe_load(text), str)
    return text if is_plain else DoubleQuotedScalarString(text)


def _parsed(text: str) -> Any:
    return _yaml().load(text)


def _written(document: Any) -> str:
    out = io.StringIO()
    _yaml().dump(document, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _NO_WRAPPING
    return yaml


def _kept(original: Sequence[str], base: Sequence[str], new: Sequence[str]) -> list[str]:
    """Take what differs between *base* and *new*, and all else as it stands in *original*."""
    place = _places(base, original)
    found: list[str] = []
    done = 0
    for tag, first, last, new_first, new_last in _matcher(base, new)():
        if tag == "equal":
            continue
        low, high = first, last
        while low not in place:
            low -= 1
        while high not in place:
            high += 1
        if place[low] < done:  # twice within one wrapped line
            return list(new)
        changed = [*base[low:first], *new[new_first:new_last], *base[last:high]]
        found += [*original[done : place[low]], *changed]
        done = place[high]
    return [*found, *original[done:]]


def _places(base: Sequence[str], original: Sequence[str]) -> dict[int, int]:
    """Say where lines of *base* begin in *original*, but inside what is wrapped otherwise there."""
    place: dict[int, int] = {}
    for tag, first, last, there, there_last in _matcher(base, original)():
        if tag == "equal":
            place |= {first + n: there + n for n in range(last - first + 1)}
        place |= {first: there, last: there_last}
    return place


def _matcher(
    one: Sequence[str], other: Sequence[str]
) -> Callable[[], Sequence[tuple[str, int, int, int, int]]]:
    return SequenceMatcher(None, one, other, autojunk=False).get_opcodes
