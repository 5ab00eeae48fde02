"""
Again: how a letter that went wrong is set going.

Mostly it is sent as it was. Where the broker vouches for accounts, nobody but the edge of an agency
may speak for it: the hub would refuse a letter of it that we send. There, the case that it is about
is looked at anew instead, which brings the hub all that the letter said, as it is now.
"""

from __future__ import annotations

from enum import StrEnum

from bridge.broker.base import Delivery
from bridge.broker.senders import Senders
from bridge.store import CaseKey, HubStore
from contracts.envelope import Undecodable, decode
from contracts.ids import LinkId
from contracts.messages import Observation, Receipt


class Again(StrEnum):
    """What becomes of a letter when it is set going."""

    SENT = "sent"
    """It is sent as it was."""
    LOOKED = "looked"
    """Its case is looked at anew, and the letter goes."""
    NOT = "not"
    """Nobody would believe it, and nobody can read which case it is about."""


def again_of(delivery: Delivery, senders: Senders) -> Again:
    """Say what becomes of a letter when it is set going."""
    kind, _, _ = delivery.routing_key.partition(".")
    if senders.hub is None or kind not in ("observation", "receipt"):
        return Again.SENT
    return Again.NOT if _about(delivery) is None else Again.LOOKED


async def cases_of(delivery: Delivery, store: HubStore) -> tuple[CaseKey, ...]:
    """Give the cases that a letter of an edge is about; none where they are not known."""
    match _about(delivery):
        case Observation(agency=agency, ref=ref):
            return ((agency, ref),)
        case Receipt(agency=agency, link=link):
            stored = (await store.links([LinkId(link)])).get(link)
            side = stored.link.sides.get(agency) if stored else None
            return ((agency, side.ref),) if side and side.ref else ()
        case _:
            return ()


def _about(delivery: Delivery) -> Observation | Receipt | None:
    """Read a letter of an edge, if it speaks for the agency under whose key it was sent."""
    try:
        message = decode(delivery.body).data
    except Undecodable:
        return None
    if not isinstance(message, Observation | Receipt):
        return None
    _, _, agency = delivery.routing_key.partition(".")
    return message if message.agency == agency else None
