"""Check one table of codes: words that exist, each said once, read and written in one way."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from bridge.engine.words import ALL_OTHERS, text_of
from bridge.rules.places import Places
from contracts.case import FIELDS
from contracts.crosswalk import Row, Rule, Table, Uncovered


def check_table(
    here: Places, path: str, table: Table, local: Collection[str], shared: Collection[str]
) -> None:
    """Check one table of codes: words that exist, each said once, read and written in one way."""
    check_rows(here, path, table.rows, local, shared)
    check_uncovered(here, path, table.uncovered, local, shared)
    if table.uncovered_other in (Rule.DEFAULT, Rule.FOLD):
        what = f"{table.uncovered_other.value!r} needs a value for each shared word"
        here.fault(f"{path}.uncovered_other", what, "choose park, keep, annotate or not-crossing")
    if table.fallback is not None:
        here.known(f"{path}.fallback", table.fallback, shared, "vocabulary.yaml")


def check_uncovered(
    here: Places,
    path: str,
    rules: Mapping[str, Uncovered],
    local: Collection[str],
    shared: Collection[str],
) -> None:
    """Check the rules for shared words without a row."""
    for code, rule in rules.items():
        where = f"{path}.uncovered.{code}"
        if code != ALL_OTHERS:
            here.known(where, code, shared, "vocabulary.yaml")
        if rule.rule is Rule.DEFAULT:
            here.known(f"{where}.value", rule.value, local, "the local words")
        if rule.rule is Rule.FOLD:
            here.fault(where, "only a case can be folded into another", "choose another rule")
        check_detaches_and_note(here, where, rule)


def check_detaches_and_note(here: Places, where: str, rule: Uncovered) -> None:
    """Check what a rule stops from crossing, and the note that it writes."""
    for name in rule.detaches:
        here.known(f"{where}.detaches", name, FIELDS, "the fields of a case")
    strange = set(re.findall(r"\{(\w+)\}", rule.note)) - {"value"}
    if strange:
        what = f"a note knows {{value}} only, not {', '.join(sorted(strange))}"
        here.fault(f"{where}.note", what, "write it without")


def check_rows(
    here: Places,
    path: str,
    rows: Collection[Row],
    local: Collection[str],
    shared: Collection[str],
) -> None:
    """Check rows: that their words exist, and that reading and writing have one answer."""
    for place, row in enumerate(rows):
        if isinstance(row.local, bool):
            what = f"local value {row.local!r}: YAML reads an unquoted yes, no, on or off so"
            here.fault(f"{path}.rows.{place}.local", what, "put it between quotes")
            continue
        here.known(f"{path}.rows.{place}.local", text_of(row.local), local, "the catalogue")
        here.known(f"{path}.rows.{place}.shared", text_of(row.shared), shared, "vocabulary.yaml")
    here.unique(f"{path}.rows", ((text_of(row.local), text_of(row.shared)) for row in rows), "row")
    _one_answer(
        here,
        f"{path}.rows",
        (text_of(r.local) for r in rows if r.preferred_get),
        "is read in two ways",
        "mark all but one of its rows with preferred_get: false",
    )
    _one_answer(
        here,
        f"{path}.rows",
        (text_of(r.shared) for r in rows if r.preferred),
        "is written in two ways",
        "mark all but one of its rows with preferred: false",
    )
    read = {text_of(row.local) for row in rows if row.preferred_get}
    for word in sorted(set(local) - read):
        what = f"local value {word!r} cannot be read"
        here.fault(f"{path}.rows", what, "add a row for it, without preferred_get: false")


def _one_answer(here: Places, path: str, words: Iterable[str], what: str, way_out: str) -> None:
    seen: set[str] = set()
    for word in words:
        if word in seen:
            here.fault(path, f"{word!r} {what}", way_out)
        seen.add(word)
