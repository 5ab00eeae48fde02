"""The admin API under `/_sim/`: clock, faults, quirks, notifications, what was written."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, Protocol, TypeVar

from aiohttp import web

from .access_log import AccessLog
from .clock import Clock, render_moment
from .deliveries import Deliveries
from .faults import Fault, FaultKind, Faults
from .store import Store

Record = TypeVar("Record")

_CLOCK: Final = "clock"
_QUIRKS: Final = "quirks"


class Simulated(Protocol):
    """A simulated system, as far as it is switched from here."""

    quirks: Any
    """A frozen dataclass with a member `notifications`; a change puts another in its place."""

    @property
    def agency(self) -> str: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def deliveries(self) -> Deliveries: ...


class Admin:
    """
    Switches for tests and demonstrations. It has no authentication: bind to loopback.

    Clock and quirks are kept with the system's data, and stand as they were left from the first
    moment after a restart: what is done before somebody turns them again is done right, too.
    Faults are not kept.
    """

    def __init__(self, system: Simulated, faults: Faults, access_log: AccessLog) -> None:
        self._system = system
        self._faults = faults
        self._access_log = access_log
        self._take_up()

    def _take_up(self) -> None:
        store = self._system.store
        if clock := store.setting(_CLOCK):
            moment = None if clock["now"] is None else _moment(clock["now"])
            if clock["runs"] and moment is not None:
                moment += datetime.now(UTC) - _moment(clock["set_at"])
            self._system.clock.set(moment, runs=clock["runs"])
        if quirks := store.setting(_QUIRKS):
            self._system.quirks = changed(self._system.quirks, quirks)

    def add_to(self, app: web.Application) -> None:
        add = app.router.add_route
        add("GET", "/_sim/health", self.health)
        add("GET", "/_sim/state", self.state)
        add("GET", "/_sim/clock", self.clock)
        add("POST", "/_sim/clock", self.set_clock)
        add("GET", "/_sim/access-log", self.writes)
        add("GET", "/_sim/quirks", self.quirks)
        add("PATCH", "/_sim/quirks", self.set_quirks)
        add("GET", "/_sim/notifications", self.notifications)
        add("POST", "/_sim/notifications", self.set_notifications)
        add("GET", "/_sim/faults", self.faults)
        add("POST", "/_sim/faults", self.add_fault)
        add("DELETE", "/_sim/faults", self.clear_faults)
        add("DELETE", "/_sim/faults/{number}", self.remove_fault)

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "agency": self._system.agency})

    async def state(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "counts": self._system.store.counts(),
                "writes": self._access_log.last,
                "faults_injected": self._faults.injected,
                "notifications": self._deliveries(),
                "now": render_moment(self._system.clock.now()),
            }
        )

    def _deliveries(self) -> dict[str, Any]:
        deliveries = self._system.deliveries
        return {
            "waiting": deliveries.waiting,
            "delivered": deliveries.delivered,
            "failed": deliveries.failed,
            "dropped": deliveries.dropped,
            "lost": deliveries.lost,
            "hold": self._system.quirks.notifications.hold,
        }

    # -- clock -------------------------------------------------------------------------------

    async def clock(self, _: web.Request) -> web.Response:
        clock = self._system.clock
        return web.json_response({"now": render_moment(clock.now()), "is_set": clock.is_set})

    async def set_clock(self, request: web.Request) -> web.Response:
        data = await json_object(request)
        if "now" not in data:
            refuse('expected {"now": <ISO 8601 time, or null for real time>, "runs": <bool>}')
        try:
            moment = None if data["now"] is None else _moment(str(data["now"]))
        except ValueError:
            refuse(f"not a time: {data['now']!r}")
        runs = data.get("runs") is True
        self._system.clock.set(moment, runs=runs)
        kept = {
            "now": None if moment is None else moment.isoformat(),
            "runs": runs,
            "set_at": datetime.now(UTC).isoformat(),
        }
        self._system.store.keep_setting(_CLOCK, kept)
        return await self.clock(request)

    # -- what was written --------------------------------------------------------------------

    async def writes(self, request: web.Request) -> web.Response:
        try:
            since = int(request.query.get("since", "0"))
            limit = int(request.query["limit"]) if "limit" in request.query else None
        except ValueError:
            refuse("since and limit are numbers")
        return web.json_response(self._access_log.since(since, limit))

    # -- quirks ------------------------------------------------------------------------------

    async def quirks(self, _: web.Request) -> web.Response:
        return web.json_response(dataclasses.asdict(self._system.quirks))

    async def set_quirks(self, request: web.Request) -> web.Response:
        self._switch_quirks(await json_object(request))
        return await self.quirks(request)

    def _switch_quirks(self, data: Mapping[str, Any]) -> None:
        self._system.quirks = changed(self._system.quirks, data)
        store = self._system.store
        store.keep_setting(_QUIRKS, _over(store.setting(_QUIRKS) or {}, data))
        self._system.deliveries.nudge()

    async def notifications(self, _: web.Request) -> web.Response:
        return web.json_response(self._deliveries())

    async def set_notifications(self, request: web.Request) -> web.Response:
        """Hold or release, or change any other of the notification quirks."""
        self._switch_quirks({"notifications": await json_object(request)})
        return await self.notifications(request)

    # -- faults ------------------------------------------------------------------------------

    async def faults(self, _: web.Request) -> web.Response:
        found = self._faults.in_force()
        return web.json_response(
            [{"id": number, **dataclasses.asdict(fault)} for number, fault in found.items()]
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        data = await json_object(request)
        try:
            kind = FaultKind(data.pop("kind", ""))
        except ValueError:
            kinds = ", ".join(FaultKind)
            refuse(f"kind must be one of: {kinds}")
        number = self._faults.add(changed(Fault(kind), data))
        return web.json_response({"id": number}, status=201)

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._faults.clear()
        return web.Response(status=204)

    async def remove_fault(self, request: web.Request) -> web.Response:
        found = self._faults.remove(int(request.match_info["number"]))
        return web.Response(status=204 if found else 404)


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object that was sent; refuses anything else."""
    try:
        data = json.loads(await request.read() or b"{}")
    except json.JSONDecodeError:
        refuse("the body is not JSON")
    if not isinstance(data, dict):
        refuse("the body is not an object")
    return data


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def changed(record: Record, changes: Mapping[str, Any]) -> Record:
    """
    Return *record* with *changes*, of the same types; a record within it by its own changes.

    Refuses unknown names and other types.
    """
    values = {}
    for name, given in changes.items():
        if name not in {field.name for field in dataclasses.fields(record)}:  # type: ignore[arg-type]
            refuse(f"unknown: {name}")
        former = getattr(record, name)
        value = _as(former, given)
        if former is not None and value is not None and type(former) is not type(value):
            refuse(f"{name}: expected {type(former).__name__}")
        values[name] = value
    try:
        return dataclasses.replace(record, **values)  # type: ignore[type-var]
    except (TypeError, ValueError, re.error) as error:
        refuse(str(error))


def _over(former: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over former ones, record by record."""
    nested = {
        name: _over(former[name], value)
        for name, value in changes.items()
        if isinstance(value, Mapping) and isinstance(former.get(name), Mapping)
    }
    return {**former, **changes, **nested}


def _as(former: Any, given: Any) -> Any:
    """Take what JSON cannot tell apart for what the record holds."""
    if isinstance(given, Mapping) and dataclasses.is_dataclass(former):
        return changed(former, given)
    if isinstance(former, float) and isinstance(given, int) and not isinstance(given, bool):
        return float(given)
    return tuple(given) if isinstance(former, tuple) and isinstance(given, list) else given


def refuse(reason: str) -> NoReturn:
    """Refuse what was asked of a switch."""
    raise web.HTTPBadRequest(text=json.dumps({"error": reason}), content_type="application/json")
