"""
The tables, one metadata for both databases.

A Link stands in ``links`` whole (``body``); the columns beside it repeat what is searched and
counted, and are written with it. ``link_sides`` and ``parked`` are the same for what there are
several of: rows of an older ``version`` than their Link's are left-overs and go with the commit.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from bridge.engine.decision import What
from bridge.store.columns import Json, Moment, Words

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows only in a column that is exactly INTEGER PRIMARY KEY.
_Number: Final = BigInteger().with_variant(Integer(), "sqlite")


def _partial(name: str, *columns: Column[object], where: object) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


ENVIRONMENT: Final = Table(
    "environment",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
)

LINKS: Final = Table(
    "links",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("agreement", Words, nullable=False),
    Column("route", Words, nullable=False),
    Column("home", Text, nullable=False),
    Column("home_ref", Words),
    Column("mode", Text, nullable=False),
    Column("agencies", Text, nullable=False, comment="all sides, sorted, joined by a space"),
    Column("number", Words),
    Column("title", Words),
    Column("search", Words, nullable=False, comment="numbers, references and title, folded"),
    Column("case_type", Words, comment="in shared terms"),
    Column("participant", Words, comment="in shared terms"),
    Column("handler", Words, comment="id of the person, in shared terms"),
    Column("deadline", Date, comment="last day by law, known to the day"),
    Column("is_released", Boolean, nullable=False),
    Column("is_equal", Boolean, nullable=False),
    Column("parked", Integer, nullable=False, comment="paths that wait for a person"),
    Column("in_flight", Integer, nullable=False, comment="lanes with a Command on its way"),
    Column("waiting", Integer, nullable=False, comment="lanes that wait for their system"),
    Column("unsettled_since", Moment, comment="since when not equal"),
    Column("due_at", Moment, comment="when to decide again without an event"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # However many hubs route the same new case at once, one of them makes its Link.
    UniqueConstraint("agreement", "route", "home", "home_ref"),
)
_partial(
    "ix_links_handler", LINKS.c.handler, LINKS.c.updated_at, where=LINKS.c.handler.is_not(None)
)
# What lists look through and figures count, beside the order of lists: they read this narrow copy
# from end to end, and of the rows themselves, a page. A part of a word is looked for too, and for
# that neither database has an index without an extension.
_LISTED: Final = (
    LINKS.c.agencies,
    LINKS.c.agreement,
    LINKS.c.case_type,
    LINKS.c.participant,
    LINKS.c.is_released,
    LINKS.c.is_equal,
    LINKS.c.parked,
    LINKS.c.in_flight,
    LINKS.c.waiting,
    LINKS.c.unsettled_since,
    LINKS.c.search,
)
Index(
    "ix_links_listing",
    LINKS.c.updated_at,
    LINKS.c.id,
    postgresql_include=[column.name for column in _LISTED],
    info={"only": "postgresql"},
)
Index("ix_links_listing_whole", LINKS.c.updated_at, LINKS.c.id, *_LISTED, info={"only": "sqlite"})
_partial("ix_links_due_at", LINKS.c.due_at, where=LINKS.c.due_at.is_not(None))
_partial("ix_links_parked", LINKS.c.updated_at, LINKS.c.id, where=LINKS.c.parked > 0)
_partial(
    "ix_links_deadline",
    LINKS.c.deadline,
    LINKS.c.id,
    where=(LINKS.c.parked > 0) & LINKS.c.deadline.is_not(None),
)

LINK_SIDES: Final = Table(
    "link_sides",
    METADATA,
    Column("link_id", Text, ForeignKey(LINKS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("ref", Words),
    Column("number", Words),
    Column("facts", Text, nullable=False, comment="phase of the lane"),
    Column("documents", Text, nullable=False, comment="phase of the lane"),
    Column("parked", Integer, nullable=False),
    Column("checked_at", Moment),
    Column("words", Words, nullable=False, comment="of the tables, that its case uses"),
    Column("wording", BigInteger, nullable=False, comment="digest of the words"),
)
Index("ix_link_sides_agency_ref", LINK_SIDES.c.agency, LINK_SIDES.c.ref)
Index("ix_link_sides_agency_wording", LINK_SIDES.c.agency, LINK_SIDES.c.wording)

_partial(
    "ix_link_sides_busy",
    LINK_SIDES.c.agency,
    where=(LINK_SIDES.c.facts != "idle")
    | (LINK_SIDES.c.documents != "idle")
    | (LINK_SIDES.c.parked > 0),
)

PARKED: Final = Table(
    "parked",
    METADATA,
    Column("link_id", Text, ForeignKey(LINKS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("path", Words, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("why", Words, nullable=False),
    Column("since", Moment, nullable=False),
    Column("ways", Json, nullable=False),
    Column("matter", Text, nullable=False, comment="of the table matters"),
    Column("gap", Words, comment="the table that lacks a row"),
    Column("word", Words, comment="what it has no row for"),
)
Index("ix_parked_since", PARKED.c.since)
Index("ix_parked_matter_since", PARKED.c.matter, PARKED.c.since)

MATTERS: Final = Table(
    "matters",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("gap", Words, comment="the table that lacks a row"),
    Column("word", Words, comment="what it has no row for"),
    Column("field", Words, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("solved_at", Moment, comment="since when nothing waits for it"),
    Column("returned_at", Moment, comment="when it came back after that"),
)

JOBS: Final = Table(
    "jobs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("deed", Json, nullable=False),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("history", Json, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("holder", Text, nullable=False, comment="who works it off"),
    Column("held_until", Moment, nullable=False),
)
Index("ix_jobs_made_at_id", JOBS.c.made_at, JOBS.c.id)

JOB_ITEMS: Final = Table(
    "job_items",
    METADATA,
    Column("job_id", Text, ForeignKey(JOBS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # No foreign key: the report outlives what it tells of.
    Column("link_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False, comment="of the Link when it was planned"),
    Column("verdict", Text, nullable=False),
    Column("lines", Json, nullable=False),
    Column("became", Text),
    Column("why", Words, nullable=False),
    Column("at", Moment),
)
_partial(
    "ix_job_items_open", JOB_ITEMS.c.job_id, JOB_ITEMS.c.number, where=JOB_ITEMS.c.became.is_(None)
)

JOURNAL: Final = Table(
    "journal",
    METADATA,
    Column("id", _Number, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("what", Text, nullable=False),
    # No foreign key: the journal outlives what it tells of.
    Column("link_id", Text),
    Column("agency", Text),
    Column("ref", Words),
    Column("path", Words, nullable=False),
    Column("value", Json),
    Column("other", Json),
    Column("rule", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("by", Words),
    Column("cause", Words, nullable=False),
)
Index("ix_journal_link_id_id", JOURNAL.c.link_id, JOURNAL.c.id)
Index("ix_journal_agency_ref_id", JOURNAL.c.agency, JOURNAL.c.ref, JOURNAL.c.id)
# Few rows are of this kind, and every look at the console's first page asks for them.
_partial("ix_journal_reported", JOURNAL.c.id, where=JOURNAL.c.what == What.REPORTED.value)

# Counted in the hubs' own transactions. Each hub has rows of its own (``writer``), so that none
# waits for another to commit; there are a few rows for each hour and pair.
CROSSINGS: Final = Table(
    "crossings",
    METADATA,
    Column("from_agency", Text, primary_key=True),
    Column("to_agency", Text, primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("writer", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
)
Index("ix_crossings_hour", CROSSINGS.c.hour)

HEARD: Final = Table(
    "heard",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("writer", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("last_at", Moment, nullable=False),
)
Index("ix_heard_hour", HEARD.c.hour)

DEPTHS: Final = Table(
    "depths",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("messages", BigInteger, nullable=False),
    Column("oldest_seconds", Float, comment="where the broker shows it"),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("number", _Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("id"),
)
Index("ix_outbox_sender_number", OUTBOX.c.sender, OUTBOX.c.number)

RULES_VERSIONS: Final = Table(
    "rules_versions",
    METADATA,
    Column("number", _Number, primary_key=True),
    Column("version", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("files", Json, nullable=False),
)

SHARES: Final = Table(
    "shares",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("ref", Words, primary_key=True),
    Column("with_agency", Text, primary_key=True),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

PAUSES: Final = Table(
    "pauses",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("since", Moment, nullable=False),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("digest", Text, primary_key=True, comment="of the name that a browser has for it"),
    Column("person", Json, nullable=False),
    Column("is_local", Boolean, nullable=False),
    Column("signed_in", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
)

STANDINGS: Final = Table(
    "standings",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("condition", Text, nullable=False),
    Column("why", Words, nullable=False),
    Column("since", Moment, nullable=False),
)

PRESENCES: Final = Table(
    "presences",
    METADATA,
    Column("process", Text, primary_key=True),
    Column("runs", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

HINTS: Final = Table(
    "hints",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("ref", Words, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
)
Index("ix_hints_agency_due_at", HINTS.c.agency, HINTS.c.due_at)

COMMANDS: Final = Table(
    "commands",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("ref", Words),
    Column("link_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("begun_at", Moment),
    Column("finished_at", Moment),
    Column("receipt_id", Text),
    Column("receipt_key", Text),
    Column("receipt_headers", Json),
    Column("receipt_body", LargeBinary),
)
_partial(
    "ix_commands_pending",
    COMMANDS.c.agency,
    COMMANDS.c.at,
    COMMANDS.c.id,
    where=COMMANDS.c.finished_at.is_(None),
)
Index("ix_commands_finished_at", COMMANDS.c.finished_at)

LEASES: Final = Table(
    "leases",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)

CURSORS: Final = Table(
    "cursors",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("cursor", Words, nullable=False),
)

KNOWN: Final = Table(
    "known",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("ref", Words, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Column("digest", Text, nullable=False),
    Column("link_id", Text),
)

TRANSFERS: Final = Table(
    "transfers",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("ref", Words, primary_key=True),
    Column("document", Words, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("done_bytes", BigInteger, nullable=False),
    Column("size_bytes", BigInteger),
    Column("since", Moment, nullable=False),
    Column("at", Moment, nullable=False),
)

LOCKS: Final = Table(
    "locks",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("place", Words, primary_key=True),
    Column("command", Text, primary_key=True),
    Column("lock", Words, nullable=False, comment="empty: asked for, id not heard"),
    Column("at", Moment, nullable=False),
)

DIGESTS: Final = Table(
    "digests",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("document", Words, primary_key=True),
    Column("version", Words, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
