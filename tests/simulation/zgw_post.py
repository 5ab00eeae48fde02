"""
The connections of the ZGW world, and its post: an embedded broker reached as if it were a server.

The embedded broker itself serves one process. Here it belongs to none that is killed, and does
what a server does when a connection is lost: what went out by it is ready again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bridge.broker import Broker, Outgoing, Published, Topology
from bridge.broker._embedded_file import QueueFile
from bridge.broker.base import QueueStanding
from bridge.broker.embedded import EmbeddedBroker, EmbeddedSubscription, InlineWriter
from tests.simulation.network import Network


@dataclass(slots=True)
class Connection:
    """One process's way to the broker."""

    broker: EmbeddedBroker
    subscriptions: list[EmbeddedSubscription] = field(default_factory=list)

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        return await self.broker.publish(messages)

    def subscribe(self, queue: str, *, prefetch: int) -> EmbeddedSubscription:
        made = self.broker.subscribe(queue, prefetch=prefetch)
        self.subscriptions.append(made)
        return made

    async def provision(self, topology: Topology) -> None:
        await self.broker.provision(topology)

    async def check(self) -> None:
        await self.broker.check()

    async def depths(self) -> Mapping[str, int]:
        return await self.broker.depths()

    async def queues(self) -> Mapping[str, QueueStanding]:
        return await self.broker.queues()

    async def close(self) -> None:
        """Take leave; the broker goes on for others."""

    def drop(self) -> None:
        """Notice that whoever was connected is gone."""
        for subscription in self.subscriptions:
            self.broker._subscriptions.pop(subscription, None)
            self.broker._writer.submit(partial(_release, subscription._holder))


def _release(holder: int, file: QueueFile) -> None:
    file.release(holder)


class Post:
    """The broker, and who is connected to it."""

    def __init__(self, path: Path, topology: Topology) -> None:
        self.broker = EmbeddedBroker(path, expected=topology, writer=InlineWriter)
        self._connections: dict[str, Connection] = {}

    def connect(self, process: str) -> Broker:
        """Give a process its connection."""
        self._connections[process] = made = Connection(self.broker)
        return made

    def drop(self, process: str) -> None:
        """Lose the connection of a process that was killed."""
        if process in self._connections:
            self._connections.pop(process).drop()


@dataclass(slots=True)
class Connections:
    """The network, and the broker where it stands by itself."""

    network: Network
    post: Post

    def drop(self, process: str) -> None:
        """Lose all that a killed process was connected with."""
        self.network.cut(process)
        self.post.drop(process)
