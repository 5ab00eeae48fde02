"""What the bridge logs in a run: kept out of sight, but for what it calls a bug."""

from __future__ import annotations

import sys
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
