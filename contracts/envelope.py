"""
The envelope of every message: CloudEvents 1.0, structured mode, with the NL GOV profile.

``time`` is the moment of logging: when the edge looked, or the hub decided. Nothing personal
stands in an attribute: intermediaries may log them. Source of the rules: "NL GOV profile for
CloudEvents" (required ``id source specversion type``; ``source`` a URN with the OIN; ``type`` in
reverse-DNS notation with at most one ``v<n>``).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, Literal

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from contracts.case import Record
from contracts.messages import CaseChanged, Command, Hint, Observation, Receipt

Message = Observation | Command | Receipt | Hint | CaseChanged

TYPES: Final[dict[str, type[Message]]] = {
    "nl.casebridge.case.observed.v1": Observation,
    "nl.casebridge.case.commanded.v1": Command,
    "nl.casebridge.command.receipted.v1": Receipt,
    "nl.casebridge.case.hinted.v1": Hint,
    "nl.casebridge.case.changed.v1": CaseChanged,
}
"""Type of event → type of message. A change that readers could misread gets a new version."""

_NAMES: Final = {cls: name for name, cls in TYPES.items()}
_SOURCE: Final = r"urn:nld:oin:\d{20}:systeem:[a-z0-9-]+"
_TRACEPARENT: Final = r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"


class Undecodable(ValueError):
    """These bytes are no message of ours; the text says why, and never what stood in them."""


class Envelope(Record):
    """
    A message with what is needed to carry it.

    Attributes:
        id: Unique within ``source``; the same when published again.
        source: ``urn:nld:oin:<oin>:systeem:<name>``.
        subject: An opaque id of ours, where there is one.
        traceparent: W3C trace context.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True
    )

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=64)
    source: str = Field(pattern=f"^{_SOURCE}$")
    type: str
    time: AwareDatetime
    subject: str | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | None = Field(default=None, pattern=f"^{_TRACEPARENT}$")
    data: Observation | Command | Receipt | Hint | CaseChanged

    @model_serializer(mode="wrap")
    def _no_null_attributes(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # CloudEvents knows no null attribute: what is not known is not there.
        written: dict[str, Any] = write(self)
        return {name: value for name, value in written.items() if value is not None}


def type_of(message: Message) -> str:
    """Give the event type under which *message* travels."""
    return _NAMES[type(message)]


def source_of(oin: str, system: str) -> str:
    """Give the source URN of a system of an organisation (OIN of 20 digits)."""
    source = f"urn:nld:oin:{oin}:systeem:{system}"
    if re.fullmatch(_SOURCE, source) is None:
        msg = f"source {source!r}: an OIN has 20 digits, a system's name is in lower case"
        raise ValueError(msg)
    return source


def _typed(name: str, message: type[Message]) -> type[Envelope]:
    fields = {
        "__annotations__": {"type": Literal[name], "data": message},
        "__module__": __name__,
        "__doc__": f"An envelope that carries {message.__name__}.",
    }
    return type(f"{message.__name__}Envelope", (Envelope,), fields)


ENVELOPES: Final[dict[str, type[Envelope]]] = {
    name: _typed(name, message) for name, message in TYPES.items()
}


class _Head(Record):
    type: str = ""


def decode(body: bytes) -> Envelope:
    """
    Read an envelope.

    Raises:
        Undecodable: Not JSON, of no type that we know, or not of that type's shape. Names the
            place of each fault, never a value.
    """
    try:
        name = _Head.model_validate_json(body).type
        return ENVELOPES[name].model_validate_json(body)
    except KeyError:
        msg = "no event type that this version knows; is the sender newer?"
        raise Undecodable(msg) from None
    except ValidationError as error:
        places = "; ".join(
            f"{_place(fault['loc']) or 'body'}: {fault['type']}"
            for fault in error.errors(include_input=False, include_url=False)[:5]
        )
        msg = f"no valid event: {places}"
        raise Undecodable(msg) from None


def _place(loc: tuple[int | str, ...]) -> str:
    # A key of a mapping is no place of ours: it may be a person's number.
    return ".".join(str(part) if _is_ours(part) else "*" for part in loc)


def _is_ours(part: int | str) -> bool:
    return isinstance(part, int) or part in _places()


@cache
def _places() -> frozenset[str]:
    """Give the names of all members of the contracts, and of the kinds of their unions."""
    names: set[str] = set()
    waiting: list[type[Record]] = [Record]
    while waiting:
        record = waiting.pop()
        waiting += record.__subclasses__()
        names |= record.model_fields.keys()
        kind = record.model_fields.get("kind")
        if kind is not None and isinstance(kind.default, str):
            names.add(kind.default)
    return frozenset(names)


def encode(envelope: Envelope) -> bytes:
    """Write an envelope."""
    return envelope.model_dump_json().encode()
