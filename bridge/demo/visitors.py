"""Who may sign in to the demo's console, with passwords of this run alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.console.accounts import Account, sealed, write_account
from bridge.console.people import Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may sign in; ``staff`` is who they are in the demo's rules."""

    id: str
    name: str
    roles: frozenset[Role]
    staff: str | None = None

    @property
    def secret(self) -> str:
        """What the file with their password is called."""
        return f"console-{self.id}"


VISITORS: Final = (
    Visitor("beheer", "Beheer", frozenset({Role.OPERATOR, Role.ADMINISTRATOR})),
    Visitor("roos", "Roos Keurmeester", frozenset({Role.EMPLOYEE}), "rud-104"),
)


def write_accounts(file: Path, password: Callable[[Visitor], str]) -> None:
    """Let them in by what *password* gives for each."""
    for visitor in VISITORS:
        account = Account(
            id=visitor.id,
            name=visitor.name,
            roles=visitor.roles,
            staff=visitor.staff,
            password=sealed(password(visitor)),
        )
        write_account(file, account)
