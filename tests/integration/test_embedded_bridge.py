"""The whole bridge in one process between two memory systems, on either store and broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.memory import MemorySystem
from bridge.app import Bridge, provision
from bridge.broker.senders import account_of
from bridge.clock import clock_set
from bridge.desk import Desk
from bridge.opening import open_broker, opened_store
from bridge.roles import all_roles
from bridge.rules import RulesFolder
from bridge.settings import AgencySettings, ConsoleSettings, EdgeSettings, HubSettings, Settings
from contracts.envelope import source_of

RULES = Path(__file__).resolve().parents[2] / "bridge" / "demo" / "data"
IN_2024 = datetime(2024, 12, 1, tzinfo=UTC)
HOLDS = frozenset(
    {
        "number",
        "case_type",
        "title",
        "explanation",
        "participant",
        "handler",
        "status",
        "result",
        "properties",
        "documents",
        "notes",
        "roles",
        "confidentiality",
        "status_history",
    }
)


def settings_for(folder: Path, name: str, port: int, account: str = "casebridge") -> Settings:
    """Two agencies on memory systems that the test can reach by name; one account for all."""
    return Settings(
        environment="test",
        rules=RULES,
        data=folder,
        clock_ahead=IN_2024 - datetime.now(UTC),
        agencies={
            agency: AgencySettings(
                adapter="memory",
                account=account,
                settings={
                    "system": f"{name}-{agency}",
                    "intake": ["poll"],
                    "readable": sorted(HOLDS),
                    "creatable": ["number"],
                    "writable": sorted(HOLDS - {"number", "status_history"}),
                },
            )
            for agency in ("odru", "rud-utrecht")
        },
        hub=HubSettings(account=account),
        console=ConsoleSettings(listen_port=0),
        edge=EdgeSettings(
            fold_for=timedelta(seconds=0.01),
            poll_every=timedelta(seconds=0.1),
            sweep_every=timedelta(hours=1),
            listen_port=port,
            patience_first=timedelta(seconds=0.1),
            patience_longest=timedelta(seconds=0.2),
        ),
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Desk]:
    """A bridge that runs, and the desk over its store."""
    stop = asyncio.Event()
    now = clock_set(settings.clock_ahead)
    async with opened_store(settings) as store:
        broker = open_broker(settings, all_roles(settings))
        rules = RulesFolder(settings.rules)
        bridge = Bridge(
            settings, all_roles(settings), store=store, broker=broker, rules=rules, now=now
        )
        work = asyncio.create_task(bridge.run(stop))
        try:
            yield Desk(
                store,
                rules=bridge.rules.current,
                now=now,
                source=source_of(settings.oin, "casebridge"),
            )
        finally:
            stop.set()
            await work
            await broker.close()


async def until(holds: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Wait, bounded, until something holds."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := holds()):
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        msg = f"did not come about: {what}"
        raise AssertionError(msg) from None


class Two:
    """The systems of both agencies, and the case that a test is about."""

    def __init__(self, name: str) -> None:
        self.odru = MemorySystem(f"{name}-odru").share()
        self.rud = MemorySystem(f"{name}-rud-utrecht").share()
        self.ref = ""

    def open_case(self, **more: Any) -> None:
        self.ref = self.odru.open_case(
            {
                "number": "Z/24/1",
                "case_type": "BOD-ADV",
                "title": "Onderzoek",
                "participant": "999997397",
                "status": "1",
                "confidentiality": "openbaar",
                "properties/bodemklasse": {"key": "bodemklasse", "value": "AW"},
                **more,
            }
        )

    def counterpart(self) -> str | None:
        return next(iter(self.rud.refs()), None)

    def at_work(self) -> str:
        """The case at RUD, which must be there."""
        return next(iter(self.rud.refs()))

    def attach_at_rud(self, title: str, content: bytes) -> None:
        key = self.rud.new_key("documents")
        writer = self.rud.content_writer(key, 1)
        writer.write(content)
        writer.finish()
        self.rud.add(
            self.at_work(),
            "documents",
            {
                "type": "ADVN",
                "title": title,
                "media_type": "text/plain",
                "version": 1,
                "confidentiality": "openbaar",
            },
            key=key,
        )

    def at_rud(self, path: str) -> Any:
        ref = self.counterpart()
        return self.rud.cells(ref).get(path) if ref else None

    def at_odru(self, path: str) -> Any:
        return self.odru.cells(self.ref).get(path)


@pytest.fixture(params=["embedded", "servers"])
async def settings(
    tmp_path: Path, request: pytest.FixtureRequest, unused_tcp_port: int
) -> Settings:
    """Provisioned settings of this test: the embedded default, or RabbitMQ and PostgreSQL."""
    folder, name = tmp_path / "data", request.node.name
    if request.param == "servers":
        store, broker = (
            request.getfixturevalue("postgres_url"),
            request.getfixturevalue("vhost_url"),
        )
        made = settings_for(folder, name, unused_tcp_port, account_of(broker) or "")
        made = made.model_copy(update={"store": store, "broker": broker})
    else:
        made = settings_for(folder, name, unused_tcp_port)
    await provision(made)
    return made


@pytest.fixture
def two(request: pytest.FixtureRequest) -> Two:
    """Both systems of this test."""
    return Two(request.node.name)


async def test_a_case_appears_under_the_other_agencys_product_and_comes_home(
    settings: Settings, two: Two
) -> None:
    """ODRU opens BOD-ADV; RUD has RUD-BOD-010; its specialist works there; ODRU follows."""
    two.open_case()
    async with running(settings) as desk:
        await until(lambda: two.at_rud("case_type") == "RUD-BOD-010", "a counterpart at RUD")
        await until(lambda: two.at_rud("properties/kwaliteitsklasse"), "the class at RUD")
        assert two.at_rud("properties/kwaliteitsklasse")["value"] == "LN"
        two.rud.set(two.at_work(), "status", "20")
        await until(lambda: two.at_odru("status") == "3", "the status at ODRU")
        assert (await desk.figures()).total.links == 1


async def test_a_document_crosses_with_its_bytes(settings: Settings, two: Two) -> None:
    """The content is the same on both sides, under the other side's type."""
    two.open_case()
    async with running(settings):
        await until(two.counterpart, "a counterpart")
        two.attach_at_rud("Advies", b"bodem is schoon")
        found = await until(
            lambda: [v for p, v in two.odru.cells(two.ref).items() if p.startswith("documents/")],
            "a document at ODRU",
        )
        assert found[0]["type"] == "MEMO"
        assert found[0]["title"] == "Advies"


async def test_what_was_typed_while_the_bridge_was_down_crosses_after(
    settings: Settings, two: Two
) -> None:
    """Everything is kept across a restart; nothing comes twice."""
    two.open_case()
    async with running(settings):
        await until(lambda: two.at_rud("status") == "10", "a counterpart at RUD")
    two.odru.set(two.ref, "status", "3")
    two.rud.add(two.at_work(), "properties", {"key": "spoed", "value": "J"})
    async with running(settings):
        await until(lambda: two.at_rud("status") == "20", "the status at RUD")
        await until(lambda: two.at_odru("properties/prioriteit"), "the urgency at ODRU")
    assert len(two.rud.refs()) == 1
