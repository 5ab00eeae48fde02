"""What a StUF system can do, how safely, within which limits: at most, and as configured."""

from __future__ import annotations

from typing import Final

from adapters.stuf_zds import names, papers
from adapters.stuf_zds.names import Operation, Profile
from adapters.stuf_zds.settings import CARRIED, StufSettings
from adapters.stuf_zds.shape import UNSUPPORTED, unsupported
from contracts.adapter import Capabilities, CreateGuard, DocumentLimits, Intake, Limit, UpdateGuard
from contracts.case import CONFIDENTIALITY, FIELDS

_LARGEST: Final = 2 * 1024**3

MOST: Final = Capabilities(
    readable=frozenset(FIELDS) - UNSUPPORTED | CARRIED,
    writable=CARRIED
    | frozenset(
        {
            "title",
            "explanation",
            "unit",
            "handler",
            "start",
            "planned_end",
            "deadline",
            "suspension",
            "extension",
            "result",
            "status",
            "roles",
            "properties",
            "objects",
            "documents",
            "decisions",
            "related",
        }
    ),
    creatable=frozenset({"case_type", "registered", "participant"}),
    intake=frozenset({Intake.PUSH}),
    create_guard=frozenset({CreateGuard.MARK}),
    update_guard=UpdateGuard.TOKEN,
    sees_deletion=False,
    documents=DocumentLimits(max_bytes=_LARGEST, keeps_versions=False),
    # Of texts alone: a code that is cut is another code. One that is too long is refused.
    limits={
        "title": Limit(max_length=80),
        "explanation": Limit(max_length=1000),
        "suspension/reason": Limit(max_length=200),
        "extension/reason": Limit(max_length=200),
        "decisions/text": Limit(max_length=1000),
        "related/relation": Limit(codes=frozenset({"deelzaak", "overig"})),
        "documents/title": Limit(max_length=200),
        "documents/author": Limit(max_length=200),
        "documents/file_name": Limit(max_length=255),
        "documents/description": Limit(max_length=1000),
        "documents/status": Limit(codes=papers.STATUSES),
        "documents/confidentiality": Limit(codes=frozenset(CONFIDENTIALITY)),
    },
)
"""Most that any StUF system can; what this one has of it is told by `narrowed`."""

_NEEDS: Final = {
    "documents": (names.GEEF_LIJST_ZAAKDOCUMENTEN, names.GEEF_ZAAKDOCUMENT_LEZEN),
    "status": (names.ACTUALISEER_ZAAKSTATUS,),
}
"""Field → the operations without which there is nothing of it."""


def narrowed(settings: StufSettings) -> Capabilities:
    """Give what a system with these settings can do."""
    dialect = settings.deviating()

    def has(*operations: Operation) -> bool:
        return all(
            settings.version in one.profiles and one.name not in dialect.lacks for one in operations
        )

    missing = {*unsupported(settings)}
    writable = MOST.writable - (CARRIED - settings.elements.keys()) - missing
    documents = MOST.documents
    if not has(*_NEEDS["documents"]):
        missing.add("documents")
        documents = None
    if not has(names.VOEG_ZAAKDOCUMENT_TOE):
        writable -= {"documents"}
    if not has(*_NEEDS["status"]):
        writable -= {"status"}
    if documents is not None:
        largest = min(settings.max_document_bytes, _LARGEST)
        documents = documents.model_copy(update={"max_bytes": largest})
    limits = dict(MOST.limits)
    if settings.version is Profile.ZDS_1_1 or not has(names.VOEG_BESLUIT_TOE):
        # There a decision is told by what tells which it is, and nothing more.
        limits["decisions/text"] = Limit(max_length=0)
    guards = frozenset({CreateGuard.MARK}) if settings.number_pattern else frozenset[CreateGuard]()
    return MOST.model_copy(
        update={
            "readable": MOST.readable - missing,
            "writable": writable - missing,
            "creatable": MOST.creatable - missing - writable,
            "intake": frozenset({Intake.PUSH}) if settings.may_be_called else frozenset(),
            "create_guard": guards,
            "update_guard": UpdateGuard.TOKEN if dialect.checks_old else UpdateGuard.NONE,
            "settles_within": dialect.processes_within if guards else MOST.settles_within,
            "read_lag": dialect.processes_within,
            "documents": documents,
            "limits": limits,
        }
    )
