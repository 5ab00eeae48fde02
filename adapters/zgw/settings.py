"""What a ZGW system is reached with, and how it is treated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from contracts.adapter import AdapterSettings

SHORTEST_SECRET: Final = 16
"""A shared secret signs every request (HS256): a short one can be guessed from one token."""

_PATHS: Final = {
    "zaken": "zaken/api/v1",
    "catalogi": "catalogi/api/v1",
    "documenten": "documenten/api/v1",
    "besluiten": "besluiten/api/v1",
    "autorisaties": "autorisaties/api/v1",
    "notificaties": "notificaties/api/v1",
}


class ZgwSettings(AdapterSettings):
    """
    How to reach one ZGW system.

    Attributes:
        base_url: Of the whole system, from which the usual paths follow (``/zaken/api/v1`` …);
            an API that is named below goes before it. Notificaties has no usual path: name it.
        zaken: Address of the Zaken API, with its version.
        known_as: How the system calls its own addresses where that differs from how we reach it
            (a gateway): API → the base in its answers.
        client_id: As registered with the system.
        secret: Shared with the system; or ``secret_file``, read anew at each start.
        user_id: Whom the audit trail names where no colleague is known.
        own_organisation: RSIN of the agency: ``bronorganisatie`` of the cases we make.
        catalogue_domain: Only case types of this catalogue (with ``catalogue_rsin``).
        callback_token: What the system sends in ``Authorization`` when it calls us.
        former_callback_token: Still accepted, while the new one is being spread.
        request_timeout: For one request and its answer; a transfer may take longer as long as
            bytes keep coming.
        concurrency: Requests at once to this system. It degrades by slowness, so stay low.
        inline_document_bytes: Documents up to here go in one request, larger ones in parts.
        max_answer_bytes: An answer that is larger is not read.
        number_pattern: Gives the number of a case that we make, from ``{mark}`` and ``{year}``.
            Makes a repeated create impossible. Without it the system gives the number.
        find_window: Where the system cannot search on marks: how far back ``find`` looks.
        audit: Read the audit trail: who changed what, and what was overwritten.
        features: Overrides what was found out about optional parts: name → has it or not.
        catalogue_refresh: How old a case type may get before it is asked for again.
    """

    base_url: str | None = None
    zaken: str | None = None
    catalogi: str | None = None
    documenten: str | None = None
    besluiten: str | None = None
    autorisaties: str | None = None
    notificaties: str | None = None
    known_as: Mapping[str, str] = {}
    client_id: str = Field(min_length=1, max_length=255)
    secret: SecretStr | None = None
    secret_file: Path | None = None
    user_id: str = Field(default="casebridge", max_length=255)
    own_organisation: str = Field(pattern=r"^\d{9}$")
    catalogue_domain: str | None = None
    catalogue_rsin: str | None = None
    callback_token: SecretStr | None = None
    callback_token_file: Path | None = None
    former_callback_token: SecretStr | None = None
    request_timeout: timedelta = timedelta(seconds=30)
    concurrency: int = Field(default=4, ge=1, le=32)
    inline_document_bytes: int = Field(default=10 * 1024**2, ge=0)
    max_answer_bytes: int = Field(default=16 * 1024**2, ge=1024)
    number_pattern: str | None = None
    find_window: timedelta = timedelta(days=30)
    audit: bool = True
    features: Mapping[str, bool] = {}
    catalogue_refresh: timedelta = timedelta(hours=24)

    @field_validator("base_url", *_PATHS)
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            msg = "an address begins with http:// or https:// and has no query"
            raise ValueError(msg)
        if parts.username or parts.password:
            msg = "no user or password in an address; use client_id and secret"
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("number_pattern")
    @classmethod
    def _holds_the_mark(cls, value: str | None) -> str | None:
        if value is not None and "{mark}" not in value:
            msg = "number_pattern needs {mark}: only then is the number the same on a retry"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.secret is None) == (self.secret_file is None):
            msg = "give either secret or secret_file"
            raise ValueError(msg)
        if self.callback_token is not None and self.callback_token_file is not None:
            msg = "give either callback_token or callback_token_file"
            raise ValueError(msg)
        if self.base_url is None:
            missing = [a for a in ("zaken", "catalogi", "documenten") if getattr(self, a) is None]
            if missing:
                msg = f"without base_url these need an address of their own: {', '.join(missing)}"
                raise ValueError(msg)
        if self.secret is not None:
            _strong(self.secret.get_secret_value())
        return self

    def bases(self) -> dict[str, str]:
        """Give the address of each API that is there to be used."""
        found: dict[str, str] = {}
        for api, path in _PATHS.items():
            own: str | None = getattr(self, api)
            if own is not None:
                found[api] = own
            elif self.base_url is not None and api != "notificaties":
                found[api] = f"{self.base_url}/{path}"
        return found

    def signing_secret(self) -> str:
        """Give the shared secret, from its file where it is in one."""
        if self.secret is not None:
            return self.secret.get_secret_value()
        assert self.secret_file is not None  # noqa: S101 - held by the validator
        return _strong(self.secret_file.read_text(encoding="utf-8").strip())

    def callback_tokens(self) -> tuple[str, ...]:
        """Give the values that a call to us may bear; the first is the one to register."""
        tokens: list[str] = []
        if self.callback_token is not None:
            tokens.append(self.callback_token.get_secret_value())
        elif self.callback_token_file is not None:
            tokens.append(self.callback_token_file.read_text(encoding="utf-8").strip())
        if self.former_callback_token is not None:
            tokens.append(self.former_callback_token.get_secret_value())
        return tuple(token for token in tokens if token)


def _strong(secret: str) -> str:
    if len(secret) < SHORTEST_SECRET:
        msg = f"secret: fewer than {SHORTEST_SECRET} characters; ask for a longer one"
        raise ValueError(msg)
    return secret
