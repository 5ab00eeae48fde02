"""
The gate: nothing leaves that the schema of the standard does not allow.

The schemas are others' files and none of ours: a setting names the folder that holds them. What
comes in is measured by the same schema, and read all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

import structlog

from adapters.stuf_zds.entry import load
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.xml import Element, child, local
from contracts.errors import Rejected

log = structlog.get_logger(__name__)


class Gate:
    """
    Judges messages by the schemas in one folder; lets all pass where there is none.

    Attributes:
        measured: How many messages came in, by what the schema said of them.
    """

    def __init__(self, folder: Path | None, profile: Profile, *, strict: bool) -> None:
        self._schema = _loaded(folder.resolve(), profile) if folder is not None else None
        self._strict = strict
        self.measured: Counter[str] = Counter()

    def faults(self, message: Element) -> list[str]:
        """
        Say what the schema finds wrong with a message, line by line.

        Never the values: what it says of those is cut off.
        """
        if self._schema is None or self._schema.validate(_alone(message)):
            return []
        return [_without_values(entry.message) for entry in self._schema.error_log][:10]

    def check(self, message: Element) -> None:
        """
        Let a message of ours pass, or not.

        Raises:
            Rejected: The schema does not allow it; it was not sent.
        """
        found = self.faults(message)
        if not found:
            return
        said = f"{local(message)} does not fit the schema: {'; '.join(found)}"
        if self._strict:
            raise Rejected(said, code="schema")
        log.warning("sent_against_the_schema", what=said)

    def measure(self, message: Element) -> None:
        """Count what the schema says of a message that came in."""
        if self._schema is not None:
            self.measured["invalid" if self.faults(message) else "valid"] += 1


# It takes a tenth of a second, and is the same for all systems of one version.
_loaded: Final = cache(load)


def _alone(message: Element) -> Element:
    """Give what a schema can judge: of a SOAP fault the Fo message within it."""
    detail = child(message, "detail")
    if detail is not None and len(detail):
        return detail[0]
    return message


_SAID: Final = re.compile(
    r"Element '(?:{[^}]*})?([^']+)'(.*?): (?:\[facet '(\w+)'\])?(.*)", re.DOTALL
)


def _without_values(said: str) -> str:
    """Give the place and the kind of a fault: who reads a log need not know what was there."""
    found = _SAID.match(said)
    if found is None:
        return "it is not what the schema knows"
    name, _, facet, words = found.groups()
    words = words.strip()
    if facet is None and not words.startswith("'"):
        return f"{name}: {_NAMESPACE.sub('', words.partition('. ')[0]).rstrip('.')}"
    return f"{name}: {facet or 'not a valid value'}"


_NAMESPACE: Final = re.compile(r"{[^}]*}")
