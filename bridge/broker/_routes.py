"""Which queues a message goes to, from what was declared; for the brokers of our own."""

from collections.abc import Iterable, Mapping

from bridge.broker.topology import matches


class Routes:
    """What is bound where; a way that was found once is remembered."""

    def __init__(
        self, alternates: Mapping[str, str | None], bindings: Iterable[tuple[str, str, str]]
    ) -> None:
        """
        Take what was declared.

        Args:
            alternates: By exchange, where what no queue takes goes on; None for nowhere.
            bindings: Exchange, pattern, queue.
        """
        self._alternates = dict(alternates)
        self._bindings = tuple(bindings)
        self._found: dict[tuple[str, str], tuple[str, ...] | None] = {}

    def queues(self, exchange: str, routing_key: str) -> tuple[str, ...] | None:
        """Name the queues in order, perhaps none; None where there is no such exchange."""
        key = (exchange, routing_key)
        if key not in self._found:
            self._found[key] = self._find(exchange, routing_key)
        return self._found[key]

    def _find(self, exchange: str, routing_key: str) -> tuple[str, ...] | None:
        if exchange not in self._alternates:
            return None
        queues = {
            queue
            for bound_to, pattern, queue in self._bindings
            if bound_to == exchange and matches(pattern, routing_key)
        }
        alternate = self._alternates[exchange]
        if queues or alternate is None:
            return tuple(sorted(queues))
        return self.queues(alternate, routing_key) or ()
