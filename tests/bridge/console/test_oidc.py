"""Signing in at a provider: what is taken for sound, and what is not."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from joserfc.jwk import RSAKey

from bridge.console.oidc import Attempt, Oidc, SignInFailed
from bridge.console.people import Person, Role
from bridge.settings import OidcSettings
from tests.bridge.console.provider import Provider, provider

HERE = "http://127.0.0.1:9/login/callback"


@pytest.fixture
async def there() -> AsyncIterator[Provider]:
    async with provider() as made:
        yield made


@pytest.fixture
async def oidc(there: Provider) -> AsyncIterator[Oidc]:
    settings = OidcSettings(
        issuer=there.url,
        client_id="casebridge",
        roles_claim="groups",
        roles={"operator": ("beheer",), "employee": ("bodem", "toezicht")},
        staff_claim="nested.staff",
        api_audience="casebridge-api",
    )
    made = Oidc(settings, redirect_uri=HERE)
    yield made
    await made.close()


async def signed_in(oidc: Oidc, **answer: str) -> tuple[Attempt, dict[str, str]]:
    """Go to the provider and come back; give the attempt and what the browser brings."""
    attempt, address = await oidc.begin("/cases")
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(address, allow_redirects=False) as back,
    ):
        query = parse_qs(urlsplit(back.headers["Location"]).query)
    return attempt, {name: values[0] for name, values in query.items()} | answer


async def finished(oidc: Oidc) -> Person:
    attempt, answer = await signed_in(oidc)
    return (await oidc.finish(attempt.state, answer))[0]


async def test_who_the_provider_knows_is_let_in(oidc: Oidc, there: Provider) -> None:
    there.claims = {"nested": {"staff": "rud-101"}}
    attempt, answer = await signed_in(oidc)
    person, next_ = await oidc.finish(attempt.state, answer)
    assert person == Person("u-1", "Noor Proefveld", frozenset({Role.EMPLOYEE}), "rud-101")
    assert next_ == "/cases"


async def test_an_answer_counts_once(oidc: Oidc) -> None:
    attempt, answer = await signed_in(oidc)
    await oidc.finish(attempt.state, answer)
    with pytest.raises(SignInFailed, match="unknown-attempt"):
        await oidc.finish(attempt.state, answer)


@pytest.mark.parametrize("state", [None, "", "another"])
async def test_an_answer_is_taken_from_the_browser_that_left_only(
    oidc: Oidc, state: str | None
) -> None:
    _, answer = await signed_in(oidc)
    with pytest.raises(SignInFailed, match="unknown-attempt"):
        await oidc.finish(state, answer)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "somebody-else"},
        {"aud": ["casebridge", "other"], "azp": "other"},
        {"exp": 1},
        {"nonce": "of another attempt"},
    ],
    ids=["issuer", "audience", "party", "expired", "nonce"],
)
async def test_a_token_that_is_not_of_this_attempt_is_refused(
    oidc: Oidc, there: Provider, claims: dict[str, Any]
) -> None:
    there.claims = claims
    with pytest.raises(SignInFailed, match="unsound-token"):
        await finished(oidc)


async def test_a_token_signed_by_another_is_refused(oidc: Oidc, there: Provider) -> None:
    there.signs_with = RSAKey.generate_key(2048, {"kid": "first"})
    with pytest.raises(SignInFailed, match="unsound-token"):
        await finished(oidc)


def _base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_no_signature_and_a_shared_secret_are_refused(
    oidc: Oidc, there: Provider, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The public key taken for a shared secret is the oldest trick."""
    public = there.key.as_pem(private=False)

    def forged(**claims: Any) -> str:
        body = {"iss": there.url, "aud": "casebridge", "sub": "u-1", "exp": 2**32, **claims}
        parts = [{"alg": algorithm, "kid": there.key.kid}, body]
        signed = b".".join(_base64(json.dumps(part).encode()) for part in parts)
        signature = hmac.digest(public, signed, "sha256") if algorithm == "HS256" else b""
        return (signed + b"." + _base64(signature)).decode()

    monkeypatch.setattr(there, "token", forged)
    with pytest.raises(SignInFailed, match="unsound-token"):
        await finished(oidc)


async def test_who_has_no_role_of_ours_is_refused(oidc: Oidc, there: Provider) -> None:
    there.claims = {"groups": ["kantine"]}
    with pytest.raises(SignInFailed, match="no-role"):
        await finished(oidc)


async def test_a_changed_key_is_asked_for_but_not_for_every_piece_of_nonsense(
    oidc: Oidc, there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(oidc)
    there.key = RSAKey.generate_key(2048, {"kid": "second"})
    with pytest.raises(SignInFailed):
        await finished(oidc)
    monkeypatch.setattr("bridge.console.oidc._KEYS_AT_MOST_EVERY", -1.0)
    assert (await finished(oidc)).id == "u-1"
    assert there.asked_for_keys == 2


async def test_a_bearer_is_known_by_a_token_for_the_api(oidc: Oidc, there: Provider) -> None:
    assert (await oidc.bearer(there.token(aud="casebridge-api"))).id == "u-1"
    with pytest.raises(SignInFailed, match="unsound-token"):
        await oidc.bearer(there.token())


async def test_the_secret_is_read_at_each_sign_in(there: Provider, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    settings = OidcSettings(
        issuer=there.url,
        client_id="casebridge",
        secret_file=file,
        roles_claim="groups",
        roles={"employee": ("bodem",)},
    )
    oidc = Oidc(settings, redirect_uri=HERE)
    for there.secret in ("first", "second"):
        with pytest.raises(SignInFailed):
            await finished(oidc)
        await asyncio.to_thread(file.write_text, f"{there.secret}\n")
        assert (await finished(oidc)).id == "u-1"
    await oidc.close()


async def test_a_provider_that_is_away_is_said(there: Provider) -> None:
    settings = OidcSettings(issuer="http://127.0.0.1:1", client_id="x", roles={"auditor": ("a",)})
    oidc = Oidc(settings, redirect_uri=HERE)
    with pytest.raises(SignInFailed, match="no-provider"):
        await oidc.begin("/")
    await oidc.close()
