"""Child processes, and what they cost: processor time and resident memory, from ``/proc``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_TICK_SECONDS: Final = 1 / os.sysconf("SC_CLK_TCK")
_READY_SECONDS: Final = 60.0


class NotReady(Exception):
    """A process did not come up; the message has the end of its log."""


@dataclass(slots=True)
class Child:
    """
    One process of the benchmark.

    Attributes:
        is_ready: Asked again and again after the start; gets what the process has said so far.
    """

    name: str
    arguments: Sequence[str]
    log: Path
    is_ready: Callable[[str], bool]
    _running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while self._running.poll() is None and time.monotonic() < deadline:
            if self.is_ready(self.said):
                return self
            time.sleep(0.05)
        self._end()
        msg = f"{self.name} did not come up:\n{self.said[-2000:]}"
        raise NotReady(msg)

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def said(self) -> str:
        """Give all that the process wrote to its output."""
        return self.log.read_text("utf-8", "replace")

    @property
    def cpu_seconds(self) -> float:
        """Give the processor time that it has used so far."""
        fields = self._proc("stat").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_SECONDS

    @property
    def resident_bytes(self) -> int:
        """Give the memory that it occupies now."""
        line = next(row for row in self._proc("status").splitlines() if row.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def _proc(self, name: str) -> str:
        assert self._running is not None, "enter it first"
        return Path(f"/proc/{self._running.pid}/{name}").read_text("ascii")

    def _end(self) -> None:
        if self._running is None or self._running.poll() is not None:
            return
        self._running.terminate()
        try:
            self._running.wait(25)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


def answers(url: str) -> bool:
    """Tell whether somebody answers at *url*."""
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own address
            return True
    except (urllib.error.URLError, OSError):
        return False
