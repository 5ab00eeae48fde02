"""Names and keys as data, and the page that tells administrators about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.broker import Topology, accounts
from bridge.broker.topology import event_key, hints_queue, matches

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "broker.md"


@pytest.mark.parametrize(
    ("pattern", "key", "taken"),
    [
        ("event.#", "event.case.changed", True),
        ("event.#", "event", True),
        ("#", "anything.at.all", True),
        ("#.changed", "event.case.changed", True),
        ("observation.*", "observation.odru", True),
        ("observation.*", "observation", False),
        ("observation.*", "observation.odru.x", False),
        ("hint.odru", "hint.odru2", False),
    ],
)
def test_patterns_match_as_in_a_topic_exchange(pattern: str, key: str, taken: bool) -> None:
    """A star is one word, a hash any number of words."""
    assert matches(pattern, key) is taken


@pytest.mark.parametrize("agency", ["", "a.b", "*", "#", "A", "a b", "^x", "é"])
def test_a_name_that_would_widen_a_binding_is_refused(agency: str) -> None:
    """Dots and wildcards would reach into another agency's queues."""
    with pytest.raises(ValueError, match="queue name"):
        hints_queue(agency)


def test_an_event_kind_may_have_parts() -> None:
    """Subscribers choose by them."""
    assert event_key("case.changed") == "event.case.changed"


def test_every_queue_has_a_limit_and_somewhere_for_its_dead_letters() -> None:
    """Without either, RabbitMQ loses messages without a word."""
    topology = Topology.of(["odru", "rud"])
    bound = {binding.exchange for queue in topology.queues for binding in queue.bindings}
    for queue in topology.queues:
        assert queue.delivery_limit > 0
        assert queue.arguments["x-dead-letter-exchange"] in bound
        assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
        assert queue.arguments["x-overflow"] == "reject-publish"


def test_the_page_shows_the_rights_that_the_tests_try() -> None:
    """Administrators copy from it."""
    page = PAGE.read_text(encoding="utf-8").replace("\\|", "|")
    for rights in (accounts.of_hub(), accounts.of_edge("odru"), accounts.of_setup()):
        for expression in (rights.configure, rights.write, rights.read, rights.routing_keys):
            assert f"`{expression}`" in page
    for queue in Topology.of(["agency"]).queues:
        assert f"`{queue.name.replace('agency', '<agency>')}`" in page
