"""What memory a process occupies."""

from __future__ import annotations

from pathlib import Path

from bridge.demo.processes import Process


def resident_kb(process: Process) -> int:
    """Give the resident memory of a process that runs, in kB."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])
