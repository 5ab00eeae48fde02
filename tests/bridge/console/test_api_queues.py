"""Queues and letters that went wrong, for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.broker import Outgoing, Topology
from bridge.broker.memory import MemoryBroker, MemoryQueues
from bridge.console.people import Role
from bridge.console.supply import SUPPLY
from bridge.desk.queues import Queues
from tests.bridge.console.api_site import Programs, programs
from tests.bridge.console.console_site import NOW, SOURCE

LETTERS = "/api/v1/queues/unrouted.v1/letters"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Programs]:
    async with programs(tmp_path / "data") as found:
        yield found


@pytest.fixture
async def broker(api: Programs) -> MemoryBroker:
    topology = Topology.of(["odru", "rud-utrecht"])
    broker = MemoryBroker(MemoryQueues(), expected=topology)
    await broker.provision(topology)
    queues = Queues(api.site.store, broker, source=SOURCE, now=lambda: NOW)
    object.__setattr__(api.site.app[SUPPLY], "queues", queues)
    return broker


async def test_a_letter_is_listed_without_what_it_says_and_dealt_with_once(
    api: Programs, broker: MemoryBroker
) -> None:
    await broker.publish([Outgoing("m1", "nobody.knows", b"van iemand")])
    _, told, _ = await api.ask("GET", "/api/v1/queues")
    assert told["isShown"]
    assert {each["name"]: each["messages"] for each in told["items"]}["unrouted.v1"] == 1
    status, told, _ = await api.ask("GET", LETTERS)
    assert (status, told["items"][0]["about"]) == (200, "nobody.knows")
    assert "van iemand" not in str(told)
    asked = {"fate": "drop", "reason": "oud"}
    assert (await api.ask("POST", f"{LETTERS}/m1/fate", Role.AUDITOR, json=asked))[0] == 403
    assert (await api.ask("POST", f"{LETTERS}/m1/fate", json={"fate": "drop"}))[0] == 400
    status, told, _ = await api.ask("POST", f"{LETTERS}/m1/fate", json=asked)
    assert (status, told["items"]) == (200, [])
    assert (await api.ask("POST", f"{LETTERS}/m1/fate", json=asked))[0] == 404
    (row,) = await api.site.store.journal_of()
    assert (row.what.value, row.by, row.why) == ("dropped", "operator", "oud")


async def test_only_the_two_boxes_can_be_looked_into(api: Programs, broker: MemoryBroker) -> None:
    """A queue of work is nobody's to take from."""
    del broker
    assert (await api.ask("GET", "/api/v1/queues/hub.v1/letters"))[0] == 404


async def test_a_console_without_a_broker_says_so(api: Programs) -> None:
    status, told, _ = await api.ask("GET", "/api/v1/queues")
    assert (status, told) == (200, {"isShown": False, "items": []})
    assert (await api.ask("GET", LETTERS))[0] == 404


async def test_a_broker_that_is_away_is_no_bug(api: Programs, broker: MemoryBroker) -> None:
    await broker.close()
    assert (await api.ask("GET", "/api/v1/queues"))[0] == 503
