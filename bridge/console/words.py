"""
The console's words, in every language that it speaks.

They are data: one file for each group of pages in ``words/``, with the languages of a word
beside each other. A word is called by its file and its name: ``cases.title``. One with a count
in it has two forms, ``one`` and ``other``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import yaml

FOLDER: Final = Path(__file__).resolve().parent / "words"

Forms = Mapping[str, str]
"""The forms of a word: one called ``other``, and for a word with a count one called ``one``."""


class Language(StrEnum):
    """A language that the console speaks; the first is spoken to whom asks for none of them."""

    NL = "nl"
    EN = "en"


class Words:
    """All words, by name and language."""

    def __init__(self, entries: Mapping[str, Mapping[Language, Forms]]) -> None:
        self._entries = entries

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> frozenset[str]:
        """What all words are called."""
        return frozenset(self._entries)

    def say(self, language: Language, name: str, /, **values: object) -> str:
        """
        Give a word, filled in with *values*; a ``count`` among them chooses its form.

        Raises:
            LookupError: There is no such word, or it wants a value that is not given.
        """
        forms = self._entries[name][language]
        form = "one" if values.get("count") == 1 and "one" in forms else "other"
        return forms[form].format(**values) if values else forms[form]


@cache
def load_words() -> Words:
    """
    Read all words from their files.

    Raises:
        ValueError: A word is missing in a language.
    """
    entries: dict[str, Mapping[Language, Forms]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, languages in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items():
            if set(languages) != set(Language):
                msg = f"{path.name}: {name} is not there in each of {', '.join(Language)}"
                raise ValueError(msg)
            entries[f"{path.stem}.{name}"] = {
                Language(language): word if isinstance(word, dict) else {"other": word}
                for language, word in languages.items()
            }
    return Words(entries)


def language_of(wanted: str | None, accepted: str) -> Language:
    """
    Choose the language for somebody.

    Args:
        wanted: What they chose before.
        accepted: What their browser asks for (``Accept-Language``), best first.
    """
    asked = [wanted or "", *(part.partition(";")[0].strip()[:2] for part in accepted.split(","))]
    return next((Language(each) for each in asked if each in set(Language)), Language.NL)
