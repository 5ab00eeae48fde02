"""A process to be killed: commits groups of new Links, and prints each that was acknowledged."""

from __future__ import annotations

import asyncio
import sys

from bridge.store import Work, open_store
from tests.bridge.store.conftest import NOW, a_link, a_message, told

GROUP = 20


def a_group(number: int) -> list[Work]:
    """As many new Links, each with a row of the journal and a message."""
    ids = [f"{number}.{each}" for each in range(GROUP)]
    return [Work(NOW, a_link(i), journal=(told(i),), outgoing=(a_message(i),)) for i in ids]


async def main(url: str) -> None:
    store = await open_store(url, environment="test")
    number = 0
    while True:
        if not all(await store.commit(a_group(number))):
            sys.exit("a group of new Links was stale")
        print(number, flush=True)
        number += 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
