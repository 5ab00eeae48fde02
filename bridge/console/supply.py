"""What stands behind every page, and how a page gets at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.clock import Now
from bridge.console.live import Live
from bridge.console.words import Words
from bridge.desk import Desk, RulesDesk
from bridge.desk.queues import Queues
from bridge.engine.rules import Rules
from bridge.settings import Settings
from bridge.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """
    What the pages are made of.

    Attributes:
        refused: What is wrong with the files of the rules, where `rules` are those before them.
        queues: Absent where the console runs beside a bridge with an embedded broker.
    """

    settings: Settings
    store: Store
    queues: Queues | None
    rules: Callable[[], Rules]
    refused: Callable[[], str | None]
    now: Now
    desk: Desk
    tables: RulesDesk
    words: Words
    live: Live


SUPPLY: Final = web.AppKey("supply", Supply)


def supply_of(request: web.Request) -> Supply:
    """Give what stands behind the page that is asked for."""
    return request.config_dict[SUPPLY]
