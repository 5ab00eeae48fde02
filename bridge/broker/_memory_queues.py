"""
The server in memory: exchanges, queues, whoever consumes, and what is dead.

It outlives whoever connects to it, as a server does. What holds here:

1. Whoever holds something is among the consumers of its queue, so `drop` finds all of it.
2. Nothing depends on the order of a set: the same calls and answers, the same outcome.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Final

from bridge.broker._memory_faults import Connection, Fate, Faults, NoFaults
from bridge.broker._memory_queue import Consumer, Hand, KeptQueue, Message
from bridge.broker._routes import Routes
from bridge.broker.base import (
    DEAD_QUEUE,
    DEAD_REASON,
    RETURNED,
    BrokerMisconfigured,
    Delivery,
    Outgoing,
    QueueStanding,
)
from bridge.broker.topology import EVENTS_EXCHANGE, Queue, Topology, exchange_for

WHERE: Final = "the broker in memory"


class MemoryQueues:
    """The exchanges and queues to which brokers in memory connect."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults: Faults = faults or NoFaults()
        self._alternates: dict[str, str | None] = {}
        self._queues: dict[str, KeptQueue] = {}
        self._consumers: dict[str, dict[Consumer, None]] = {}
        """Those that looked, by queue; it need not exist yet."""
        self._routes = Routes({}, ())
        self._hands = count(1)
        self._back_at = 0.0

    def drop(self, connection: Connection) -> None:
        """
        Lose a connection: of a process that was killed, or by the network.

        What was out on it is ready again, marked as redelivered and counted as delivered once
        more. Whoever lives connects again at its next call.
        """
        for consumer in [each for each in self._all_consumers() if each.connection is connection]:
            self.cancel(consumer)
            consumer.bell.set()

    def reach(self, connection: Connection) -> float:
        """Use a connection: tell for how many seconds it is away; 0 where it is there."""
        now = asyncio.get_running_loop().time()
        outage = self._faults.outage(connection)
        if outage is not None and outage.is_for_all:
            self._back_at = max(self._back_at, now + outage.seconds)
            for each in dict.fromkeys(each.connection for each in self._all_consumers()):
                self.drop(each)
        elif outage is not None:
            connection.back_at = max(connection.back_at, now + outage.seconds)
            self.drop(connection)
        return max(0.0, self._back_at - now, connection.back_at - now)

    def declare(self, topology: Topology) -> None:
        for exchange in topology.exchanges:
            self._alternates[exchange.name] = exchange.alternate
        for queue in topology.queues:
            self._declare_queue(queue)
        self._routes = Routes(
            self._alternates,
            [
                (binding.exchange, binding.pattern, kept.queue.name)
                for kept in self._queues.values()
                for binding in kept.queue.bindings
            ],
        )

    def purge(self) -> None:
        """Throw away all that is ready, as an operator does."""
        for kept in self._queues.values():
            kept.ready.clear()

    def missing(self, expected: Topology) -> list[str]:
        return [e.name for e in expected.exchanges if e.name not in self._alternates] + [
            q.name for q in expected.queues if q.name not in self._queues
        ]

    def depths(self, expected: Topology) -> dict[str, int]:
        names = [queue.name for queue in expected.queues if queue.name in self._queues]
        return {name: len(self._queues[name].ready) for name in names}

    def standings(self, expected: Topology) -> dict[str, QueueStanding]:
        takers = Counter(consumer.queue for consumer in self._all_consumers())
        found: dict[str, QueueStanding] = {}
        for name, depth in self.depths(expected).items():
            ready = self._queues[name].ready
            oldest = ready[0].sent.body if ready else None
            found[name] = QueueStanding(depth, takers[name], oldest)
        return found

    def put(self, connection: Connection, sent: Outgoing) -> str | None:
        """Add a message to the queues it belongs in; tell why the sender gets no confirm."""
        fate = self._faults.fate(connection, sent)
        if fate is Fate.LOST:
            return "the connection was lost"
        exchange = exchange_for(sent.routing_key)
        queues = self._routes.queues(exchange, sent.routing_key)
        if queues is None or (not queues and exchange != EVENTS_EXCHANGE):
            return RETURNED
        # Copied: the sender may go on with its own.
        mine = replace(sent, headers=dict(sent.headers))
        self._spread(queues, Message(mine, connection.account))
        return "the connection was lost before the confirm" if fate is Fate.UNHEARD else None

    def hand_out(self, consumer: Consumer) -> bool:
        """
        Let a consumer have what it has room for; it is one of the queue's from now on.

        False where there is no such queue yet; its bell rings when that has a message.
        """
        self._consumers.setdefault(consumer.queue, {})[consumer] = None
        kept = self._queues.get(consumer.queue)
        if kept is None:
            return False
        most = consumer.room
        if most > 0 and (kept.ready or kept.out):
            ready, out = len(kept.ready), len(kept.out)
            positions = self._faults.choose(kept.queue.name, ready=ready, out=out, most=most)
            for message in self._not_worn(kept, kept.pick(positions, most)):
                delay = self._faults.delay(kept.queue.name)
                kept.give(consumer, message, Hand(next(self._hands)), delay)
        return True

    def forget(self, deliveries: Sequence[Delivery]) -> int:
        """Let go of what is done; tell how many were still in those hands."""
        found = [self._queues[each.queue].let_go(_hand(each)) for each in deliveries]
        return len(found) - found.count(None)

    def bury(self, delivery: Delivery, why: Mapping[str, str], account: str | None) -> bool:
        """Move one to the dead letters of its queue; False if it left that hand meanwhile."""
        kept, hand = self._queues[delivery.queue], _hand(delivery)
        if hand not in kept.out:
            return False
        message = replace(kept.out[hand].held[hand], account=account)
        return self._bury(kept, message, why) and kept.let_go(hand) is not None

    def cancel(self, consumer: Consumer) -> None:
        """Take back what a consumer holds; it is none of the queue's any more."""
        self._consumers.get(consumer.queue, {}).pop(consumer, None)
        kept = self._queues.get(consumer.queue)
        if kept is not None and consumer.held:
            back = self._not_worn(kept, kept.take_all_back(consumer))
            kept.ready.extendleft(reversed(back))
            self._ring(consumer.queue)

    def _declare_queue(self, queue: Queue) -> None:
        there = self._queues.get(queue.name)
        if there is None:
            self._queues[queue.name] = KeptQueue(queue)
        elif there.queue.arguments != queue.arguments:
            msg = f"queue {queue.name} exists, but otherwise: {there.queue.arguments}"
            raise BrokerMisconfigured(
                msg,
                where=WHERE,
                way_out="give the changed queue a new name; arguments are for life",
            )
        else:
            bindings = dict.fromkeys((*there.queue.bindings, *queue.bindings))
            there.queue = replace(there.queue, bindings=tuple(bindings))

    def _not_worn(self, kept: KeptQueue, messages: Sequence[Message]) -> list[Message]:
        """Leave out, among the dead letters, what came back too often."""
        why = {DEAD_REASON: "delivery_limit", DEAD_QUEUE: kept.queue.name}
        most = kept.queue.delivery_limit
        return [m for m in messages if m.returns <= most or not self._bury(kept, m, why)]

    def _bury(self, kept: KeptQueue, message: Message, why: Mapping[str, str]) -> bool:
        queues = self._routes.queues(kept.queue.dead_letters_to, message.sent.routing_key)
        headers = {**message.sent.headers, **why}
        dead = replace(message, sent=replace(message.sent, headers=headers), returns=0)
        self._spread(queues or (), dead)
        return bool(queues)

    def _spread(self, queues: Sequence[str], message: Message) -> None:
        for name in queues:
            self._queues[name].ready.append(message)
            self._ring(name)

    def _ring(self, queue: str) -> None:
        for consumer in self._consumers.get(queue, ()):
            consumer.bell.set()

    def _all_consumers(self) -> list[Consumer]:
        return [each for consumers in self._consumers.values() for each in consumers]


def _hand(delivery: Delivery) -> Hand:
    if not isinstance(delivery.tag, Hand):
        msg = "this delivery was not taken from a broker in memory"
        raise TypeError(msg)
    return delivery.tag
