"""The answers that say no, worded and coded as Open Zaak 1.30 words and codes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Invalid:
    """One entry of `invalidParams`: which field, which stable code, which sentence."""

    name: str
    code: str
    reason: str

    def under(self, prefix: str) -> Invalid:
        return Invalid(f"{prefix}.{self.name}", self.code, self.reason)


class ApiError(Exception):
    """Ends a request with an error body. `status`, `code` and `title` belong to the class."""

    status = 500
    kind = "APIException"
    code = "error"
    title = "Er is een serverfout opgetreden."

    def __init__(self, detail: str | None = None, *, code: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        if code is not None:
            self.code = code

    def body(self, base: str) -> dict[str, Any]:
        return {
            "type": f"{base}/ref/fouten/{self.kind}/",
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{uuid4()}",
        }


class ServerError(ApiError):
    """What a lost race on a unique key, or a text where a UUID belongs, ends in."""

    def __init__(self) -> None:
        super().__init__("Internal Server Error")


class ValidationError(ApiError):
    """Fields refused, each with its code."""

    status = 400
    kind = "ValidationError"
    code = "invalid"
    title = "Ongeldige invoer."

    def __init__(self, params: Iterable[Invalid], *, title: str | None = None) -> None:
        if title is not None:
            self.title = title
        super().__init__()
        self.params = tuple(params)

    def body(self, base: str) -> dict[str, Any]:
        params = [{"name": p.name, "code": p.code, "reason": p.reason} for p in self.params]
        return {**super().body(base), "invalidParams": params}


class BareInvalid(ApiError):
    """A refusal by Open Notificaties of a publication: field names with sentences, no more."""

    status = 400

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__()
        self.fields = fields

    def body(self, base: str) -> dict[str, Any]:
        return dict(self.fields)


class ParseError(ApiError):
    """The body is not what it says it is."""

    status = 400
    kind = "ParseError"
    code = "parse_error"
    title = "Ongeldig samengestelde request."


class Denied(ApiError):
    """No right to do this, or no valid token."""

    status = 403
    kind = "PermissionDenied"
    code = "permission_denied"
    title = "Je hebt geen toestemming om deze actie uit te voeren."


class ZaakClosed(Denied):
    """No right to change what hangs on a closed zaak."""

    kind = "ZaakClosed"
    title = "Je mag geen gegevens aanpassen van een gesloten zaak."


class NotFound(ApiError):
    """There is no such resource, or no longer."""

    status = 404
    kind = "NotFound"
    code = "not_found"
    title = "Niet gevonden."


class NoSuchPath(NotFound):
    """The path itself is unknown, as to a system that lacks the feature: answered in HTML."""


class MethodNotAllowed(ApiError):
    """The path does not take this method."""

    status = 405
    kind = "MethodNotAllowed"
    code = "method_not_allowed"
    title = 'Methode "{method}" niet toegestaan.'

    def __init__(self, method: str) -> None:
        super().__init__(f'Methode "{method}" niet toegestaan.')


class NotAcceptable(ApiError):
    """No such rendering, or no such CRS."""

    status = 406
    kind = "NotAcceptable"
    code = "not_acceptable"
    title = "Kan niet voldoen aan de opgegeven Accept header."


class PreconditionFailed(ApiError):
    """A CRS header is missing."""

    status = 412
    kind = "PreconditionFailed"
    code = "precondition_failed"
    title = "Voorwaarde is niet vervuld"


class UnsupportedMediaType(ApiError):
    """The body is of a kind that is not read."""

    status = 415
    kind = "UnsupportedMediaType"
    code = "unsupported_media_type"
    title = 'Ongeldige media type "{media_type}" in aanvraag.'


def refuse(name: str, code: str, reason: str) -> NoReturn:
    """Refuse one field."""
    raise ValidationError([Invalid(name, code, reason)])


def refuse_whole(code: str, reason: str) -> NoReturn:
    """Refuse a combination of fields."""
    refuse("nonFieldErrors", code, reason)


PAGE_NOT_FOUND = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><title>404</title></head>
<body><h1>404</h1><p>Deze pagina bestaat niet.</p></body></html>
"""


def unsupported(kind: str) -> NoReturn:
    """Refuse a body of media type *kind*."""
    raise UnsupportedMediaType(f'Ongeldige media type "{kind}" in aanvraag.')  # noqa: EM102


def wrong_crs(value: str) -> NoReturn:
    """Refuse a CRS other than WGS84."""
    raise NotAcceptable(f"CRS '{value}' is niet ondersteund")  # noqa: EM102


def missing_header(name: str) -> NoReturn:
    """Refuse a request without a header it must have."""
    raise PreconditionFailed(f"'{name}' header ontbreekt")  # noqa: EM102


def unparsable(error: Exception) -> NoReturn:
    """Refuse a body that is no JSON."""
    raise ParseError(f"JSON parse error - {error}") from error  # noqa: EM102
