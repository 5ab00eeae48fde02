"""
Accounts of our own, in a file: for the embedded default, and where there is no OIDC provider.

The file holds no password, only what a password is compared with (scrypt, RFC 7914), and of a
token only its digest. It is read again when it changes.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.clock import Now
from bridge.console.people import Person, Role
from bridge.faulty import Faulty, faulty

_COST: Final = 2**15
_BLOCK: Final = 8
_LANES: Final = 1
_MOST_MEMORY: Final = 64 * 1024 * 1024
_FREE_TRIES: Final = 5
_LONGEST_WAIT: Final = timedelta(minutes=15)
_MOST_TOLD: Final = 10_000


class Account(BaseModel):
    """
    Somebody who may sign in with a password, or a program with a token.

    Attributes:
        password: As `sealed` made it; ``None`` where only a token is used.
        token: SHA-256 of the token, in hexadecimal; ``None`` where there is none.
        staff: Who they are in the rules' parties.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: str = Field(min_length=1)
    roles: frozenset[Role] = Field(min_length=1)
    password: str | None = Field(default=None, pattern=r"^scrypt:[0-9:A-Za-z+/=]+$")
    token: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    staff: str | None = None
    language: str | None = Field(default=None, pattern=r"^(nl|en)$")

    def person(self) -> Person:
        """Give who this is."""
        return Person(self.id, self.name, self.roles, self.staff, self.language)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    accounts: tuple[Account, ...] = ()


class Slow(Exception):
    """Too many wrong passwords for one account; none is looked at until *until*."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too many wrong passwords; wait before the next")
        self.until = until


class Accounts:
    """The accounts of one file."""

    def __init__(self, file: Path, now: Now) -> None:
        """
        Read the file.

        Raises:
            Faulty: With each fault and its place.
        """
        self._file, self._now = file, now
        self._stamp, self._known = self._read()
        self._wrong: dict[str, tuple[int, datetime]] = {}
        self._decoy = sealed(secrets.token_urlsafe())
        # Each takes tens of megabytes: many at once must not be a way to have us killed.
        self._working = asyncio.Semaphore(2)

    async def with_password(self, id_: str, password: str) -> Person | None:
        """
        Give who signs in so; ``None`` where the name or the password is wrong.

        Both are answered after the same work, so that nobody learns which names there are.

        Raises:
            Slow: After several wrong ones; each doubles the wait, for names that are not, too.
        """
        count, last = self._wrong.get(id_, (0, self._now()))
        if count >= _FREE_TRIES:
            until = last + min(timedelta(seconds=2 ** (count - _FREE_TRIES)), _LONGEST_WAIT)
            if self._now() < until:
                raise Slow(until)
        account = (await self._current()).get(id_)
        seal = account.password if account and account.password else self._decoy
        async with self._working:
            fits = await asyncio.to_thread(opens, seal, password)
        if account is None or not account.password or not fits:
            if len(self._wrong) >= _MOST_TOLD:
                self._wrong.pop(next(iter(self._wrong)))
            self._wrong[id_] = (count + 1, self._now())
            return None
        self._wrong.pop(id_, None)
        return account.person()

    async def with_token(self, token: str) -> Person | None:
        """Give whose token this is; ``None`` where it is nobody's."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        found = None
        for account in (await self._current()).values():
            if account.token and hmac.compare_digest(account.token, digest):
                found = account.person()
        return found

    async def person(self, id_: str) -> Person | None:
        """Give who has an account now; ``None`` where it was taken away."""
        account = (await self._current()).get(id_)
        return account.person() if account else None

    async def _current(self) -> Mapping[str, Account]:
        stamp = await asyncio.to_thread(_stamp, self._file)
        if stamp != self._stamp:
            self._stamp, self._known = await asyncio.to_thread(self._read)
        return self._known

    def _read(self) -> tuple[tuple[int, int], Mapping[str, Account]]:
        return _stamp(self._file), {each.id: each for each in read_accounts(self._file)}


def read_accounts(file: Path) -> tuple[Account, ...]:
    """
    Read a file of accounts.

    Raises:
        Faulty: With each fault and its place, never a value.
    """
    try:
        found = _File.model_validate(yaml.safe_load(file.read_text()) or {})
    except OSError as error:
        msg = f"console.accounts: {file}: {error.strerror}; make it with `casebridge account add`"
        raise Faulty(msg) from None
    except yaml.YAMLError as error:
        msg = f"{file}: is no YAML ({type(error).__name__}); check its indentation"
        raise Faulty(msg) from None
    except ValidationError as error:
        raise faulty(error, where=str(file)) from None
    ids = [each.id for each in found.accounts]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        msg = f"{file}: accounts: {', '.join(twice)} stands there twice; leave one out"
        raise Faulty(msg)
    return found.accounts


def write_account(file: Path, account: Account) -> None:
    """
    Add an account to the file, or put it in the place of the one of that name.

    The file is made if it is not there, for its owner alone, and replaced whole.

    Raises:
        Faulty: What is there cannot be read, or nothing can be written there.
    """
    there = read_accounts(file) if file.exists() else ()
    kept = [each for each in there if each.id != account.id]
    rows: list[dict[str, Any]] = [
        each.model_dump(mode="json", exclude_none=True) for each in (*kept, account)
    ]
    for row in rows:
        row["roles"].sort()
    aside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:  # noqa: PTH123  # for its owner alone from the start
            yaml.safe_dump({"accounts": rows}, made, sort_keys=False, allow_unicode=True)
        aside.replace(file)
    except OSError as error:
        msg = f"{file}: {error.strerror}; give another place with console.accounts"
        raise Faulty(msg) from None


def sealed(password: str) -> str:
    """Make of a password what the file keeps: ``scrypt:n:r:p:salt:key``."""
    salt = secrets.token_bytes(16)
    key = _derived(password, salt, _COST, _BLOCK, _LANES)
    parts = (base64.b64encode(part).decode() for part in (salt, key))
    return ":".join(("scrypt", str(_COST), str(_BLOCK), str(_LANES), *parts))


def opens(seal: str, password: str) -> bool:
    """Tell whether *password* is the one that was sealed. Takes a tenth of a second, on purpose."""
    try:
        _, cost, block, lanes, salt, key = seal.split(":")
        derived = _derived(password, base64.b64decode(salt), int(cost), int(block), int(lanes))
        return hmac.compare_digest(derived, base64.b64decode(key))
    except ValueError:
        return False


def _derived(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=lanes, maxmem=_MOST_MEMORY
    )


def _stamp(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError:
        return (0, 0)
    return stat.st_mtime_ns, stat.st_size
