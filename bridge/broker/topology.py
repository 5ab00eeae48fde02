"""
Exchanges, queues and routing keys, as data; every broker is built from it.

    casebridge (topic) --observation.*, receipt.*--> hub.v1
                       --hint.<agency>-------------> edge.<agency>.hints.v1
                       --command.<agency>----------> edge.<agency>.commands.v1
                       --anything else-------------> unrouted.v1   (alternate exchange)
    casebridge.events (topic) --event.#------------> whoever bound a queue; may be nobody

Events have an exchange of their own for two reasons: an event that nobody subscribed to is no
mistake and must not fill `unrouted.v1`, and a subscriber who may bind to this exchange still
cannot bind to observations and commands.

Arguments of a queue are for life: to change one, add a queue with the next version in its name
and drain the old one. What may change (length limits, leader placement) belongs in a policy.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

EXCHANGE: Final = "casebridge"
EVENTS_EXCHANGE: Final = "casebridge.events"
DEAD_EXCHANGE: Final = "casebridge.dead"
UNROUTED_EXCHANGE: Final = "casebridge.unrouted"

HUB_QUEUE: Final = "hub.v1"
DEAD_QUEUE_NAME: Final = "dead.v1"
UNROUTED_QUEUE: Final = "unrouted.v1"

DELIVERY_LIMIT: Final = 20
# An operator who looks at dead letters and puts them back delivers them each time. Before
# RabbitMQ 4.3 each such look counts towards the limit, so twenty would be soon.
OPERATORS_DELIVERY_LIMIT: Final = 10_000


def safe_arguments(
    dead_letters_to: str = DEAD_EXCHANGE, delivery_limit: int = DELIVERY_LIMIT
) -> Mapping[str, str | int]:
    """Say how a queue loses nothing, on RabbitMQ 3.10 to 4.x alike."""
    return {
        "x-queue-type": "quorum",
        # Positive: without one 3.x redelivers for ever, and -1 deletes at the first return.
        "x-delivery-limit": delivery_limit,
        # Over the limit without a dead-letter exchange is gone without a word.
        "x-dead-letter-exchange": dead_letters_to,
        "x-dead-letter-strategy": "at-least-once",
        # At-least-once silently becomes at-most-once without this.
        "x-overflow": "reject-publish",
    }


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where messages are published; what no queue takes goes on to the alternate."""

    name: str
    kind: Literal["topic", "fanout"]
    alternate: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """Which routing keys of an exchange a queue takes; the default is all."""

    exchange: str
    pattern: str = "#"


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue, its bindings and the arguments it keeps for life."""

    name: str
    bindings: tuple[Binding, ...]
    arguments: Mapping[str, str | int] = field(default_factory=safe_arguments)

    @property
    def delivery_limit(self) -> int:
        return int(self.arguments["x-delivery-limit"])

    @property
    def dead_letters_to(self) -> str:
        return str(self.arguments["x-dead-letter-exchange"])


@dataclass(frozen=True, slots=True)
class Topology:
    """Exchanges and queues in the order in which they are declared: dead letters first."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]

    @classmethod
    def of(cls, agencies: Iterable[str]) -> "Topology":
        """Everything, as the provision step declares it and the hub expects it."""
        return cls(EXCHANGES, (*COMMON_QUEUES, *(q for a in agencies for q in edge_queues(a))))

    @classmethod
    def of_edge(cls, agency: str) -> "Topology":
        """What the edge of one agency expects to find; not for declaring."""
        return cls(EXCHANGES, edge_queues(agency))

    def with_subscriber(self, name: str, pattern: str = "event.#") -> "Topology":
        """Add a queue that receives events in shared terms."""
        queue = Queue(name, (Binding(EVENTS_EXCHANGE, pattern),))
        return Topology(self.exchanges, (*self.queues, queue))


EXCHANGES: Final = (
    Exchange(DEAD_EXCHANGE, "fanout"),
    Exchange(UNROUTED_EXCHANGE, "fanout"),
    Exchange(EXCHANGE, "topic", alternate=UNROUTED_EXCHANGE),
    Exchange(EVENTS_EXCHANGE, "topic"),
)

COMMON_QUEUES: Final = (
    # The last two catch each other's overrun, so that there is no way out of the system.
    Queue(
        DEAD_QUEUE_NAME,
        (Binding(DEAD_EXCHANGE),),
        safe_arguments(UNROUTED_EXCHANGE, OPERATORS_DELIVERY_LIMIT),
    ),
    Queue(
        UNROUTED_QUEUE,
        (Binding(UNROUTED_EXCHANGE),),
        safe_arguments(DEAD_EXCHANGE, OPERATORS_DELIVERY_LIMIT),
    ),
    Queue(HUB_QUEUE, (Binding(EXCHANGE, "observation.*"), Binding(EXCHANGE, "receipt.*"))),
)


def edge_queues(agency: str) -> tuple[Queue, Queue]:
    """Make the queues that the edge of one agency consumes."""
    return (
        Queue(hints_queue(agency), (Binding(EXCHANGE, hint_key(agency)),)),
        Queue(commands_queue(agency), (Binding(EXCHANGE, command_key(agency)),)),
    )


def hints_queue(agency: str) -> str:
    """Name the queue of hints for one edge."""
    return f"edge.{_word(agency)}.hints.v1"


def commands_queue(agency: str) -> str:
    """Name the queue of commands for one edge."""
    return f"edge.{_word(agency)}.commands.v1"


def observation_key(agency: str) -> str:
    """Address the hub, with what an agency's edge saw."""
    return f"observation.{_word(agency)}"


def receipt_key(agency: str) -> str:
    """Address the hub, with what became of a command."""
    return f"receipt.{_word(agency)}"


def command_key(agency: str) -> str:
    """Address an agency's edge, with work to do."""
    return f"command.{_word(agency)}"


def hint_key(agency: str) -> str:
    """Address an agency's edge, with a case to look at."""
    return f"hint.{_word(agency)}"


def event_key(kind: str) -> str:
    """Name an event; *kind* may have parts, joined by dots ("case.changed")."""
    return ".".join(("event", *map(_word, kind.split("."))))


def exchange_for(routing_key: str) -> str:
    """Tell to which exchange a message with this key is published."""
    return EVENTS_EXCHANGE if routing_key.startswith("event.") else EXCHANGE


def matches(pattern: str, routing_key: str) -> bool:
    """Tell whether a topic pattern takes a key: `*` is one word, `#` any number of words."""
    return _match(pattern.split("."), routing_key.split("."))


def _match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    head, *rest = pattern
    if head == "#":
        return any(_match(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and head in ("*", words[0]) and _match(rest, words[1:])


_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def _word(name: str) -> str:
    # A dot or a wildcard in an agency's name would widen its bindings and its permissions.
    if not _WORD.fullmatch(name):
        msg = f"{name!r} cannot be part of a queue name; use a-z, 0-9, '-' and '_'"
        raise ValueError(msg)
    return name
