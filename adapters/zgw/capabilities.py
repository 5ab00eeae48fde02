"""What a ZGW system can do, how safely, within which limits: at most, and as probed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from adapters.zgw.features import Features
from adapters.zgw.settings import ZgwSettings
from contracts.adapter import Capabilities, CreateGuard, DocumentLimits, Intake, Limit, UpdateGuard
from contracts.case import CONFIDENTIALITY, FIELDS

_LEVELS: Final = Limit(codes=frozenset(CONFIDENTIALITY))

MOST: Final = Capabilities(
    readable=frozenset(FIELDS) - {"hours"},
    writable=frozenset(
        {
            "title",
            "explanation",
            "participant",
            "unit",
            "handler",
            "start",
            "planned_end",
            "deadline",
            "suspension",
            "extension",
            "confidentiality",
            "result",
            "status",
            "notes",
            "roles",
            "properties",
            "objects",
            "documents",
            "decisions",
            "related",
        }
    ),
    creatable=frozenset({"case_type", "registered"}),
    intake=frozenset({Intake.PUSH, Intake.POLL}),
    create_guard=frozenset({CreateGuard.KEY, CreateGuard.MARK}),
    update_guard=UpdateGuard.NONE,
    settles_within=timedelta(0),
    sees_deletion=True,
    read_lag=timedelta(0),
    documents=DocumentLimits(max_bytes=4 * 1024**3 - 1, keeps_versions=True),
    limits={
        "title": Limit(max_length=80),
        "explanation": Limit(max_length=1000),
        "participant": Limit(max_length=9),
        "confidentiality": _LEVELS,
        "suspension/reason": Limit(max_length=200),
        "extension/reason": Limit(max_length=200),
        "handler/id": Limit(max_length=24),
        "notes/subject": Limit(max_length=255),
        "documents/title": Limit(max_length=200),
        "documents/author": Limit(max_length=200),
        "documents/file_name": Limit(max_length=255),
        "documents/media_type": Limit(max_length=255),
        "documents/description": Limit(max_length=1000),
        "documents/confidentiality": _LEVELS,
        "documents/status": Limit(
            codes=frozenset({"in_bewerking", "ter_vaststelling", "definitief", "gearchiveerd"})
        ),
    },
)
"""Most that any ZGW system can; what this one has of it is found out by `narrowed`."""


def narrowed(settings: ZgwSettings, features: Features) -> Capabilities:
    """Give what a system with these optional parts can do."""
    missing = {
        field
        for field, has in (("notes", features.notes), ("decisions", features.besluiten))
        if not has
    }
    intake = {Intake.POLL}
    if settings.bases().get("notificaties") and settings.callback_tokens():
        intake.add(Intake.PUSH)
    guards = {CreateGuard.MARK}
    if settings.number_pattern is not None:
        guards.add(CreateGuard.KEY)
    return MOST.model_copy(
        update={
            "readable": MOST.readable - missing,
            "writable": MOST.writable - missing,
            "intake": frozenset(intake),
            "create_guard": frozenset(guards),
        }
    )
