"""Authors: whether a system says that a value is somebody's, and not ours."""

from __future__ import annotations

from bridge.engine.answer import Answer
from bridge.engine.draft import Draft
from contracts.snapshot import Snapshot


def is_a_colleagues(draft: Draft, answer: Answer, path: str) -> bool:
    """Tell whether the system says that somebody whom the rules know wrote this, and not we."""
    snapshot = answer.result.snapshot
    author = snapshot.authors.get(path)
    is_on_behalf = author is not None and author.by == answer.flight.command.patch.by
    return not is_on_behalf and names_a_colleague(draft, path, snapshot)


def names_a_colleague(draft: Draft, path: str, snapshot: Snapshot) -> bool:
    """Tell whether the system names somebody whom the rules know."""
    author = snapshot.authors.get(path)
    return author is not None and draft.rules.employer_of(author.by or "") is not None
