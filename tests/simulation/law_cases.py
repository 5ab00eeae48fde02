"""Laws about whole cases: one counterpart, what waits waits alone, the end goes last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Side
from bridge.engine.parked import CASE, Parked, Reason
from bridge.engine.restored import RULE
from contracts.agreement import Policy
from contracts.case import split_path
from contracts.crosswalk import Rule
from contracts.ids import CaseRef
from tests.simulation.account import BY_TOKEN, Account, Findings, Touch
from tests.simulation.law_converge import differences, is_bound
from tests.simulation.permission import covers, in_force, is_low_enough
from tests.simulation.trace import Deleted, Made, Struck, Wrote


def one_counterpart(account: Account) -> Findings:
    """
    Never two counterparts of one case in one system, whatever becomes of the answers.

    No mark is given twice in one system, and no case has two Links towards one agency. Judged at
    each case that the bridge opens. Bound: none.
    """
    marks: Counter[tuple[str, str]] = Counter()
    for place, event in enumerate(account.events):
        if isinstance(event, Deleted) and (event.agency, event.ref) in account.made:
            marks[event.agency, account.made[event.agency, event.ref].mark] -= 1
        if isinstance(event, Made):
            marks[event.agency, event.mark] += 1
            if marks[event.agency, event.mark] > 1:
                yield place, f"a second case that bears {event.mark} was made at {event.agency}"
    ways: Counter[tuple[object, ...]] = Counter()
    for link in account.outcome.links.values():
        home = link.sides[link.home]
        for other in link.others(link.home):
            ways[home.agency, home.ref, other.agency] += 1
            if ways[home.agency, home.ref, other.agency] > 1:
                yield len(account.events) - 1, f"{home.ref} has two Links to {other.agency}"


def isolation(account: Account) -> Findings:
    """
    What cannot proceed waits alone, and only that.

    Of a case of which something waits for a person, all else agrees as if nothing did, within the
    same time; and nothing waits without a cause that can be seen from outside: a word that is
    missing, a system that refused, a conflict that the agreement leaves to a person, a case that
    is gone or may not leave. A system that is away to the end holds up nobody else.
    """
    end = len(account.events) - 1
    for link in account.outcome.links.values():
        # Where a whole case waits nothing crosses, and what waits within is looked at no more.
        stands_still = any(CASE in side.parked for side in link.sides.values())
        for side in link.sides.values():
            for path, parked in side.parked.items():
                if stands_still and path != CASE:
                    continue
                if link.released is None and not _has_cause(account, link, side, path, parked):
                    yield end, f"{side.agency} {path} waits ({parked.reason.value}) for no cause"
        if link.is_parked and is_bound(account, link):
            for why in differences(account, link):
                yield end, f"link {link.id[:6]}, beside what waits: {why}"


def _has_cause(account: Account, link: Link, side: Side, path: str, parked: Parked) -> bool:
    habits, name = account.outcome.habits[side.agency], split_path(path)[0]
    causes: dict[Reason, Callable[[], bool]] = {
        Reason.NO_COUNTERPART: lambda: _has_no_word(account, side, path, parked.value),
        Reason.CONFLICT: lambda: (
            _is_left_to_people(account, link, path) or _cannot_be_proved(account, link, path)
        ),
        Reason.REFUSED: lambda: _was_refused(account),
        Reason.IMMUTABLE: lambda: name in habits.immutable,
        Reason.UNTRANSLATABLE: lambda: _means_nothing(account, side, path),
        Reason.GONE: lambda: any(
            isinstance(event, Deleted) and event.ref == (side.ref or _made_as(account, link, side))
            for event in account.events
        ),
        Reason.OUT_OF_SCOPE: lambda: _is_out_of_scope(account, link),
        Reason.AMBIGUOUS: lambda: not habits.finds,
        # A document whose content could not be had.
        Reason.UNREADABLE: lambda: name == "documents",
        Reason.UNSAFE: lambda: False,
        Reason.BUG: lambda: False,
    }
    return causes[parked.reason]()


def _is_left_to_people(account: Account, link: Link, path: str) -> bool:
    agreements = [rules.rules.agreement(link.agreement) for _, rules in account.rulesets]
    return any(each is not None and each.policy_for(path) is Policy.PARK for each in agreements)


def _cannot_be_proved(account: Account, link: Link, path: str) -> bool:
    """Tell whether both sides showed something else when a store had been brought back."""
    return any(
        row.what is What.SUPERSEDED and row.path == path and row.rule == RULE
        for _, row in account.rows.get(link.id, ())
    )


def _has_no_word(account: Account, side: Side, path: str, value: JsonValue) -> bool:
    kind = account.case_type((side.agency, side.ref)) if side.ref else ""
    for meanings in account.meanings:
        meaning = meanings[side.agency]
        if path in ("case_type", CASE):
            fate = meaning.type_fate(str(value))
        else:
            fate = meaning.fate(path, value, kind)
        if fate in (Rule.PARK, Rule.FOLD, Rule.DEFAULT):
            # A default may be one that this case type does not allow.
            return True
    return False


def _was_refused(account: Account) -> bool:
    kinds = ("F9", "F10", "F11", "F12", "F13", "F64")
    return any(isinstance(e, Struck) and e.kind.startswith(kinds) for e in account.events)


def _means_nothing(account: Account, side: Side, path: str) -> bool:
    if side.ref is None:
        return False
    for touches in account.cells[side.agency, side.ref].values():
        touch = touches[-1]
        if path not in touch.about and path != touch.path:
            continue
        shown = account.shown(touch.case, touch.path, touch.value)
        for meanings in account.meanings:
            topics = touch.about or (touch.path,)
            if not any(meanings[side.agency].candidates(shown, topic) for topic in topics):
                return True
    return not split_path(path)[1] or split_path(path)[0] in BY_TOKEN


def _is_out_of_scope(account: Account, link: Link) -> bool:
    """Tell whether at some time no agreement let one of the cases leave."""
    days = {event.at.date() for event in account.events}
    for side in link.sides.values():
        cells = account.cells.get((side.agency, side.ref or _made_as(account, link, side)), {})
        levels = [touch.value for touch in cells.get("confidentiality", ())]
        for _, ruleset in account.rulesets:
            for day in days:
                there = in_force(ruleset, side.agency, day)
                meaning = account.meaning_of(ruleset, side.agency)
                now = {path: touches[-1].value for path, touches in cells.items()}
                covering = [a for a in there if covers(a, meaning, now)]
                if link.agreement not in {a.id for a in there} or not covering:
                    return True
                if any(not is_low_enough(a, level) for a in covering for level in levels):
                    return True
    return False


def _made_as(account: Account, link: Link, side: Side) -> CaseRef:
    """Give the case that the bridge made for a side and lost sight of."""
    made = (ref for (agency, ref), e in account.made.items() if agency == side.agency)
    marked = (ref for ref in made if account.made[side.agency, ref].mark == link.id)
    return next(marked, CaseRef(""))


def closes_last(account: Account) -> Findings:
    """
    What ends a case goes last: no document that was on its way comes after the final status.

    Judged at each document that the bridge writes. Bound: none where nothing was refused; what
    waits for a person holds nothing up, and comes once it is resumed.
    """
    finals = {
        (agency, step.code)
        for _, ruleset in account.rulesets
        for agency, catalogue in ruleset.catalogues.items()
        for steps in catalogue.processes.values()
        for step in steps
        if step.final
    }
    closed: dict[object, Touch] = {}
    for touch in account.touches:
        if touch.path == "status":
            closed.pop(touch.case, None)
            if (touch.agency, touch.value) in finals and isinstance(touch.event, Wrote):
                closed[touch.case] = touch
        end = closed.get(touch.case)
        is_document = touch.path.startswith("documents/") and isinstance(touch.event, Wrote)
        is_document = is_document and touch.value is not None
        if is_document and end is not None and _was_known(account, touch, end):
            yield touch.place, f"{touch.path} came to {touch.agency} after its end at {end.place}"


def _was_known(account: Account, document: Touch, end: Touch) -> bool:
    """Tell whether a document was agreed before the end was sent."""
    if any(isinstance(e, Struck) and e.kind.startswith(_HELD_UP) for e in account.events):
        return False
    sent = {
        row.link: place
        for place, row in account.rows_about(end, "status", What.SENT)
        if place < end.place and row.agency == end.agency
    }
    # What another Link of the same case brings is no part of it; nor what was typed later.
    newest = {
        row.link: place
        for topic in document.about
        for place, row in account.rows_about(document, topic, What.EDITED)
        if place < document.place and not _waited(account, document, row, end)
    }
    return any(place <= sent[link] for link, place in newest.items() if link in sent)


def _waited(account: Account, document: Touch, agreed: Row, end: Touch) -> bool:
    """Tell whether a document waited for a person, whatever version of it, before the end came."""
    return any(
        row.what is What.PARKED
        and (row.agency, row.path) == (document.agency, agreed.path)
        and place < end.place
        for place, row in account.rows.get(agreed.link, ())
    )


_HELD_UP = ("F9", "F10", "F11", "F12", "F31", "F64", "F65")
