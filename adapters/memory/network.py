"""What a caller of a memory system sees when the network, or the system, fails it."""

from __future__ import annotations

from datetime import timedelta


class WireError(Exception):
    """Base of what a caller sees on the network."""


class NobodyAnswers(WireError):
    """The connection is refused."""


class TooBusy(WireError):
    """The system asks to come back later."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("429")
        self.retry_after = retry_after


class AnswerLost(WireError):
    """The request left, and the connection broke."""


class ServerError(WireError):
    """The system answers that something went wrong inside."""


class BadCredentials(WireError):
    """The system does not accept who we say we are."""


class Moved(WireError):
    """The system answers that it is elsewhere."""

    def __init__(self, to: str) -> None:
        super().__init__("302")
        self.to = to


class Nonsense(WireError):
    """Bytes came that are no answer."""

    def __init__(self, body: bytes = b"<html>Onderhoud</html>") -> None:
        super().__init__("not an answer")
        self.body = body
