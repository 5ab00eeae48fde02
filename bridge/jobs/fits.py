"""Whether what a person asks fits how a Link stands."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.engine.link import Link, Mode
from bridge.engine.operate import Choose, Operation, Recreate, Resume, Skip, Unlink
from bridge.engine.parked import CASE, Parked, Reason, Way
from bridge.jobs.errors import NotToBeDone
from contracts.ids import AgencyId


def see_fits(link: Link, operation: Operation) -> None:
    """
    See that an operation fits how a Link stands.

    Raises:
        NotToBeDone: It does not; the message says what would.
    """
    parked = {
        (agency, path): entry
        for agency, side in link.sides.items()
        for path, entry in side.parked.items()
    }
    match operation:
        case Resume() if not parked:
            msg = "nothing of this case waits for a person"
            raise NotToBeDone(msg)
        case Resume(agency=agency, path=path) if path != CASE or agency is None:
            _see_more_than_ambiguous(parked)
        case Skip(agency=agency, path=path):
            entry = parked.get((agency, path))
            if entry is None or Way.SKIP not in entry.ways:
                ways = ", ".join(f"{a} {p}" for a, p in parked) or "nothing"
                msg = f"{path} at {agency} cannot be skipped; parked: {ways}"
                raise NotToBeDone(msg)
        case Choose(path=path):
            if not any(name == path for _, name in parked):
                msg = f"{path} does not wait for a choice; edit it in either system instead"
                raise NotToBeDone(msg)
        case Recreate(agency=agency):
            _see_recreatable(link, agency)
        case Unlink() if link.released is not None:
            msg = "the cases were let go before"
            raise NotToBeDone(msg)
        case _:
            pass


def _see_more_than_ambiguous(parked: Mapping[tuple[AgencyId, str], Parked]) -> None:
    """Where a case may have been made, only who names it says that they looked for it."""
    unsure = sorted(a for (a, _), entry in parked.items() if entry.reason is Reason.AMBIGUOUS)
    if len(unsure) == len(parked):
        msg = (
            f"a case may have been made at {', '.join(unsure)}: look there first. "
            f"If there is none, name it: agency {unsure[0]}, path {CASE}"
        )
        raise NotToBeDone(msg)


def _see_recreatable(link: Link, agency: AgencyId) -> None:
    side = link.sides.get(agency)
    entry = side.parked.get(CASE) if side else None
    if side is None or entry is None or Way.RECREATE not in entry.ways:
        msg = f"the case at {agency} is not gone, so it cannot be made anew"
        raise NotToBeDone(msg)
    if agency == link.home or link.mode is Mode.FOLD:
        msg = f"the case began at {agency}, or is folded there: only its people can make it again"
        raise NotToBeDone(msg)
    if not side.is_idle:
        msg = f"something is still on its way to {agency}; try again in a while"
        raise NotToBeDone(msg)
