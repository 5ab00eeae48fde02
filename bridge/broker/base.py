"""
What a broker promises, whichever stands behind it.

1. A message whose id `publish` returned is durable and in a queue (or nobody wanted it, for
   events). About every other one nothing is known: it may have arrived, and is sent again.
2. A delivery that was not reported `done` comes again, marked as redelivered, after a crash of
   either side. So it may come twice, late, or after a newer one: receivers recognise by state.
3. Nothing circles for ever: what comes back too often, or cannot be decoded, goes to `dead.v1`.
4. Order is not promised (it is the store's).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Protocol, Self, overload

from bridge.broker.topology import Topology

DEAD_REASON: Final = "casebridge-dead-reason"
DEAD_QUEUE: Final = "casebridge-dead-queue"
DEAD_ACCOUNT: Final = "casebridge-dead-account"

RETURNED: Final = "returned: no queue takes it; run `casebridge provision`"
"""Why a message is not confirmed, not even as one that nobody wants."""


class BrokerError(Exception):
    """The broker cannot be used as asked; the message says what, where, and the way out."""

    def __init__(self, what: str, *, where: str, way_out: str) -> None:
        super().__init__(f"{where}: {what}; {way_out}")
        self.what = what
        self.where = where
        self.way_out = way_out


class BrokerUnreachable(BrokerError):
    """Nobody answers, for now: wait and try again."""


class BrokerMisconfigured(BrokerError):
    """It answers, and refuses: a person has to change an account, an address or a queue."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """
    A message to publish; the body is opaque here.

    `message_id` is unique among the messages that are under way (an outbox row's id). The header
    "content-type", if there is one, travels as the property of that name.
    """

    message_id: str
    routing_key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


def distinct_ids(messages: Sequence[Outgoing]) -> list[str]:
    """
    Give the ids of the messages of one publish.

    Raises:
        ValueError: Two have the same; it could not be said which of them was confirmed.
    """
    ids = [message.message_id for message in messages]
    if len(set(ids)) < len(ids):
        msg = "two messages of one publish have the same message_id"
        raise ValueError(msg)
    return ids


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A message that stays in the outbox: it was refused, or nobody knows what became of it."""

    message_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Published(Sequence[str]):
    """The ids which the broker confirmed, as a sequence; beside it why the others are not."""

    confirmed: tuple[str, ...]
    unconfirmed: tuple[Unconfirmed, ...] = ()

    @classmethod
    def of(cls, outcomes: Mapping[str, str | None]) -> Self:
        """Put together what became of each id: None where it was confirmed, else why not."""
        return cls(
            tuple(key for key, why in outcomes.items() if why is None),
            tuple(Unconfirmed(key, why) for key, why in outcomes.items() if why is not None),
        )

    def __len__(self) -> int:
        return len(self.confirmed)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self.confirmed[index]


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    A message as it was handed to us, to be reported back with `done` or `dead_letter`.

    Attributes:
        message_id: Empty where a foreign sender gave none.
        headers: The scalar ones as text; tables and lists are left out.
        account: The sender's account as the broker vouches for it; None where it does not.
        tag: How the broker that delivered it knows it; nobody else's business.
    """

    queue: str
    message_id: str
    routing_key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    redelivered: bool
    account: str | None = None
    tag: object = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """
    How a queue stands.

    Attributes:
        messages: That wait, without those that are out.
        consumers: Who would take them; of the embedded broker: in this process.
        oldest: The body of the one that waits longest; ``None`` where there is none, or where the
            broker does not show it without taking it.
    """

    messages: int
    consumers: int
    oldest: bytes | None = field(default=None, repr=False)


class Subscription(Protocol):
    """One consumer of one queue; competes with the others for its messages."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back what was taken and not reported; it is delivered again."""

    async def take(self, at_most: int) -> Sequence[Delivery]:
        """
        Wait for one message, then return at once what is there, up to *at_most*.

        Never empty, and never more unreported than the subscription's `prefetch`. A lost
        connection is waited out. May be cancelled without losing a message.
        """

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        """
        Let the broker forget messages whose effects are durable.

        A delivery whose channel is gone meanwhile is dropped with a log line: it comes again.
        """

    async def dead_letter(self, delivery: Delivery, reason: str) -> None:
        """
        Move a message that nobody can decode to `dead.v1`.

        Args:
            delivery: As taken.
            reason: For the operator, kept in the header `DEAD_REASON`; no personal data.
        """


class Broker(Protocol):
    """Carries messages between the hub and the edges."""

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        """
        Send all, many at a time, and return the ids that the broker confirmed.

        Returns within the configured time and raises nothing for trouble with the broker. A
        message that no queue takes is confirmed once it is in `unrouted.v1`.
        """

    def subscribe(self, queue: str, *, prefetch: int) -> Subscription:
        """
        Consume *queue*, while the returned context is open.

        Args:
            queue: A queue that exists; while it does not, this is logged and waited out.
            prefetch: How many messages may be out unreported. Each counts as delivered when
                the consumer crashes, so keep it small.
        """

    async def provision(self, topology: Topology) -> None:
        """
        Declare exchanges, queues and bindings; may be repeated.

        Raises:
            BrokerUnreachable: Nobody answers.
            BrokerMisconfigured: A queue of that name exists with other arguments, or the
                account may not declare.
        """

    async def check(self) -> None:
        """
        See that the broker answers and that everything expected is there.

        Raises:
            BrokerUnreachable: Nobody answers.
            BrokerMisconfigured: It refuses us, or lacks an exchange or queue.
        """

    async def depths(self) -> Mapping[str, int]:
        """
        Count the messages waiting in each expected queue, without those that are out.

        A queue that does not exist is left out.

        Raises:
            BrokerUnreachable: Nobody answers.
            BrokerMisconfigured: It refuses us.
        """

    async def queues(self) -> Mapping[str, QueueStanding]:
        """
        Tell how each expected queue stands; one that does not exist is left out.

        Raises:
            BrokerUnreachable: Nobody answers.
            BrokerMisconfigured: It refuses us.
        """

    async def close(self) -> None:
        """Stop, and let the broker have back what was not reported; may be repeated."""
