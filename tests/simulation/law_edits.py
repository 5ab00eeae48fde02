"""Laws about what people typed: that it is not lost, not overwritten unseen, not damaged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.lane import lane_of
from bridge.engine.operate import Choose, Skip
from contracts.case import Cells, split_path
from contracts.messages import Receipt, Settled
from tests.simulation.account import BY_TOKEN, Account, CaseKey, Findings, Touch, who_or_what
from tests.simulation.people import token
from tests.simulation.trace import Opened, Operated, Wrote

MAKING: Final = timedelta(seconds=45)
"""
A case that was made no longer ago is still being made: what it lacks is written along.

More than four calls may take together. What was made and lost sight of is any other case.
"""

_RECORDED: Final = (What.EDITED, What.SUPERSEDED, What.HELD_BACK)
_SET_ASIDE: Final = (What.UNREAD, What.PARKED)


def no_edit_lost(account: Account) -> Findings:
    """
    No edit is lost or reverted: what the bridge writes over it is newer, or won by a rule.

    Where the bridge writes over what a person typed, somebody typed the new value who did not
    have the old one replaced by it before; and where neither knew of the other, the journal says
    which of them lost. A note is never taken away: a log only grows. Judged at each write. Bound:
    the window of a system that does not compare as it writes, as below; what lands after it was
    given up, and written again, and changed: that is taken for an edit; and a system that stands
    between two others: what it shows for what was typed is what crosses from there, though it
    says less, and what it has no word for, the other cannot have seen, and what was heard
    of later counts as later; and a case that a store
    brought back from a backup had forgotten: what it shows counts as typed when it is found again.
    """
    for wrote in account.touches:
        if not wrote.is_typed and wrote.path.startswith("notes/") and wrote.value is None:
            yield wrote.place, f"{wrote.agency} {wrote.path}: a note was taken away"
    for wrote, typed in overwritten(account):
        if is_in_window(wrote, typed):
            continue
        if lost_by_rule(account, typed) or _was_chosen(account, wrote):
            continue
        if is_being_made(account, wrote) or _says_again(account, typed, wrote.place):
            continue
        if _undoes_what_nobody_knew(account, typed, wrote.place) or _was_heard_late(account, wrote):
            continue
        sources = list(_sources(account, wrote))
        newer = [source for source in sources if not _is_overruled(account, source, typed)]
        what = f"{wrote.agency} {wrote.path}: {wrote.asked!r} was written over {typed.value!r}"
        if not newer:
            older = f", which is older (typed at {sources[-1].place})" if sources else ""
            yield wrote.place, f"{what} (typed at {typed.place}){older}"
        elif not (
            _is_set_aside(account, typed, wrote.place)
            or any(_knew(account, source, typed) for source in newer)
        ):
            yield wrote.place, f"{what} (typed at {typed.place}), and no row says that it lost"


def no_unseen_overwrite(account: Account) -> Findings:
    """
    No edit is overwritten unseen: before it is, the journal knows of it.

    Bound: in a system that does not compare as it writes, what is typed after the reading with
    which the edge compared; in one that does not tell its authors, what is typed between a write
    of ours to the same cell and the reading after it; in a case that is just being made, what is
    typed while it is; in any, what puts back what stood there before
    a write of ours that got no answer yet, or whose answer a restored store has forgotten; and a
    case found again after a restore, as above.
    Judged at each write.
    """
    for wrote, typed in overwritten(account):
        if is_in_window(wrote, typed) or is_being_made(account, wrote):
            continue
        if _undoes_what_nobody_knew(account, typed, wrote.place) or _was_found_again(
            account, wrote
        ):
            continue
        if _is_recorded(account, typed, wrote.place):
            continue
        what = f"{wrote.agency} {wrote.path}: {typed.value!r}, typed at {typed.place}"
        why = f"was overwritten by {wrote.asked!r}, and the journal never knew of it"
        yield wrote.place, f"{what}, {why}"


def no_damage_at_author(account: Account) -> Findings:
    """
    No text is damaged where it was written: what is narrower elsewhere never comes back.

    What the bridge asks a system to hold of a text that somebody typed there is that text to the
    letter; and a word or a number that already means what is agreed is left as it is. Judged at
    each write. Bound: none.
    """
    for wrote in account.touches:
        if not isinstance(wrote.event, Wrote):
            continue
        for leaf, written in _texts(wrote.asked):
            typed_first = account.typed_with(token(written))[:1]
            if not typed_first or typed_first[0].case != wrote.case:
                continue
            texts = [
                text
                for touch in account.typed_with(token(written))
                for name, text in _texts(touch.value)
                if name == leaf
                and token(text) == token(written)
                and touch.case == wrote.case
                and touch.place < wrote.place
            ]
            if texts and written not in texts:
                yield (
                    wrote.place,
                    f"{wrote.agency} {wrote.path}: {texts[-1]!r} comes back as {written!r}",
                )
    for wrote, typed in overwritten(account, alike=True):
        name, _ = split_path(wrote.path)
        if name in BY_TOKEN | {"handler", "confidentiality"} or is_being_made(account, wrote):
            continue
        if is_in_window(wrote, typed) or not _means_what_is_agreed(account, wrote, typed):
            continue
        yield (
            wrote.place,
            f"{wrote.agency} {wrote.path}: {typed.value!r} already meant {wrote.asked!r}",
        )


def overwritten(account: Account, *, alike: bool = False) -> Iterator[tuple[Touch, Touch]]:
    """Give each write over what a person typed, with that; *alike*: those that mean the same."""
    for touch in account.touches:
        if not isinstance(touch.event, Wrote) or touch.value == touch.before:
            continue
        before = account.previous(touch)
        if before is None or not before.is_typed or before.value == touch.value:
            continue
        if _is_back(account, before):
            continue
        if not before.value and _was_never_there(account, before):
            # Nobody typed that nothing is there.
            continue
        meant = [account.alike(before, touch, topic) for topic in touch.about]
        if (all(meant) and bool(meant)) if alike else not any(meant):
            yield touch, before


def _means_what_is_agreed(account: Account, wrote: Touch, typed: Touch) -> bool:
    """Tell whether a word that was typed means what a write was to say; its own may mean more."""
    agreed = _agreed_when_sent(account, wrote)
    return agreed is None or any(
        account.means(typed, topic, agreed.get(topic)) for topic in wrote.about
    )


def _agreed_when_sent(account: Account, wrote: Touch) -> Cells | None:
    """Give what was agreed when the Command was sent that wrote this."""
    agency, ref = wrote.case
    for place, decided in reversed(account.decisions):
        sent = any(
            (command.agency, command.ref, change.path, change.become)
            == (agency, ref, wrote.path, wrote.asked)
            for command in decided.commands
            for change in command.patch.changes
        )
        if place < wrote.place and sent and decided.link is not None:
            return decided.link.truth
    return None


def _was_never_there(account: Account, emptied: Touch) -> bool:
    """Tell whether a case was opened without it, or somebody emptied it before any Link began."""
    linked = [
        place
        for link in account.links_at(emptied.case)
        for place, row in account.rows.get(link.id, ())
        if row.what is What.LINKED
    ]
    return isinstance(emptied.event, Opened) or all(emptied.place < place for place in linked)


def _undoes_what_nobody_knew(account: Account, typed: Touch, before: int) -> bool:
    """
    Tell whether it puts back what stood there before a write of ours that got no answer yet.

    Or of which a store that was brought back *before* a place has forgotten the answer. A reading
    shows what it showed before: that there was a write, and an edit, is not to be seen. What
    answers about documents tells nothing of facts meanwhile, and the other way round.
    """
    wrote = account.previous(typed)
    if wrote is None or wrote.is_typed:
        return False
    is_back = who_or_what(wrote.before) == who_or_what(typed.value) or any(
        account.same(typed.case, typed.path, wrote.before, typed.case, typed.path, typed.value, t)
        for t in typed.about
    )
    return is_back and not any(
        wrote.place < place < typed.place
        and not account.is_forgotten(place, before)
        and isinstance(decided.cause, Receipt)
        and isinstance(decided.cause.result, Settled)
        and (decided.cause.agency, decided.cause.lane) == (typed.agency, lane_of(typed.path))
        for place, decided in account.decisions
    )


def _was_heard_late(account: Account, wrote: Touch) -> bool:
    return _came_late(account, wrote) or _was_found_again(account, wrote)


def _was_found_again(account: Account, wrote: Touch) -> bool:
    """
    Tell whether it says what a case showed that a restored store had forgotten, when it was found.

    When that was typed is told by no system; the Link begins with it.
    """
    for source in _sources(account, wrote):
        found = account.found_again(source.case, wrote.place)
        if found is not None and source.place < found:
            return True
    return False


def is_in_window(wrote: Touch, typed: Touch) -> bool:
    """Tell whether it was typed after the reading that a write was compared with, unguarded."""
    event = wrote.event
    return isinstance(event, Wrote) and not event.guarded and typed.event.at >= event.began


def _is_back(account: Account, typed: Touch) -> bool:
    """Tell whether people changed a cell and changed it back: there is nothing to see of that."""
    cell = account.cell(typed)
    for touch in reversed(cell[: cell.index(typed) + 1]):
        if not touch.is_typed:
            return False
        if not isinstance(touch.event, Opened) and who_or_what(touch.before) == who_or_what(
            typed.value
        ):
            return True
    return False


def _came_late(account: Account, wrote: Touch) -> bool:
    """Tell whether a write of ours that had been given up put this value into one of the cases."""
    cases = account.component(wrote.case)
    return any(
        isinstance(touch.event, Wrote)
        and touch.event.late
        and touch.case in cases
        and touch.place <= wrote.place
        and account.alike(touch, wrote, topic)
        for topic in wrote.about
        for touch in account.by_topic.get(topic, ())
    )


def _sources(account: Account, wrote: Touch) -> Iterator[Touch]:
    """Give what people typed that the written value may come from."""
    cases = account.component(wrote.case)
    found: dict[int, Touch] = {}
    if wrote.asked is None and split_path(wrote.path)[0] in BY_TOKEN:
        found = {id(touch): touch for touch in _taken_away(account, wrote)}
    for topic in wrote.about:
        for touch in account.by_topic.get(topic, ()):
            is_before = touch.place < wrote.place and touch.is_typed and touch.case in cases
            if is_before and account.alike(touch, wrote, topic):
                found[id(touch)] = touch
        found |= {id(touch): touch for touch in _said_less_on_the_way(account, wrote, topic)}
    yield from sorted(found.values(), key=lambda touch: touch.place)


def _said_less_on_the_way(account: Account, wrote: Touch, topic: str) -> Iterator[Touch]:
    """
    Give what was typed for which a system between them has only a default.

    What that shows is what crosses from there, under the next agreement.
    """
    cases = account.component(wrote.case)
    touches = [touch for touch in account.by_topic.get(topic, ()) if touch.place < wrote.place]
    for between in touches:
        is_between = not between.is_typed and between.case in cases - {wrote.case}
        if not is_between or not account.alike(between, wrote, topic):
            continue
        agreed = _agreed_when_sent(account, between)
        if agreed is None:
            continue
        for touch in touches:
            is_typed = touch.is_typed and touch.place < between.place and touch.case in cases
            if is_typed and account.means(touch, topic, agreed.get(topic)):
                yield touch


def _taken_away(account: Account, wrote: Touch) -> Iterator[Touch]:
    """Give who took that item away elsewhere, whatever had become of it there."""
    for case in account.component(wrote.case):
        for touches in account.cells.get(case, {}).values():
            was_it = any(set(touch.about) & set(wrote.about) for touch in touches)
            for touch in touches if was_it else ():
                if touch.is_typed and touch.value is None and touch.place < wrote.place:
                    yield touch


def _is_overruled(account: Account, source: Touch, typed: Touch) -> bool:
    """Tell whether who typed *typed* had the value of *source* before them, and replaced it."""
    if source.case == typed.case and source.path == typed.path:
        return source.place <= typed.place
    return any(
        source.place < touch.place < typed.place
        and not touch.is_typed
        and any(account.alike(source, touch, topic) for topic in touch.about)
        for touch in account.cell(typed)
    )


def _knew(account: Account, source: Touch, typed: Touch) -> bool:
    """Tell whether who typed *source* had *typed* before them, or could not have seen it."""
    before = account.previous(source)
    if before and any(account.alike(typed, before, topic) for topic in typed.about):
        # It replaced what is said again here: nobody can tell the two apart.
        return True
    if any(_stood_for(account, source, typed, topic) for topic in typed.about):
        return True
    if source.place < typed.place:
        return _is_cut_off(account, source, typed) and _is_heard_after(account, source, typed)
    stood = [touch for touch in account.cell(source) if touch.place < typed.place][-1:]
    if any(account.alike(typed, touch, topic) for touch in stood for topic in typed.about):
        # It says the same where *source* was typed: that replaced it.
        return True
    habits = account.outcome.habits[source.agency]
    if split_path(source.path)[0] in habits.unsupported | habits.immutable:
        # It cannot show what was agreed; the journal says that it stands for it.
        return True
    if _is_cut_off(account, source, typed):
        return True
    return any(
        typed.place < touch.place < source.place
        and topic in touch.about
        and account.alike(typed, touch, topic)
        for touch in account.cell(source)
        for topic in typed.about
    )


def _is_cut_off(account: Account, source: Touch, typed: Touch) -> bool:
    """Tell whether a case on the way has no word for *typed*: who typed *source* could not see."""
    there = _on_the_way(account, typed, source)
    return any(account.is_silent(typed, topic, case) for topic in typed.about for case in there)


def _is_heard_after(account: Account, source: Touch, typed: Touch) -> bool:
    """Tell whether the journal knew of *typed* first, where no system tells of the order."""
    first, then = _heard(account, typed), _heard(account, source)
    return first is not None and then is not None and first < then


def _heard(account: Account, typed: Touch) -> int | None:
    """Give the place of the row that first tells of an edit."""
    return min(
        (
            place
            for topic in typed.about
            for place, row in account.rows_about(typed, topic, What.EDITED)
            if place > typed.place and account.means(typed, topic, row.value)
        ),
        default=None,
    )


def _on_the_way(account: Account, typed: Touch, source: Touch) -> list[CaseKey]:
    """Give the cases that must show *typed* before who typed *source* can have seen it."""
    partners = account.partners.get(typed.case, {})
    return [source.case] if source.case in partners else [source.case, *partners]


def lost_by_rule(account: Account, typed: Touch) -> bool:
    """Tell whether the journal says that an edit lost, or stays where it was made."""
    kinds = (What.SUPERSEDED, What.HELD_BACK, What.RENDERED, What.UNSUPPORTED)
    return any(
        place > typed.place and _tells_of(account, typed, topic, row)
        for topic in typed.about
        for place, row in account.rows_about(typed, topic, *kinds)
    )


def _tells_of(account: Account, typed: Touch, topic: str, row: Row) -> bool:
    if row.what is What.RENDERED:
        return row.agency == typed.agency and is_taken_for_rendering(account, typed, row)
    is_own = row.what is What.HELD_BACK and row.agency == typed.agency and row.value == typed.value
    if is_own or account.means(typed, topic, row.value):
        return True
    # A system between them may have re-cased it on the way.
    said = token(typed.value)
    return said is not None and said == token(row.value)


def _stood_for(account: Account, source: Touch, typed: Touch, topic: str) -> bool:
    """Tell whether *typed* says what was last read where *source* was typed: it replaced that."""
    read = [
        row
        for place, row in account.rows_about(source, topic, *_RECORDED)
        if place < typed.place and row.agency == source.agency
    ][-1:]
    return any(account.means(typed, topic, row.value) for row in read)


def _says_again(account: Account, typed: Touch, until: int) -> bool:
    """Tell whether somebody typed what was agreed already, or was known of that cell before."""
    for topic in typed.about:
        rows = [(n, r) for n, r in account.rows_about(typed, topic, *_RECORDED) if n < until]
        edited = [(n, row) for n, row in rows if row.what is What.EDITED]
        before = [row for place, row in edited if place < typed.place][-1:]
        others = [row for _, row in edited if row.agency != typed.agency]
        if any(account.means(typed, topic, row.value) for row in (*before, *others)):
            return True
        here = [r for n, r in rows if n < typed.place and r.agency == typed.agency][-1:]
        if any(r.value == typed.value or account.means(typed, topic, r.value) for r in here):
            return True
    return False


def _is_set_aside(account: Account, typed: Touch, until: int) -> bool:
    """Tell whether the journal says that it means nothing, or is how the system renders."""
    return any(
        typed.place < place <= until
        and row.agency == typed.agency
        and (row.what is not What.RENDERED or is_taken_for_rendering(account, typed, row))
        for topic in typed.about
        for place, row in account.rows_about(typed, topic, *_SET_ASIDE, What.RENDERED)
    )


def _is_recorded(account: Account, typed: Touch, until: int) -> bool:
    if not typed.about or _says_again(account, typed, until):
        return True
    return _is_set_aside(account, typed, until) or any(
        typed.place < place <= until and _tells_of(account, typed, topic, row)
        for topic in typed.about
        for place, row in account.rows_about(typed, topic, *_RECORDED)
    )


def is_taken_for_rendering(account: Account, typed: Touch, row: Row) -> bool:
    """
    Tell whether an edit could not be told from how the system renders a write of ours.

    It does not tell its authors; or says that it was the very colleague on whose behalf we wrote.
    Another word of a list can be told, unless it is the one that stood there before.
    """
    if row.value != typed.value or _is_another_word(account, typed):
        return False
    if not account.outcome.habits[typed.agency].tells_authors:
        return True
    by = getattr(typed.event, "by", None)
    if by not in account.rulesets[0][1].rules.staff:
        # A system that adds of its own accord is no colleague.
        return True
    return any(
        command.patch.by == by and command.agency == typed.agency
        for _, decided in account.decisions
        for command in decided.commands
    )


def _is_another_word(account: Account, typed: Touch) -> bool:
    """Tell whether it is a property's word that means something, and did not stand there before."""
    said = typed.value.get("value") if isinstance(typed.value, dict) else None
    is_property = split_path(typed.path)[0] == "properties" and token(typed.value) is None
    if not is_property or not isinstance(said, str) or not any(map(str.isalpha, said)):
        return False
    wrote = account.previous(typed)
    if wrote is None or wrote.is_typed or who_or_what(wrote.before) == who_or_what(typed.value):
        return False
    shown = account.shown(typed.case, typed.path, typed.value)
    return all(
        any(meanings[typed.agency].candidates(shown, topic) for topic in typed.about)
        for meanings in account.meanings
    )


def is_being_made(account: Account, wrote: Touch) -> bool:
    """Tell whether the bridge was still making the case in which it wrote this."""
    made, event = account.made.get(wrote.case), wrote.event
    began = event.began if isinstance(event, Wrote) else event.at
    return made is not None and began - made.at < MAKING


def _was_chosen(account: Account, wrote: Touch) -> bool:
    """Tell whether a person chose a value for this, at the parked cases."""
    cases = account.component(wrote.case)
    for event in account.events[: wrote.place]:
        if isinstance(event, Operated) and isinstance(event.operation, Choose | Skip):
            link = account.links[event.link]
            linked = any((side.agency, side.ref) in cases for side in link.sides.values())
            if linked and event.operation.path in wrote.about:
                return True
    return False


def _texts(value: JsonValue, name: str = "") -> Iterator[tuple[str, str]]:
    """Give every text in a value that somebody typed, with the name of the member."""
    if isinstance(value, dict):
        for member, part in value.items():
            if member not in ("key", "identity", "digest", "mark"):
                yield from _texts(part, member)
    elif isinstance(value, str) and token(value):
        yield name, value
