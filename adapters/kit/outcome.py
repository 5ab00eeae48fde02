"""What became of the changes of one write that were not made."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field

import structlog

from adapters.kit.flow import ContentMissing
from contracts.adapter import Refusals
from contracts.errors import Conflict, Rejected

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """Refusals and conflicts, gathered until all else was tried."""

    refused: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    async def attempt(self, paths: tuple[str, ...], work: Awaitable[None]) -> bool:
        """Do one piece of work; a refusal concerns these paths only, all else goes on."""
        try:
            await work
        except Conflict as conflict:
            self.conflicts.append(conflict)
        except Rejected as error:
            for path in paths:
                self.refused[path] = str(error)
        except ContentMissing:
            log.info("content_not_here_yet", changes=len(paths))
        else:
            return True
        return False

    def tell(self) -> None:
        """Raise what was gathered; a conflict first, since it has everything looked at anew."""
        if self.conflicts:
            raise self.conflicts[0]
        if self.refused:
            raise Refusals(self.refused)
