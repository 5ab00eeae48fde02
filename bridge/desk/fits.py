"""Whether what a person asks fits how a Link stands."""

from __future__ import annotations

from bridge.desk.errors import NotToBeDone
from bridge.engine.link import Link, Way
from bridge.engine.operate import Choose, Operation, Resume, Skip, Unlink


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
        case Unlink() if link.released is not None:
            msg = "the cases were let go before"
            raise NotToBeDone(msg)
        case _:
            pass
