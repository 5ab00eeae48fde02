"""
The faults of the ZGW world: what each is, and which row of the fault matrix it stands for.

Some last for a whole run (how a system announces, what it offers, how it overwrites); the others
strike for a while, one after another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from random import Random
from typing import Final

from adapters.kit.simulator import Fault, NotificationQuirks
from adapters.kit.simulator import FaultKind as Failure
from adapters.zgw.simulator.settings import Features, Quirks
from tests.simulation.content_faults import CONTENT_KINDS
from tests.simulation.faults import Chance, FaultKind

FAILURES: Final[Mapping[str, Failure]] = {
    "line-dropped": Failure.DROP,
    "write-unanswered": Failure.DROP_AFTER,
    "error": Failure.ERROR_BEFORE,
    "error-though-done": Failure.ERROR_AFTER,
    "hangs": Failure.HANG_BEFORE,
    "hangs-though-done": Failure.HANG_AFTER,
    "unavailable": Failure.UNAVAILABLE,
    "garbage": Failure.GARBAGE,
    "garbage-though-done": Failure.GARBAGE_AFTER,
    "denied": Failure.DENIED,
    "slow": Failure.SLOW,
    "write-late": Failure.SLOW,
    "drips": Failure.DRIP,
}
"""What a case system can do to a request of ours."""

DONE: Final = (
    "write-unanswered",
    "error-though-done",
    "hangs-though-done",
    "garbage-though-done",
    "write-late",
)
"""Those in which a write is made, and no answer says so."""

TARGETS: Final[Mapping[str, str]] = {
    "lock": r"/(un)?lock$",
    "part": r"/bestandsdelen/",
    "document": r"/documenten/",
    "case": r"/zaken/",
}
"""What is written, by its address: the first that fits."""

_WRITES: Final = "POST|PATCH|PUT|DELETE"
_METHODS: Final = ("", "GET", _WRITES, _WRITES)
_PATHS: Final = ("", "", "", *TARGETS.values())
_GIVEN_UP_SECONDS: Final = 9.0
"""By then our side has given up a request of its own."""

_IN_THE_STORE: Final = (
    "content-full",
    "content-away",
    "content-refused",
    "content-unanswered",
    "content-short",
    "content-lost",
    "content-damaged",
    "content-killed",
    "key-replaced",
)
"""What the documents' world lets go wrong with the store of content, and its keys."""

KINDS: Final[Mapping[str, FaultKind]] = {
    kind.name: kind
    for kind in (
        FaultKind("announcement-lost", ("F1",), 1.0, "some announcements never arrive"),
        FaultKind("announcement-doubled", ("F2",), 1.0, "some announcements arrive twice"),
        FaultKind("announcement-late", ("F3",), 1.0, "announcements are late, and out of order"),
        FaultKind("overwrites", ("F17",), 1.0, "a write puts back the row as it stood before"),
        FaultKind("older", (), 1.0, "the system lacks some of what a newer one offers"),
        FaultKind("etag-wrong", ("F6",), 1.0, "the system says that nothing changed though it did"),
        FaultKind("clocks-apart", ("F28",), 1.0, "clocks of ours are seconds apart"),
        FaultKind("line-dropped", ("F5",), 0.05, "the line breaks before a request is read"),
        FaultKind("write-unanswered", ("F10", "F12", "F13"), 0.12, "done, and the line breaks"),
        FaultKind("error", ("F5",), 0.05, "500, and nothing was done"),
        FaultKind("error-though-done", ("F10", "F13"), 0.1, "500, though it was done"),
        FaultKind("hangs", ("F21",), 0.03, "no answer ever, and nothing was done"),
        FaultKind("hangs-though-done", ("F10", "F21"), 0.1, "no answer ever, though it was done"),
        FaultKind("unavailable", ("F19",), 0.05, "503: come back later"),
        FaultKind("garbage", ("F8",), 0.04, "200 with a page of HTML, and nothing was done"),
        FaultKind("garbage-though-done", ("F8", "F10"), 0.1, "the same, though it was done"),
        FaultKind("denied", ("F22",), 0.02, "403: our account is refused for a while"),
        FaultKind("slow", ("F21",), 0.05, "an answer takes some seconds"),
        FaultKind("write-late", ("F11",), 0.08, "a write is made after it was given up"),
        FaultKind("drips", ("F21",), 0.03, "an answer comes a few bytes at a time"),
        FaultKind("system-killed", ("F20",), 0.05, "a case system is killed, and is away a while"),
        FaultKind("killed", ("F52", "F53", "F57"), 0.15, "a process of ours is killed at a step"),
        FaultKind("frozen", ("F58",), 0.05, "a process of ours is frozen, and goes on"),
        FaultKind("stopped", ("F59",), 0.05, "a process of ours is asked to stop, and started"),
        FaultKind("store-busy", ("F51",), 0.05, "somebody else holds the store's file"),
        FaultKind("store-full", ("F50",), 0.05, "there is no room for the store to grow"),
        FaultKind("broker-full", ("F50",), 0.05, "there is no room for the broker to grow"),
        FaultKind("download-breaks", ("F29",), 0.15, "the line breaks in the midst of a content"),
        FaultKind("content-cut-short", ("F30",), 0.1, "a content is shorter than was announced"),
        FaultKind("content-too-long", ("F30",), 0.1, "a content is longer than was announced"),
        FaultKind("content-replaced", ("F30", "F33"), 0.3, "it is replaced while it is read"),
        *(CONTENT_KINDS[name] for name in _IN_THE_STORE),
    )
}

