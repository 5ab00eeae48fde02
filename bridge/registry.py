"""The registry: finds adapters by entry point, and refuses one whose promises its methods break."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from contracts.adapter import Adapter, CarriesDocuments, Hears, Intake, Polls

GROUP: Final = "casebridge.adapters"


_NEEDED: Final = (
    "kind", "Settings", "capabilities", "check", "read", "write", "create", "find",
    "__aenter__", "__aexit__",
)  # fmt: skip


class UnknownAdapter(Exception):
    """No adapter of that kind is installed, or it is not what it says."""


def kinds() -> list[str]:
    """Name the kinds of adapter that are installed."""
    return sorted(point.name for point in entry_points(group=GROUP))


def adapter_class(kind: str) -> type[Adapter]:
    """
    Load the adapter of a kind.

    Raises:
        UnknownAdapter: With the kinds that there are, or with the promise that is broken.
    """
    for point in entry_points(group=GROUP):
        if point.name == kind:
            try:
                found: type[Adapter] = point.load()
            except (ImportError, AttributeError) as error:
                msg = f"adapter {kind!r} cannot be loaded from {point.value}: {error}"
                raise UnknownAdapter(msg) from error
            verify(found)
            return found
    msg = f"no adapter of kind {kind!r} is installed; there are: {', '.join(kinds()) or 'none'}"
    raise UnknownAdapter(msg)


def verify(found: type[Adapter]) -> None:
    """Check that a class is an adapter, and has the methods that its capabilities promise."""
    missing = [name for name in _NEEDED if not hasattr(found, name)]
    if missing:
        msg = (
            f"{found.__module__}.{found.__qualname__} is no adapter: it has no {', '.join(missing)}"
        )
        raise UnknownAdapter(msg)
    promised = found.capabilities
    wanted: dict[str, tuple[bool, type]] = {
        "hear (intake push)": (Intake.PUSH in promised.intake, Hears),
        "poll (intake poll)": (Intake.POLL in promised.intake, Polls),
        "download (documents)": (promised.documents is not None, CarriesDocuments),
    }
    for name, (is_promised, role) in wanted.items():
        if is_promised and not issubclass(found, role):
            msg = (
                f"adapter {found.kind!r} promises {name} in its capabilities and has no such method"
            )
            raise UnknownAdapter(msg)
