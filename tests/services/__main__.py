"""
Run RabbitMQ and PostgreSQL in the foreground, to try things by hand: ``make services``.

Prints their URLs as shell assignments; Ctrl-C stops both and removes what they stored.
"""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack

from tests.services.postgres import PrivatePostgres
from tests.services.rabbitmq import PrivateRabbitMQ
from tests.services.server import ServiceError


def main() -> int:
    """Serve until interrupted."""
    with ExitStack() as running:
        try:
            broker = running.enter_context(PrivateRabbitMQ())
            database = running.enter_context(PrivatePostgres())
        except ServiceError as error:
            print(error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        # Only now: children inherit blocked signals, and these must hear theirs.
        ends = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        print(f"BROKER={broker.url}")
        print(f"STORE={database.url}", flush=True)
        print("Running; Ctrl-C stops them.", file=sys.stderr)
        signal.sigwait(ends)
    return 0


if __name__ == "__main__":
    sys.exit(main())
