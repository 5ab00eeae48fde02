"""Carries messages between the hub and the edges: RabbitMQ, or a file of our own."""

from bridge.broker.base import (
    Broker,
    BrokerError,
    BrokerMisconfigured,
    BrokerUnreachable,
    Delivery,
    Outgoing,
    Published,
    QueueStanding,
    Subscription,
    Unconfirmed,
)
from bridge.broker.topology import Topology

__all__ = [
    "Broker",
    "BrokerError",
    "BrokerMisconfigured",
    "BrokerUnreachable",
    "Delivery",
    "Outgoing",
    "Published",
    "QueueStanding",
    "Subscription",
    "Topology",
    "Unconfirmed",
]
