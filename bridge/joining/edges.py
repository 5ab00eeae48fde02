"""The edges of a process; the parts of each join in `EdgeParts`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from aiohttp import web

from bridge.clock import Now
from bridge.content import Staging, open_content
from bridge.edge import Edge, EdgeParts
from bridge.edge.breaker import Breaker, Patience
from bridge.edge.callbacks import Listener
from bridge.edge.pace import Pace
from bridge.engine.scope import Scope, scope_for
from bridge.joining.ground import Ground
from bridge.opening import opened_adapter, senders_of
from bridge.roles import all_roles
from bridge.rules import RulesFolder
from bridge.scan import open_scanner
from contracts.adapter import Adapter, Heard, Hears
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of a process, and the adapter of each."""

    edges: Mapping[AgencyId, Edge]
    adapters: Mapping[AgencyId, Adapter]

    def add_to(self, app: web.Application) -> None:
        """Take the addresses at which case systems call back into an application."""
        hearing = {name: each for name, each in self.adapters.items() if isinstance(each, Hears)}

        async def keep(agency: AgencyId, heard: Heard) -> None:
            await self.edges[agency].keep(heard)

        Listener(hearing, keep).add_to(app)


@asynccontextmanager
async def opened_edges(ground: Ground, agencies: Sequence[AgencyId]) -> AsyncIterator[Edges]:
    """Join the edges of some agencies, each on its own case system; let go of those after."""
    everybody = all_roles(ground.settings).agencies
    content = open_content(ground.settings, is_alone=tuple(agencies) == everybody)
    pace = Pace()
    async with AsyncExitStack() as stack:
        adapters = {
            agency: await stack.enter_async_context(opened_adapter(ground.settings, agency))
            for agency in agencies
        }
        yield Edges(
            {
                agency: joined_edge(ground, agency, each, content, pace)
                for agency, each in adapters.items()
            },
            adapters,
        )


def joined_edge(
    ground: Ground, agency: AgencyId, adapter: Adapter, content: Staging, pace: Pace
) -> Edge:
    """Join the edge of one agency."""
    options = ground.settings.edge
    patience = Patience(
        first=options.patience_first,
        longest=options.patience_longest,
        parks_per_minute=options.parks_per_minute,
    )
    parts = EdgeParts(
        agency=agency,
        adapter=adapter,
        scope=_scopes(ground.rules, agency, ground.now),
        store=ground.store,
        broker=ground.broker,
        content=content,
        settings=options,
        breaker=Breaker(agency, patience, ground.now),
        source=ground.source,
        holder=ground.process,
        now=ground.now,
        senders=senders_of(ground.settings),
        meters=ground.meters,
        scanner=open_scanner(ground.settings.agencies[agency]),
        pace=pace,
    )
    return parts.joined()


def _scopes(rules: RulesFolder, agency: AgencyId, now: Now) -> Callable[[], Scope]:
    """Give the scope of an agency under the rules and on the day that hold now."""

    @lru_cache(maxsize=4)
    def derived(version: str, day: date) -> Scope:
        del version
        return scope_for(agency, rules.current(), day)

    return lambda: derived(rules.current().version, now().date())
