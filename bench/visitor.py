"""A visitor: asks for pages of a console, one after another, and says how long each took."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from typing import Final

import aiohttp

PAGES: Final = (
    "/",
    "/cases",
    "/cases?text=schuur",
    "/cases?text=0099001",
    "/cases?text=bestaat+niet",
    "/cases?agency=ggd",
    "/cases?state=parked",
    "/cases?state=waiting",
    "/cases/link-200",
    "/parked",
    "/journal",
    "/api/v1/cases?limit=50",
    "/api/v1/figures",
    "/api/v1/systems",
)


async def visit(url: str, token: str, *, rounds: int, pause: float) -> dict[str, list[float]]:
    """Ask for every page so many times; give the milliseconds of each."""
    took: dict[str, list[float]] = {page: [] for page in PAGES}
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        for _ in range(rounds):
            for page in PAGES:
                began = time.perf_counter()
                async with session.get(page, allow_redirects=False) as answer:
                    await answer.read()
                    if answer.status != 200:
                        msg = f"{page}: {answer.status}"
                        raise RuntimeError(msg)
                took[page].append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(pause)
    return took


def main() -> None:
    """Read the arguments, visit, and print what it took as JSON."""
    parser = argparse.ArgumentParser(prog="bench.visitor", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.0)
    arguments = parser.parse_args()
    took = visit(arguments.url, arguments.token, rounds=arguments.rounds, pause=arguments.pause)
    json.dump(asyncio.run(took), sys.stdout)


if __name__ == "__main__":
    main()
