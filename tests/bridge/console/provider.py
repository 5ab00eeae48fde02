"""An OpenID Connect provider for tests: it says of everybody what it is told to."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass
class Provider:
    """
    A provider; what a test sets here is what it says.

    Attributes:
        claims: Put over those of a sound token.
        header: Put over that of a sound token.
        challenges: Of each code that was given, what its redeemer must know.
    """

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    challenges: dict[str, tuple[str, str]] = field(default_factory=dict)
    secret: str | None = None
    asked_for_keys: int = 0
    signs_with: RSAKey | None = None

    def token(self, **claims: Any) -> str:
        """Sign a token as its claims are set."""
        now = int(time.time())
        body = {
            "iss": self.url,
            "aud": "casebridge",
            "sub": "u-1",
            "name": "Noor Proefveld",
            "groups": ["bodem"],
            "iat": now,
            "exp": now + 300,
            **claims,
            **self.claims,
        }
        key = self.signs_with or self.key
        header = {"alg": "RS256", "kid": key.kid, **self.header}
        return jwt.encode(header, body, key)

    async def authorize(self, request: web.Request) -> web.Response:
        """Sign in whoever comes, and send them back."""
        asked = request.query
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = (asked["code_challenge"], asked["nonce"])
        back = f"{asked['redirect_uri']}?code={code}&state={asked['state']}"
        return web.Response(status=302, headers={"Location": back})

    async def redeem(self, request: web.Request) -> web.Response:
        """Give a token for a code, once, to who knows the verifier."""
        form = await request.post()
        if form.get("client_secret") != self.secret:
            return web.json_response({"error": "invalid_client"}, status=401)
        challenge, nonce = self.challenges.pop(str(form["code"]), ("", ""))
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self.token(nonce=nonce), "token_type": "Bearer"})

    async def keys(self, _: web.Request) -> web.Response:
        """Tell the public keys."""
        self.asked_for_keys += 1
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def discovery(self, _: web.Request) -> web.Response:
        """Tell where everything is."""
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Run a provider on this machine."""
    made = Provider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", made.discovery)
    app.router.add_get("/authorize", made.authorize)
    app.router.add_post("/token", made.redeem)
    app.router.add_get("/keys", made.keys)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
