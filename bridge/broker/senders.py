"""
Who may speak for whom, by the account that the broker vouches for.

RabbitMQ keeps each account to its own routing keys, and sees no bodies: an edge could put a message
that speaks for another agency under its own key. So whoever receives a message asks whether its
account owns the name in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from yarl import URL

from bridge.broker.base import Delivery

log = structlog.get_logger(__name__)


def account_of(url: str) -> str | None:
    """Name the account that sends what is published; None where only a certificate tells it."""
    address = URL(url)
    return None if address.query.get("auth") == "external" else address.user or "guest"


class FalseSender(Exception):
    """A message in the name of somebody for whom its account may not speak."""


@dataclass(frozen=True, slots=True)
class Senders:
    """
    The accounts of the hub and of each agency's edge.

    Attributes:
        hub: None where nobody is asked: the broker vouches for none, or none were set.
    """

    hub: str | None = None
    agencies: Mapping[str, str] = field(default_factory=dict)

    def check_hub(self, delivery: Delivery) -> None:
        """
        See that a message comes from the hub.

        Raises:
            FalseSender: It does not, or nobody knows.
        """
        self._check(delivery, self.hub, "the hub")

    def check_agency(self, delivery: Delivery, agency: str) -> None:
        """
        See that a message comes from the edge of the agency that it names.

        Raises:
            FalseSender: It does not, or nobody knows.
        """
        # A name that nobody knows is not repeated: it could be anything.
        whom = f"agency {agency!r}" if agency in self.agencies else "an agency that is not set up"
        self._check(delivery, self.agencies.get(agency), whom)

    def _check(self, delivery: Delivery, owner: str | None, whom: str) -> None:
        if self.hub is None or (owner is not None and delivery.account == owner):
            return
        sent = f"account {delivery.account!r}" if delivery.account else "no account"
        msg = f"false sender: in the name of {whom}, from {sent}"
        log.error("false_sender", queue=delivery.queue, message=delivery.message_id, why=msg)
        raise FalseSender(msg)


ANYBODY: Final = Senders()
