"""Accounts of our own: who signs in with them, and what their file tells to whom."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.console.accounts import (
    Account,
    Accounts,
    Slow,
    opens,
    read_accounts,
    sealed,
    write_account,
)
from bridge.console.people import Role
from bridge.faulty import Faulty

PASSWORD = "een lange zin als wachtwoord"
NOOR = Account(
    id="noor", name="Noor Proefveld", roles=frozenset({Role.EMPLOYEE}), password=sealed(PASSWORD)
)


class Hands:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_account(tmp_path / "sub" / "accounts.yaml", NOOR)
    return tmp_path / "sub" / "accounts.yaml"


def test_a_seal_opens_for_its_password_only() -> None:
    seal = sealed(PASSWORD)
    assert opens(seal, PASSWORD)
    assert not opens(seal, PASSWORD + " ")
    assert not opens("scrypt:nonsense", PASSWORD)
    assert sealed(PASSWORD) != seal, "the same password must not be seen to be the same"


def test_the_file_is_its_owners_alone_and_holds_no_password(file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0
    assert PASSWORD not in file.read_text()


async def test_who_knows_the_password_is_let_in(file: Path) -> None:
    accounts = Accounts(file, Hands())
    person = await accounts.with_password("noor", PASSWORD)
    assert person is not None
    assert (person.name, person.roles) == ("Noor Proefveld", frozenset({Role.EMPLOYEE}))
    assert await accounts.with_password("noor", "iets anders") is None
    assert await accounts.with_password("niemand", PASSWORD) is None


async def test_wrong_passwords_are_slowed_down_also_for_names_that_are_not(file: Path) -> None:
    for name in ("noor", "niemand"):
        clock = Hands()
        accounts = Accounts(file, clock)
        for _ in range(5):
            assert await accounts.with_password(name, "verkeerd") is None
        with pytest.raises(Slow):
            await accounts.with_password(name, PASSWORD)
        clock.at += timedelta(seconds=2)
        assert (await accounts.with_password(name, PASSWORD) is None) == (name == "niemand")


async def test_an_account_that_is_taken_away_is_gone_at_once(file: Path) -> None:
    accounts = Accounts(file, Hands())
    assert await accounts.person("noor") is not None
    empty(file)
    assert await accounts.person("noor") is None
    assert await accounts.with_password("noor", PASSWORD) is None


def empty(file: Path) -> None:
    file.write_text("accounts: []\n")


async def test_a_token_is_known_by_its_digest(file: Path) -> None:
    digest = hashlib.sha256(b"geheim").hexdigest()
    roles = frozenset({Role.AUDITOR})
    write_account(file, Account(id="script", name="script", roles=roles, token=digest))
    accounts = Accounts(file, Hands())
    person = await accounts.with_token("geheim")
    assert person is not None
    assert person.id == "script"
    assert await accounts.with_token("Geheim") is None
    assert [each.id for each in read_accounts(file)] == ["noor", "script"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accounts: [", "is no YAML"),
        ("accounts: [{id: noor}]", "accounts.0.name"),
        ("accounts: [{id: Noor, name: N, roles: [employee]}]", "accounts.0.id"),
        ("accounts: [{id: noor, name: N, roles: [boss]}]", "accounts.0.roles"),
        ("accounts: [{id: a, name: A, roles: [auditor]}, {id: a, name: B, roles: [auditor]}]", "a"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text(text)
    with pytest.raises(Faulty, match=said):
        read_accounts(file)


def test_a_file_that_is_not_there_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Faulty, match="casebridge account add"):
        read_accounts(tmp_path / "accounts.yaml")
