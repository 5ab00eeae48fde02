"""Compounds: one local property that several shared ones make together: a class, a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from bridge.engine.numbers import canonical, decimal_of, dutch_money, with_comma
from bridge.engine.properties import NUMBERS, Illegible, numbers_of
from bridge.engine.verdict import Choice, How
from bridge.engine.words import text_of
from contracts.crosswalk import Band, DeriveProperty, Scalar, SharedProperty, TemplateProperty

_PLACE: Final = re.compile(r"\{(\w+)\}")
_TEXT: Final = r"(.+?)"
_NUMBER: Final = r"([+-]?[\d.]+(?:,\d+)?)"


class Derived:
    """A class that follows from shared numbers; never read back."""

    def __init__(self, rule: DeriveProperty, where: str) -> None:
        self.local = rule.local
        self.shared = rule.from_
        self.where = where
        self._bands = rule.bands

    def get(self, local: Scalar, truth: Mapping[str, Scalar]) -> Mapping[str, Scalar] | Illegible:
        """Read nothing: a class does not say which numbers made it."""
        now = self.put(truth, None)
        if now.value is not None and text_of(now.value) == text_of(local):
            return {}
        return Illegible(f"{self.local} volgt uit {', '.join(self.shared)} en gaat niet terug")

    def put(self, truth: Mapping[str, Scalar], local: Scalar | None) -> Choice:
        """Give the class of what is known; while that cannot be said, leave what stands."""
        known = numbers_of(truth, self.shared)
        for band in self._bands:
            holds = _holds(band, known)
            if holds is None:
                break
            if holds:
                if local is not None and text_of(local) == band.value:
                    return Choice(How.EQUAL, local)
                why = f"{', '.join(self.shared)} wordt hier een klasse: {band.value}"
                return Choice(How.DEFAULT, band.value, why)
        missing = [name for name in self.shared if name not in known]
        return Choice(How.KEEP, why=f"{self.local} volgt pas als {', '.join(missing)} bekend is")


def _holds(band: Band, known: Mapping[str, Decimal]) -> bool | None:
    """Tell whether a band fits; ``None`` while too little is known to say."""
    below = [known[n] < top if n in known else None for n, top in band.all_below.items()]
    above = [known[n] >= low if n in known else None for n, low in band.any_from.items()]
    if False in below or (band.any_from and all(seen is False for seen in above)):
        return False
    if None in below or (band.any_from and True not in above):
        return None
    return True


class Template:
    """Shared values as a sentence; read back only where the text fits exactly."""

    def __init__(
        self, rule: TemplateProperty, shared: Mapping[str, SharedProperty], where: str
    ) -> None:
        self.local = rule.local
        self.where = where
        self.shared = tuple(rule.shared.values())
        self._format = rule.format
        self._places = [rule.shared[name] for name in _PLACE.findall(rule.format)]
        self._types = {key: shared[key].type for key in self.shared}
        self._pattern = self._compile(rule)

    def get(self, local: Scalar, truth: Mapping[str, Scalar]) -> Mapping[str, Scalar] | Illegible:
        """Read the values out of a sentence that is ours to the letter."""
        if self._written(truth) == local:
            return {key: truth[key] for key in self.shared}
        found = self._pattern.fullmatch(text_of(local))
        read = (
            {}
            if found is None
            else {
                key: self._value(key, text)
                for key, text in zip(self._places, found.groups(), strict=True)
            }
        )
        values = {key: value for key, value in read.items() if value is not None}
        if not values or self._written(values) != local:
            return Illegible(f"de tekst in {self.local} past niet op het sjabloon van {self.where}")
        return values

    def put(self, truth: Mapping[str, Scalar], local: Scalar | None) -> Choice:
        """Write the sentence, unless somebody wrote one of their own."""
        text = self._written(truth)
        if text is None:
            missing = ", ".join(key for key in self.shared if key not in truth)
            return Choice(How.KEEP, why=f"{self.local} volgt pas als {missing} bekend is")
        if text == local:
            return Choice(How.EQUAL, local)
        if local is not None and isinstance(self.get(local, {}), Illegible):
            why = f"in {self.local} staat een eigen tekst; die blijft staan"
            return Choice(How.ANNOTATE, None, why, f"Afgesproken bij de andere dienst: {text}.")
        return Choice(How.EXACT, text)

    def _compile(self, rule: TemplateProperty) -> re.Pattern[str]:
        pieces = _PLACE.split(rule.format)
        for place in range(1, len(pieces), 2):
            is_number = self._types[rule.shared[pieces[place]]] in NUMBERS
            pieces[place] = _NUMBER if is_number else _TEXT
        fixed = [re.escape(piece) if not n % 2 else piece for n, piece in enumerate(pieces)]
        return re.compile("".join(fixed))

    def _written(self, values: Mapping[str, Scalar]) -> str | None:
        if any(key not in values for key in self.shared):
            return None
        texts = iter([self._text(key, values[key]) for key in self._places])
        return _PLACE.sub(lambda _: next(texts), self._format)

    def _text(self, key: str, value: Scalar) -> str:
        number = decimal_of(value)
        if number is None or self._types[key] not in NUMBERS:
            return text_of(value)
        return dutch_money(number) if self._types[key] == "money" else with_comma(number)

    def _value(self, key: str, text: str) -> Scalar | None:
        if self._types[key] not in NUMBERS:
            return text
        number = decimal_of(text, comma=True)
        return None if number is None else canonical(number)
