"""
The bridge with an ear on its lines: notes the calls that it makes and the messages that it sends.

`bench.recording` makes of these what one change costs; the bare pipeline then does just that.
Used for that one recording only: what is measured runs without it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp

from bridge.broker.base import Outgoing, Published
from bridge.broker.rabbit import RabbitBroker
from bridge.cli.main import main

NOTES: Final = "CASEBRIDGE_BENCH_NOTES"


def listen(path: Path) -> None:
    """Write a line of JSON to *path* for each call made and each batch of messages published."""
    notes = path.open("a", encoding="utf-8", buffering=1)
    ask, publish = aiohttp.ClientSession._request, RabbitBroker.publish

    async def asking(
        session: aiohttp.ClientSession, method: str, url: Any, **parts: Any
    ) -> aiohttp.ClientResponse:
        began = time.time()
        answer = await ask(session, method, url, **parts)
        body = parts.get("data")
        call = {
            "began": began,
            "ended": time.time(),
            "method": method,
            "url": str(answer.request_info.url),
            "headers": _text(parts.get("headers") or {}),
            "body": body.decode() if isinstance(body, bytes) else None,
        }
        notes.write(json.dumps({"call": call}) + "\n")
        return answer

    async def publishing(broker: RabbitBroker, messages: Sequence[Outgoing]) -> Published:
        batch = [
            {"key": each.routing_key, "body": each.body.decode(), "headers": _text(each.headers)}
            for each in messages
        ]
        notes.write(json.dumps({"at": time.time(), "published": batch}) + "\n")
        return await publish(broker, messages)

    aiohttp.ClientSession._request = asking  # type: ignore[method-assign,assignment]
    RabbitBroker.publish = publishing  # type: ignore[method-assign,assignment]


def _text(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in headers.items()}


if __name__ == "__main__":
    listen(Path(os.environ[NOTES]))
    main()
