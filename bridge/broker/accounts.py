"""
What each account on RabbitMQ may do; the documentation and the tests are made from this.

The topic permission narrows what may be published to the exchange `casebridge`. Without such a
row RabbitMQ allows every routing key, so an account is not finished until both are set.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.broker.topology import (
    DEAD_EXCHANGE,
    DEAD_QUEUE_NAME,
    EVENTS_EXCHANGE,
    EXCHANGE,
    HUB_QUEUE,
    UNROUTED_QUEUE,
    commands_queue,
    hint_key,
    hints_queue,
    observation_key,
    receipt_key,
)

NOTHING: Final = "^$"
EVERYTHING: Final = ".*"


@dataclass(frozen=True, slots=True)
class Rights:
    """
    Regular expressions, over names and over the routing keys of `casebridge`.

    Attributes:
        bound: Routing keys that it may bind a queue to; only the set-up binds.
    """

    configure: str
    write: str
    read: str
    routing_keys: str
    bound: str = NOTHING

    def commands(self, user: str, vhost: str) -> Sequence[Sequence[str]]:
        """Say the arguments of `rabbitmqctl` that grant them to an account that exists."""
        return (
            ("set_permissions", "-p", vhost, user, self.configure, self.write, self.read),
            ("set_topic_permissions", "-p", vhost, user, EXCHANGE, self.routing_keys, self.bound),
        )


def of_hub() -> Rights:
    """
    Let the hub command, hint, announce events, and read its queue.

    The console and the command line use its account too: they look into the boxes of letters that
    went wrong.
    """
    return Rights(
        configure=NOTHING,
        write=_one_of(EXCHANGE, EVENTS_EXCHANGE, DEAD_EXCHANGE),
        read=_one_of(HUB_QUEUE, DEAD_QUEUE_NAME, UNROUTED_QUEUE),
        routing_keys=r"^(command|hint)\.[^.]+$",
    )


def of_edge(agency: str) -> Rights:
    """Let the edge of one agency report for that agency, and read that agency's queues."""
    return Rights(
        configure=NOTHING,
        write=_one_of(EXCHANGE, DEAD_EXCHANGE),
        read=_one_of(hints_queue(agency), commands_queue(agency)),
        routing_keys=_one_of(observation_key(agency), receipt_key(agency), hint_key(agency)),
    )


def of_setup() -> Rights:
    """Let the provisioning step declare; its account is used for nothing else."""
    return Rights(EVERYTHING, EVERYTHING, EVERYTHING, routing_keys=NOTHING, bound=EVERYTHING)


def _one_of(*names: str) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$"
