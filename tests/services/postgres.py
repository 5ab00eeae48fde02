"""
PostgreSQL for the tests: Debian's programs, started by ourselves, with fresh databases.

It syncs to disk as a production server does: the tests kill it and look what is left.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Final, Protocol

import asyncpg

from tests.services.server import (
    LOOPBACK,
    GivenServer,
    NotInstalled,
    PrivateServer,
    Server,
    bare_environment,
    free_ports,
)

LOG: Final = "postgres.log"
USER: Final = "casebridge"
CONFIG: Final = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
fsync = on
synchronous_commit = on
max_connections = 200
# In its own folder rather than in /dev/shm, which containers withhold or keep small.
dynamic_shared_memory_type = mmap
# After a kill it would open and sync every file of every test's database, which takes minutes.
recovery_init_sync_method = syncfs
"""


class Postgres(Server, Protocol):
    """What a test may ask of the database server, whoever started it."""

    def fresh_database(self, like: str | None = None) -> str:
        """Make a database, empty or like the one at a URL that nobody uses; return its URL."""


class PrivatePostgres(PrivateServer):
    """A database cluster of our own."""

    name = "postgres"

    def __init__(self) -> None:
        """Make the cluster; `start` starts it."""
        self._bin = _find_programs()
        super().__init__(users=("postgres",))
        (self._port,) = free_ports(1)
        self._databases = count(1)
        self._env = bare_environment() | {"HOME": str(self.folder)}
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        """Where it is, with an administrator's credentials and the default database."""
        return self._url("postgres")

    def start(self) -> None:
        """Start the server and return when it serves; the first time, make its cluster."""
        if self.is_running:
            return
        self._end(signal.SIGKILL)
        if not self._data.exists():
            self._make_cluster()
        config = f"config_file={self.folder / 'postgresql.conf'}"
        server = (str(self._bin / "postgres"), "-D", str(self._data), "-c", config)
        self.launch(*server, env=self._env, log=LOG)
        self.await_serving(LOG)

    def stop(self) -> None:
        """Stop orderly, without waiting for clients to leave ("fast" shutdown)."""
        self._end(signal.SIGINT)

    def is_serving(self) -> bool:
        """Tell whether it takes clients now; while it recovers it does not."""
        ask = (str(self._bin / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self._port))
        return subprocess.run(ask, env=self._env, check=False, timeout=10).returncode == 0

    def fresh_database(self, like: str | None = None) -> str:
        """Make a database and return the URL of it."""
        name = f"test_{next(self._databases)}"
        _execute(self.url, _create(name, like))
        return self._url(name)

    def _url(self, database: str) -> str:
        address = f"{USER}:{self.password}@{LOOPBACK}:{self._port}"
        return f"postgresql+asyncpg://{address}/{database}"

    def _make_cluster(self) -> None:
        password = self.write("password", self.password)
        self.write("postgresql.conf", CONFIG.format(host=LOOPBACK, port=self._port))
        # --no-sync spares the making only: the server itself syncs.
        options = ("--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256")
        owner = (f"--username={USER}", f"--pwfile={password}", f"--pgdata={self._data}")
        self.run(str(self._bin / "initdb"), *options, *owner, env=self._env)


class GivenPostgres(GivenServer):
    """A server from ``CASEBRIDGE_TEST_POSTGRES_URL``: ours to use, not to stop."""

    variable = "CASEBRIDGE_TEST_POSTGRES_URL"

    def __init__(self, url: str) -> None:
        """Take *url*, whose user must be allowed to create databases."""
        self.url = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        self._made: list[str] = []

    def fresh_database(self, like: str | None = None) -> str:
        """Make a database and return the URL of it; `close` drops it."""
        name = f"casebridge_test_{secrets.token_hex(4)}"
        _execute(self.url, _create(name, like))
        self._made.append(name)
        return f"{self.url.rpartition('/')[0]}/{name}"

    def close(self) -> None:
        """Drop the databases that were made, and leave the rest as it was found."""
        while self._made:
            _execute(self.url, f"DROP DATABASE IF EXISTS {self._made.pop()} WITH (FORCE)")


_: type[Postgres] = PrivatePostgres
__: type[Postgres] = GivenPostgres


def _find_programs() -> Path:
    """Return the folder of the newest PostgreSQL server programs on this machine."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    msg = "PostgreSQL is not installed: run scripts/install-services"
    raise NotInstalled(msg)


def _create(name: str, like: str | None) -> str:
    template = "template0" if like is None else like.rpartition("/")[2]
    return f"CREATE DATABASE {name} TEMPLATE {template}"


def _execute(url: str, statement: str) -> None:
    """Run one statement, in a thread: the caller may be inside an event loop."""

    async def run() -> None:
        connection = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=30)
        try:
            await connection.execute(statement, timeout=30)
        finally:
            await connection.close(timeout=30)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()
