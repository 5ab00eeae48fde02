"""The words for what can go wrong at a case system, as a harness switches it on."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """
    One thing that goes wrong while it is switched on.

    Those about a write strike once, at the next call that changes something; all others strike
    every call until they are switched off.
    """

    UNREACHABLE = "unreachable"
    """Nobody answers."""
    THROTTLED = "throttled"
    """The system asks to wait."""
    ERROR_ON_READ = "error-on-read"
    """Reads are answered with an inner error (500)."""
    ERROR_AFTER = "error-after"
    """A write is done, and answered with an inner error (500)."""
    LOST_AFTER = "lost-after"
    """A write is done, and its answer is lost."""
    LOST_BEFORE = "lost-before"
    """A write is not done, and no answer comes."""
    GARBLED_READ = "garbled-read"
    """Reads are answered with bytes that make no sense (HTML with 200)."""
    GARBLED_WRITE = "garbled-write"
    """A write is done, and answered with bytes that make no sense."""
    HALF = "half"
    """A write breaks off after its first change was made; nobody answers the second."""
    REFUSES = "refuses"
    """The system refuses the change at the given path, or any create where none is given."""
    WRONG_SECRET = "wrong-secret"  # noqa: S105 - the name of a fault
    """The system no longer accepts our credentials."""
    REDIRECT = "redirect"
    """Calls are answered with a redirect to another system (`Harness.heard_elsewhere`)."""
    HANGS = "hangs"
    """Calls are accepted, and no answer ever comes."""
    LIST_SHORT = "list-short"
    """A list of items ends before its count is reached."""
    LIST_LOOPS = "list-loops"
    """The next page of a list is the page itself."""
    EDIT_BETWEEN = "edit-between"
    """A person changes the value at the given path between the adapter's read and its write."""
    UNFINDABLE = "unfindable"
    """A created case is found only when ``settles_within`` has passed."""
    DOWNLOAD_BREAKS = "download-breaks"
    """A download ends before its last piece, without an orderly end."""
    UPLOAD_BREAKS = "upload-breaks"
    """Nobody answers in the middle of an upload."""
