"""Who may speak for whom."""

from __future__ import annotations

import pytest

from bridge.broker import Delivery
from bridge.broker.senders import ANYBODY, FalseSender, Senders, account_of

SENDERS = Senders(hub="hub", agencies={"odru": "edge-odru", "rud": "edge-rud"})


def delivery(account: str | None) -> Delivery:
    return Delivery("hub.v1", "m1", "observation.odru", b"", {}, redelivered=False, account=account)


def test_who_owns_a_name_may_use_it() -> None:
    """The hub its own, each edge its agency's."""
    SENDERS.check_hub(delivery("hub"))
    SENDERS.check_agency(delivery("edge-odru"), "odru")


@pytest.mark.parametrize("account", ["edge-rud", "hub", "", None])
def test_nobody_else_may(account: str | None) -> None:
    """Neither a colleague, nor the hub, nor one who does not say who it is."""
    with pytest.raises(FalseSender, match="agency 'odru', from"):
        SENDERS.check_agency(delivery(account), "odru")


@pytest.mark.parametrize("account", ["edge-rud", "Hub", "", None])
def test_only_the_hub_speaks_for_the_hub(account: str | None) -> None:
    """In its exact spelling."""
    with pytest.raises(FalseSender, match="in the name of the hub"):
        SENDERS.check_hub(delivery(account))


def test_a_name_that_is_not_set_up_is_refused_and_not_repeated() -> None:
    """It could be anything, a person's among others."""
    with pytest.raises(FalseSender) as caught:
        SENDERS.check_agency(delivery(None), "Mevrouw Voorbeeld")
    assert "Voorbeeld" not in str(caught.value)


def test_without_accounts_nobody_is_asked() -> None:
    """One process, or one account for all: there is nobody to tell apart."""
    ANYBODY.check_hub(delivery(None))
    ANYBODY.check_agency(delivery("whoever"), "odru")


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("amqp://edge-odru:secret@mq/casebridge", "edge-odru"),
        ("amqp://edge%2Dodru:secret@mq/casebridge", "edge-odru"),
        ("amqp://mq/", "guest"),
        ("amqps://mq/casebridge?auth=external", None),
    ],
)
def test_the_account_is_the_one_in_the_address(url: str, account: str | None) -> None:
    """A certificate's is known to the broker alone, so nothing can be said of it."""
    assert account_of(url) == account
