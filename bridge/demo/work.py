"""
Work: what people do with cases and documents in their own system, whatever it speaks.

Every deed looks first and does what is missing, so that one that was cut off is simply done again.
Addresses are the system's own and say nothing to anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bridge.demo.histories import Person
from bridge.demo.looks import Looks, LooksDocument
from bridge.demo.papers import Paper


class NotThere(LookupError):
    """A history speaks of what the system does not have: a type, a status, a role."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be put into a case. ``number`` is what its own agency calls it."""

    number: str
    type: str
    title: str
    file: str
    confidentiality: str
    internal: bool
    at: datetime


class CaseWork(Protocol):
    """Works on the cases of one system. *by* is always the person who does it."""

    async def case(self, number: str) -> str:
        """Give the address of a case by its number."""

    async def find(self, number: str) -> str | None:
        """Give the address of a case by its number, if there is one."""

    async def counterparts(self, title: str) -> Sequence[str]:
        """Give the addresses of the cases of this title that the bridge made."""

    async def counterpart(self, title: str) -> str | None:
        """Give the case that the bridge made for one of this title, if there is one."""

    async def looks(self, url: str) -> Looks:
        """Read how a case shows."""

    async def create(
        self,
        data: Mapping[str, Any],
        at: datetime,
        participant: str,
        by: str,
        *,
        related: str | None = None,
    ) -> str:
        """Take in a case, with whom and where it is about, its properties and first status."""

    async def add_party(self, url: str, person: Person, *, by: str, role: str = "") -> None:
        """Note who asked for it (or another part that somebody plays)."""

    async def assign(self, url: str, staff: str, role: str, *, by: str) -> None:
        """Make somebody the handler, in the place of whoever was."""

    async def set_status(
        self, url: str, code: str, at: datetime, *, by: str, note: str = ""
    ) -> None:
        """Set the next status, as of the moment *at*."""

    async def set_result(self, url: str, name: str, *, by: str) -> None:
        """Set the outcome; another one takes the place of the first."""

    async def set_property(self, url: str, name: str, value: str, *, by: str) -> None:
        """Set a property of the case."""

    async def suspend(self, url: str, reason: str, *, by: str) -> None:
        """Let the term of the case stand still."""

    async def resume(self, url: str, *, by: str) -> None:
        """Let the term run again."""

    async def extend(self, url: str, days: int, reason: str, *, by: str) -> None:
        """Give the case so many days more."""

    async def note(self, url: str, text: str, *, internal: bool, by: str) -> None:
        """Write a note."""

    async def refer(self, url: str, number: str, agency: str, *, by: str) -> None:
        """Put the number of a case elsewhere among those of this one."""

    async def decide(self, url: str, text: str, day: str, *, by: str) -> None:
        """Record a decision."""

    async def announce_again(self, url: str, at: datetime, *, by: str) -> None:
        """Have the system announce once more what it announced at *at*."""


class FileWork(Protocol):
    """Works on the documents of one system."""

    async def add(self, zaak: str, new: NewDocument, content: Paper, *, by: str) -> None:
        """Put a document into a case."""

    async def replace(self, number: str, content: Paper, *, by: str) -> None:
        """Put a new version in the place of the one that stands there."""

    async def retype(self, number: str, kind: str, *, by: str) -> None:
        """Say that a document is of another type than was thought."""

    async def remove(self, zaak: str, number: str, *, by: str) -> None:
        """Take a document out of a case."""

    async def digest(self, document: LooksDocument) -> str:
        """Read the content of a document as it shows, and give its SHA-256."""
