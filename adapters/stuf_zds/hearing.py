"""
What is said to us, and what is answered: Bv03 for what was taken, a fault for what was not.

A message says that something may have changed; it says nothing that we believe but which case to
look at. So offering it again is harmless: the same message gives the same references and, as the
standard wants, the very same answer. Another message under the same reference is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NoReturn

import structlog

from adapters.stuf_zds import hints
from adapters.stuf_zds.connections import basic
from adapters.stuf_zds.envelope import (
    NoMessage,
    Stuurgegevens,
    Systeem,
    acknowledgement,
    read_stuurgegevens,
    unwrap,
    wrap,
)
from adapters.stuf_zds.fo import fault_of, read_fault, soap_fault
from adapters.stuf_zds.incoming import BadXml, Limits
from adapters.stuf_zds.moments import Clock
from adapters.stuf_zds.names import SOAP, SOAP_12, Profile, by_action
from adapters.stuf_zds.parts import Content, Reader, receive
from adapters.stuf_zds.schema import Gate
from adapters.stuf_zds.settings import StufSettings, SystemName
from adapters.stuf_zds.values import Deviations
from adapters.stuf_zds.xml import Element, fingerprint, local, namespace, write
from contracts.adapter import Answer, Heard, Push, Unheard
from contracts.errors import Denied
from contracts.ids import CaseRef

log = structlog.get_logger(__name__)

_REMEMBERED: Final = 10_000
_ASYNCHRONOUS: Final = frozenset({"Lk01", "Di01", "Du01", "Bv01", "Fo01"})
_SYNCHRONOUS: Final = frozenset({"Lv01", "Di02", "Lk02"})
_LARGEST_TEXT: Final = 8 * 1024 * 1024

Key = tuple[str, str, str, str, str]


class Listener:
    """
    Hears what one system says.

    Args:
        settings: Who may speak, and how we are called.
        gate: Measures what comes in.
        seen: Where deviations are counted.
        sent_about: Gives the case that a message of ours was about, by its reference.
        now: The moment, for the tijdstip of answers.
        new_reference: Gives referentienummers for answers.
    """

    def __init__(
        self,
        settings: StufSettings,
        *,
        gate: Gate,
        seen: Deviations,
        sent_about: Callable[[str], str | None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_reference: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.settings = settings
        self.gate = gate
        self.seen = seen
        self.sent_about = sent_about
        self._credentials = settings.callback_credentials()
        self._now = now
        self._new_reference = new_reference
        self._clock = Clock()
        self._taken: OrderedDict[Key, tuple[str, Heard]] = OrderedDict()

    def listen(self, push: Push) -> StufEar:
        """Begin to hear a message, once it is known who speaks."""
        self._authenticate(push)
        return StufEar(self, push)

    def stamped(self, told: Stuurgegevens, code: str) -> Stuurgegevens:
        """Give the stuurgegevens of an answer."""
        reference, at = self._new_reference(), self._clock.tick(self._now())
        return told.answered(code, reference=reference, at=at)

    def before(self, key: Key) -> tuple[str, Heard] | None:
        """Give what was taken under this reference of this sender, and what was made of it."""
        return self._taken.get(key)

    def remember(self, key: Key, digest: str, heard: Heard) -> None:
        """Remember what was taken; the oldest is forgotten."""
        self._taken[key] = (digest, heard)
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)

    def _authenticate(self, push: Push) -> None:
        settings = self.settings
        is_right: list[bool] = []
        if self._credentials is not None:
            given = push.headers.get("authorization", "")
            wanted = basic(*self._credentials)
            is_right.append(hmac.compare_digest(given.encode(), wanted.encode()))
        if settings.callback_header is not None and settings.callback_subject is not None:
            subject = push.headers.get(settings.callback_header.lower(), "").encode()
            known = settings.callback_subject.get_secret_value().encode()
            is_right.append(hmac.compare_digest(subject, known))
        if not is_right:
            msg = "nobody may push: set callback_user, or callback_header, with what goes with it"
            raise Denied(msg)
        if not all(is_right):
            msg = "an unknown sender; compare callback_user or callback_header with the system's"
            raise Denied(msg)


class StufEar:
    """Hears one message."""

    def __init__(self, listener: Listener, push: Push) -> None:
        self._listener = listener
        self._push = push
        settings = listener.settings
        self._content = Content(settings.max_push_bytes)
        self._digest = hashlib.sha256()
        is_12 = "soap+xml" in push.headers.get("content-type", "").lower()
        self._version = SOAP_12 if is_12 else SOAP
        limits = Limits(bytes=settings.max_push_bytes, held=_LARGEST_TEXT)
        self._reader: Reader
        if push.method.upper() != "POST":
            self._refuse("StUF055", "a message is posted")
        try:
            kind = push.headers.get("content-type", "")
            mend = settings.deviating().charset
            self._reader = receive(kind, self._content, limits=limits, mend=mend)
        except BadXml as error:
            self._refuse("StUF055", str(error))

    def take(self, piece: bytes) -> None:
        """Take the next bytes; the content of a document is looked at and let go."""
        try:
            self._reader.feed(piece)
        except BadXml as error:
            self._refuse("StUF055", str(error))
        self._digest.update(self._content.drained())

    def heard(self) -> Heard:
        """Tell which cases it speaks of."""
        try:
            root = self._reader.close()
            self._version = SOAP_12 if namespace(root) == SOAP_12 else SOAP
            message = unwrap(root)
        except (BadXml, NoMessage) as error:
            self._refuse("StUF055", str(error))
        self._digest.update(self._content.drained())
        self._listener.gate.measure(message)
        told = read_stuurgegevens(message)
        if told is None or not told.code:
            self._refuse("StUF055", "stuurgegevens ontbreken of hebben geen berichtcode")
        self._judge(message, told)
        digest = f"{fingerprint(message)}:{self._digest.hexdigest()}"
        key = _key(told)
        before = self._listener.before(key)
        if before is not None and before[0] != digest:
            self._refuse("StUF016", told=told)
        if before is not None:
            return before[1]
        heard = self._taken(message, told)
        self._listener.remember(key, digest, heard)
        return heard

    def _judge(self, message: Element, told: Stuurgegevens) -> None:
        """Refuse what is not for us, from nobody we know, or what we do not do."""
        settings, seen = self._listener.settings, self._listener.seen
        if told.receiver is not None and not _is(settings.sender, told.receiver):
            self._refuse("StUF010", told=told)
        if told.sender is None or not _is(settings.receiver, told.sender):
            self._refuse("StUF013", told=told)
        code = _known(told.code)
        if code in _SYNCHRONOUS:
            self._refuse("StUF025", "hier worden geen vragen beantwoord", told=told)
        if code not in _ASYNCHRONOUS:
            self._refuse("StUF022", told=told)
        if not told.reference or not told.at:
            self._refuse("StUF055", "referentienummer of tijdstipBericht ontbreekt", told=told)
        if len(told.reference) > 40:
            seen["long-referentienummer"] += 1
        self._judge_action(message, told)

    def _judge_action(self, message: Element, told: Stuurgegevens) -> None:
        """Refuse an action that is another message's; one that says nothing is made up for."""
        action, name = _action(self._push), local(message)
        if action.rpartition("/")[2].lower() == name.lower():
            return  # the sector model's own: the name of the message
        for profile in Profile:
            operation = by_action(action, profile)
            if operation is None:
                continue
            element = operation.element(profile).rpartition("}")[2]
            if element.lower() != name.lower():
                self._refuse("StUF034", "de SOAPAction hoort bij een ander bericht", told=told)
            return
        if action:
            self._listener.seen["other-soapaction"] += 1

    def _taken(self, message: Element, told: Stuurgegevens) -> Heard:
        refs = self._refs(message, told)
        answer = self._answer(acknowledgement(self._listener.stamped(told, "Bv03")), 200)
        sorry = fault_of("StUF046", told=self._listener.stamped(told, "Fo03"))
        return Heard(
            refs=tuple(CaseRef(ref) for ref in refs),
            answer=answer,
            otherwise=self._answer(soap_fault("Fo03", sorry, self._version), 500),
        )

    def _refs(self, message: Element, told: Stuurgegevens) -> list[str]:
        fault = read_fault(message)
        if fault is not None or _known(told.code) == "Bv01":
            about = self._listener.sent_about(told.cross)
            if fault is not None:
                log.warning("refused_later", code=fault.code, place=fault.place, case=about)
            return [about] if about else []
        found = hints.refs(message, told, self._listener.settings)
        if not found:
            self._refuse("StUF055", "object heeft geen identificatie", told=told)
        return found

    def _refuse(
        self, code: str, details: str = "", *, told: Stuurgegevens | None = None
    ) -> NoReturn:
        # What is known of the sender too little to answer it in full is answered as a question
        # is: that fault says its code and nothing else of who speaks.
        can_answer = told is not None and told.sender is not None and told.reference != ""
        is_question = told is not None and _known(told.code) in _SYNCHRONOUS
        kind = "Fo03" if can_answer and not is_question else "Fo02"
        stamped = self._listener.stamped(told, kind) if told is not None and can_answer else None
        fault = fault_of(code, details, told=stamped)
        answer = self._answer(soap_fault(kind, fault, self._version), 500)
        msg = f"{code} {fault.says}{': ' if details else ''}{details}"
        raise Unheard(msg, answer=answer)

    def _answer(self, message: Element, status: int) -> Answer:
        kind = "text/xml" if self._version == SOAP else "application/soap+xml"
        return Answer(
            status=status,
            headers={"Content-Type": f"{kind}; charset=utf-8"},
            body=write(wrap(message, self._version)),
        )


def _key(told: Stuurgegevens) -> Key:
    sender = told.sender or Systeem("")
    return (
        sender.organisatie.lower(),
        sender.applicatie.lower(),
        sender.administratie.lower(),
        sender.gebruiker.lower(),
        told.reference,
    )


def _known(code: str) -> str:
    return code[:1].upper() + code[1:].lower()


def _is(wanted: SystemName, told: Systeem) -> bool:
    """Tell whether a system is called as we know it; what we do not know of it may be anything."""
    return all(
        not getattr(wanted, name) or getattr(wanted, name).lower() == getattr(told, name).lower()
        for name in ("applicatie", "organisatie", "administratie")
    )


_ACTION: Final = re.compile(r'\baction="?([^";]+)')


def _action(push: Push) -> str:
    """Give the SOAPAction: a header of its own in SOAP 1.1, part of the content type in 1.2."""
    said = push.headers.get("soapaction", "").strip().strip('"')
    found = _ACTION.search(push.headers.get("content-type", ""))
    return said or (found[1] if found else "")
