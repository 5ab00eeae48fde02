"""Laws about what people typed: that it is not lost, not overwritten unseen, not damaged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bridge.engine.decision import What
from bridge.engine.operate import Choose, Skip
from tests.simulation.account import Account, CaseKey, Touch
from tests.simulation.trace import Made, Operated, Wrote

Findings = Iterator[tuple[int, str]]

MAKING: Final = timedelta(minutes=2)
"""A case that was made no longer ago is still being made: what it lacks is written along."""


def no_edit_lost(account: Account) -> Findings:
    """
    No edit is lost or reverted: what the bridge writes over it is newer, or won by a rule.

    Where the bridge writes over what a person typed, somebody typed the new value without having
    replaced it by the old one since; or the journal says that the edit lost, and by which rule.
    Judged at each write. Bound: none.
    """
    for wrote, typed in _overwritten(account):
        if _lost_by_rule(account, typed) or _was_chosen(account, wrote):
            continue
        if _is_being_made(account, wrote, typed):
            continue
        sources = list(_sources(account, wrote))
        if not any(not _is_overruled(account, source, typed) for source in sources):
            older = f"; it was typed before, at {sources[-1].place}" if sources else ""
            yield (
                wrote.place,
                f"{wrote.agency} {wrote.path}: {wrote.asked!r} was written over "
                f"{typed.value!r}, which somebody typed at {typed.place}{older}",
            )


def _overwritten(account: Account) -> Iterator[tuple[Touch, Touch]]:
    """Give each write of the bridge over something that a person typed, with that."""
    for touch in account.touches:
        if not isinstance(touch.event, Wrote) or touch.value == touch.before:
            continue
        before = account.previous(touch)
        if before is None or not before.is_typed or before.value == touch.value:
            continue
        if any(account.alike(before, touch, topic) for topic in touch.about):
            continue
        yield touch, before


def _sources(account: Account, wrote: Touch) -> Iterator[Touch]:
    """Give what people typed that the written value may come from."""
    cases = account.component(wrote.case)
    seen: set[int] = set()
    for topic in wrote.about:
        for touch in account.by_topic.get(topic, ()):
            if touch.place >= wrote.place:
                break
            if touch.is_typed and touch.case in cases and id(touch) not in seen:
                if account.alike(touch, wrote, topic):
                    seen.add(id(touch))
                    yield touch


def _is_overruled(account: Account, source: Touch, typed: Touch) -> bool:
    """Tell whether who typed *typed* had the value of *source* before them, and replaced it."""
    if source.case == typed.case and source.path == typed.path:
        return source.place <= typed.place
    for touch in account.cell(typed):
        if source.place < touch.place < typed.place and not touch.is_typed:
            if any(account.alike(source, touch, topic) for topic in touch.about):
                return True
    return False


def _lost_by_rule(account: Account, typed: Touch) -> bool:
    return any(
        place > typed.place and account.means(typed, topic, row.value)
        for topic in typed.about
        for place, row in account.rows_about(typed, topic, What.SUPERSEDED, What.HELD_BACK)
    )


def _is_being_made(account: Account, wrote: Touch, typed: Touch) -> bool:
    """Tell whether somebody typed in a case that the bridge was still making."""
    made = next((e for e in account.events if isinstance(e, Made) and _case(e) == wrote.case), None)
    return made is not None and wrote.event.at - made.at < MAKING


def _case(event: Made) -> CaseKey:
    return event.agency, event.ref


def _was_chosen(account: Account, wrote: Touch) -> bool:
    """Tell whether a person chose a value for this, at the parked cases."""
    cases = account.component(wrote.case)
    for event in account.events[: wrote.place]:
        if isinstance(event, Operated) and isinstance(event.operation, Choose | Skip):
            link = account.outcome.links[event.link]
            linked = any((side.agency, side.ref) in cases for side in link.sides.values())
            if linked and event.operation.path in wrote.about:
                return True
    return False
