"""A message in another's name is kept apart, on RabbitMQ with the accounts of the documentation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bridge.broker import Broker, Outgoing, Topology, accounts
from bridge.broker.base import DEAD_ACCOUNT, DEAD_REASON
from bridge.broker.memory import MemoryBroker, MemoryQueues
from bridge.broker.rabbit import RabbitBroker
from bridge.broker.senders import Senders, account_of
from bridge.broker.topology import (
    DEAD_QUEUE_NAME,
    HUB_QUEUE,
    commands_queue,
    observation_key,
    receipt_key,
)
from bridge.hub import Hub
from bridge.outbox import row_for
from bridge.settings import HubSettings
from bridge.store import Store, open_store, provision
from contracts.envelope import Message
from contracts.ids import CommandId
from contracts.messages import Waiting
from tests.bridge.edge.conftest import change, create, update
from tests.bridge.edge.worker_site import SOURCE, WorkerSite
from tests.bridge.engine.samples import NOORD, ZUID
from tests.bridge.hub.conftest import START, Bench

TOPOLOGY = Topology.of([NOORD, ZUID])
SECONDS = 30


class Office:
    """A broker for each account; `admin` may publish anything, and `nobody` as well, unnamed."""

    def __init__(self, brokers: Mapping[str, Broker], users: Mapping[str, str]) -> None:
        self.hub, self.noord, self.zuid = brokers["hub"], brokers["noord"], brokers["zuid"]
        self.admin, self.nobody = brokers["admin"], brokers["nobody"]
        self.users = users
        self.senders = Senders(
            hub=users["hub"], agencies={NOORD: users["noord"], ZUID: users["zuid"]}
        )

    async def send(self, by: Broker, message: Message, id_: str, key: str = "") -> None:
        row = row_for(message, id_=id_, source=SOURCE, sender="test", at=START)
        assert list(await by.publish([Outgoing(id_, key or row.routing_key, row.body)])) == [id_]

    async def depth_becomes(self, queue: str, depth: int) -> None:
        async with asyncio.timeout(SECONDS):
            while (await self.admin.depths())[queue] != depth:  # it is elsewhere
                await asyncio.sleep(0.02)

    async def dead(self, count: int) -> dict[str, tuple[str, str]]:
        """Give reason and account of each dead letter, by its id."""
        await self.depth_becomes(DEAD_QUEUE_NAME, count)
        found: dict[str, tuple[str, str]] = {}
        async with self.admin.subscribe(DEAD_QUEUE_NAME, prefetch=10) as subscription:
            while len(found) < count:
                for each in await subscription.take(10):
                    headers = each.headers
                    found[each.message_id] = (headers[DEAD_REASON], headers[DEAD_ACCOUNT])
        return found


def in_memory() -> Office:
    users = {name: name for name in ("hub", "noord", "zuid", "admin")}
    queues = MemoryQueues()
    brokers = {
        name: MemoryBroker(queues, expected=TOPOLOGY, account=users.get(name))
        for name in (*users, "nobody")
    }
    return Office(brokers, users)


async def on_rabbitmq(request: pytest.FixtureRequest) -> Office:
    grant, admin = request.getfixturevalue("grant"), request.getfixturevalue("vhost_url")
    rights = {
        "hub": accounts.of_hub(),
        "noord": accounts.of_edge(NOORD),
        "zuid": accounts.of_edge(ZUID),
    }
    urls = {name: await grant.account(name, each) for name, each in rights.items()}
    urls |= {"admin": admin, "nobody": admin}
    brokers = {name: RabbitBroker(url, expected=TOPOLOGY) for name, url in urls.items()}
    # As whoever connects with a library of their own: to name oneself is voluntary.
    brokers["nobody"]._publisher._account = None
    return Office(brokers, {name: account_of(url) or "" for name, url in urls.items()})


@pytest.fixture(params=["memory", "rabbit"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """The accounts, and everything declared."""
    office = in_memory() if request.param == "memory" else await on_rabbitmq(request)
    await office.admin.provision(TOPOLOGY)
    yield office
    for broker in (office.hub, office.noord, office.zuid, office.admin, office.nobody):
        await broker.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"
    await provision(url)
    store = await open_store(url, environment="test")
    yield store
    await store.close()


async def test_the_hub_believes_nobody_who_speaks_for_another_agency(
    office: Office, store: Store
) -> None:
    """An edge's own routing key carries a body that names another; the true ones go on."""
    bench = Bench(store)
    hub = Hub(
        store=store, broker=office.hub, group=bench.group(), settings=HubSettings(),
        now=bench.tick, senders=office.senders,
    )  # fmt: skip
    forged, receipt = bench.see("N-1"), bench.answer(create(agency=NOORD), Waiting(detail="?"))
    await office.send(office.zuid, forged, "forged", key=observation_key(ZUID))
    await office.send(office.zuid, receipt, "receipt", key=receipt_key(ZUID))
    await office.send(office.nobody, forged, "unnamed")
    await office.send(office.nobody, forged.model_copy(update={"agency": "elders"}), "unknown")
    await office.send(office.noord, bench.see("N-2"), "true")
    working = asyncio.create_task(hub.run())
    await office.depth_becomes(commands_queue(ZUID), 1)
    zuid, false = office.users["zuid"], "false sender: in the name of"
    assert await office.dead(4) == {
        "forged": (f"{false} agency 'noord', from account {zuid!r}", zuid),
        "receipt": (f"{false} agency 'noord', from account {zuid!r}", zuid),
        "unnamed": (f"{false} agency 'noord', from no account", ""),
        "unknown": (f"{false} an agency that is not set up, from no account", ""),
    }
    assert [link.sides[NOORD].ref for link in await bench.links()] == ["N-2"]
    working.cancel()
    await asyncio.wait([working])


async def test_an_edge_obeys_nobody_but_the_hub(
    office: Office, store: Store, tmp_path: Path
) -> None:
    """Not even an account that may publish everything; what the hub asks is done."""
    site = WorkerSite(store, tmp_path)
    site.broker, site.senders = office.zuid, office.senders
    ref = site.open_case()

    def asked(what: str) -> Message:
        return update(ref, change("title", "Graafwerk", what), id=CommandId(what))

    await office.send(office.admin, asked("forged"), "forged")
    await office.send(office.nobody, asked("unnamed"), "unnamed")
    await office.send(office.hub, asked("true"), "true")
    async with site.working_alone(site.edge()):
        await office.depth_becomes(HUB_QUEUE, 1)
        admin, false = office.users["admin"], "false sender: in the name of the hub, from"
        assert await office.dead(2) == {
            "forged": (f"{false} account {admin!r}", admin),
            "unnamed": (f"{false} no account", ""),
        }
    assert site.system.cells(ref)["title"] == "true"
