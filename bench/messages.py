"""Observations and Receipts for seeded Links, made from those that were recorded."""

from __future__ import annotations

from dataclasses import dataclass

from bench.recording import Recording
from contracts.envelope import Message, decode
from contracts.ids import CaseRef
from contracts.messages import Command, Observation, Receipt, Seen, Sequence, Settled
from contracts.snapshot import Snapshot

_FAR: int = 10_000_000_000
"""Later than any epoch that a real lease has given."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Makes messages like the recorded ones."""

    seen: Observation
    settled: Receipt

    @classmethod
    def like(cls, recording: Recording) -> Messages:
        """Take the recorded ones for a pattern."""
        (seen,), (settled,) = map(_decoded, (recording.observation, recording.receipt))
        assert isinstance(seen, Observation), "the home's edge sent something else"
        assert isinstance(settled, Receipt), "the other edge sent something else"
        return cls(seen, settled)

    def observation(self, link: int, number: int, title: str) -> Observation:
        """Make what the home of a Link shows under *title*."""
        assert isinstance(self.seen.sight, Seen), "the case could not be read"
        sight = Seen(snapshot=_titled(self.seen.sight.snapshot, title))
        ref = CaseRef(f"home-{link}")
        update = {"ref": ref, "sequence": Sequence(_FAR, number), "sight": sight}
        return self.seen.model_copy(update=update)

    def stray(self, number: int) -> Observation:
        """Make what a case shows that goes nowhere."""
        seen = self.observation(number, number, "Onbekend")
        assert isinstance(seen.sight, Seen), "made so just now"
        snapshot = seen.sight.snapshot
        case = snapshot.case.model_copy(update={"participant": None})
        sight = Seen(snapshot=snapshot.model_copy(update={"case": case}))
        return seen.model_copy(update={"sight": sight})

    def receipt(self, command: Command, number: int, title: str) -> Receipt:
        """Make what the other side answers to a Command."""
        result = self.settled.result
        assert isinstance(result, Settled), "the recorded Command failed"
        shown = result.model_copy(
            update={
                "ref": command.ref,
                "sequence": Sequence(_FAR, number),
                "snapshot": _titled(result.snapshot, title),
            }
        )
        update = {"command": command.id, "link": command.link, "result": shown}
        return self.settled.model_copy(update=update)


def _decoded(messages: object) -> list[Message]:
    return [decode(one.text.encode()).data for one in messages]  # type: ignore[attr-defined]


def _titled(snapshot: Snapshot, title: str) -> Snapshot:
    case = snapshot.case.model_copy(update={"title": title})
    return snapshot.model_copy(update={"case": case})
