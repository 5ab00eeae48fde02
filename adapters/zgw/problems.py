"""
What a server's refusal, silence or nonsense means: from HTTP to our tree of errors.

Invariants:

1. A read that fails has done nothing: `Unreachable`, unless the server said what is wrong.
2. A write is only known not to have happened where no connection was made, or where the server
   said so in an answer of the 4xx kind. 500 is no such answer: a lost race on a unique key is a
   500 while another request made the row.
3. All failures of access are 403; ``code`` tells ours (the whole side) from this object's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pydantic import ValidationError

from adapters.kit.http import on_the_line, retry_after
from contracts.errors import (
    AdapterError,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Throttled,
    Uncertain,
    Unreachable,
)

THIS_OBJECT: Final = frozenset({"permission_denied", "not_authenticated", ""})
"""Codes of a 403 that say nothing of our account as a whole. All others pause the side."""


class NoSuchPath(Unreachable):
    """Nothing of this API is at that path: an optional part that is not there, or a wrong base."""


class Refused(Rejected):
    """
    A refusal with the server's own words, field by field.

    Attributes:
        codes: Every code in it; stable, unlike the words.
        fields: Name in the body → the words about it. ``nonFieldErrors`` is about the whole.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        code: str | None = None,
        codes: frozenset[str] = frozenset(),
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, path=path, code=code)
        self.codes = codes
        self.fields = dict(fields or {})

    @property
    def is_of_the_method(self) -> bool:
        """The path is there, and takes no request of this kind."""
        return bool({*self.codes, self.code} & {"method_not_allowed", "405"})


@contextmanager
def speaking(what: str, *, wrote: bool) -> Iterator[None]:
    """
    Turn what goes wrong on the line, or in the shape of an answer, into our errors.

    Args:
        what: What is tried on what, for the message: ``GET zaken/…``.
        wrote: The request may change something, so that silence is `Uncertain`.
    """
    try:
        with on_the_line(what, wrote=wrote):
            yield
    except ValidationError as error:
        places = ", ".join(
            ".".join(map(str, fault["loc"]))
            for fault in error.errors(include_input=False, include_url=False)[:5]
        )
        msg = f"{what}: the answer lacks or misshapes {places}"
        raise (Uncertain(msg) if wrote else Garbled(msg)) from error


def refusal(
    what: str, status: int, body: bytes, headers: Mapping[str, str], *, wrote: bool
) -> AdapterError:
    """Give the error that an answer of *status* means."""
    problem = _problem(body)
    if problem is None:
        return _unspoken(what, status, headers, wrote=wrote)
    code = str(problem.get("code") or "")
    words = _words(problem)
    said = f"{what}: {status} {words}"
    match status:
        case 401:
            return Denied(f"{said}; check client_id and secret", code=code)
        case 403 if code not in THIS_OBJECT:
            return Denied(f"{said}; check client_id, secret and both clocks", code=code)
        case 404:
            return NotFound(said, code=code)
        case 429 | 503:
            return _later(said, headers, code)
        case _ if 400 <= status < 500:
            codes = {code, *(str(p.get("code", "")) for p in _params(problem))}
            return Refused(said, code=code, codes=frozenset(codes), fields=_fields(problem))
        case _ if wrote:
            return Uncertain(f"{said}; a 500 does not prove that nothing was done", code=code)
        case _:
            return Unreachable(said, code=code)


def _unspoken(what: str, status: int, headers: Mapping[str, str], *, wrote: bool) -> AdapterError:
    """Judge an answer that is none of the API's own: a proxy's, or a wrong path's."""
    said = f"{what}: {status} without the API's own words"
    match status:
        case _ if 300 <= status < 400:
            return Unreachable(f"{said}: a redirect, which is never followed; mend the address")
        case 401 | 403 | 407:
            return Denied(f"{said}; a gateway refuses us")
        case 413:
            return Refused(f"{said}: too large for it; lower inline_document_bytes", code="413")
        case 429 | 503:
            return _later(said, headers, None)
        case 404:
            # A wrong path and a gateway answer so; a case that is not there is a 404 in JSON.
            return NoSuchPath(f"{said}; is the address right?")
        case _ if 400 <= status < 500:
            return Refused(said, code=str(status))
        case _ if wrote:
            return Uncertain(said)
        case _:
            return Unreachable(said)


def _later(said: str, headers: Mapping[str, str], code: str | None) -> AdapterError:
    return Throttled(said, retry_after=retry_after(headers), code=code)


def _problem(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    # Open Notificaties answers a bad publication with a bare {field: [text]}.
    return found if "code" in found or "detail" in found or "title" in found else None


def _params(problem: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    params = problem.get("invalidParams")
    return [p for p in params if isinstance(p, dict)] if isinstance(params, list) else []


def _fields(problem: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(p.get("name", "")): f"{p.get('reason', '')} ({p.get('code', '')})"
        for p in _params(problem)
    }


def _words(problem: Mapping[str, Any]) -> str:
    fields = _fields(problem)
    if fields:
        return "; ".join(f"{name}: {words}" for name, words in fields.items())[:1000]
    return f"{problem.get('detail') or problem.get('title')} ({problem.get('code')})"[:1000]
