"""
One queue in memory: what is ready, and what is out with whom.

A message is in one place: ready, or out under the one hand that is the tag of its delivery. When
it comes again it has another hand, so a report with the former one finds nothing.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge.broker._memory_faults import Connection
from bridge.broker.base import Delivery, Outgoing
from bridge.broker.topology import Queue


@dataclass(frozen=True, slots=True)
class Hand:
    """The tag of a delivery; no two are alike."""

    number: int


@dataclass(frozen=True, slots=True)
class Message:
    """
    What a queue keeps.

    Attributes:
        returns: How often it was out and came back.
    """

    sent: Outgoing
    account: str | None
    returns: int = 0


@dataclass(eq=False, slots=True)
class Consumer:
    """
    One subscription, as the server sees it.

    Attributes:
        bell: Rung when there may be something to take, or room to take it.
        inbox: What has arrived and was not taken yet.
        held: What is out here, arrived or not.
    """

    connection: Connection
    queue: str
    prefetch: int
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    inbox: deque[Delivery] = field(default_factory=deque)
    held: dict[Hand, Message] = field(default_factory=dict)

    @property
    def room(self) -> int:
        return self.prefetch - len(self.held)

    def arrive(self, delivery: Delivery) -> None:
        """Take a delivery in, unless the server took it back while it was on its way."""
        if delivery.tag in self.held:
            self.inbox.append(delivery)
            self.bell.set()


@dataclass(eq=False, slots=True)
class KeptQueue:
    """
    A queue with its messages.

    Attributes:
        ready: Oldest first.
        out: Who holds what, longest first.
    """

    queue: Queue
    ready: deque[Message] = field(default_factory=deque)
    out: dict[Hand, Consumer] = field(default_factory=dict)

    def pick(self, positions: Sequence[int], most: int) -> list[Message]:
        """Remove what was chosen among what is ready and, counted on, what is out."""
        ready, out = len(self.ready), list(self.out)
        from_ready = sorted((each for each in positions if each < ready), reverse=True)
        if len(set(positions)) < len(positions) or len(positions) > most:
            msg = f"these were chosen: {positions}; each once, and {most} at most"
            raise ValueError(msg)
        if ready and not from_ready:
            msg = "none was chosen of those that are ready; they would wait for ever"
            raise ValueError(msg)
        picked = [
            self.ready[each] if each < ready else self.take_back(out[each - ready])
            for each in positions
        ]
        for each in from_ready:
            del self.ready[each]
        return picked

    def give(self, consumer: Consumer, message: Message, hand: Hand, delay_seconds: float) -> None:
        """Hand a message out; it arrives now, or after a while."""
        self.out[hand] = consumer
        consumer.held[hand] = message
        delivery = Delivery(
            queue=self.queue.name,
            message_id=message.sent.message_id,
            routing_key=message.sent.routing_key,
            body=message.sent.body,
            headers=message.sent.headers,
            redelivered=message.returns > 0,
            account=message.account,
            tag=hand,
        )
        if delay_seconds > 0:
            asyncio.get_running_loop().call_later(delay_seconds, consumer.arrive, delivery)
        else:
            consumer.arrive(delivery)

    def let_go(self, hand: Hand) -> Message | None:
        """Remove what is out under a hand, None where nothing is; its holder has room again."""
        holder = self.out.pop(hand, None)
        if holder is None:
            return None
        holder.bell.set()
        return holder.held.pop(hand)

    def take_back(self, hand: Hand) -> Message:
        """Remove what is out under a hand, as something that comes again."""
        holder = self.out.pop(hand)
        holder.bell.set()
        holder.inbox = deque(each for each in holder.inbox if each.tag != hand)
        message = holder.held.pop(hand)
        return replace(message, returns=message.returns + 1)

    def take_all_back(self, consumer: Consumer) -> list[Message]:
        """Remove all that one consumer has, as something that comes again."""
        return [self.take_back(hand) for hand in list(consumer.held)]
