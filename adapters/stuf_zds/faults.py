"""
What a system's fault, silence or nonsense means: from StUF and SOAP to our tree of errors.

Invariants:

1. A question that fails has done nothing: `Unreachable`, unless the system said what is wrong.
2. A message that changes something is known not to have done so only where no connection was
   made, or where the system refused it in StUF's own words.
3. StUF058 says everything: a refusal, a case that is not there, a time-out further on. Its words
   tell them apart; which words, a dialect declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.kit.http import NotSent, retry_after
from adapters.stuf_zds.dialects import Dialect
from adapters.stuf_zds.fo import Fault
from adapters.stuf_zds.incoming import BadXml
from contracts.errors import (
    AdapterError,
    Conflict,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Throttled,
    Uncertain,
    Unreachable,
)

_ACCOUNT: Final = frozenset({"StUF010", "StUF013", "StUF052"})
"""They do not know us, or themselves, under the name that we use: nothing will go well."""
_NOT_DONE: Final = frozenset({"StUF046", "StUF049"})
"""It could not even begin; the same may be sent again."""
_NOT_HERE: Final = "StUF064"
_TOO_LATE: Final = "StUF019"
_NO_ANSWER_IN_TIME: Final = "StUF960"
_GENERAL: Final = "StUF058"


class TooEarly(Unreachable):
    """The moment of the message was not later than that of the one before; nothing was done."""


class Refused(Rejected):
    """
    A refusal in StUF's own words.

    Attributes:
        fault: All that was said: code, plek, omschrijving, details.
    """

    def __init__(self, message: str, fault: Fault) -> None:
        super().__init__(message, code=fault.code)
        self.fault = fault


def nonsense(what: str, error: BadXml | ValueError, body: bytes, *, wrote: bool) -> AdapterError:
    """Give the error for an answer with 200 that is no message; of a change it says nothing."""
    msg = f"{what}: the answer is no message of this protocol ({error})"
    return Uncertain(msg) if wrote else Garbled(msg, body=body)


def status_error(
    what: str, status: int, headers: Mapping[str, str], *, wrote: bool
) -> AdapterError:
    """Give the error for an answer that is not 2xx and holds no fault: a gateway's, say."""
    said = f"{what}: {status} without a fault of StUF"
    match status:
        case _ if 300 <= status < 400:
            return Unreachable(f"{said}: a redirect, which is never followed; mend the address")
        case 401 | 403 | 407:
            return Denied(f"{said}; check username, password and certificate")
        case 429 | 503:
            return Throttled(said, retry_after=retry_after(headers))
        case 404 | 405:
            return NotSent(f"{said}; is the address right?")
        case _ if 400 <= status < 500:
            return Rejected(said, code=str(status))
        case _ if wrote:
            return Uncertain(f"{said}; it does not prove that nothing was done")
        case _:
            return Unreachable(said)


def fault_error(what: str, fault: Fault, dialect: Dialect, *, wrote: bool) -> AdapterError:
    """Give the error that a fault means; its code stays with it, its place and words are told."""
    said = f"{what}: {fault.code} ({fault.place}) {fault.says}"
    said += f": {fault.details}" if fault.details else ""
    if fault.code in _ACCOUNT:
        return Denied(f"{said}; compare sender and receiver with theirs", code=fault.code)
    if fault.code in _NOT_DONE:
        return Unreachable(said, code=fault.code)
    if fault.code == _TOO_LATE:
        return TooEarly(said, code=fault.code)
    if fault.code == _NOT_HERE:
        return _not_here(said, fault, wrote=wrote)
    if fault.code == _NO_ANSWER_IN_TIME:
        return _broken(said, fault, wrote=wrote)
    if fault.code == _GENERAL or not fault.code.startswith("StUF"):
        return _general(said, fault, dialect, wrote=wrote)
    return Refused(said, fault)


def _general(said: str, fault: Fault, dialect: Dialect, *, wrote: bool) -> AdapterError:
    words = fault.words.lower()
    if any(phrase in words for phrase in dialect.conflict):
        return Conflict(said, code=fault.code)
    if any(phrase in words for phrase in dialect.not_found):
        return _not_here(said, fault, wrote=wrote)
    is_technical = any(phrase in words for phrase in dialect.technical)
    if is_technical or (fault.place == "server" and fault.code != _GENERAL):
        return _broken(said, fault, wrote=wrote)
    return Refused(said, fault)


def _not_here(said: str, fault: Fault, *, wrote: bool) -> AdapterError:
    # What is changed was read just before: something else that the change names is not there.
    return Refused(said, fault) if wrote else NotFound(said, code=fault.code)


def _broken(said: str, fault: Fault, *, wrote: bool) -> AdapterError:
    if wrote:
        return Uncertain(f"{said}; it does not prove that nothing was done", code=fault.code)
    return Unreachable(said, code=fault.code)
