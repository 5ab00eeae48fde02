"""The stage: everything that a run of the demo needs, started, and stopped after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bridge import app
from bridge.demo.backstage import Backstage
from bridge.demo.deeds import Office
from bridge.demo.histories import World
from bridge.demo.pairing import KEPT_ALIKE, Protocol
from bridge.demo.partners import Partners, numbers_of
from bridge.demo.player import Notebook, Player
from bridge.demo.processes import Keeper, Process
from bridge.demo.stuf_settings import CALLER, US, system_of
from bridge.demo.system import CaseSystem, SystemAway
from bridge.demo.telling import Teller
from bridge.demo.workplace import OIN, Workplace
from bridge.desk import Desk
from bridge.engine.operate import Unlink
from bridge.rules import load
from bridge.settings import load_settings
from bridge.store import open_store
from contracts.envelope import source_of


@dataclass(frozen=True, slots=True)
class Stage:
    """All that plays along."""

    workplace: Workplace
    keeper: Keeper
    systems: Mapping[str, CaseSystem]
    office: Office
    player: Player

    @property
    def backstage(self) -> Backstage:
        """The look into the bridge's store."""
        return self.office.backstage


@asynccontextmanager
async def staged(
    world: World, workplace: Workplace, teller: Teller, *, full_size: bool = False
) -> AsyncIterator[Stage]:
    """Start the two systems and the bridge; stop them after."""
    workplace.write_settings(world)
    rules = load(workplace.rules)
    settings = load_settings(workplace.config(workplace.bridge_processes()[0]))
    await app.provision(settings)
    async with AsyncExitStack() as stack:
        systems = {
            agency: await stack.enter_async_context(
                CaseSystem(
                    agency,
                    world.agencies[agency].rsin,
                    workplace.url(agency),
                    _signed_with(workplace, agency),
                )
            )
            for agency in KEPT_ALIKE
        }
        store = await open_store(settings.store_url, environment=settings.environment)
        stack.push_async_callback(store.close)
        partners = await stack.enter_async_context(
            Partners(workplace.folder / "partners", numbers_of(world.histories))
        )
        source = source_of(OIN, "casebridge")
        desk = Desk(store, rules=lambda: rules, source=source, now=workplace.clock())
        if workplace.is_new:
            await _let_go_of_earlier_runs(desk)
        backstage = Backstage(store, desk, systems)
        office = Office(world, systems, backstage, partners, full_size, workplace.pairing)
        player = Player(office, Notebook(workplace.folder / "played.json"), teller)
        keeper = Keeper(_processes(workplace, systems), teller.says)
        stack.push_async_callback(keeper.stop)
        await keeper.start()
        yield Stage(workplace, keeper, systems, office, player)


def _signed_with(workplace: Workplace, agency: str) -> Path | None:
    is_zgw = workplace.pairing.of(agency) is Protocol.ZGW
    return workplace.secret(f"{agency}-staff") if is_zgw else None


async def _let_go_of_earlier_runs(desk: Desk) -> None:
    """A store that is used again holds cases of systems that are gone: they count no more."""
    for row in await desk.cases(limit=5000):
        if not row.is_released:
            await desk.operate(row.link, Unlink("demo", "van een eerdere demo"))


def _processes(workplace: Workplace, systems: Mapping[str, CaseSystem]) -> list[Process]:
    cases = [_case_system(workplace, system) for system in systems.values()]
    bridge = [_bridge(workplace, name, systems) for name in workplace.bridge_processes()]
    # In one process the console is in it; beside several it is one more.
    console = [_console(workplace)] if workplace.is_split else []
    return [*cases, *bridge, *console]


def _case_system(workplace: Workplace, system: CaseSystem) -> Process:
    agency = system.agency
    is_zgw = workplace.pairing.of(agency) is Protocol.ZGW
    options: dict[str, object] = {
        "agency": agency,
        "port": workplace.ports[agency],
        "data": workplace.folder / "systems" / agency,
        "catalogue": workplace.rules / f"catalogue-{agency}.yaml",
        "parties": workplace.rules / "parties.yaml",
        "secret-file": workplace.secret(f"{agency}-bridge"),
        **(_zgw(workplace, agency) if is_zgw else _stuf(workplace, agency)),
    }
    told = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    simulator = "adapters.zgw.simulator" if is_zgw else "adapters.stuf_zds.simulator"
    return Process(
        name=agency,
        # Codes of RUD Utrecht have eleven characters, where the schema of StUF has room for ten.
        arguments=(simulator, *told, *(workplace.zgw_options if is_zgw else ("--long-codes",))),
        log=workplace.log(agency),
        is_ready=system.is_up,
        prepare=_coming_back(system),
        comes_first=True,
    )


def _zgw(workplace: Workplace, agency: str) -> dict[str, object]:
    return {"staff-secret-file": workplace.secret(f"{agency}-staff")}


def _stuf(workplace: Workplace, agency: str) -> dict[str, object]:
    """Give whom the system is told to tell: there is no message to subscribe by."""
    return {
        "applicatie": system_of(agency),
        "client": US,
        "user": US,
        "subscriber": workplace.callback(agency),
        "subscriber-user": CALLER,
        "subscriber-secret-file": workplace.secret(f"{agency}-callback"),
        "version": "1.2",
    }


def _coming_back(system: CaseSystem) -> Callable[[], Awaitable[bool]]:
    async def come_back() -> bool:
        try:
            await system.come_back()
        except SystemAway:
            return False
        return True

    return come_back


def _bridge(workplace: Workplace, name: str, systems: Mapping[str, CaseSystem]) -> Process:
    roles: Sequence[str] = ("--role", "all")
    edges = [
        system for agency, system in systems.items() if workplace.pairing.of(agency) is Protocol.ZGW
    ]
    if name.startswith("hub"):
        roles, edges = ("--role", "hub"), []
    elif name.startswith("edge-"):
        agency = name.removeprefix("edge-")
        roles = ("--role", "edge", "--agency", agency)
        edges = [system for system in edges if system.agency == agency]

    return Process(
        name=name,
        arguments=(
            "bridge.cli.main",
            "run",
            *roles,
            "--config",
            str(workplace.config(name)),
        ),
        log=workplace.log(name),
        is_ready=_is_ready(workplace.url(name), edges),
    )


def _console(workplace: Workplace) -> Process:
    config = workplace.config(workplace.bridge_processes()[0])
    return Process(
        name="console",
        arguments=("bridge.cli.main", "console", "--config", str(config)),
        log=workplace.log("console"),
        is_ready=_answers(f"{workplace.url('console')}/login"),
    )


def _answers(url: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(url) as answer,
            ):
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    return check


def _is_ready(url: str, edges: Sequence[CaseSystem]) -> Callable[[], Awaitable[bool]]:
    is_up = _answers(f"{url}/readyz")

    async def check() -> bool:
        if not await is_up():
            return False
        # What happens before it has subscribed, only a sweep would find. A system that speaks
        # StUF was told whom to tell when it started, and tells again until it is heard.
        return all([await _is_subscribed(system, url) for system in edges])

    return check


async def _is_subscribed(system: CaseSystem, url: str) -> bool:
    if not await system.is_up():
        return True
    try:
        found = await system.all("/notificaties/api/v1/abonnement")
    except SystemAway:
        return False  # it fell between the two questions
    return any(str(each["callbackUrl"]).startswith(url) for each in found)
