"""
A private server for the tests: its own folder, its own ports, and an end.

What RabbitMQ and PostgreSQL have in common here. Nothing of the system's own installation is
read or written but the programs themselves.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, Final, NoReturn, Protocol, Self

import pytest

LOOPBACK: Final = "127.0.0.1"
LEASH: Final = Path(__file__).with_name("leash.py")
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0


class ServiceError(Exception):
    """A server for the tests could not be had; the message says why."""


class NotInstalled(ServiceError):
    """The programs are not on this machine; ``scripts/install-services`` installs them."""


class Server(Protocol):
    """What a test may do to a server, whoever started it."""

    @property
    def url(self) -> str:
        """Where it is, with an administrator's credentials."""

    def start(self) -> None:
        """Start it and return when it serves."""

    def stop(self) -> None:
        """Stop it orderly."""

    def kill(self) -> None:
        """Stop it with SIGKILL."""

    def restart(self) -> None:
        """Stop it orderly and start it again."""

    def freeze(self) -> None:
        """Keep it from answering, connections open."""

    def thaw(self) -> None:
        """Let it answer again."""


class GivenServer:
    """A server from the environment: ours to use; a test that would stop it is skipped."""

    variable: ClassVar[str]

    def start(self) -> None:
        """Skip the test."""
        self._refuse()

    def stop(self) -> None:
        """Skip the test."""
        self._refuse()

    def kill(self) -> None:
        """Skip the test."""
        self._refuse()

    def restart(self) -> None:
        """Skip the test."""
        self._refuse()

    def freeze(self) -> None:
        """Skip the test."""
        self._refuse()

    def thaw(self) -> None:
        """Skip the test."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        pytest.skip(f"the server was given by {self.variable}: not ours to stop")


class PrivateServer(ABC):
    """A server in a temporary folder, with methods to end and revive it in the middle of a test."""

    name: str

    def __init__(self, users: tuple[str, ...]) -> None:
        """Prepare the folder; as root, it belongs to the first of *users* who exists here."""
        self.user = _first_known(users) if os.geteuid() == 0 else None
        self.password = secrets.token_urlsafe(12)
        self._leashes: list[subprocess.Popen[bytes]] = []
        self.folder = Path(tempfile.mkdtemp(prefix=f"casebridge-{self.name}-"))
        if self.user is not None:
            shutil.chown(self.folder, self.user)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find it, credentials included."""

    @abstractmethod
    def start(self) -> None:
        """Start it and return when it serves; on a running server this does nothing."""

    @abstractmethod
    def is_serving(self) -> bool:
        """Tell whether it takes clients now."""

    @property
    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return bool(self._leashes) and all(leash.poll() is None for leash in self._leashes)

    def stop(self) -> None:
        """Stop as an administrator would: orderly, with nothing lost."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop as a power cut would: SIGKILL, now."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop orderly and start again, on the same address with the same data."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Have it hold its breath (SIGSTOP): connections stay open and nobody answers."""
        self._signal(self._leashes[-1], signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`; harmless otherwise."""
        if self._leashes:
            self._signal(self._leashes[-1], signal.SIGCONT)

    def close(self) -> None:
        """End it for good, and leave nothing behind."""
        try:
            self.kill()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start it for the duration of a ``with``."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it for good."""
        self.close()

    def launch(self, *command: str, env: dict[str, str], log: str) -> subprocess.Popen[bytes]:
        """Run a long-lived command on a leash; the last one launched is the server itself."""
        with (self.folder / log).open("ab") as output:
            leash = subprocess.Popen(
                [sys.executable, "-I", "-S", LEASH, self.folder, self.user or "", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=env,
                cwd=self.folder,
                start_new_session=True,
            )
        self._leashes.append(leash)
        return leash

    def run(
        self, *command: str, env: dict[str, str], stdin: str = "", seconds: float = START_SECONDS
    ) -> str:
        """Run a short command as the server's own user and return what it printed."""
        done = subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
            env=env,
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )
        if done.returncode != 0:
            msg = f"{Path(command[0]).name} exited with {done.returncode}:\n{done.stdout}"
            raise ServiceError(msg)
        return done.stdout

    def write(self, name: str, text: str, *, mode: int = 0o600) -> Path:
        """Write a file that the server may read."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        path.chmod(mode)
        if self.user is not None:
            shutil.chown(path, self.user)
        return path

    def await_serving(self, log: str) -> None:
        """Wait until it takes clients; raise with the end of its log when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running:
            if self.is_serving():
                return
            time.sleep(0.05)
        fate = f"took longer than {START_SECONDS:.0f} s" if self.is_running else "ended"
        tail = "\n".join((self.folder / log).read_text(errors="replace").splitlines()[-30:])
        self.kill()
        msg = f"{self.name} {fate} while it started:\n{tail}"
        raise ServiceError(msg)

    def _end(self, number: signal.Signals) -> None:
        while self._leashes:
            leash = self._leashes[-1]
            if number != signal.SIGKILL:
                self._signal(leash, number)
                try:
                    leash.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    number = signal.SIGKILL
            self._signal(leash, signal.SIGKILL)
            leash.wait(STOP_SECONDS)
            _close_pipe(leash)
            self._leashes.pop()

    @staticmethod
    def _signal(leash: subprocess.Popen[bytes], number: signal.Signals) -> None:
        pipe = leash.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended, and with it the reason
            pipe.write(bytes([number]))
            pipe.flush()


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on, all different."""
    with ExitStack() as held:
        found = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind((LOOPBACK, 0))
            found.append(int(listener.getsockname()[1]))
        return found


def await_listener(port: int) -> None:
    """Wait until somebody listens on *port*."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                msg = f"nobody listens on port {port} after {START_SECONDS:.0f} s"
                raise ServiceError(msg) from None
            time.sleep(0.02)
        else:
            return


def bare_environment() -> dict[str, str]:
    """Return the few variables that a server needs, and none that could steer it elsewhere."""
    return {"PATH": os.environ["PATH"] + os.pathsep + "/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}


def _first_known(users: tuple[str, ...]) -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in (*users, "nobody") if user in known)


def _close_pipe(leash: subprocess.Popen[bytes]) -> None:
    pipe = leash.stdin
    assert pipe is not None
    with contextlib.suppress(BrokenPipeError):  # an unsent signal for somebody who is gone
        pipe.close()
