"""The front door: a message is read, checked, done, answered; and put down in the access log."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from lxml import etree

from adapters.kit.simulator import GARBAGE, AccessLog, Fault, FaultKind, Faults
from adapters.stuf_zds.envelope import NoMessage, Stuurgegevens, Systeem
from adapters.stuf_zds.fo import fault_message, fault_of
from adapters.stuf_zds.incoming import BadXml
from adapters.stuf_zds.names import SOAP
from adapters.stuf_zds.xml import Element

from .asynchroon import Asynchroon, Done
from .bericht import Call, receive
from .herkennen import NotForUs
from .poort import Ontvangen, check
from .post import Post
from .settings import Client
from .stem import ASYNCHRONOUS, Stem
from .system import Cause, System
from .uitgaand import Uitgaand, bare_fault
from .vragen import QUESTIONS, Vragen
from .vrij import Asked, Vrij
from .weigering import Halved, Refusal

CALL: Final = web.RequestKey("call", Call)
_RETRY: Final = {"Retry-After": "5"}
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="zaaksysteem"'}
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Front:
    """Answers every message that this system takes."""

    def __init__(
        self,
        system: System,
        stem: Stem,
        post: Post,
        asynchroon: Asynchroon,
        vrij: Vrij,
        vragen: Vragen,
        access_log: AccessLog,
    ) -> None:
        self._system = system
        self._stem = stem
        self._post = post
        self._asynchroon = asynchroon
        self._vrij = vrij
        self._vragen = vragen
        self._access_log = access_log
        self._ontvangen = Ontvangen(system.store)
        self._uitgaand = Uitgaand(system.files, lambda: system.quirks)

    def routed(self, faults: Faults) -> Handle:
        """Give the handler of a request, with the faults that are in force around it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                call = await receive(request, self._system.files)
            except (BadXml, NoMessage, NotForUs) as error:
                deviations = self._system.quirks.deviations
                return self._uitgaand.fault(bare_fault(str(error)), SOAP, deviations)
            request[CALL] = call
            try:
                return await faults.around(request, self._answer, call.applicatie, call.name)
            finally:
                call.uploads.discard()

        return handle

    # -- answering ---------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call, deviations = request[CALL], self._system.quirks.deviations
        if not self._is_let_in(call):
            return web.Response(status=401, text="Unauthorized", headers=_CHALLENGE)
        try:
            reply, done = self._do(call)
        except Refusal as refusal:
            fault = self._stem.fault(call.told, refusal, call.code)
            answer = self._uitgaand.fault(fault, call.version, deviations)
            self._log(call, Done("", ()), answer.status, refusal)
            return answer
        if done is not None:
            self._log(call, done, 200, None)
        return await self._uitgaand.answer(request, reply, call.version, deviations)

    def _is_let_in(self, call: Call) -> bool:
        """Tell whether who logged in is who sends the message, where somebody must log in."""
        client = self._client(call.applicatie)
        if client is None or not client.password:
            return True
        if call.user is None or call.user[0] != client.user:
            return False
        return hmac.compare_digest(call.user[1].encode(), client.password.encode())

    def _client(self, applicatie: str) -> Client | None:
        named = applicatie.lower()
        clients = self._system.settings.clients
        return next((one for one in clients if one.systeem.applicatie.lower() == named), None)

    def _do(self, call: Call) -> tuple[Element, Done | None]:
        if call.operation is None:
            return self._told_later(call)
        quirks = self._system.quirks
        clients = self._system.settings.clients
        client = check(call.told, call.operation, self._system.systeem, clients, quirks)
        told = call.told or Stuurgegevens(call.code)
        cause = Cause((told.sender or Systeem("")).gebruiker, client.systeem.applicatie)
        if call.operation.code in ASYNCHRONOUS:
            return self._asynchronously(call, told, cause, client)
        if quirks.check_time:
            self._ontvangen.check_time(told)
        if call.operation.name in QUESTIONS:
            reply = self._stem.begin(call.operation, call.profile, told)
            self._vragen.answer(call.operation, call.message, reply)
            return reply, None
        asked = Asked(call.operation, call.profile, call.message, told, cause)
        with self._system.store.transaction():
            reply, done = self._vrij.answer(asked)
            call.uploads.keep()
        return reply, done

    def _asynchronously(
        self, call: Call, told: Stuurgegevens, cause: Cause, client: Client
    ) -> tuple[Element, Done | None]:
        before = self._ontvangen.before(told, call.message)
        if before is not None:
            return etree.fromstring(before), Done("", ("herhaald",))
        halved: Halved | None = None
        done, reply = Done(""), self._stem.acknowledge(told, "Bv03")
        with self._system.store.transaction():
            if self._system.quirks.check_time:
                self._ontvangen.check_time(told)
            try:
                done = self._process(call, told, cause, client)
                self._ontvangen.remember(told, call.message, etree.tostring(reply).decode())
            except Halved as half:
                halved = half
            call.uploads.keep()
        if halved is not None:
            raise halved
        return reply, done

    def _process(self, call: Call, told: Stuurgegevens, cause: Cause, client: Client) -> Done:
        """Do what a message asks; at once, or after it was acknowledged, as this system does."""
        quirks = self._system.quirks
        assert call.operation is not None  # noqa: S101  # only those come here
        try:
            done = self._asynchroon.do(call.operation, call.message, told, cause)
        except Halved:
            raise
        except Refusal as refusal:
            if not quirks.acknowledge_first:
                raise
            self._call_back(client, told, "Fo01", refusal)
            return Done("", (refusal.code,))
        if quirks.acknowledge_first and quirks.tell_done:
            self._call_back(client, told, "Bv01", None)
        return done

    def _call_back(
        self, client: Client, told: Stuurgegevens, code: str, refusal: Refusal | None
    ) -> None:
        if not client.callback:
            return
        said = self._stem.answer(told, code)
        if refusal is None:
            message = self._stem.acknowledge(told, code)
        else:
            message = fault_message(code, fault_of(refusal.code, refusal.details, told=said))
        self._post.call_back(client, code, message, said.reference)

    def _told_later(self, call: Call) -> tuple[Element, Done | None]:
        """Take what somebody tells us about a message that we sent before."""
        told = call.told
        if told is None or not self._post.knows(told.cross):
            raise Refusal("StUF043")
        return self._stem.acknowledge(told, "Bv03"), Done(f"/verzonden/{told.cross}")

    # -- the log -----------------------------------------------------------------------------

    def _log(self, call: Call, done: Done, status: int, refusal: Refusal | None) -> None:
        if call.code == "Lv01":
            return
        told = call.told or Stuurgegevens(call.code)
        entry: dict[str, Any] = {
            "client_id": call.applicatie,
            "user_id": told.sender.gebruiker if told.sender else "",
            "toelichting": call.explanation,
            "method": call.name,
            "path": done.what,
            "status": status,
            "referentienummer": told.reference,
            "changed": list(done.changed),
        }
        if refusal is not None:
            entry["fault"] = str(refusal)
        self._access_log.add(entry)

    # -- faults on demand --------------------------------------------------------------------

    def false_answer(self, request: web.Request, fault: Fault) -> web.Response:
        """Give an answer that does not say what was done."""
        call = request[CALL]
        match fault.kind:
            case FaultKind.UNAVAILABLE:
                return web.Response(status=503, text="Service Unavailable", headers=_RETRY)
            case FaultKind.REDIRECT:
                return web.Response(status=307, headers={"Location": fault.location})
            case FaultKind.GARBAGE | FaultKind.GARBAGE_AFTER:
                return web.Response(text=GARBAGE, content_type="text/html")
            case FaultKind.DENIED:
                refusal = Refusal("StUF013")
            case FaultKind.REFUSED:
                refusal = Refusal(fault.code or "StUF058", "op verzoek geweigerd")
            case _:
                refusal = Refusal("StUF058", "java.net.SocketTimeoutException")
        told = self._stem.fault(call.told, refusal, call.code)
        return self._uitgaand.fault(told, call.version, self._system.quirks.deviations)
