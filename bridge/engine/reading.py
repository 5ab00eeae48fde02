"""Reading: what changes on one side mean in shared terms, path by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from bridge.engine.parked import Gap
from bridge.engine.sameness import IDENTIFIED
from bridge.engine.terms import Terms
from bridge.engine.verdict import Unread
from bridge.engine.words import Words
from contracts.case import Cells, split_path
from contracts.crosswalk import Scalar

_NEVER_READ: Final = frozenset({"status_history"})
"""What is kept and shown, and crosses only as something else."""


@dataclass(slots=True)
class Reading:
    """The reading of one side; `take` each changed local path, then look at what was found."""

    terms: Terms
    local: Cells
    truth: Cells
    items: Mapping[str, str]
    values: dict[str, JsonValue] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def take(self, path: str) -> None:
        """Read one local path; it is gone where the local case lacks it."""
        name, key = split_path(path)
        match name:
            case "case_type":
                self._case_type()
            case "status":
                self._word("status", self.terms.statuses_of(self.local), None)
            case "result":
                self._word("result", self.terms.results, self.terms.results_of(self.local))
            case "participant":
                self._participant()
            case "handler":
                parties = self.terms.parties
                self.values[path] = parties.read_handler(self.local.get(path), self.truth.get(path))
            case "properties":
                self._property(key)
            case "roles":
                self._role(path, key)
            case "documents":
                self._document(path)
            case _ if name not in _NEVER_READ:
                self._as_it_is(path, name)

    def _case_type(self) -> None:
        agreed = self.truth.get("case_type")
        if isinstance(agreed, str) and self.terms.case_types.means(self.local, agreed):
            self.values["case_type"] = agreed
            return
        kind = self.terms.case_types.crosses(self.local)
        if kind.shared is not None:
            self.values["case_type"] = kind.shared
        else:
            self.unread.append(Unread("case_type", kind.why, kind.parks, kind.gap))

    def _word(self, name: str, words: Words | None, allowed: tuple[str, ...] | None) -> None:
        value = self.local.get(name)
        if not isinstance(value, str) or not value:
            self.values[name] = None
            return
        if words is None:
            kind = self.local.get("case_type")
            where = self.terms.catalogue_file
            why = f"zaaktype {kind!r} staat niet in {where}; vul de catalogus aan"
            gap = Gap(f"{where}: case_types", str(kind))
            self.unread.append(Unread(name, why, parks=True, gap=gap))
            return
        found = words.read(value, _scalar(self.truth.get(name)), allowed)
        if found is None:
            self.unread.append(_no_row(name, words, value))
        else:
            self.values[name] = found

    def _participant(self) -> None:
        value = self.local.get("participant")
        if value is None or value == "":
            self.values["participant"] = None
            return
        code = self.terms.participant_of(value)
        if code is None:
            why = (
                f"deelnemer {value!r} staat niet in {self.terms.file}: participants; "
                "voeg hem toe, of verbeter de zaak"
            )
            gap = Gap(f"{self.terms.file}: participants", str(value))
            self.unread.append(Unread("participant", why, parks=True, gap=gap))
        else:
            self.values["participant"] = code

    def _property(self, key: str) -> None:
        read = self.terms.details.get(key, self.local, self.truth)
        if isinstance(read, Unread):
            self.unread.append(read)
        else:
            self.values.update(read)

    def _role(self, path: str, key: str) -> None:
        parties = self.terms.parties
        value = self.local.get(path)
        if value is None:
            self.values.update(dict.fromkeys(parties.read_gone(key, self.truth)))
            return
        found = parties.read(value, self.truth)
        if not found and isinstance(value, dict):
            self.unread.append(_no_row(path, parties.words, str(value.get("role"))))
        self.values.update(found)

    def _document(self, path: str) -> None:
        shared = self.items.get(path, path)
        value = self.local.get(path)
        if not isinstance(value, dict):
            self.values[shared] = None
            return
        words, local_type = self.terms.document_types, str(value.get("type"))
        known = self.truth.get(shared)
        agreed = _scalar(known.get("type")) if isinstance(known, dict) else None
        found = words.read(local_type, agreed, self.terms.document_types_of(self.local))
        if found is None:
            self.unread.append(_no_row(shared, words, local_type))
            return
        self.values[shared] = {**value, "key": split_path(shared)[1], "type": found}

    def _as_it_is(self, path: str, name: str) -> None:
        shared = self.items.get(path, path) if name in IDENTIFIED else path
        value = self.local.get(path)
        if isinstance(value, dict) and "key" in value:
            value = {**value, "key": split_path(shared)[1]}
        self.values[shared] = value


def _no_row(path: str, words: Words, local: str) -> Unread:
    """Say that a local word is in no row, and what can be done."""
    why = (
        f"{words.what} {local!r} staat niet in {words.where}; "
        "voeg een rij toe, of verbeter de waarde in de zaak"
    )
    return Unread(path, why, parks=True, gap=words.gap(local))


def _scalar(value: JsonValue) -> Scalar | None:
    return value if isinstance(value, (str, int, bool)) else None
