"""Laws about documents: each is what somebody filed, and nothing of any is left on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

from contracts.case import Document, split_path
from contracts.envelope import Undecodable, decode
from contracts.ids import AgencyId, CommandId
from contracts.messages import Command, Receipt, Settled
from tests.simulation.account import Account, Findings
from tests.simulation.people import token
from tests.simulation.trace import Decided, Kept, Left, Phase

_LOOKS_MEANWHILE: Final = 4
"""Two sweeps that are asked for, and what is looked at once more for a large document's sake."""
_SWEEP: Final = timedelta(seconds=60)


def documents_whole(account: Account) -> Findings:
    """
    No document shows a content that nobody filed: cut, mixed, or of another one.

    Bound: none. That each is where it belongs is for `items_once` and `converge`.
    """
    end = len(account.events) - 1
    for agency, cases in account.outcome.systems.items():
        for ref, cells in cases.items():
            for path, value in cells.items():
                if split_path(path)[0] != "documents" or not isinstance(value, dict):
                    continue
                if value.get("digest") is not None and token(value["digest"]) is None:
                    yield end, f"{agency} {ref}: {path} holds {value['digest']!r}"


def nothing_left(account: Account) -> Findings:
    """
    When all has come to rest nothing of any content is left on its way, and nothing is locked.

    What a target has is noted as used before that is told, and goes `keep_used_content` later; all
    else when `keep_content` is over, or a day after it broke off. What a killed write left locked
    is given back as soon as the system answers. Bound: a sweep after that.
    """
    end = len(account.events) - 1
    for why in account.outcome.left:
        yield end, why
    yield from _staged_again_and_again(account, end)
    yield from _not_noted(account)


def _not_noted(account: Account) -> Findings:
    """Find contents of which an edge told that they are there, and noted nothing before."""
    noted: set[tuple[AgencyId, str]] = set()
    commands: dict[CommandId, Command] = {}
    if not any(True for _ in account.outcome.trace.of(Kept)):
        return
    for place, event in enumerate(account.events):
        match event:
            case Kept(agency=agency, what="used" | "doubt", digest=digest):
                noted.add((agency, digest))
            case Decided(commands=sent):
                commands |= {command.id: command for command in sent}
            case Left(agency=agency, body=body) if agency is not None:
                with suppress(Undecodable):
                    told = decode(body).data
                    if isinstance(told, Receipt) and told.command in commands:
                        for digest in _brought(commands[told.command], told):
                            if (agency, digest) not in noted:
                                yield place, f"{agency} holds {digest}, and did not note it"
            case _:
                pass


def _staged_again_and_again(account: Account, end: int) -> Findings:
    """Find contents that are brought into the store more often than their cases are looked at."""
    quiet = account.phases["quiet"]
    # By one clock: those of processes may be minutes apart.
    events = [each for each in account.events[quiet:] if isinstance(each, Kept | Phase)]
    lasts = events[-1].at - events[0].at
    staged = Counter(
        (event.agency, event.digest)
        for event in events
        if isinstance(event, Kept) and event.what == "staged"
    )
    for (agency, digest), times in staged.items():
        if times > _LOOKS_MEANWHILE + lasts / _SWEEP:
            yield end, f"{agency} staged {digest} {times} times while nothing happened"


def _brought(command: Command, receipt: Receipt) -> Iterator[str]:
    """Give the contents that a Command brought and that its Receipt shows."""
    if not isinstance(receipt.result, Settled):
        return
    shown = {document.digest for document in receipt.result.snapshot.case.documents}
    for change in command.patch.changes:
        if change.content is None or change.become is None:
            continue
        digest = Document.model_validate(change.become).digest
        if digest is not None and digest in shown:
            yield digest
