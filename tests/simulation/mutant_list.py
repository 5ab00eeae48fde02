"""
The mutants, each with the laws that are meant to catch it.

Not here is what another line makes good before any law could tell: an acknowledgement that comes
too soon (sweeps, and Commands that are sent again), the checks of a lease (its alarm, and the epoch
in each stamp).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final

from tests.simulation.mutants import MOST_SEEDS, Caught, Mutant, hunt

_OBSERVED: Final = "bridge.engine.observed"
_OUTCOMES: Final = "bridge.engine.outcomes"
_LANDED: Final = "bridge.engine.landed"
_UNANSWERED: Final = "bridge.engine.unanswered"
_ACCEPT: Final = "bridge.engine.accept"
_MERGE: Final = "bridge.engine.merge"
_CONFLICT: Final = "bridge.engine.conflict"
_ABSORB: Final = "bridge.engine.absorb"
_EDITS: Final = "bridge.engine.edits"
_ITEMS: Final = "bridge.engine.items"
_PLAN: Final = "bridge.engine.plan"
_ALLOWANCE: Final = "bridge.engine.allowance"
_SCOPE: Final = "bridge.engine.scope"
_RESTORED: Final = "bridge.engine.restored"
_ROUTE: Final = "bridge.engine.route"
_COMPARE: Final = "bridge.edge.compare"
_CREATE: Final = "bridge.edge.create"
_WRITE: Final = "bridge.edge.write"
_READING: Final = "bridge.edge.reading"
_LEASE: Final = "bridge.edge.lease"
_GROUP: Final = "bridge.hub.group"
_HUB: Final = "bridge.hub.worker"
_OUTBOX: Final = "bridge.outbox"
_SWEEPING: Final = "bridge.content.sweeping"
_LOCKING: Final = "bridge.edge.locking"
_ENSURE: Final = "bridge.edge.ensure"

LOST: Final = frozenset({"no_edit_lost", "no_unseen_overwrite"})
AGREE: Final = frozenset({"converge"})
ONE: Final = frozenset({"one_counterpart"})
AGREED: Final = frozenset({"nothing_without_agreement"})
POLICY: Final = frozenset({"policy_decides", "no_edit_lost"})
QUIET: Final = frozenset({"quiesce", "converge"})
DAMAGE: Final = frozenset({"no_damage_at_author"})
TOLD: Final = frozenset({"explainable", "no_edit_lost"})
ORDER: Final = frozenset({"taken_in_order"})
ITEMS: Final = frozenset({"items_once"})
LOOKS: Final = frozenset({"looks_first"})
LEFT: Final = frozenset({"nothing_left"})
WHOLE: Final = frozenset({"documents_whole"})
_WAY: Final = frozenset(
    {"content-full", "content-lost", "content-damaged", "content-killed", "document-changed"}
)
_KILLED: Final = frozenset({"upload-killed"})
_FALSE_LENGTHS: Final = frozenset({"content-cut-short", "content-too-long"})
_SLOWLY: Final = frozenset({"content-killed"})
_BACKUP: Final = frozenset({"restored", "renders"})


def _engine() -> tuple[Mutant, ...]:
    return (
        Mutant("drop the sequence", f"{_OBSERVED}:_lanes_to_take",
               "if observation.sequence <= state.sequence:", "if False:", LOST | ORDER),
        Mutant("read in mid-flight", f"{_OBSERVED}:_lanes_to_take",
               "elif isinstance(state.phase, InFlight) or lane in busy:", "elif False:",
               LOST | DAMAGE | AGREE | TOLD | ORDER),
        Mutant("forget the unanswered", f"{_UNANSWERED}:remember",
               "side.unsettled.append(write)", "pass", LOST | DAMAGE | TOLD),
        Mutant("forget the uncertain", f"{_UNANSWERED}:remember_tries",
               "side.unsettled.append(write)", "pass",
               LOST | DAMAGE | TOLD),
        Mutant("merge two ways", f"{_MERGE}:merge",
               "if same(path, stood, truth):", "if True:", POLICY),
        Mutant("home never wins", f"{_CONFLICT}:_edit_wins",
               "return side.agency == draft.link.home, rule", "return True, rule", POLICY),
        Mutant("handler never wins", f"{_CONFLICT}:_edit_wins",
               "return side.agency == _handler_side(draft), rule", "return True, rule", POLICY),
        Mutant("earliest wins", f"{_CONFLICT}:_is_later", "origin.at >= theirs.at",
               "origin.at < theirs.at", POLICY),
        Mutant("nobody is asked", f"{_CONFLICT}:settle_conflict",
               "if draft.policy(edit.path) is Policy.PARK:", "if False:", POLICY),
        Mutant("lower the level", f"{_MERGE}:_lowers",
               'path == "confidentiality"', "False", frozenset({"never_lowered"})),
        Mutant("blend as a whole", f"{_MERGE}:_blend",
               "if ours != old and theirs not in (old, ours):", "if False:", LOST | POLICY),
        Mutant("loser not told", f"{_CONFLICT}:settle_conflict",
               "_tell_loser(draft, edit.path, edited, agreed",
               "(lambda *_: None)(draft, edit.path, edited, agreed", TOLD),
        Mutant("edit not told", f"{_ACCEPT}:accept",
               "draft.row(", "(lambda *_, **__: None)(", TOLD),
        Mutant("rendered is edited", f"{_ABSORB}:absorb",
               "if path not in rendered\n", "if True\n", DAMAGE | QUIET),
        Mutant("a new item each time", f"{_ITEMS}:identify",
               "if path in side.items:\n        return side.items[path]",
               "if False:\n        return side.items[path]", QUIET | LOST | DAMAGE | ITEMS),
        Mutant("what is absent is deleted", f"{_ABSORB}:changed",
               "in COLLECTIONS and field in read", "in COLLECTIONS", LOST | AGREE),
        Mutant("a log shrinks", f"{_EDITS}:merge_edits",
               "if value is None and FIELDS[split_path(path)[0]] is Kind.LOG:", "if False:",
               LOST | AGREE),
        Mutant("who was lent goes on", f"{_EDITS}:_is_held_back",
               "return bool(terms) and", "return False and", AGREED | AGREE),
        Mutant("an ended agreement goes on", "bridge.engine.rules:Rules.in_force",
               "if agency in each.parties and each.period.covers(day)",
               "if agency in each.parties", AGREED),
        Mutant("nothing is checked before it goes", f"{_PLAN}:_drop_what_may_not_arrive",
               "for change in list(steps.changes.values()):", "for change in ():", AGREED),
        Mutant("every participant's cases leave", f"{_SCOPE}:Scope._covering",
               "if any(grant.agreement.covers_case(kind, participant) for kind in kinds)", "",
               AGREED),
        Mutant("two Links to one agency", f"{_ROUTE}:open_links",
               "if way.to not in around.linked_to and may is not None:", "if may is not None:",
               ONE),
        Mutant("one parked path holds up all", f"{_PLAN}:_plan_lane",
               "    if not lag and not tells:\n        return\n",
               "    if (not lag and not tells) or side.parked:\n        return\n",
               frozenset({"isolation"})),
        Mutant("a case is closed first", f"{_PLAN}:_documents_lag",
               "return waiting or", "return False and",
               frozenset({"closes_last"})),
        Mutant("held where refused", f"{_LANDED}:is_done",
               "if outcome in (Outcome.DONE, Outcome.ALREADY):", "if True:",
               AGREE | LOST | TOLD),
        Mutant("a conflict counts as done", f"{_LANDED}:is_done",
               "if outcome in (Outcome.DONE, Outcome.ALREADY):",
               "if outcome in (Outcome.DONE, Outcome.ALREADY, Outcome.CONFLICT):",
               AGREE | LOST),
        Mutant("defaults are edits", f"{_OUTCOMES}:take_outcomes",
               "if answer.is_create else set()", "if False else set()",
               LOST | POLICY | AGREE | DAMAGE | QUIET),
        Mutant("every role crosses", f"{_ALLOWANCE}:Allowance._role",
               "if name not in self.roles - self.never_roles:", "if False:", AGREED),
        Mutant("all of a person crosses", f"{_ALLOWANCE}:Allowance._role",
               "if field in shown", "if True", AGREED),
        Mutant("every document crosses", f"{_ALLOWANCE}:Allowance._document_crosses",
               "and kind in self.document_types - self.never_document_types", "", AGREED),
        Mutant("what is internal crosses", f"{_ALLOWANCE}:Allowance._item",
               'return None if value.get("internal") else (path, value)', "return path, value",
               AGREED),
        Mutant("every field leaves", f"{_ALLOWANCE}:Allowance.cell",
               "if name not in self.fields and name not in TO_LINK_BY:", "if False:", AGREED),
        Mutant("every property leaves", f"{_ALLOWANCE}:Allowance.cell",
               'if name == "properties" and key not in self.properties:', "if False:", AGREED),
        Mutant("every level leaves", f"{_SCOPE}:Scope.confine",
               "if level in grant.allows.levels", "if True", AGREED),
        Mutant("an item is where it never was", f"{_LANDED}:place_of",
               "next(found, left[0] if len(left) == 1 else None)",
               "None", QUIET | AGREE | LOST | DAMAGE),
    )  # fmt: skip


def _around() -> tuple[Mutant, ...]:
    return (
        Mutant("write without expecting", f"{_COMPARE}:Look.may_give_way",
               "as_expected = is_known and same(change.path, change.expect, now)",
               "as_expected = True", LOST, "whole"),
        Mutant("overwrite what was found", f"{_COMPARE}:Look.may_give_way",
               'return now is None or now == ""', "return True", LOST, "whole"),
        Mutant("never look for the mark", f"{_CREATE}:Creator._find",
               "return found[0] if found else None", "return None", ONE, "whole"),
        Mutant("create at once again", f"{_CREATE}:Creator.place",
               "if self.now() < begun_at + self.patience + capabilities.settles_within:",
               "if False:",
               ONE, "whole"),
        Mutant("say so and write nothing", f"{_WRITE}:Writer.write",
               "if not missing:", "if True:",
               AGREE, "whole"),
        Mutant("do not write down that it began", f"{_CREATE}:Creator.place",
               "await self.begin(command.id)", "pass", ONE | LOST, "whole"),
        Mutant("forget the epoch", f"{_LEASE}:Lease.stamp",
               "return Sequence(self.epoch, self._counter)", "return Sequence(1, self._counter)",
               QUIET | LOST, "whole"),
        Mutant("no outbox", "bridge.store.memory_hub:MemoryHub.commit",
               "self._put_out([row for work in saved for row in work.outgoing])", "pass",
               QUIET, "whole"),
        Mutant("leftovers stay", f"{_OUTBOX}:Outbox._send_leftovers",
               "while rows := await", "while False and await", QUIET, "whole"),
        Mutant("confirmed or not", f"{_OUTBOX}:Outbox.send",
               "self._confirmed.update(confirmed)",
               "self._confirmed.update(row.id for row in unique)",
               QUIET, "whole"),
        Mutant("poison kills", f"{_HUB}:Hub._take",
               "except (Undecodable, FalseSender) as error:", "except FalseSender as error:",
               frozenset({"no_bug"}), "whole"),
        Mutant("a restored store is trusted", f"{_RESTORED}:suspect",
               "found.doubt = {}", "pass", LOOKS, "whole", _BACKUP),
        Mutant("our own writing is an edit", f"{_RESTORED}:_merge",
               "_agree(draft, *views)", "pass", DAMAGE, "whole", _BACKUP),
        Mutant("what came since is not found again", f"{_RESTORED}:_merge",
               "_pair(draft, *views)", "pass", ITEMS | DAMAGE, "whole", _BACKUP),
        Mutant("an edge tells all that it reads", "bridge.edge.reading:Reader.try_read",
               "confined = self._scope().confine(snapshot)", "confined = snapshot",
               AGREED, "whole"),
        Mutant("two at one case", "bridge.edge.jobs:Jobs.start",
               "if key in self._busy:", "if False:", LOST | AGREE | ONE | ITEMS, "whole"),
    )  # fmt: skip


def _documents() -> tuple[Mutant, ...]:
    return (
        Mutant("used content is never dropped", f"{_SWEEPING}:Sweep.run",
               "is_over = used and used.at < now - used_for", "is_over = False",
               LEFT, "documents", _WAY),
        Mutant("what broke off stays", f"{_SWEEPING}:Sweep.run",
               "for begun in self._begun:", "for begun in ():", LEFT, "documents", _WAY),
        Mutant("chunks of nothing stay", f"{_SWEEPING}:Sweep.run",
               "if blob not in known and", "if False and", LEFT, "documents", _WAY),
        Mutant("what is held is not noted", f"{_ENSURE}:Ensurer._ensure",
               "await self._note_used(command, reading.confined)", "pass", LEFT, "documents", _WAY),
        Mutant("what a killed write locked stays so", f"{_LOCKING}:Locking.give_back",
               "for lock in left:", "for lock in ():", LEFT, "documents", _KILLED),
    )  # fmt: skip


def _over_http() -> tuple[Mutant, ...]:
    return (
        Mutant("what is not as long as announced is delivered", f"{_READING}:Reader._fetched",
               "if document.size_bytes not in {None, staged.size_bytes}:", "if False:",
               WHOLE, "zgw", _FALSE_LENGTHS),
        Mutant("used content is never dropped, over HTTP", f"{_SWEEPING}:Sweep.run",
               "is_over = used and used.at < now - used_for", "is_over = False",
               LEFT, "zgw", _SLOWLY),
    )  # fmt: skip


MUTANTS: Final = (*_engine(), *_around(), *_documents(), *_over_http())


def _hunted(name: str, most: int) -> Caught:
    return hunt(next(each for each in MUTANTS if each.name == name), most)


def hunt_all(part: str = "", most: int = MOST_SEEDS) -> Iterator[Caught]:
    """Hunt every mutant whose name has *part* in it, on all cores; in the order of the list."""
    names = [each.name for each in MUTANTS if part in each.name]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_hunted, most=most), names)
