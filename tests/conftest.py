"""
What every test may ask for: the servers, and the material beside the checkout.

The servers start when a test first asks, so that tests without them do not pay. With
``CASEBRIDGE_TEST_SERVICES=required`` (``make test`` sets it) a missing server is an error;
otherwise the tests that need it are skipped with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.services.grant import Grant
from tests.services.postgres import GivenPostgres, Postgres, PrivatePostgres
from tests.services.rabbitmq import GivenRabbitMQ, PrivateRabbitMQ, RabbitMQ
from tests.services.server import NotInstalled, PrivateServer

# The machines are noisy: how long an example took says nothing about the code.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")

SHARED: Final = Path(__file__).resolve().parents[1] / ".." / "shared"
MARKED_BY_FIXTURE: Final = {"rabbitmq": "rabbitmq", "postgres": "postgres"}

OwnServer = TypeVar("OwnServer", bound=PrivateServer)
AnyServer = TypeVar("AnyServer", RabbitMQ, Postgres)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the servers it uses, so that ``-m "not rabbitmq"`` leaves them out."""
    for item in items:
        for fixture, mark in MARKED_BY_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def _rabbitmq_server() -> Iterator[RabbitMQ]:
    if given := os.environ.get("CASEBRIDGE_TEST_AMQP_URL"):
        yield GivenRabbitMQ(given)
        return
    with _installed(PrivateRabbitMQ) as server:
        yield server


@pytest.fixture
def rabbitmq(_rabbitmq_server: RabbitMQ) -> RabbitMQ:
    """A running broker; a test may stop, kill or freeze it, the next one finds it running."""
    return _revived(_rabbitmq_server)


@pytest.fixture
def vhost_url(rabbitmq: RabbitMQ) -> str:
    """The URL of an empty virtual host, for this test alone."""
    return rabbitmq.fresh_vhost()


@pytest.fixture
def grant(rabbitmq: RabbitMQ, vhost_url: str) -> Grant:
    """Makes accounts for that virtual host."""
    return Grant(rabbitmq, vhost_url)


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[Postgres]:
    if given := os.environ.get("CASEBRIDGE_TEST_POSTGRES_URL"):
        with closing(GivenPostgres(given)) as server:
            yield server
        return
    with _installed(PrivatePostgres) as own:
        yield own


@pytest.fixture
def postgres(_postgres_server: Postgres) -> Postgres:
    """A running database server; a test may stop, kill or freeze it, the next finds it running."""
    return _revived(_postgres_server)


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The SQLAlchemy URL (asyncpg) of an empty database, for this test alone."""
    return postgres.fresh_database()


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """
    Find a file or folder beside the checkout; the test is skipped where it is absent.

    Specifications and recordings of others are not part of this repository.
    """

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"../shared/{name} is not beside this checkout")
        return path.resolve()

    return find


def _installed(kind: Callable[[], OwnServer]) -> OwnServer:
    try:
        return kind()
    except NotInstalled as missing:
        if os.environ.get("CASEBRIDGE_TEST_SERVICES") == "required":
            raise
        pytest.skip(str(missing))


def _revived(server: AnyServer) -> AnyServer:
    """Undo what the test before did to a server of our own."""
    if isinstance(server, PrivateServer):
        server.thaw()
        server.start()
    return server
