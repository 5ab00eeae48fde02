"""What people call a queue."""

from __future__ import annotations

from typing import Final

from bridge.broker.topology import HUB_QUEUE, commands_queue, hints_queue
from bridge.console.page import Reader
from bridge.desk.queues import Box

_NAMED: Final = {
    HUB_QUEUE: "queues.is_hub",
    Box.DEAD: "queues.is_dead",
    Box.UNROUTED: "queues.is_unrouted",
}


def queue_name(name: str, reader: Reader) -> str:
    """Say what waits in a queue, and for whom."""
    if name in _NAMED:
        return reader.say(_NAMED[name])
    for agency in reader.supply.rules().lenses:
        for queue, word in ((hints_queue(agency), "hints"), (commands_queue(agency), "commands")):
            if name == queue:
                return reader.say(f"queues.is_{word}", agency=reader.names.agency(agency))
    return name
