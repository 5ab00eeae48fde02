"""Faults on a content's way: all in the documents' world, those of the store in the ZGW world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.simulation.faults import FaultKind

CONTENT_KINDS: Final[Mapping[str, FaultKind]] = {
    kind.name: kind
    for kind in (
        FaultKind("content-full", ("F31",), 0.05, "there is no room for content for a while"),
        FaultKind("content-away", ("F31",), 0.05, "the store of content is away for a while"),
        FaultKind("content-refused", ("F31",), 0.01, "one call to it gets no answer"),
        FaultKind("content-unanswered", ("F31",), 0.03, "one is done, and nobody says so"),
        FaultKind("content-short", ("F29",), 0.02, "an object is read in part"),
        FaultKind("content-lost", ("F31",), 0.12, "an object vanishes"),
        FaultKind("content-damaged", ("F30",), 0.12, "a byte of an object becomes another"),
        FaultKind("content-killed", ("F57",), 0.01, "killed between two calls of one job"),
        FaultKind("upload-killed", ("F29", "F57"), 0.3, "killed in an upload, or under its lock"),
        FaultKind("key-replaced", ("F31",), 0.03, "the key of the content is replaced"),
        FaultKind("document-changed", ("F30", "F33"), 0.3, "changed while it is on its way"),
        FaultKind("infected", ("F34",), 0.2, "the scanner finds something"),
        FaultKind("unscannable", ("F34",), 0.2, "the scanner cannot look to the end"),
        FaultKind("scanner-away", ("F34",), 0.3, "the scanner is away"),
        FaultKind("scanner-hangs", ("F34", "F21"), 0.2, "the scanner does not answer for long"),
    )
}
