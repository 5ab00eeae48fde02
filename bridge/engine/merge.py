"""
Merge: an edit on one side meets the truth.

Three values decide: what the side stood for before the edit, the truth, and the edit. Where the
side stood for the truth, nobody else changed it and the edit is the new truth. Where it did not,
both changed it: two edits of other parts of one item blend, all else is a conflict.
"""

from __future__ import annotations

from pydantic import JsonValue

from bridge.engine.accept import Edit, accept
from bridge.engine.conflict import settle_conflict
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Side
from bridge.engine.parked import Reason
from bridge.engine.sameness import same
from contracts.agreement import Policy
from contracts.case import CONFIDENTIALITY, strictest


def merge(draft: Draft, edit: Edit) -> None:
    """Bring one edit into the truth."""
    side, path, value = edit.side, edit.path, edit.value
    truth, stood = draft.link.truth.get(path), side.stands.get(path)
    parked = side.parked.get(path)
    if parked and parked.reason is Reason.UNTRANSLATABLE:
        # What stands there now has a meaning, be it the one from before.
        draft.unpark(side, path, "de waarde is gewijzigd")
    if same(path, value, stood):
        is_of_it = tells_more(value, truth) and _is_one_version(stood, truth)
        known = _blend(stood, truth, value) if is_of_it else None
        if known is not None:
            # What else is agreed of it may be newer than what this side shows.
            is_read = isinstance(value, dict) and value.get("digest") is not None
            why = f"de inhoud van het document is {'nu bekend' if is_read else 'niet te lezen'}"
            accept(draft, edit, agreed=known, why=why)
        return
    if same(path, value, truth):
        draft.stand(side, path, truth)
        return
    if _lowers(draft, path, value, truth):
        _hold_back(draft, edit)
        return
    if same(path, stood, truth):
        take = settle_conflict if _is_news_there(draft, side, path) else accept
        take(draft, edit)
        return
    blended = _blend(stood, truth, value)
    if blended is not None:
        why = "beide kanten wijzigden het, elk een ander deel"
        accept(draft, edit, agreed=blended, why=why)
        return
    settle_conflict(draft, edit)


def _is_news_there(draft: Draft, side: Side, path: str) -> bool:
    """
    Tell whether the truth is another side's and was agreed since this one was last read.

    It stands for it by a rule alone, with nothing to show: whoever typed knew nothing of it.
    """
    theirs = draft.link.origins.get(path)
    return path in side.unseen and theirs is not None and theirs.agency != side.agency


def tells_more(value: JsonValue, known: JsonValue) -> bool:
    """
    Tell whether more is told of a content than was known, which was to come later.

    What it is; or that it cannot be read, and nobody is to wait for it.
    """
    if not isinstance(value, dict) or not isinstance(known, dict) or "digest" not in value:
        return False
    if known.get("digest") is not None:
        return False
    is_given_up = known.get("content") is not None and value.get("content") is None
    return value["digest"] is not None or is_given_up


def _is_one_version(one: JsonValue, other: JsonValue) -> bool:
    """Tell whether two documents are one version of one system, whatever else is said of them."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    return all(one.get(name) == other.get(name) for name in ("version", "content"))


def _lowers(draft: Draft, path: str, value: JsonValue, truth: JsonValue) -> bool:
    return (
        path == "confidentiality"
        and draft.policy(path) is Policy.STRICTEST
        and isinstance(truth, str)
        and isinstance(value, str)
        and strictest(value, truth) == truth
        and truth in CONFIDENTIALITY
    )


def _hold_back(draft: Draft, edit: Edit) -> None:
    """Let the side keep its own, looser level: a crossing never lowers anybody's protection."""
    draft.row(
        What.HELD_BACK,
        edit.side,
        edit.path,
        value=edit.value,
        other=draft.link.truth.get(edit.path),
        by=edit.origin.by,
        rule=Policy.STRICTEST.value,
        why="een overgang verlaagt nooit de vertrouwelijkheid",
    )


def _blend(stood: JsonValue, truth: JsonValue, edit: JsonValue) -> JsonValue:
    """Merge two edits of one item that touch different members; ``None`` where they clash."""
    if not (isinstance(stood, dict) and isinstance(truth, dict) and isinstance(edit, dict)):
        return None
    result: dict[str, JsonValue] = {}
    for name in {**truth, **edit}:
        old, theirs, ours = stood.get(name), truth.get(name), edit.get(name)
        if ours != old and theirs not in (old, ours):
            return None
        result[name] = theirs if ours == old else ours
    return result
