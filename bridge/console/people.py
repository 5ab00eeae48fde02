"""Who looks: a person, what they are here for, and which cases they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from aiohttp import web

from bridge.engine.rules import Rules


class Role(StrEnum):
    """What somebody is here for. A person may be several."""

    EMPLOYEE = "employee"
    """Asks of their own cases whether the other side has them."""
    OPERATOR = "operator"
    """Sets going what stands still."""
    ADMINISTRATOR = "administrator"
    """Owns agreements and tables."""
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody who is known to us.

    Attributes:
        id: What the journal keeps of who did something; never changes for one person.
        staff: Who they are in the rules' parties, where they work on cases themselves.
        language: Which language they asked for; ``None`` for what their browser says.
    """

    id: str
    name: str
    roles: frozenset[Role]
    staff: str | None = None
    language: str | None = None

    @property
    def sees_all(self) -> bool:
        """Whether they may see every case; else only those of their own agreements."""
        return bool(self.roles - {Role.EMPLOYEE})

    def agreements(self, rules: Rules, day: date) -> frozenset[str]:
        """
        Name the agreements under which they work on *day*: where they are deployed.

        Empty for who is deployed nowhere. Meant for who may not see all.
        """
        if self.staff is None:
            return frozenset()
        return frozenset(
            agreement.id
            for agreement in rules.agreements
            if agreement.period.covers(day)
            and any(each.staff == self.staff and each.covers(day) for each in agreement.secondments)
        )


PERSON: Final = web.RequestKey("person", Person)
"""Who asks. Every handler but those of signing in may rely on it: the guard puts it there."""
