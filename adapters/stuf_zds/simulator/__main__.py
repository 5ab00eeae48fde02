"""`python -m adapters.stuf_zds.simulator`: one agency's case system as a process."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path

from adapters.kit.simulator import arguments_of, run
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Profile

from .server import start
from .settings import Client, Deviations, Quirks, SimulatorSettings, Subscriber


def _arguments() -> Namespace:
    parser = arguments_of("adapters.stuf_zds.simulator", __doc__)
    parser.add_argument("--applicatie", default="ZAAKSYSTEEM", help="what this system is called")
    parser.add_argument("--organisatie", default="", help="any, where it is not given")
    parser.add_argument("--client", default="CASEBRIDGE", help="applicatie that may send messages")
    parser.add_argument("--client-organisatie", default="", help="any, where it is not given")
    parser.add_argument("--user", default="casebridge", help="of that client, with a secret")
    parser.add_argument("--secret-file", type=Path, help="its password; without one none is asked")
    parser.add_argument("--subscriber", help="address that is told what changes here")
    parser.add_argument("--subscriber-secret-file", type=Path, help="password for that address")
    parser.add_argument("--subscriber-user", default="zaaksysteem")
    parser.add_argument("--version", choices=list(Profile), default="1.1", help="of what is told")
    parser.add_argument("--number-prefix", default="0344", help="code of the municipality")
    parser.add_argument("--long-codes", action="store_true", help="codes over ten characters")
    return parser.parse_args()


def _secret(path: Path | None) -> str:
    return path.read_text("utf-8").strip() if path is not None else ""


def _settings(arguments: Namespace) -> SimulatorSettings:
    them = Systeem(arguments.client, arguments.client_organisatie)
    client = Client(
        them,
        user=arguments.user,
        password=_secret(arguments.secret_file),
        callback=arguments.subscriber or "",
    )
    subscribers: tuple[Subscriber, ...] = ()
    if arguments.subscriber:
        subscribers = (
            Subscriber(
                them,
                arguments.subscriber,
                profile=Profile(arguments.version),
                user=arguments.subscriber_user,
                password=_secret(arguments.subscriber_secret_file),
            ),
        )
    return SimulatorSettings(
        clients=(client,),
        subscribers=subscribers,
        agency=arguments.agency,
        systeem=Systeem(arguments.applicatie, arguments.organisatie),
        data_dir=arguments.data,
        catalogue=arguments.catalogue,
        parties=arguments.parties,
        number_prefix=arguments.number_prefix,
        host=arguments.host,
        port=arguments.port,
        quirks=Quirks(deviations=Deviations(long_codes=arguments.long_codes)),
    )


if __name__ == "__main__":
    _wanted = _settings(_arguments())
    asyncio.run(run(start(_wanted), f"stuf simulator of {_wanted.agency}"))
