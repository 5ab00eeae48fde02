"""
Logs: one line for each outcome, on stdout.

The event is a short constant; the rest are keys. Only keys that are named here come through: what
may be personal is not taken out afterwards but never let in.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
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
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop keys that nobody named, and mask what looks like a citizen number or an address."""
    del logger, method
    dropped = [key for key in event if key not in _ALLOWED]
    for key in dropped:
        del event[key]
    for key, value in event.items():
        if isinstance(value, str) and key not in ("timestamp", "exception"):
            event[key] = _MAIL.sub("<mail>", _NUMBER.sub("<number>", value))
    return event


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
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(message)s")
