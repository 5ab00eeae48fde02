"""The console as an application: its pages, gathered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Final

from aiohttp import web
from yarl import URL

from bridge.broker import Broker
from bridge.broker.senders import ANYBODY, Senders
from bridge.clock import Now
from bridge.console import assets, preferences
from bridge.console.access import Route, declare
from bridge.console.accounts import Accounts
from bridge.console.api import routes as api_routes
from bridge.console.api import tell_version
from bridge.console.guard import Guard
from bridge.console.live import Live
from bridge.console.oidc import Oidc
from bridge.console.page import page, set_up_pages
from bridge.console.pages import (
    agreements,
    case,
    cases,
    crosswalks,
    events,
    jobs,
    journal,
    mine,
    parked,
    queues,
    systems,
)
from bridge.console.pages import now as now_page
from bridge.console.problems import tell_problems
from bridge.console.sessions import Sessions
from bridge.console.signing import Signing
from bridge.console.supply import SUPPLY, Supply
from bridge.console.words import load_words
from bridge.desk import Desk, RulesDesk
from bridge.desk.queues import Queues
from bridge.engine.rules import Rules
from bridge.settings import Settings
from bridge.store import Store
from contracts.envelope import source_of

GUARD: Final = web.AppKey("guard", Guard)
"""Who knows who signed in."""
_LARGEST_FORM_BYTES: Final = 64 * 1024


def make_console(
    *,
    settings: Settings,
    store: Store,
    broker: Broker | None,
    rules: Callable[[], Rules],
    now: Now,
    senders: Senders = ANYBODY,
    refused: Callable[[], str | None] = lambda: None,
) -> web.Application:
    """
    Make the console over a store, and the broker whose queues it shows.

    Args:
        refused: Gives what is wrong with the files of the rules, where they are not in force.
    """
    app = web.Application(client_max_size=_LARGEST_FORM_BYTES, middlewares=[tell_problems])
    source = source_of(settings.oin, "casebridge")
    app[SUPPLY] = Supply(
        settings=settings,
        store=store,
        rules=rules,
        refused=refused,
        now=now,
        desk=Desk(store, rules=rules, source=source, now=now),
        tables=RulesDesk(store, settings.rules, now=now),
        words=load_words(),
        live=Live(store),
        queues=Queues(store, broker, source=source, now=now, senders=senders) if broker else None,
    )
    set_up_pages(app)
    guard = app[GUARD] = _guard(settings, store, now)
    guard.stand_before(app)
    declare(app, _routes(guard))
    app.on_response_prepare.append(tell_version)
    app.cleanup_ctx.append(_looking)
    app.on_shutdown.append(_let_tabs_go)
    return app


def _guard(settings: Settings, store: Store, now: Now) -> Guard:
    options = settings.console
    file = options.accounts or settings.data / "accounts.yaml"
    has_accounts = options.accounts is not None or file.exists()
    address = options.public_url or f"http://{options.listen_host}:{options.listen_port}"
    return Guard(
        Sessions(store, idle=options.idle, absolute=options.absolute, now=now),
        origin=str(URL(options.public_url).origin()) if options.public_url else None,
        accounts=Accounts(file, now) if has_accounts else None,
        oidc=Oidc(options.oidc, redirect_uri=f"{address.rstrip('/')}/login/callback")
        if options.oidc
        else None,
    )


def _routes(guard: Guard) -> Iterator[Route]:
    yield from Signing(guard, page).routes()
    for module in (
        assets,
        preferences,
        events,
        now_page,
        cases,
        case,
        mine,
        journal,
        parked,
        jobs,
        crosswalks,
        agreements,
        systems,
        queues,
    ):
        yield from module.ROUTES
    yield from api_routes()


async def _looking(app: web.Application) -> AsyncIterator[None]:
    looking = asyncio.ensure_future(app[SUPPLY].live.run())
    yield
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    oidc = app[GUARD].oidc
    if oidc is not None:
        await oidc.close()


async def _let_tabs_go(app: web.Application) -> None:
    app[SUPPLY].live.end()
