"""Writing: what shared values become on one side, path by path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from bridge.engine.details import shared_keys
from bridge.engine.parked import Gap
from bridge.engine.sameness import IDENTIFIED, same
from bridge.engine.terms import Terms
from bridge.engine.verdict import Choice, How, Put
from bridge.engine.words import Words
from contracts.case import CONFIDENTIALITY, FIELDS, Cells, path_of, split_path, strictest

_ORDER: Final = {name: place for place, name in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True)
class Writing:
    """
    The writing of one side.

    Attributes:
        local: What stands there now.
        then: What will stand there once the case type is as agreed; its tables are used.
        items: Shared path → local path, for items that have no natural key.
    """

    terms: Terms
    truth: Cells
    local: Cells
    then: Cells
    items: Mapping[str, str]

    def verdicts(self, lagging: Collection[str]) -> Iterator[Put]:
        """Give a verdict for each path, in the order in which they are best written."""
        for name in sorted({split_path(path)[0] for path in lagging}, key=_place):
            paths = sorted(path for path in lagging if split_path(path)[0] == name)
            if name == "properties":
                yield from self._properties(paths)
            else:
                yield from (self._verdict(name, path) for path in paths)

    def _verdict(self, name: str, path: str) -> Put:
        match name:
            case "status":
                return self._word("status", self.terms.statuses_of(self.then), None)
            case "result":
                words, allowed = self.terms.results, self.terms.results_of(self.then)
                return self._word("result", words, allowed)
            case "participant":
                return self._participant()
            case "handler":
                parties = self.terms.parties
                return parties.put_handler(self.truth.get(path), self.local.get(path))
            case "confidentiality":
                return self._confidentiality()
            case "roles":
                return self.terms.parties.put(path, self.truth, self.local)
            case "documents":
                return self._document(path)
            case _:
                return self._as_it_is(name, path)

    def _properties(self, paths: list[str]) -> Iterator[Put]:
        kind = self.terms.type_of(self.then)
        if kind is None:
            yield from (self._unknown_type(path) for path in paths)
            return
        details = self.terms.details
        yield from details.put(shared_keys(paths), self.truth, self.local, self.then, kind)

    def _unknown_type(self, path: str) -> Put:
        code, file = self.then.get("case_type"), self.terms.catalogue_file
        why = f"zaaktype {code!r} staat niet in {file}; vul de catalogus aan"
        gap = Gap(f"{file}: case_types", str(code))
        return Put({path: self.truth.get(path)}, (), How.PARK, why, gap=gap)

    def _word(self, path: str, words: Words | None, allowed: tuple[str, ...] | None) -> Put:
        shared, now = self.truth.get(path), self.local.get(path)
        stands = {path: shared}
        if words is None or self.terms.type_of(self.then) is None:
            return self._unknown_type(path)
        if not isinstance(shared, str):
            if not now:
                return Put(stands, (), How.EQUAL, local=path)
            if path == "status":
                why = "een status die gezet is gaat niet meer weg"
                return Put(stands, (), How.KEEP, why, local=path)
            return Put(stands, ((path, None),), How.EXACT, local=path)
        choice = words.choose(shared, now if isinstance(now, str) and now else None, allowed)
        if choice.value is None or choice.how is How.EQUAL:
            return _unwritten(stands, choice, path)
        writes: tuple[tuple[str, JsonValue], ...] = ((path, choice.value),)
        if choice.how is How.DEFAULT and now is not None and words.is_word(str(now), choice.value):
            writes = ()
        return Put(stands, writes, choice.how, choice.why, choice.note, local=path)

    def _participant(self) -> Put:
        shared, now = self.truth.get("participant"), self.local.get("participant")
        stands = {"participant": shared}
        if shared is None:
            writes = (("participant", None),) if now else ()
            return Put(stands, writes, How.EXACT if now else How.EQUAL, local="participant")
        names = self.terms.local_participants(str(shared))
        if now in names:
            return Put(stands, (), How.EQUAL, local="participant")
        if not names:
            why = (
                f"deelnemer {shared!r} staat niet in {self.terms.file}: participants; "
                "voeg hem toe, of verbeter de zaak"
            )
            gap = Gap(f"{self.terms.file}: participants", str(shared))
            return Put(stands, (), How.PARK, why, local="participant", gap=gap)
        return Put(stands, (("participant", names[0]),), How.EXACT, local="participant")

    def _confidentiality(self) -> Put:
        path = "confidentiality"
        shared, now = self.truth.get(path), self.local.get(path)
        stands = {path: shared}
        if shared is None:
            why = "een niveau van vertrouwelijkheid gaat niet weg"
            return Put(stands, (), How.KEEP if now else How.EQUAL, why if now else "", local=path)
        if shared not in CONFIDENTIALITY:
            why = f"{shared!r} is geen niveau van vertrouwelijkheid; kies een van de acht"
            return Put(stands, (), How.PARK, why, local=path)
        kind = self.terms.type_of(self.then)
        floor = now if now in CONFIDENTIALITY else (kind.confidentiality if kind else None)
        target = strictest(str(shared), str(floor) if floor else None)
        if target == now:
            if now == shared:
                return Put(stands, (), How.EQUAL, local=path)
            why = f"hier geldt al {now}, en dat is strenger dan {shared}"
            return Put(stands, (), How.KEEP, why, local=path)
        if target == shared:
            return Put(stands, ((path, target),), How.EXACT, local=path)
        why = f"dit zaaktype is hier ten minste {target}, strenger dan {shared}"
        return Put(stands, ((path, target),), How.DEFAULT, why, local=path)

    def _document(self, path: str) -> Put:
        here = self._here(path)
        value, now = self.truth.get(path), self.local.get(here)
        stands = {path: value}
        if not isinstance(value, dict):
            return self._gone(stands, here)
        if self.terms.type_of(self.then) is None:
            return self._unknown_type(path)
        theirs = now if isinstance(now, dict) else {}
        standing = theirs.get("type")
        choice = self.terms.document_types.choose(
            str(value.get("type")),
            standing if isinstance(standing, str) else None,
            self.terms.document_types_of(self.then),
        )
        if choice.value is None:
            return _unwritten(stands, choice, here)
        become: dict[str, JsonValue] = {
            **value,
            "key": split_path(here)[1],
            "type": choice.value,
            "confidentiality": strictest(
                *(
                    str(level)
                    for level in (value.get("confidentiality"), theirs.get("confidentiality"))
                    if level
                )
            ),
            "mark": theirs.get("mark"),
            "content": None,
        }
        is_equal = now is not None and same(path, become, now)
        how = How.EQUAL if is_equal else How.EXACT
        how = How.DEFAULT if choice.how is How.DEFAULT else how
        writes = () if is_equal else ((here, become),)
        return Put(stands, writes, how, choice.why, choice.note, local=here)

    def _as_it_is(self, name: str, path: str) -> Put:
        here = self._here(path) if name in IDENTIFIED else path
        value = self.truth.get(path)
        stands = {path: value}
        if value is None:
            return self._gone(stands, here)
        if isinstance(value, dict) and "key" in value:
            value = {**value, "key": split_path(here)[1]}
        if here in self.local and same(path, value, self.local[here]):
            return Put(stands, (), How.EQUAL, local=here)
        return Put(stands, ((here, value),), How.EXACT, local=here)

    def _gone(self, stands: dict[str, JsonValue], here: str) -> Put:
        if self.local.get(here) is None:
            return Put(stands, (), How.EQUAL, local=here)
        return Put(stands, ((here, None),), How.EXACT, local=here)

    def _here(self, path: str) -> str:
        return self.items.get(path, path_of(*split_path(path)))


def _unwritten(stands: dict[str, JsonValue], choice: Choice, local: str) -> Put:
    """Give the verdict on a word in whose place nothing is written."""
    return Put(stands, (), choice.how, choice.why, choice.note, local=local, gap=choice.gap)


def _place(name: str) -> int:
    return _ORDER.get(name, len(_ORDER))
