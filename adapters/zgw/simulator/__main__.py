"""`python -m adapters.zgw.simulator`: one agency's case system as a process."""

from __future__ import annotations

import asyncio
import secrets
from argparse import Namespace
from pathlib import Path

from adapters.kit.simulator import arguments_of, run

from .server import start
from .settings import Features, Quirks, SimulatorSettings, two_clients


def _arguments() -> Namespace:
    parser = arguments_of("adapters.zgw.simulator", __doc__)
    parser.add_argument("--public-url", help="address written into answers")
    parser.add_argument("--rsin", help="overrides the RSIN of the parties file")
    parser.add_argument("--client-id", default="casebridge", help="the bridge's client id")
    parser.add_argument("--secret-file", type=Path, help="secret of that client")
    parser.add_argument("--staff-secret-file", type=Path, help="secret of the client `medewerker`")
    parser.add_argument("--part-size", type=int, default=4 * 1024**3, help="bytes an upload part")
    parser.add_argument(
        "--ranges", action="store_true", help="give parts of contents, as behind its usual proxy"
    )
    return parser.parse_args()


def _secret(path: Path | None) -> str:
    """The content of a secret file; without one a secret nobody knows, so nobody gets in."""
    return path.read_text("utf-8").strip() if path is not None else secrets.token_urlsafe(32)


def _settings(arguments: Namespace) -> SimulatorSettings:
    bridge, staff = two_clients(
        _secret(arguments.secret_file), _secret(arguments.staff_secret_file)
    )
    bridge = type(bridge)(arguments.client_id, bridge.secret, bridge.label, bridge.scopes)
    return SimulatorSettings(
        clients=(bridge, staff),
        agency=arguments.agency,
        data_dir=arguments.data,
        catalogue=arguments.catalogue,
        parties=arguments.parties,
        rsin=arguments.rsin,
        host=arguments.host,
        port=arguments.port,
        public_url=arguments.public_url,
        part_size_bytes=arguments.part_size,
        quirks=Quirks(features=Features(ranges=arguments.ranges)),
    )


if __name__ == "__main__":
    _wanted = _settings(_arguments())
    asyncio.run(run(start(_wanted), f"zgw simulator of {_wanted.agency}"))
