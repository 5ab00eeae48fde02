"""The tables of one agency as people look at them: rows, rules, and words that have neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.engine.properties import PropertyLens
from bridge.engine.rules import Rules
from bridge.engine.verdict import How
from bridge.engine.words import Words, text_of
from contracts.crosswalk import Uncovered
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class TableRow:
    """A local word and the shared one that it stands for; without one, what is done with it."""

    local: str
    shared: str | None
    preferred: bool = True
    rule: str = ""


@dataclass(frozen=True, slots=True)
class TableOf:
    """
    One table.

    Attributes:
        locals: All words of the agency's catalogue that belong in it.
        shareds: All words of the vocabulary that belong in it.
        unread: Local words that mean nothing yet.
        unwritten: Shared words without a row or a rule: a case that has one waits.
    """

    name: str
    rows: tuple[TableRow, ...]
    rules: Mapping[str, Uncovered]
    locals: tuple[str, ...]
    shareds: tuple[str, ...]
    unread: tuple[str, ...]
    unwritten: tuple[str, ...]


def tables_of(rules: Rules, agency: AgencyId) -> dict[str, TableOf]:
    """
    Give the tables of an agency, by name.

    Raises:
        LookupError: The rules have none for it.
    """
    return {table.name: table for table in _tables(rules, agency)}


def _tables(rules: Rules, agency: AgencyId) -> Iterator[TableOf]:
    terms, vocabulary = rules.lens(agency).terms, rules.vocabulary
    yield _case_types(rules, agency)
    statuses = tuple(each.code for each in vocabulary.statuses)
    for process, words in terms.statuses.items():
        steps = tuple(step.code for step in terms.catalogue.processes.get(process, ()))
        yield _of_words(f"statuses.{process}", words, steps, statuses)
    results = tuple(dict.fromkeys(r for each in terms.catalogue.result_sets.values() for r in each))
    yield _of_words("results", terms.results, results, vocabulary.results)
    documents = tuple(each.code for each in terms.catalogue.document_types)
    yield _of_words("document_types", terms.document_types, documents, vocabulary.document_types)
    yield _of_words("roles", terms.parties.words, terms.catalogue.roles, vocabulary.roles)
    values = {each.key: each.values for each in terms.catalogue.properties}
    for local, lens in terms.details.lenses.items():
        codes = _words_of(lens)
        if codes is not None:
            yield _of_words(f"properties.{local}", codes, values.get(local, ()), lens.shared.values)


def _words_of(lens: PropertyLens) -> Words | None:
    words = getattr(lens, "words", None)
    return words if isinstance(words, Words) else None


def _of_words(
    name: str, words: Words, locals_: tuple[str, ...], shareds: tuple[str, ...]
) -> TableOf:
    table = words.table
    return TableOf(
        name=name,
        rows=tuple(
            TableRow(text_of(row.local), text_of(row.shared), row.preferred) for row in table.rows
        ),
        rules=table.uncovered,
        locals=locals_,
        shareds=shareds,
        unread=tuple(each for each in locals_ if words.read(each, None) is None),
        unwritten=tuple(each for each in shareds if words.choose(each, None).how is How.PARK),
    )


def _case_types(rules: Rules, agency: AgencyId) -> TableOf:
    terms = rules.lens(agency).terms
    kinds = tuple(each.code for each in terms.catalogue.case_types)
    shareds = tuple(each.code for each in rules.vocabulary.case_types)
    table = terms.case_types.table
    known = {row.local for row in table.rows}
    return TableOf(
        name="case_types",
        rows=tuple(
            TableRow(row.local, row.shared, rule=row.rule.value if row.rule else "")
            for row in table.rows
        ),
        rules=table.uncovered,
        locals=kinds,
        shareds=shareds,
        unread=tuple(each for each in kinds if each not in known),
        unwritten=tuple(
            each
            for each in shareds
            if terms.case_types.put({"case_type": each}, {}).how is How.PARK
        ),
    )
