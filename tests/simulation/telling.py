"""The hub's group as the simulation has it: it also tells on which event a Work was decided."""

from __future__ import annotations

from typing import Any

from bridge.engine.decision import Decision
from bridge.hub.group import Event, Group
from bridge.store.records import StoredLink, Work

Kept = dict[int, tuple[Event, Decision, Work]]
"""By the identity of a Work: what it was decided on, what was decided, and itself."""


class Telling(Group):
    """Decides as the hub does, and notes in *kept* what it decided on."""

    def __init__(self, *, kept: Kept, **known: Any) -> None:
        super().__init__(**known)
        self._kept = kept

    def _keep(
        self, event: Event, known: Any, stored: StoredLink | None, decision: Decision
    ) -> None:
        count = len(known.works)
        super()._keep(event, known, stored, decision)
        for _, work in known.works[count:]:
            self._kept[id(work)] = (event, decision, work)
