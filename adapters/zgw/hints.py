"""
Hints: what the system announces, and asking for it.

A notification says that something may have changed, late, out of order and sometimes twice. It
says nothing that we believe but which case to read. A document or a decision is announced
without the case that it belongs to: such a reference is looked up later (`Finder.cases_of`).
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from pydantic import ValidationError

from adapters.zgw.client import Actor, Client
from adapters.zgw.features import Features
from adapters.zgw.links import is_uuid, uuid_of
from adapters.zgw.native import Native, Text
from contracts.adapter import Heard, HintPage, Push
from contracts.errors import Denied, Garbled, NotFound, Rejected
from contracts.ids import CaseRef

MAX_BODY_BYTES: Final = 64 * 1024
CHANNELS: Final = ("zaken", "documenten", "besluiten")

_DOCUMENT: Final = "document:"
_DECISION: Final = "besluit:"
_RESOURCES: Final = {
    "zaken": ("zaken", ""),
    "documenten": ("enkelvoudiginformatieobjecten", _DOCUMENT),
    "besluiten": ("besluiten", _DECISION),
}
"""Channel → what its main object is, and what its reference begins with."""

_SUBSCRIBER: Final = Actor(reason="casebridge")


class Notificatie(Native):
    """A message of the notification service, as far as it is believed."""

    kanaal: str
    hoofd_object: Text = ""


def hear(push: Push, tokens: Sequence[str]) -> Heard:
    """
    Tell which cases a push speaks of.

    The service tests a callback before it uses it, once without our token (it wants a refusal)
    and once with: both fall out of this by themselves.

    Raises:
        Denied: Not with our token.
        Garbled: With it, and no message of this protocol.
    """
    _authenticate(push, tokens)
    if len(push.body) > MAX_BODY_BYTES:
        msg = f"a push of more than {MAX_BODY_BYTES} bytes"
        raise Garbled(msg, body=push.body[:MAX_BODY_BYTES])
    try:
        message = Notificatie.model_validate_json(push.body)
    except ValidationError:
        msg = "a push that is no notification"
        raise Garbled(msg, body=push.body) from None
    if message.kanaal not in _RESOURCES:
        return Heard(refs=())
    resource, prefix = _RESOURCES[message.kanaal]
    # The host may be one that only the service knows: the id is enough.
    found = uuid_of(message.hoofd_object, resource)
    if found is None:
        msg = f"a notification on {message.kanaal!r} about nothing that we know"
        raise Garbled(msg, body=push.body)
    return Heard(refs=(CaseRef(f"{prefix}{found}"),))


def _authenticate(push: Push, tokens: Sequence[str]) -> None:
    given = push.headers.get("authorization", "").encode()
    if not tokens:
        msg = "no callback_token is configured: nobody may push; set it, or callback_token_file"
        raise Denied(msg)
    # Compare with each, always: how long it takes must not tell which one was near.
    right = [hmac.compare_digest(given, token.encode()) for token in tokens]
    if push.method.upper() != "POST" or not any(right):
        msg = "a push without our token"
        raise Denied(msg)


class Finder:
    """Finds cases: those of a document or decision, and all there are."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def cases_of(self, ref: CaseRef) -> list[CaseRef]:
        """Give the cases that a reference belongs to, itself where it is a case."""
        if ref.startswith(_DOCUMENT):
            return await self._of_document(ref.removeprefix(_DOCUMENT))
        if ref.startswith(_DECISION):
            return await self._of_decision(ref.removeprefix(_DECISION))
        return [ref]

    async def _of_document(self, key: str) -> list[CaseRef]:
        path = f"enkelvoudiginformatieobjecten/{key}"
        url = self._client.addresses.spoken("documenten", path)
        query = {"informatieobject": url}
        try:
            links = self._client.items("zaken", "zaakinformatieobjecten", query)
            found = [uuid_of(str(link.get("zaak")), "zaken") async for link in links]
        except (Rejected, NotFound):
            return []
        return [CaseRef(one) for one in dict.fromkeys(found) if one]

    async def _of_decision(self, key: str) -> list[CaseRef]:
        if not is_uuid(key) or "besluiten" not in self._client.addresses:
            return []
        try:
            answer = await self._client.get("besluiten", f"besluiten/{key}")
        except (Rejected, NotFound):
            return []  # removed meanwhile: its case is found by the next sweep
        url = answer.body.get("zaak") if isinstance(answer.body, dict) else None
        found = uuid_of(str(url), "zaken") if url else None
        return [CaseRef(found)] if found else []

    async def poll(self, features: Features) -> AsyncIterator[HintPage]:
        """
        Go through all cases, newest first, page by page.

        There is no feed of changes, and no moment of change that can be asked for: only reading
        every case shows what changed. So every sweep is a whole one.
        """
        query = {"pageSize": "500"} if features.page_size else {}
        async for page in self._client.pages("zaken", "zaken", query):
            found = (uuid_of(str(item.get("url")), "zaken") for item in page)
            yield HintPage(refs=tuple(CaseRef(one) for one in found if one))


class Subscriptions:
    """Our subscription at the notification service: one, whatever was left there before."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def subscribe(self, callback_url: str, token: str) -> None:
        """Have *callback_url* called with *token*; once, however often this is repeated."""
        kanalen = [{"naam": name, "filters": {}} for name in await self._channels()]
        body = {"callbackUrl": callback_url, "auth": token, "kanalen": kanalen}
        ours = await self._ours(callback_url)
        if not ours:
            await self._send("POST", "abonnement", body)
            return
        # PUT, with the token: the one way that also spreads a new one.
        await self._send("PUT", f"abonnement/{ours[0]}", body)
        for double in ours[1:]:
            await self._remove(double)

    async def unsubscribe(self, callback_url: str) -> None:
        """Stop all calls to *callback_url*."""
        for one in await self._ours(callback_url):
            await self._remove(one)

    async def _channels(self) -> list[str]:
        found = {item.get("naam") async for item in self._client.items("notificaties", "kanaal")}
        served = [name for name in CHANNELS if name in found]
        if "zaken" not in served:
            msg = "the notification service has no channel 'zaken'; have the channels registered"
            raise Rejected(msg)
        return served

    async def _ours(self, callback_url: str) -> list[str]:
        found = [
            uuid_of(str(item.get("url")))
            async for item in self._client.items("notificaties", "abonnement")
            if item.get("callbackUrl") == callback_url
        ]
        return [one for one in found if one]

    async def _remove(self, key: str) -> None:
        try:
            await self._send("DELETE", f"abonnement/{key}", None)
        except NotFound:
            return

    async def _send(self, method: str, path: str, body: Any) -> None:
        await self._client.send(method, "notificaties", path, body, actor=_SUBSCRIBER)
