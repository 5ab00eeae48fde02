"""What a memory adapter is started with: which system, and which abilities are switched on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, model_validator

from contracts.adapter import (
    AdapterSettings,
    Capabilities,
    CreateGuard,
    DocumentLimits,
    Intake,
    Limit,
    UpdateGuard,
)
from contracts.case import FIELDS

_EVERYTHING: Final = frozenset(FIELDS)

MOST: Final = Capabilities(
    readable=_EVERYTHING,
    writable=_EVERYTHING - {"number", "status_history"},
    creatable=frozenset({"number"}),
    intake=frozenset(Intake),
    create_guard=frozenset(CreateGuard),
    update_guard=UpdateGuard.LOCK,
    sees_deletion=True,
    documents=DocumentLimits(),
)
"""All that a memory system can do; `MemorySettings` takes away from it."""


class MemorySettings(AdapterSettings):
    """
    Settings of a memory adapter.

    Attributes:
        system: Name of the system; the same name is the same system within one process.
        path: File that keeps the system across restarts; without one it lives in memory only.
        secret: What the system asks of whoever calls it; see `MemorySystem.secret`.
        push_secret: What the system signs its pushes with.
        documents: ``None``: the system holds no documents.
        item_references: The system keeps our key beside an item that we add, so that a repeated
            write finds it. Switched off, an equal item is taken for ours.
        tells_authors: The system tells who changed a field last.
        page_size: Items of one field, and cases of one poll, in one answer.
    """

    system: str = "memory"
    path: Path | None = None
    account: str = "casebridge"
    secret: SecretStr = SecretStr("")
    push_secret: SecretStr = SecretStr("memory")
    readable: frozenset[str] = MOST.readable
    writable: frozenset[str] = MOST.writable
    creatable: frozenset[str] = MOST.creatable
    intake: frozenset[Intake] = MOST.intake
    create_guard: frozenset[CreateGuard] = MOST.create_guard
    update_guard: UpdateGuard = UpdateGuard.TOKEN
    settles_within: timedelta = timedelta(0)
    sees_deletion: bool = True
    read_lag: timedelta = timedelta(0)
    documents: DocumentLimits | None = DocumentLimits()
    limits: Mapping[str, Limit] = {}
    item_references: bool = True
    tells_authors: bool = True
    page_size: int = Field(default=50, ge=1)

    @model_validator(mode="after")
    def _within_the_most(self) -> MemorySettings:
        most = {
            "readable": MOST.readable,
            "writable": MOST.writable,
            # What can be changed later can as well be given on create alone.
            "creatable": MOST.creatable | MOST.writable,
        }
        for name, can in most.items():
            more = getattr(self, name) - can
            if more:
                msg = f"{name}: {', '.join(sorted(more))} is more than a memory system can do"
                raise ValueError(msg)
        return self

    def capabilities(self) -> Capabilities:
        """Give what is switched on."""
        carries = self.documents is not None
        held = _EVERYTHING if carries else _EVERYTHING - {"documents"}
        return Capabilities(
            readable=self.readable & held,
            writable=self.writable & self.readable & held,
            creatable=self.creatable & self.readable,
            intake=self.intake,
            create_guard=self.create_guard,
            update_guard=self.update_guard,
            settles_within=self.settles_within,
            sees_deletion=self.sees_deletion,
            read_lag=self.read_lag,
            documents=self.documents,
            limits=self.limits,
        )
