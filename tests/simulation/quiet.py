"""What is said in a run: kept out of sight, but for what is a bug."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from bridge.logs import traceback_of


@contextmanager
def listening(bugs: list[str]) -> Iterator[None]:
    """Collect what is logged as a bug, with where it happened; drop everything else."""

    def collect(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        name = str(event.get("event"))
        if "bug" in name:
            error = event.get("exc_info")
            error = sys.exc_info()[1] if error is True else error
            said = traceback_of(error) if isinstance(error, BaseException) else ""
            bugs.append(f"{name}: {error!r}\n{said}")
        raise structlog.DropEvent

    before = structlog.get_config()
    hook = sys.unraisablehook
    structlog.configure(
        processors=[collect],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    # Frames of the killed are collected when the run is over, and complain about it.
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        structlog.configure(**before)
        sys.unraisablehook = hook


class _Told(logging.Handler):
    """Hears what aiohttp's servers say of a request that they could not handle."""

    def __init__(self, bugs: list[str]) -> None:
        super().__init__()
        self.bugs = bugs

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        # That who asked has gone meanwhile is nobody's fault.
        if error is not None and not isinstance(error, ConnectionError):
            self.bugs.append(f"{record.getMessage()}: {error!r}\n{traceback_of(error)}")


@contextmanager
def listening_to_servers(bugs: list[str]) -> Iterator[None]:
    """Collect what servers could not handle; hear no complaint that something was not closed."""
    logger, told = logging.getLogger("aiohttp.server"), _Told(bugs)
    logger.addHandler(told)
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            # The killed close nothing.
            warnings.simplefilter("ignore", ResourceWarning)
            yield
    finally:
        logger.removeHandler(told)
        logger.propagate = True