_OPTIONAL: Final = (
    "expand",
    "kenmerk_filter",
    "page_size",
    "rol_put",
    "reserve_number",
    "compound",
    "laatst_gemuteerd",
)


_RETRIES: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


_MANY: Final = 200
"""So many runs are to see every way in which every kind of write goes unanswered."""


def untested(seen: Collection[str], runs: int) -> set[str]:
    """Name the faults that never struck, and the writes that no run made without an answer."""
    pairs = {name: {f"{name} of a {what}" for what in TARGETS} for name in DONE}
    writes = {f"any of a {what}": {f"{name} of a {what}" for name in DONE} for what in TARGETS}
    expected: set[str] = set(KINDS).union(*pairs.values() if runs >= _MANY else ())
    return (expected - set(seen)) | {
        wanted for wanted, any_of in {**pairs, **writes}.items() if not any_of.intersection(seen)
    }


def draw_fault(name: str, random: Random, client_id: str) -> Fault:
    """Draw for which requests of a client a failure strikes, and how often."""
    is_late = name == "write-late"
    return Fault(
        kind=FAILURES[name],
        method=_WRITES if name in DONE else random.choice(_METHODS),
        path=random.choice(_PATHS) if name in DONE else "",
        times=random.choice((1, 1, 2, 5)),
        share=random.choice((1.0, 0.3)),
        seconds=random.uniform(_GIVEN_UP_SECONDS, 25) if is_late else 2.0,
        client_id=client_id,
    )


def unanswered(method: str, path: str, fault: Fault) -> str | None:
    """Name the write that a failure makes without an answer; ``None`` where it does not."""
    target = next((name for name, where in TARGETS.items() if re.search(where, path)), None)
    is_late = fault.seconds >= _GIVEN_UP_SECONDS
    kinds = [name for name in DONE if FAILURES[name] is fault.kind]
    if target is None or not re.search(_WRITES, method) or not kinds:
        return None
    return f"{kinds[0]} of a {target}" if is_late or kinds[0] != "write-late" else None


def draw_quirks(chance: Chance, agency: str) -> Quirks:
    """Draw how a case system behaves for a whole run."""
    random = chance.random

    def has(name: str) -> bool:
        return chance.strikes(name, agency)

    late = has("announcement-late")
    return Quirks(
        lost_update_seconds=random.uniform(0.02, 0.3) if has("overwrites") else 0.0,
        wrong_not_modified=has("etag-wrong"),
        notifications=NotificationQuirks(
            delay_seconds=random.uniform(0, 8) if late else 0.0,
            reorder=late,
            duplicate_share=0.4 if has("announcement-doubled") else 0.0,
            lose_share=0.3 if has("announcement-lost") else 0.0,
            retry_seconds=_RETRIES,
        ),
        features=replace(
            _older(random) if has("older") else Features(), ranges=random.random() < 0.5
        ),
    )


def _older(random: Random) -> Features:
    return replace(Features(), **{name: random.random() < 0.5 for name in _OPTIONAL})
