"""
Run a server so that it cannot outlive whoever asked for it.

A test run may end in any way: it passes, somebody presses Ctrl-C, a watchdog kills it. Cleaning
up in Python covers the first two; this small process covers all three. It is a parent between
the tests and the server, in a session of its own, and holds the other end of a pipe:

* every byte that comes through is a signal number, sent on to the server;
* the end of the pipe means that the tests are gone: the server is killed, with whatever it had
  started, and its folder is removed.

It is a script with the standard library only, so that it starts at once:
``leash.py FOLDER USER COMMAND…`` (USER may be empty: stay who we are).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PATIENCE_SECONDS = 5.0


def main() -> int:
    """Start the command, pass signals on, and end when it ends or when the pipe does."""
    folder, user, *command = sys.argv[1:]
    adopt_orphans()
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        user=user or None,
        group=user or None,
        extra_groups=[] if user else None,
    )
    abandoned = relay(server)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    outcome = server.wait()
    end_stragglers()
    if abandoned:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome & 0xFF


def adopt_orphans() -> None:
    """Have daemons that the server leaves behind become our children, so that we can end them."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def relay(server: subprocess.Popen[bytes]) -> bool:
    """Wait for the server to end; say whether that was because nobody wanted it any more."""
    ended = os.pidfd_open(server.pid)
    try:
        while True:
            ready, _, _ = select.select([0, ended], [], [])
            if ended in ready:
                return False
            wanted = os.read(0, 64)
            if not wanted:
                return True
            for number in wanted:
                with contextlib.suppress(ProcessLookupError):
                    send(server, number)
    finally:
        os.close(ended)


def send(server: subprocess.Popen[bytes], number: int) -> None:
    """Pass a signal on; killing and freezing concern the server's children too."""
    if number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT):
        os.killpg(server.pid, number)
    else:
        os.kill(server.pid, number)


def end_stragglers() -> None:
    """Kill what the server left behind, and return when nothing is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for child in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(0.02)


def children() -> list[int]:
    """List our own children, adopted ones included."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


if __name__ == "__main__":
    sys.exit(main())
