"""
Which words of the tables cases use, as their sides were last read; pure, the same on every store.

Each side keeps its words in one text beside it, and a digest of that. Sides with the same words
have the same text, and there are few different ones: a database counts equal digests, in an index
that is small, and reads of each text one. Values of properties are left out: amounts and dates
would make every text another one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from pydantic import JsonValue

from bridge.engine.link import Link, Side
from contracts.case import split_path
from contracts.ids import AgencyId

_SINGLE: Final = ("case_type", "status", "result")
_ITEMS: Final = {"roles": "role", "documents": "type"}
_OWN, _SHARED = "own", "shared"
_LONGEST_WORD: Final = 100


@dataclass(frozen=True, slots=True)
class WordUse:
    """
    A word, and in how many linked cases it stands.

    Attributes:
        agency: Of the side.
        is_local: It stands there in the agency's own terms; else it is what the case has in shared
            terms.
        case_type: Of the case, in the agency's own terms: a status means something within one.
    """

    agency: AgencyId
    field: str
    word: str
    is_local: bool
    case_type: str | None
    cases: int


def words_of(link: Link, side: Side) -> str:
    """Give the text that a side keeps; empty for cases that were let go their own way."""
    if link.released is not None:
        return ""
    words = {_OWN: _words(side.base), _SHARED: _words(link.truth)}
    return json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(words: str) -> int:
    """Give what equal texts have in common, as a number that fits a column."""
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), signed=True)


def uses_of(texts: Iterable[tuple[AgencyId, str, int]]) -> tuple[WordUse, ...]:
    """Count words, from how often each text is kept at each agency."""
    counts: Counter[tuple[AgencyId, str, str, bool, str | None]] = Counter()
    for agency, text, cases in texts:
        if not text:
            continue
        read = json.loads(text)
        case_type = read[_OWN].get("case_type")
        for terms in (_OWN, _SHARED):
            for field, words in read[terms].items():
                for word in words if isinstance(words, list) else [words]:
                    counts[agency, field, word, terms == _OWN, case_type] += cases
    return tuple(WordUse(*key, cases) for key, cases in counts.items())


def _words(terms: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for name in _SINGLE:
        value = terms.get(name)
        if isinstance(value, str):
            found[name] = value[:_LONGEST_WORD]
    items: dict[str, set[str]] = {name: set() for name in _ITEMS}
    for path, value in terms.items():
        name, key = split_path(path)
        if key and name in items and isinstance(value, dict):
            word = value.get(_ITEMS[name])
            if isinstance(word, str):
                items[name].add(word[:_LONGEST_WORD])
    return found | {name: list[JsonValue](sorted(words)) for name, words in items.items() if words}
