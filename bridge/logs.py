"""
Logs: one line for each outcome, on stderr.

The event is a short constant; the rest are keys. Only keys that are named here come through: what
may be personal is not taken out afterwards but never let in. Of an exception its kind and its
place are told; what it says only where that cannot be somebody's data.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

_ALLOWED: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "exception",
        "agency",
        "agencies",
        "link",
        "command",
        "command_id",
        "why",
        "epoch",
        "cases",
        "count",
        "hub",
        "queue",
        "where",
        "error_kind",
        "duration_ms",
        "trace_id",
        "span_id",
        "operation",
        "status",
        "url",
        "version",
        "sender",
        "message_id",
        "attempt",
        "faults",
        "reason",
        "size",
        "code",
        "host",
        "port",
        "pid",
        "kind",
        "store",
        "broker",
        "rules",
        "channel",
        "wait_seconds",
        "field",
        "confirmed",
        "unconfirmed",
        "stack_info",
        "exc_info",
        "state",
        "api",
        "capability",
        "account",
    }
)
_NUMBER: Final = re.compile(r"\b\d{8,9}\b")
_SAYS_NOTHING_PERSONAL: Final = (TypeError, AttributeError, NotImplementedError, ImportError)
"""What these say is about code. A KeyError, say, quotes its key."""
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop keys that nobody named, and mask what looks like a citizen number or an address."""
    del logger, method
    dropped = [key for key in event if key not in _ALLOWED]
    for key in dropped:
        del event[key]
    for key, value in event.items():
        if key not in ("timestamp", "exception"):
            event[key] = masked(value)
    return event


def masked(value: Any) -> Any:
    """Put something else for what looks like a citizen number or an address, however deep."""
    match value:
        case str():
            return _MAIL.sub("<mail>", _NUMBER.sub("<number>", value))
        case Mapping():
            return {masked(key): masked(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [masked(each) for each in value]
        case _:
            return value


def traceback_of(error: BaseException) -> str:
    """Say where an exception came from, and what it is; not what it quotes."""
    parts: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        frames = "".join(traceback.format_list(traceback.extract_tb(each.__traceback__)))
        says = f": {masked(str(each))}" if isinstance(each, _SAYS_NOTHING_PERSONAL) else ""
        parts.append(f"{frames}{type(each).__module__}.{type(each).__qualname__}{says}")
        if isinstance(each, BaseExceptionGroup):
            parts += [traceback_of(inner) for inner in each.exceptions]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\nbecause of\n".join(parts)


def _told(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    del logger, method
    about = event.pop("exc_info", None)
    if about is True:
        about = sys.exc_info()[1]
    elif isinstance(about, tuple):
        about = about[1]
    if isinstance(about, BaseException):
        event["exception"] = traceback_of(about)
    return event


class _OfOthers(logging.Formatter):
    """What libraries log, under the same rules."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.name} {masked(record.getMessage())}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{line}\n{traceback_of(error)}" if error is not None else line


def set_up_logs(level: str, form: str) -> None:
    """Write logs at *level*, in the form ``json``, ``console`` (for people), or ``auto``."""
    pretty = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _told,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Each failure to connect is ours to tell, once, with what it means.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OfOthers())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
