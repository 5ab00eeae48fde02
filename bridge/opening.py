"""Opening: what the settings name is opened for whoever needs it, or told to be faulty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from pydantic import ValidationError

from bridge.broker import Broker, Topology
from bridge.broker.embedded import EmbeddedBroker
from bridge.broker.senders import ANYBODY, Senders, account_of
from bridge.faulty import Faulty, faulty, unreadable
from bridge.registry import adapter_class
from bridge.roles import Roles
from bridge.rules import RulesFolder
from bridge.settings import Settings
from bridge.store import Store, open_store
from contracts.adapter import Adapter


def open_broker(settings: Settings, roles: Roles) -> Broker:
    """Open the broker that the settings name; the embedded one where they name none."""
    expected = _expected(settings, roles)
    if settings.broker is not None:
        from bridge.broker.rabbit import RabbitBroker

        return RabbitBroker(settings.broker, expected=expected)
    settings.data.mkdir(parents=True, exist_ok=True)
    return EmbeddedBroker(settings.data / "broker.db", expected=expected)


def _expected(settings: Settings, roles: Roles) -> Topology:
    if roles.hub or not roles.agencies:
        return Topology.of(settings.agencies)
    return Topology.of_edge(roles.agencies[0])


def senders_of(settings: Settings) -> Senders:
    """Say who may speak for whom; the embedded broker has one process, and vouches for nobody."""
    if settings.broker is None or settings.hub.account is None:
        return ANYBODY
    accounts = {name: each.account for name, each in settings.agencies.items() if each.account}
    return Senders(hub=settings.hub.account, agencies=accounts)


def check_accounts(settings: Settings, roles: Roles) -> None:
    """
    See that this process connects with the accounts that the others expect of its roles.

    Raises:
        Faulty: It does not: all that it sends would be refused.
    """
    senders = senders_of(settings)
    if settings.broker is None or senders is ANYBODY:
        return
    expected = {f"agencies.{name}": senders.agencies.get(name) for name in roles.agencies}
    expected |= {"hub": senders.hub} if roles.hub else {}
    wrong = [place for place, name in expected.items() if name != account_of(settings.broker)]
    if wrong:
        places = ", ".join(f"{place}.account" for place in wrong)
        msg = f"{places}: not that in the address `broker`; the others would refuse what is sent"
        raise Faulty(msg)


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """
    Open the store, and close it after.

    Raises:
        StoreError: It cannot be used: what, where, and the way out.
    """
    store = await open_store(settings.store_url, environment=settings.environment)
    try:
        yield store
    finally:
        await store.close()


async def open_rules(settings: Settings, store: Store) -> RulesFolder:
    """
    Load the rules of the folder that the settings name, or else those that were in force last.

    Raises:
        RulesInvalid: They do not hold together, and none were ever in force.
        StoreError: Nobody can tell which were.
    """
    versions = await store.rules_versions(1)
    former = versions[0].files if versions else None
    return await asyncio.to_thread(RulesFolder, settings.rules, former=former)


def make_adapter(settings: Settings, agency: str) -> Adapter:
    """
    Make the adapter of an agency from its settings.

    Raises:
        Faulty: With each fault of its settings and where it is, never a value.
    """
    wanted = settings.agencies.get(agency)
    if wanted is None:
        known = ", ".join(settings.agencies) or "none"
        msg = f"agencies: {agency!r} is not among them; there are: {known}"
        raise Faulty(msg)
    found = adapter_class(wanted.adapter)
    with _told(f"agencies.{agency}.settings"):
        return found(found.Settings.model_validate(dict(wanted.settings)))


@asynccontextmanager
async def opened_adapter(settings: Settings, agency: str) -> AsyncIterator[Adapter]:
    """
    Open the adapter of an agency, and close it after.

    Raises:
        Faulty: Its settings cannot be used, or a file that they name: which, and the way out.
    """
    async with AsyncExitStack() as stack:
        adapter = make_adapter(settings, agency)
        with _told(f"agencies.{agency}.settings"):
            await stack.enter_async_context(adapter)
        yield adapter


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{place}: {unreadable(error)}"
        raise Faulty(msg) from None
    except ValidationError as error:
        raise faulty(error, within=place) from None
    except ValueError as error:
        msg = f"{place}: {error}"
        raise Faulty(msg) from None
