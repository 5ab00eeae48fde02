"""What is joined from the settings: whom a process believes, and as whom it speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.app import run
from bridge.broker.senders import ANYBODY, Senders
from bridge.clock import real_clock
from bridge.demo.run import DATA
from bridge.faulty import Faulty
from bridge.joining.edges import opened_edges
from bridge.joining.ground import Ground
from bridge.joining.hub import joined_hub
from bridge.opening import check_accounts
from bridge.roles import Roles, all_roles
from bridge.rules import RulesFolder
from bridge.settings import AgencySettings, HubSettings, Settings
from contracts.ids import AgencyId

ODRU, RUD = AgencyId("odru"), AgencyId("rud")
HUB = Roles(hub=True, agencies=())


def settings(broker: str | None, *, hub: str = "hub", rud: str = "edge-rud") -> Settings:
    return Settings(
        rules=Path("rules"),
        broker=broker,
        agencies={
            ODRU: AgencySettings(adapter="memory", account="edge-odru"),
            RUD: AgencySettings(adapter="memory", account=rud),
        },
        hub=HubSettings(account=hub),
    )


@pytest.mark.parametrize(
    ("account", "roles"),
    [("hub", HUB), ("edge-odru", Roles(hub=False, agencies=(ODRU,)))],
)
def test_a_process_that_connects_as_whom_the_others_expect_may_run(
    account: str, roles: Roles
) -> None:
    """Each with its own account."""
    check_accounts(settings(f"amqp://{account}:secret@mq/casebridge"), roles)


@pytest.mark.parametrize("address", ["amqp://edge-odru:secret@mq/", "amqps://mq/?auth=external"])
async def test_a_process_whose_messages_would_all_be_refused_does_not_start(address: str) -> None:
    """It is told which setting; the account and the address are not repeated."""
    with pytest.raises(Faulty, match=r"^agencies\.rud\.account, hub\.account: ") as caught:
        await run(settings(address), Roles(hub=True, agencies=(RUD,)))
    assert "edge-" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_one_process_with_every_role_may_have_one_account_for_all() -> None:
    """It is not kept from itself."""
    one = settings("amqp://edge-odru:secret@mq/", hub="edge-odru", rud="edge-odru")
    check_accounts(one, all_roles(one))


def test_the_embedded_broker_has_no_accounts_to_check() -> None:
    """The same settings file can be tried without RabbitMQ."""
    embedded = settings(None)
    check_accounts(embedded, all_roles(embedded))


@pytest.mark.parametrize(
    ("broker", "believed"),
    [
        ("amqp://hub:secret@mq/", Senders("hub", {"odru": "edge-odru", "rud": "edge-rud"})),
        (None, ANYBODY),
    ],
)
async def test_hub_and_edges_believe_whom_the_settings_name(
    broker: str | None, believed: Senders, tmp_path: Path
) -> None:
    """On the embedded broker anybody: it knows no accounts."""
    made = settings(broker).model_copy(update={"rules": DATA, "data": tmp_path})
    nowhere: Any = None
    rules = RulesFolder(made.rules)
    ground = Ground(made, store=nowhere, broker=nowhere, rules=rules, now=real_clock)
    assert joined_hub(ground)._senders == believed
    async with opened_edges(ground, [ODRU, RUD]) as opened:
        assert opened.edges[ODRU]._inbox._senders == believed
