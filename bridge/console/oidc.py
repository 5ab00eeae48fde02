"""
Signing in at the organisation's own provider: OpenID Connect, code flow with PKCE.

Invariants:

1. Only signatures with a key of the provider count, of the kinds named here: no ``none``, no
   shared secret.
2. An identity token is for us (audience), from them (issuer), of now, and of this very attempt
   (nonce); the attempt is this very browser's (state), and is worth something once.
3. Nothing is asked but at the issuer and at what its discovery document names, over https; on
   loopback http will do, for trying.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import aiohttp
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bridge.console.people import Person, Role
from bridge.settings import OidcSettings

log = structlog.get_logger(__name__)

_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_ATTEMPT_SECONDS: Final = 600
_MOST_ATTEMPTS: Final = 10_000
_KEYS_SECONDS: Final = 3600
_KEYS_AT_MOST_EVERY: Final = 30.0
_LEEWAY_SECONDS: Final = 60
_LARGEST: Final = 256 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class SignInFailed(Exception):
    """Somebody could not be signed in; the message is a key of what they are told."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One browser on its way to the provider and back.

    Attributes:
        next: Where to go on afterwards.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    until: float


class Oidc:
    """One provider."""

    def __init__(self, settings: OidcSettings, *, redirect_uri: str) -> None:
        self._settings, self._redirect_uri = settings, redirect_uri
        self._attempts: dict[str, Attempt] = {}
        self._session: aiohttp.ClientSession | None = None
        self._provider: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._keys_at = 0.0
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()

    async def begin(self, next_: str) -> tuple[Attempt, str]:
        """
        Begin an attempt; give it and the address to send the browser to.

        Raises:
            SignInFailed: The provider cannot be reached, or is not what it should be.
        """
        provider = await self._discovered()
        until = time.monotonic() + _ATTEMPT_SECONDS
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, next_, until)
        for old in [a for a in self._attempts.values() if a.until < time.monotonic()]:
            del self._attempts[old.state]
        while len(self._attempts) >= _MOST_ATTEMPTS:
            del self._attempts[next(iter(self._attempts))]
        self._attempts[attempt.state] = attempt
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return attempt, f"{provider['authorization_endpoint']}?{urlencode(asked)}"

    async def finish(
        self, browser_state: str | None, answer: Mapping[str, str]
    ) -> tuple[Person, str]:
        """
        Take the provider's answer; give who signed in, and where to go on.

        Args:
            browser_state: The state that this browser was given when it left.
            answer: The query that it came back with.

        Raises:
            SignInFailed: It is not the answer to an attempt of this browser, or not sound.
        """
        attempt = self._attempts.pop(answer.get("state", ""), None)
        if attempt is None or browser_state is None or attempt.until < time.monotonic():
            raise SignInFailed("unknown-attempt")
        if not secrets.compare_digest(attempt.state, browser_state):
            raise SignInFailed("unknown-attempt")
        if "error" in answer or not answer.get("code"):
            raise SignInFailed("refused-there")
        tokens = await self._redeem(answer["code"], attempt)
        claims = await self._claims(
            str(tokens.get("id_token", "")), audience=self._settings.client_id
        )
        if not secrets.compare_digest(str(claims.get("nonce", "")), attempt.nonce):
            raise SignInFailed("unsound-token")
        return self._person(claims), attempt.next

    async def bearer(self, token: str) -> Person:
        """
        Give who bears an access token.

        Raises:
            SignInFailed: It is not sound, or not meant for us.
        """
        audience = self._settings.api_audience
        if audience is None:
            raise SignInFailed("no-tokens")
        return self._person(await self._claims(token, audience=audience))

    async def _redeem(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        provider = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
            "client_id": self._settings.client_id,
        }
        if self._settings.secret_file is not None:
            # Read each time: it may be changed there while we run.
            try:
                form["client_secret"] = await asyncio.to_thread(_secret, self._settings.secret_file)
            except (OSError, ValueError) as error:
                log.warning("secret_unreadable", setting="console.oidc.secret_file")
                raise SignInFailed("no-provider") from error
        return await self._json("POST", str(provider["token_endpoint"]), form)

    async def _claims(self, token: str, *, audience: str) -> Mapping[str, Any]:
        for may_ask_again in (True, False):
            keys = await self._key_set(anew=not may_ask_again)
            try:
                found = jwt.decode(token, keys, algorithms=_ALGORITHMS)
                registry = jwt.JWTClaimsRegistry(
                    leeway=_LEEWAY_SECONDS,
                    iss={"essential": True, "value": self._settings.issuer},
                    aud={"essential": True, "value": audience},
                    sub={"essential": True},
                    exp={"essential": True},
                )
                registry.validate(found.claims)
            except (JoseError, ValueError) as error:
                # Keys are changed now and then: the newest may not be known here yet.
                if may_ask_again and self._may_ask_for_keys():
                    continue
                raise SignInFailed("unsound-token") from error
            party = found.claims.get("azp")
            if audience == self._settings.client_id and party not in (None, audience):
                raise SignInFailed("unsound-token")
            return found.claims
        raise SignInFailed("unsound-token")

    def _person(self, claims: Mapping[str, Any]) -> Person:
        given = _at(claims, self._settings.roles_claim)
        names = {given} if isinstance(given, str) else set(given or ())
        roles = frozenset(
            Role(role) for role, needed in self._settings.roles.items() if names & set(needed)
        )
        if not roles:
            raise SignInFailed("no-role")
        staff = _at(claims, self._settings.staff_claim) if self._settings.staff_claim else None
        name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return Person(str(claims["sub"]), str(name), roles, str(staff) if staff else None)

    # What the provider says of itself

    async def _discovered(self) -> Mapping[str, Any]:
        if self._provider is None:
            issuer = self._settings.issuer
            found = await self._json(
                "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            )
            wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if found.get("issuer") != issuer or not all(_is_safe(found.get(n)) for n in wanted):
                raise SignInFailed("unsound-provider")
            self._provider = found
        return self._provider

    async def _key_set(self, *, anew: bool) -> KeySet:
        async with self._asking:
            old = time.monotonic() - self._keys_at > _KEYS_SECONDS
            if self._keys is None or old or (anew and self._may_ask_for_keys()):
                provider = await self._discovered()
                found = await self._json("GET", str(provider["jwks_uri"]))
                try:
                    self._keys = KeySet.import_key_set({"keys": found.get("keys", [])})
                except (JoseError, ValueError, TypeError) as error:
                    raise SignInFailed("unsound-provider") from error
                self._keys_at = time.monotonic()
            return self._keys

    def _may_ask_for_keys(self) -> bool:
        # Whoever sends nonsense must not have us ask the provider each time.
        return time.monotonic() - self._keys_at > _KEYS_AT_MOST_EVERY

    async def _json(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False)
        try:
            async with self._session.request(
                method, url, data=form, allow_redirects=False
            ) as answer:
                body = b""
                async for piece in answer.content.iter_chunked(_LARGEST):
                    body += piece
                    if len(body) > _LARGEST:
                        raise SignInFailed("no-provider")
                if answer.status != 200:
                    raise SignInFailed("refused-there" if form else "no-provider")
                found = json.loads(body)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise SignInFailed("no-provider") from error
        if not isinstance(found, dict):
            raise SignInFailed("no-provider")
        return found


def _secret(file: Path) -> str:
    return file.read_text().strip()


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Give what a claim of a dotted name holds (``realm_access.roles``)."""
    found: Any = claims
    if path in claims:
        return claims[path]
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _is_safe(url: object) -> bool:
    parts = urlsplit(str(url))
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
