"""How one reading takes what a system says, and what of it could not be carried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from adapters.stuf_zds.values import BadValue, Deviations, Told, told
from adapters.stuf_zds.xml import Element, local
from contracts.snapshot import Unmapped

T = TypeVar("T")


class NotTold:
    """Nothing was said: neither a value nor that there is none."""


NOT_TOLD: Final = NotTold()


@dataclass(frozen=True, slots=True)
class Taste:
    """
    Takes values, one reading long.

    Attributes:
        empty_is_none: An empty element says that there is no value.
        seen: Where deviations are counted.
        unmapped: What could not be carried, so far.
    """

    empty_is_none: bool = False
    seen: Deviations = field(default_factory=Deviations)
    unmapped: list[Unmapped] = field(default_factory=list)

    def told(self, element: Element | None) -> Told:
        """Tell what an element says."""
        return told(element, self.seen)

    def taken(
        self, element: Element | None, read: Callable[[Element], T | None]
    ) -> T | NotTold | None:
        """
        Take the value of an element; ``None`` where it says that there is none.

        What is no value of its type is named, and tells nothing.
        """
        said = self.told(element)
        if said.is_empty:
            return None
        if element is None or said.value is None:
            says_none = said.is_there and said.why is None and self.empty_is_none
            return None if says_none else NOT_TOLD
        try:
            return read(element)
        except BadValue as error:
            self.leave(local(element), f"it holds {error}")
            return NOT_TOLD

    def text(self, element: Element | None) -> str | NotTold | None:
        """Take a text."""
        return self.taken(element, lambda one: told(one).value)

    def plain(self, element: Element | None) -> str:
        """Take a text where it makes no difference why there is none."""
        return self.told(element).value or ""

    def leave(self, where: str, why: str) -> None:
        """Name what could not be carried."""
        self.unmapped.append(Unmapped(where=where, why=why))
