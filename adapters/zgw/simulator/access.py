"""Who calls, and what they may: JWT, applicaties and their autorisaties."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from jwt.types import Options

from adapters.kit.simulator import Row, Store

from .errors import Denied
from .fields import CONFIDENTIALITY

MAX_AGE_SECONDS: Final = 3600
_LEVEL: Final = {name: level for level, name in enumerate(CONFIDENTIALITY)}


@dataclass(frozen=True, slots=True)
class Caller:
    """A client as it presented itself in one request, with the rights of its applicatie."""

    client_id: str
    user_id: str
    user_representation: str
    applicatie: Row | None
    _grants: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def has_all(self) -> bool:
        return bool(self.applicatie and self.applicatie["heeftAlleAutorisaties"])

    def may(self, scope: str, *, type_url: str | None = None, level: str | None = None) -> bool:
        """Whether *scope* is held, on one type where given, up to *level* where given."""
        if self.has_all:
            return True
        return any(_grants(grant, scope, type_url, level) for grant in self._grants)

    def need(self, *scopes: str, type_url: str | None = None, level: str | None = None) -> None:
        """Raise Denied unless at least one of *scopes* is held."""
        if not any(self.may(scope, type_url=type_url, level=level) for scope in scopes):
            raise Denied

    def sees_all(self, scope: str) -> bool:
        """Whether a list needs no filtering for this caller."""
        if self.has_all:
            return True
        return any(
            scope in grant["scopes"] and "*" in grant["types"] and grant["level"] == 7
            for grant in self._grants
        )


def _grants(grant: Mapping[str, Any], scope: str, type_url: str | None, level: str | None) -> bool:
    if scope not in grant["scopes"]:
        return False
    if type_url is not None and "*" not in grant["types"] and type_url not in grant["types"]:
        return False
    return level is None or _LEVEL.get(level, 0) <= grant["level"]


def grants_of(applicatie: Row) -> tuple[Mapping[str, Any], ...]:
    """Turn the autorisaties of an applicatie into what `Caller.may` looks at."""
    found = []
    for right in applicatie["autorisaties"]:
        types = [
            right[k] for k in ("zaaktype", "informatieobjecttype", "besluittype") if k in right
        ]
        level = _LEVEL.get(right.get("maxVertrouwelijkheidaanduiding", ""), 7)
        grant = {"scopes": frozenset(right["scopes"]), "types": frozenset(types), "level": level}
        found.append(grant)
    if wide := applicatie.get("_wide"):
        found.append({"scopes": frozenset(wide), "types": frozenset("*"), "level": 7})
    return tuple(found)


class Gate:
    """Checks tokens. All refusals are 403; their codes tell them apart."""

    def __init__(self, store: Store, secrets: Mapping[str, str]) -> None:
        self._store = store
        self._secrets = secrets

    def caller(self, authorization: str | None, *, known: Sequence[str] | None = None) -> Caller:
        """Return who calls. *known* limits the clients to those of the API at hand."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Denied
        claims = self._claims(token, known)
        client_id = claims["client_id"]
        rows = self._store.by("applicatie", "client", client_id)
        applicatie = rows[0] if rows else None
        if applicatie is None:
            raise Denied
        user = str(claims.get("user_id") or "")
        shown = str(claims.get("user_representation") or "")
        return Caller(client_id, user, shown, applicatie, grants_of(applicatie))

    def _claims(self, token: str, known: Sequence[str] | None) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            text = (
                "Het JWT kon niet gedecodeerd worden. Mogelijks heb je een copy-paste fout gemaakt"
            )
            raise Denied(text, code="jwt-decode-error") from None
        client_id = claims.get("client_id")
        if not client_id:
            text = "Client identifier is niet aanwezig in JWT"
            raise Denied(text, code="missing-client-identifier")
        secret = self._secrets.get(client_id)
        if secret is None or (known is not None and client_id not in known):
            raise Denied("Client identifier bestaat niet", code="invalid-client-identifier")
        self._verify(token, secret)
        self._check_age(claims)
        return claims

    def _verify(self, token: str, secret: str) -> None:
        # An issue time ahead of our clock is accepted by the real server, so it is not verified.
        options: Options = {"verify_aud": False, "verify_iat": False}
        try:
            jwt.decode(token, secret, algorithms=["HS256"], options=options)
        except jwt.InvalidSignatureError:
            text = "Client credentials zijn niet geldig"
            raise Denied(text, code="invalid-jwt-signature") from None
        except jwt.InvalidTokenError as error:
            code = f"jwt-{type(error).__name__.lower()}"
            raise Denied("JWT is niet valide", code=code) from None

    def _check_age(self, claims: Mapping[str, Any]) -> None:
        issued = claims.get("iat")
        if not isinstance(issued, int | float):
            raise Denied("Missing required iat claim", code="jwt-missing-iat-claim")
        # Clients sign by real time; a clock that was set for a scenario says nothing of age.
        if time.time() - issued > MAX_AGE_SECONDS:
            text = "De JWT die gebruikt is voor dit verzoek is verlopen"
            raise Denied(text, code="jwt-expired")
