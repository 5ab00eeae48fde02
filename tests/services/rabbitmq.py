"""
RabbitMQ for the tests: Debian's programs, started by ourselves, with fresh virtual hosts.

The node has its own name, cookie, ports and *epmd* (Erlang's port mapper), so that it neither
meets nor disturbs another RabbitMQ on the machine. Virtual hosts are made with ``erl_call``,
which takes milliseconds where ``rabbitmqctl`` starts a whole Erlang machine.
"""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import socket
import subprocess
from itertools import count
from pathlib import Path
from typing import Final, Protocol

import pytest

from tests.services.server import (
    LOOPBACK,
    GivenServer,
    NotInstalled,
    PrivateServer,
    Server,
    ServiceError,
    await_listener,
    bare_environment,
    free_ports,
)

# Beside Debian's wrappers, which change to the system's own folders and user.
BIN: Final = Path("/usr/lib/rabbitmq/bin")
LOG: Final = "rabbitmq.log"
USER: Final = "casebridge"
PROTOCOL_HEADER: Final = b"AMQP\x00\x00\x09\x01"

CONFIG: Final = """\
listeners.tcp.1 = {host}:{port}
default_user = {user}
default_pass = {password}
loopback_users = none
log.console = true
log.console.level = info
log.file = false
disk_free_limit.absolute = 50MB
"""

MAKE_VHOST: Final = """\
rabbit_vhost:add(<<"{name}">>, <<"tests">>),
rabbit_auth_backend_internal:set_permissions(
    <<"{user}">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>),
done.
"""
SYNC_TABLES: Final = "[dets:sync(Table) || Table <- dets:all()], mnesia:sync_log(), done.\n"


class RabbitMQ(Server, Protocol):
    """What a test may ask of the broker, whoever started it."""

    def settle(self) -> None:
        """Have it write down which queues it has; a kill right after a declaration loses them."""

    def ctl(self, *args: str) -> str:
        """Run ``rabbitmqctl`` with *args* and return what it printed."""

    def fresh_vhost(self) -> str:
        """Make an empty virtual host and return the URL of it."""


class PrivateRabbitMQ(PrivateServer):
    """A node of our own."""

    name = "rabbitmq"

    def __init__(self) -> None:
        """Write its configuration; `start` starts it."""
        if not (BIN / "rabbitmq-server").exists():
            msg = "RabbitMQ is not installed: run scripts/install-services"
            raise NotInstalled(msg)
        super().__init__(users=("rabbitmq",))
        self._port, self._epmd_port, self._dist_port = free_ports(3)
        self._vhosts = count(1)
        self._node = f"casebridge-{self._port}@localhost"
        self._env = self._configure()

    @property
    def url(self) -> str:
        """Where it is, with an administrator's credentials and the default virtual host."""
        return self._url("%2F")

    def start(self) -> None:
        """Start the node, after its port mapper, and return when it serves."""
        if self.is_running:
            return
        self._end(signal.SIGKILL)
        # Launched by us and in the foreground: one that Erlang starts would stay for ever.
        epmd = ("epmd", "-address", LOOPBACK, "-port", str(self._epmd_port))
        self.launch(*epmd, env=self._env, log="epmd.log")
        await_listener(self._epmd_port)
        self.launch(str(BIN / "rabbitmq-server"), env=self._env, log=LOG)
        self.await_serving(LOG)

    def is_serving(self) -> bool:
        """Tell whether it answers a client's greeting; the listener is the last thing it starts."""
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1) as client:
                client.sendall(PROTOCOL_HEADER)
                return client.recv(1) == b"\x01"
        except OSError:
            return False

    def ctl(self, *args: str) -> str:
        """Run ``rabbitmqctl`` with *args* and return what it printed; takes about a second."""
        return self.run(str(BIN / "rabbitmqctl"), "--quiet", *args, env=self._env)

    def settle(self) -> None:
        """
        Have it write down which queues it has.

        Seen on 3.10.8: a quorum queue that was declared less than about five seconds before
        SIGKILL never finds its leader again, because the table of names is synced lazily. A
        test about *messages* that survive a kill settles its queues first.
        """
        self._evaluate(SYNC_TABLES)

    def fresh_vhost(self) -> str:
        """Make an empty virtual host and return the URL of it."""
        name = f"test-{next(self._vhosts)}"
        self._evaluate(MAKE_VHOST.format(name=name, user=USER))
        return self._url(name)

    def _evaluate(self, expressions: str) -> None:
        """Run Erlang in the node; the last expression is ``done``."""
        answer = self.run("erl_call", "-sname", self._node, "-e", env=self._env, stdin=expressions)
        if "done" not in answer:
            msg = f"RabbitMQ answered {answer!r} to {expressions!r}"
            raise ServiceError(msg)

    def _url(self, vhost: str) -> str:
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self._port}/{vhost}"

    def _configure(self) -> dict[str, str]:
        config = CONFIG.format(host=LOOPBACK, port=self._port, user=USER, password=self.password)
        self.write(".erlang.cookie", secrets.token_hex(10).upper(), mode=0o400)
        base = str(self.folder)
        return bare_environment() | {
            "HOME": base,
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            # In the foreground, without a shell around it: the signals are the node's own.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_CONFIG_FILE": str(self.write("rabbitmq.conf", config)),
            "RABBITMQ_CONF_ENV_FILE": str(self.write("rabbitmq-env.conf", "")),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.write("enabled_plugins", "[].\n")),
            "RABBITMQ_LOG_BASE": base,
            "RABBITMQ_MNESIA_BASE": f"{base}/mnesia",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_PID_FILE": f"{base}/rabbitmq.pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-noinput +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }


class GivenRabbitMQ(GivenServer):
    """A broker from ``CASEBRIDGE_TEST_AMQP_URL``: ours to use, not to stop."""

    variable = "CASEBRIDGE_TEST_AMQP_URL"

    def __init__(self, url: str) -> None:
        """Take *url* as it is."""
        self.url = url

    def settle(self) -> None:
        """Skip the test."""
        self._refuse()

    def ctl(self, *args: str) -> str:
        """Run the command in ``CASEBRIDGE_TEST_RABBITMQCTL`` with *args*; skip without it."""
        command = os.environ.get("CASEBRIDGE_TEST_RABBITMQCTL")
        if not command:
            pytest.skip("the broker was given, and CASEBRIDGE_TEST_RABBITMQCTL is not set")
        done = subprocess.run(
            [*shlex.split(command), *args], capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    def fresh_vhost(self) -> str:
        """Make a virtual host with `ctl`."""
        name = f"casebridge-test-{secrets.token_hex(4)}"
        server, _, _ = self.url.partition("://")[2].partition("/")
        user = server.partition("@")[0].partition(":")[0] or "guest"
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
        return f"{self.url.partition('://')[0]}://{server}/{name}"


_: type[RabbitMQ] = PrivateRabbitMQ
__: type[RabbitMQ] = GivenRabbitMQ
