"""
What one change costs the bridge in calls, messages and rows: recorded from the bridge itself.

So the bare pipeline always does the same as the bridge of today does, and is not to be kept in
step by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

REF: Final = "@ref@"
TITLE: Final = "@title@"
"""Stand in calls and messages for what is another with each change."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a case system."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message through the broker."""

    key: str
    headers: Mapping[str, str]
    text: str

    @property
    def size(self) -> int:
        """Give the size of its body in bytes."""
        return len(self.text.encode())


@dataclass(frozen=True, slots=True)
class Recording:
    """
    One change, from the hint to the Link being settled.

    Attributes:
        observe: Calls to the home system: each stage is made at once, after the one before.
        ensure: The same to the other system, for the Command.
        observation: What the home's edge sends.
        decided: What the hub sends on the Observation.
        receipt: What the other edge sends.
        settled: What the hub sends on the Receipt.
        journal: Sizes of the rows that the hub writes on the Observation, and on the Receipt.
    """

    observe: Sequence[Sequence[Call]]
    ensure: Sequence[Sequence[Call]]
    observation: Sequence[Message]
    decided: Sequence[Message]
    receipt: Sequence[Message]
    settled: Sequence[Message]
    journal: tuple[Sequence[int], Sequence[int]]

    @property
    def calls(self) -> int:
        """Count the calls."""
        return sum(map(len, (*self.observe, *self.ensure)))

    @property
    def messages(self) -> int:
        """Count the messages."""
        parts = (self.observation, self.decided, self.receipt, self.settled)
        return sum(map(len, parts))

    def dump(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Recording:
        """Read what `dump` gave."""

        def messages(name: str) -> list[Message]:
            return [Message(**one) for one in data[name]]

        def calls(name: str) -> list[list[Call]]:
            return [[Call(**one) for one in stage] for stage in data[name]]

        first, second = data["journal"]
        return cls(
            observe=calls("observe"),
            ensure=calls("ensure"),
            observation=messages("observation"),
            decided=messages("decided"),
            receipt=messages("receipt"),
            settled=messages("settled"),
            journal=(first, second),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """The change that was recorded: where, when, and what became of it."""

    since: float
    home_url: str
    other_url: str
    home_ref: str
    other_ref: str
    title: str


def read_notes(
    notes: Path, change: Change, journal: tuple[Sequence[int], Sequence[int]]
) -> Recording:
    """Make a Recording of what `bench.tapped` noted while *change* alone was under way."""
    lines = [json.loads(line) for line in notes.read_text("utf-8").splitlines()]
    calls = [one["call"] for one in lines if "call" in one and one["call"]["began"] > change.since]
    sent = [one["published"] for one in lines if "published" in one and one["at"] > change.since]
    batches = [[_message(one) for one in batch] for batch in sent]
    where = [_place_of(batch) for batch in batches]
    first, last = where.index("observation"), where.index("receipt")
    return Recording(
        observe=_stages(calls, change.home_url, change.home_ref, change.title),
        ensure=_stages(calls, change.other_url, change.other_ref, change.title),
        observation=batches[first],
        decided=[one for batch in batches[first + 1 : last] for one in batch],
        receipt=batches[last],
        settled=[one for batch in batches[last + 1 :] for one in batch],
        journal=journal,
    )


def _message(noted: Mapping[str, Any]) -> Message:
    return Message(noted["key"], noted["headers"], noted["body"])


def _place_of(batch: Sequence[Message]) -> str:
    return batch[0].key.partition(".")[0]


def _stages(
    calls: Iterable[Mapping[str, Any]], base: str, ref: str, title: str
) -> list[list[Call]]:
    """Put the calls to one system into stages: a call that began while another ran is beside it."""
    found: list[list[Call]] = []
    until = 0.0
    for call in sorted(calls, key=lambda one: float(one["began"])):
        if not call["url"].startswith(base + "/"):
            continue
        if call["began"] >= until:
            found.append([])
        until = max(until, call["ended"])
        body = call["body"]
        found[-1].append(
            Call(
                method=call["method"],
                path=call["url"].removeprefix(base).replace(ref, REF),
                headers=call["headers"],
                body=body.replace(ref, REF).replace(title, TITLE) if body else None,
            )
        )
    return found
