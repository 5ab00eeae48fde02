"""
Words: one table of codes, read and written.

A local word may stand for several shared ones (``NT`` for two classes of soil), and a shared one
for several local ones (priority 1 and 2 are both urgent). Reading keeps the shared word that a
local one already stands for; writing keeps the local word that already means the shared one. So
neither direction ever moves what need not move, however lossy the table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from bridge.engine.parked import Gap
from bridge.engine.verdict import HOW_OF, Choice, How
from contracts.crosswalk import Row, Rule, Scalar, Table, Uncovered

ALL_OTHERS: Final = "*"


def text_of(value: object) -> str:
    """Write a scalar as systems that know only text do."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Words:
    """
    One table of codes.

    Args:
        table: The rows and the rules for what has none.
        where: Where a person finds the table, such as ``crosswalk-odru.yaml: results``.
        what: What its words are, for a sentence: ``status``.
        names: What people call the shared words.
    """

    def __init__(
        self, table: Table, *, where: str, what: str, names: Mapping[str, str] | None = None
    ) -> None:
        self.table = table
        self.where = where
        self.what = what
        self._names = names or {}
        self._by_local: dict[str, list[Row]] = {}
        self._by_shared: dict[str, list[Row]] = {}
        for row in table.rows:
            self._by_local.setdefault(text_of(row.local), []).append(row)
            self._by_shared.setdefault(text_of(row.shared), []).append(row)
        for row in table.rows:
            if row.name is not None and row.name not in self._by_local:
                self._by_local[row.name] = self._by_local[text_of(row.local)]

    def read(
        self, local: Scalar, truth: Scalar | None, allowed: Collection[str] | None = None
    ) -> Scalar | None:
        """Give the shared word of *local*: that of the truth where it fits; ``None``: no row."""
        if truth is not None and self.means(local, truth, allowed):
            return truth
        rows = self._by_local.get(text_of(local), [])
        return next((row.shared for row in rows if row.preferred_get), None)

    def means(self, local: Scalar, shared: Scalar, allowed: Collection[str] | None = None) -> bool:
        """Tell whether *local* stands for *shared*: by a row, or by the rule for what has none."""
        if self._has_row(local, shared):
            return True
        choice = self.choose(shared, None, allowed)
        return (
            choice.how is How.DEFAULT
            and choice.value is not None
            and self.is_word(local, choice.value)
        )

    def choose(
        self, shared: Scalar, local: Scalar | None, allowed: Collection[str] | None = None
    ) -> Choice:
        """
        Choose the local word for *shared*, where *local* stands now.

        The case type takes only the words in *allowed*; all, where that is ``None``.
        """
        if local is not None and self._has_row(local, shared):
            return Choice(How.EQUAL, local)
        found = self._pick(shared, allowed)
        if found is not None:
            return Choice(How.EXACT, found)
        key = text_of(shared)
        rule = self.table.uncovered.get(key) or self.table.uncovered.get(ALL_OTHERS)
        if rule is None and key in self._by_shared and self.table.fallback is not None:
            return self._fall_back(shared, self.table.fallback, allowed)
        if rule is None and key not in self._by_shared:
            rule = (
                Uncovered(rule=self.table.uncovered_other)
                if (self.table.uncovered_other not in (Rule.DEFAULT, Rule.FOLD))
                else None
            )
        if rule is None:
            return self._park(shared, allowed)
        return self._by_rule(rule, shared, allowed)

    def is_word(self, local: Scalar, word: Scalar) -> bool:
        """Tell whether *local* is the local word *word*, or what people call it."""
        rows = self._by_local.get(text_of(local), [])
        return text_of(word) in {text_of(local), *(text_of(row.local) for row in rows)}

    def name_of(self, shared: Scalar) -> str:
        """Give what people call a shared word."""
        return self._names.get(text_of(shared), text_of(shared))

    @property
    def locals(self) -> list[str]:
        """All local words, each once."""
        return list(dict.fromkeys(text_of(row.local) for row in self.table.rows))

    def _has_row(self, local: Scalar, shared: Scalar) -> bool:
        rows = self._by_local.get(text_of(local), [])
        return any(text_of(row.shared) == text_of(shared) for row in rows)

    def _pick(self, shared: Scalar, allowed: Collection[str] | None) -> Scalar | None:
        rows = [
            row
            for row in self._by_shared.get(text_of(shared), [])
            if allowed is None or text_of(row.local) in allowed
        ]
        for row in rows:
            if row.preferred:
                return row.local
        # Read only, unless the case type takes no other word for it.
        return rows[0].local if rows and allowed is not None else None

    def _fall_back(self, shared: Scalar, fallback: str, allowed: Collection[str] | None) -> Choice:
        other = self._pick(fallback, allowed)
        if other is None:
            return self._park(shared, allowed)
        wanted = self._pick(shared, None)
        why = f"{self.what} {wanted} mag niet bij dit zaaktype: wordt {other}"
        return Choice(How.DEFAULT, other, why)

    def _by_rule(self, rule: Uncovered, shared: Scalar, allowed: Collection[str] | None) -> Choice:
        said = rule.why or rule.loss
        why = said or f"{self.what} {text_of(shared)} heeft geen lokale waarde"
        match rule.rule:
            case Rule.DEFAULT:
                value = str(rule.value)
                if allowed is not None and value not in allowed:
                    return self._park(shared, allowed)
                note = rule.note.replace("{value}", self.name_of(shared)) or None
                return Choice(How.DEFAULT, value, why, note)
            case Rule.ANNOTATE:
                return Choice(
                    How.ANNOTATE, None, why, annotation(self.what, self.name_of(shared), rule.note)
                )
            case Rule.PARK:
                return self._park(shared, allowed, said)
            case other:
                return Choice(HOW_OF[other], None, why)

    def gap(self, word: Scalar) -> Gap:
        """Name the row that is not there for *word*, local or shared."""
        return Gap(self.where, text_of(word))

    def _park(self, shared: Scalar, allowed: Collection[str] | None, said: str = "") -> Choice:
        missing = self._missing(shared, allowed)
        why = f"{said}; {missing}" if said else missing
        return Choice(How.PARK, why=why, gap=self.gap(shared))

    def _missing(self, shared: Scalar, allowed: Collection[str] | None) -> str:
        if text_of(shared) in self._by_shared and allowed is not None:
            return (
                f"{self.what} {text_of(shared)!r} ({self.where}) heeft geen waarde die dit "
                f"zaaktype toestaat ({', '.join(sorted(allowed)) or 'geen enkele'}); kies een "
                "andere waarde, of vul de tabel of de catalogus aan"
            )
        return (
            f"{self.what} {text_of(shared)!r} staat niet in {self.where}; voeg een rij toe, geef "
            "een regel onder uncovered, of kies een andere waarde"
        )


def annotation(what: str, value: str, template: str = "") -> str:
    """Write the text of a note that tells what a system has no word for."""
    if template:
        return template.replace("{value}", value)
    subject = what[:1].upper() + what[1:]
    return (
        f"{subject} bij de andere dienst: {value}. Dit systeem heeft daar geen eigen waarde voor."
    )
