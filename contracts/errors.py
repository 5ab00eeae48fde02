"""
What can go wrong at a case system, named by what happens next.

    AdapterError
    ├── Unreachable         nothing was done; wait and try again
    │   └── Throttled       … not before ``retry_after``
    ├── Uncertain           it may have been done: look before anything else
    ├── Conflict            the case no longer shows what was expected: look, merge, plan anew
    ├── Rejected            understood and refused: a person must look
    ├── NotFound            no such case here, or no longer (``Gone``)
    │   └── Gone
    ├── Denied              our account, not this case: pause the whole side, say it once
    └── Garbled             the answer makes no sense: park, keep the bytes

Anything else that an adapter raises is a bug in it: that case parks, the worker lives.
"""

from __future__ import annotations

from datetime import timedelta


class AdapterError(Exception):
    """
    Base of what an adapter may raise.

    Args:
        message: What was tried, on what, what came back, and the way out. Never a person's data.
        path: The field or item that it is about, where it is about one.
        code: The system's own code for it, where it gave one.
    """

    def __init__(self, message: str, *, path: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.code = code


class Unreachable(AdapterError):
    """The request did not get there, or the system said that it cannot serve. Nothing was done."""


class Throttled(Unreachable):
    """The system asks to wait."""

    def __init__(self, message: str, *, retry_after: timedelta, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Uncertain(AdapterError):
    """The request left and no usable answer came: it may have been done, now or later."""


class Conflict(AdapterError):
    """The case no longer shows what the Patch expects."""


class Rejected(AdapterError):
    """The system understood and refused. The message holds its own words, for a person."""


class NotFound(AdapterError):
    """The system knows no such case."""


class Gone(NotFound):
    """The system had this case and has it no longer."""


class Denied(AdapterError):
    """Our account may not: wrong secret, no rights at all. It concerns every case of this side."""


class Garbled(AdapterError):
    """
    The answer could not be understood.

    Args:
        body: The bytes that came, for a person to look at; kept, never logged.
    """

    def __init__(self, message: str, *, body: bytes = b"", path: str | None = None) -> None:
        super().__init__(message, path=path)
        self.body = body
