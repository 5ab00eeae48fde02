"""The law about a store that was brought back from a backup: look first, write later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.engine.decision import What
from bridge.engine.link import Link
from contracts.ids import LinkId
from tests.simulation.account import Account, CaseKey, Findings
from tests.simulation.trace import Decided, Made, Restored, Wrote


def looks_first(account: Account) -> Findings:
    """
    After a restore nothing is written for a Link that the backup knew until its sides were read.

    Judged at each write and each case that is opened, by the row of the journal that says that a
    Link was looked at. Bound: a write that had been given up before and lands late; and what is
    written for another Link of the same case.
    """
    doubted: dict[LinkId, Link] = {}
    for place, event in enumerate(account.events):
        match event:
            case Restored(backup=backup):
                doubted = dict(_linked(account.decisions_at(backup)))
            case Decided(rows=rows):
                for row in rows:
                    if row.what is What.LOOKED and row.link is not None:
                        doubted.pop(row.link, None)
            case Wrote(agency=agency, ref=ref, late=False) if _is_doubted(
                account, doubted, (agency, ref)
            ):
                yield place, f"{agency} {event.path} was written before the case was looked at"
            case Made(agency=agency, mark=mark) if LinkId(mark) in doubted:
                yield place, f"a case was opened at {agency} before the other was looked at"
            case _:
                pass


def _linked(known: Iterable[Decided]) -> Iterator[tuple[LinkId, Link]]:
    """Give the Links that are not let go, as they are after some decisions."""
    links = {each.link.id: each.link for each in known if each.link is not None}
    return ((id_, link) for id_, link in links.items() if link.released is None)


def _is_doubted(account: Account, doubted: dict[LinkId, Link], case: CaseKey) -> bool:
    links = account.links_at(case)
    return bool(links) and all(link.id in doubted for link in links)
