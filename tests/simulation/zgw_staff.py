"""The staff of the ZGW world: who works in the two case systems, and who looks after the bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.broker import Topology
from bridge.demo.backstage import Backstage
from bridge.demo.deeds import Office
from bridge.demo.pairing import Pairing
from bridge.demo.partners import Partners
from bridge.demo.system import CaseSystem
from bridge.demo.workplace import OIN
from bridge.desk import Desk
from bridge.store import open_store
from contracts.envelope import source_of
from tests.simulation.zgw_people import Clerks
from tests.simulation.zgw_post import Connections, Post
from tests.simulation.zgw_processes import IMPATIENT, let_go
from tests.simulation.zgw_stock import (
    ENVIRONMENT,
    STAFF_SECRET,
    bridge_settings,
    stock,
    system_url,
)
from tests.system.dossiers import AGENCIES

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld


@dataclass(frozen=True, slots=True)
class Staff:
    """
    Everybody who is no process.

    Attributes:
        systems: The case systems, as people reach them.
        backstage: The bridge's store, as an operator reaches it.
    """

    people: Clerks
    systems: Mapping[str, CaseSystem]
    backstage: Backstage


@asynccontextmanager
async def staffed(world: ZgwWorld) -> AsyncIterator[Staff]:
    """Have people at both agencies and an operator; at the end nothing of the run runs any more."""
    topology, given = Topology.of(AGENCIES), stock()
    post = Post(world.folder / "post.db", topology)
    await post.broker.provision(topology)
    world.connections = Connections(world.loop.network, post)
    settings = bridge_settings(world.folder, given.world, {})
    store = await open_store(settings.store_url, environment=ENVIRONMENT, settings=IMPATIENT)
    async with AsyncExitStack() as stack:
        stack.callback(let_go, store)
        stack.push_async_callback(post.broker.close)
        systems = {
            agency: await stack.enter_async_context(
                CaseSystem(
                    agency,
                    given.world.agencies[agency].rsin,
                    system_url(agency),
                    world.folder / STAFF_SECRET,
                )
            )
            for agency in AGENCIES
        }
        source = source_of(OIN, "casebridge")
        desk = Desk(store, rules=lambda: given.rules, source=source, now=world.now)
        backstage = Backstage(store, desk, systems)
        partners = Partners(world.folder / "partners", frozenset())
        office = Office(
            given.world, systems, backstage, partners, full_size=False, pairing=Pairing.ZGW_ZGW
        )
        seed = world.options.seed
        people = Clerks(office, world.now, seed, run=f"run{seed}", trace=world.trace)
        try:
            yield Staff(people, systems, backstage)
        finally:
            for process in (*world.systems.values(), *world.bridge.values()):
                process.kill()
