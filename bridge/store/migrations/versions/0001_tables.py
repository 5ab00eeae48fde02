"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "commands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("receipt_id", sa.Text(), nullable=True),
        sa.Column("receipt_key", sa.Text(), nullable=True),
        sa.Column("receipt_headers", sa.Text(), nullable=True),
        sa.Column("receipt_body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_commands"),
    )
    op.create_index("ix_commands_finished_at", "commands", ["finished_at"])
    op.create_index(
        "ix_commands_pending",
        "commands",
        ["agency", "at", "id"],
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "crossings",
        sa.Column("from_agency", sa.Text(), nullable=False),
        sa.Column("to_agency", sa.Text(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("writer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "from_agency", "to_agency", "hour", "bucket", "writer", name="pk_crossings"
        ),
    )
    op.create_index("ix_crossings_hour", "crossings", ["hour"])
    op.create_table(
        "cursors",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_cursors"),
    )
    op.create_table(
        "depths",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("oldest_seconds", sa.Float(), nullable=True, comment="where the broker shows it"),
        sa.PrimaryKeyConstraint("queue", "at", name="pk_depths"),
    )
    op.create_table(
        "digests",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", "document", "version", name="pk_digests"),
    )
    op.create_table(
        "environment",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_environment_only_one")),
        sa.PrimaryKeyConstraint("id", name="pk_environment"),
    )
    op.create_table(
        "heard",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("writer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", "hour", "writer", name="pk_heard"),
    )
    op.create_index("ix_heard_hour", "heard", ["hour"])
    op.create_table(
        "hints",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "ref", name="pk_hints"),
    )
    op.create_index("ix_hints_agency_due_at", "hints", ["agency", "due_at"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False, comment="who works it off"),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_made_at_id", "jobs", ["made_at", "id"])
    op.create_table(
        "job_items",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="of the Link when it was planned"
        ),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_items_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_items"),
    )
    op.create_index(
        "ix_job_items_open",
        "job_items",
        ["job_id", "number"],
        postgresql_where=sa.text("became IS NULL"),
        sqlite_where=sa.text("became IS NULL"),
    )
    op.create_table(
        "journal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("link_id", sa.Text(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("other", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_agency_ref_id", "journal", ["agency", "ref", "id"])
    op.create_index("ix_journal_link_id_id", "journal", ["link_id", "id"])
    op.create_index(
        "ix_journal_reported",
        "journal",
        ["id"],
        postgresql_where=sa.text("what = 'reported'"),
        sqlite_where=sa.text("what = 'reported'"),
    )
    op.create_table(
        "known",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("link_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("agency", "ref", name="pk_known"),
    )
    op.create_table(
        "leases",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_leases"),
    )
    _create_links()
    op.create_table(
        "matters",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gap", sa.Text(), nullable=True, comment="the table that lacks a row"),
        sa.Column("word", sa.Text(), nullable=True, comment="what it has no row for"),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("solved_at", MOMENT, nullable=True, comment="since when nothing waits for it"),
        sa.Column("returned_at", MOMENT, nullable=True, comment="when it came back after that"),
        sa.PrimaryKeyConstraint("id", name="pk_matters"),
    )
    op.create_table(
        "transfers",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", "ref", "document", "direction", name="pk_transfers"),
    )
    op.create_table(
        "locks",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("lock", sa.Text(), nullable=False, comment="empty: asked for, id not heard"),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", "place", "command", name="pk_locks"),
    )
    op.create_table(
        "outbox",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
    )
    op.create_index("ix_outbox_sender_number", "outbox", ["sender", "number"])
    op.create_table(
        "rules_versions",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rules_versions"),
    )
    op.create_table(
        "pauses",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_pauses"),
    )
    _make_who_is_there()
    op.create_table(
        "standings",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_standings"),
    )
    op.create_table(
        "shares",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("with_agency", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency", "ref", "with_agency", name="pk_shares"),
    )
    op.create_table(
        "link_sides",
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False, comment="phase of the lane"),
        sa.Column("documents", sa.Text(), nullable=False, comment="phase of the lane"),
        sa.Column("parked", sa.Integer(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("words", sa.Text(), nullable=False, comment="of the tables, that its case uses"),
        sa.Column("wording", sa.BigInteger(), nullable=False, comment="digest of the words"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name="fk_link_sides_link_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "agency", name="pk_link_sides"),
    )
    op.create_index("ix_link_sides_agency_ref", "link_sides", ["agency", "ref"])
    op.create_index("ix_link_sides_agency_wording", "link_sides", ["agency", "wording"])
    busy = "facts != 'idle' OR documents != 'idle' OR parked > 0"
    op.create_index(
        "ix_link_sides_busy",
        "link_sides",
        ["agency"],
        postgresql_where=sa.text(busy),
        sqlite_where=sa.text(busy),
    )
    op.create_table(
        "parked",
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("ways", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False, comment="of the table matters"),
        sa.Column("gap", sa.Text(), nullable=True, comment="the table that lacks a row"),
        sa.Column("word", sa.Text(), nullable=True, comment="what it has no row for"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name="fk_parked_link_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "agency", "path", name="pk_parked"),
    )
    op.create_index("ix_parked_since", "parked", ["since"])
    op.create_index("ix_parked_matter_since", "parked", ["matter", "since"])


def _make_who_is_there() -> None:
    op.create_table(
        "presences",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("runs", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_presences"),
    )
    op.create_table(
        "sessions",
        sa.Column(
            "digest", sa.Text(), nullable=False, comment="of the name that a browser has for it"
        ),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("signed_in", MOMENT, nullable=False),
        sa.Column("seen", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )


def downgrade() -> None:
    """Refuse: it would throw every Link away."""
    msg = "there is nothing before this; restore a backup"
    raise NotImplementedError(msg)


def _create_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("home_ref", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "agencies", sa.Text(), nullable=False, comment="all sides, sorted, joined by a space"
        ),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column(
            "search", sa.Text(), nullable=False, comment="numbers, references and title, folded"
        ),
        sa.Column("case_type", sa.Text(), nullable=True, comment="in shared terms"),
        sa.Column("participant", sa.Text(), nullable=True, comment="in shared terms"),
        sa.Column("handler", sa.Text(), nullable=True, comment="id of the person, in shared terms"),
        sa.Column(
            "deadline", sa.Date(), nullable=True, comment="last day by law, known to the day"
        ),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.Column("is_equal", sa.Boolean(), nullable=False),
        sa.Column("parked", sa.Integer(), nullable=False, comment="paths that wait for a person"),
        sa.Column(
            "in_flight", sa.Integer(), nullable=False, comment="lanes with a Command on its way"
        ),
        sa.Column(
            "waiting", sa.Integer(), nullable=False, comment="lanes that wait for their system"
        ),
        sa.Column("unsettled_since", MOMENT, nullable=True, comment="since when not equal"),
        sa.Column("due_at", MOMENT, nullable=True, comment="when to decide again without an event"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint(
            "agreement", "route", "home", "home_ref", name="uq_links_agreement_route_home_home_ref"
        ),
    )
    op.create_index(
        "ix_links_deadline",
        "links",
        ["deadline", "id"],
        postgresql_where=sa.text("parked > 0 AND deadline IS NOT NULL"),
        sqlite_where=sa.text("parked > 0 AND deadline IS NOT NULL"),
    )
    op.create_index(
        "ix_links_due_at",
        "links",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_links_handler",
        "links",
        ["handler", "updated_at"],
        postgresql_where=sa.text("handler IS NOT NULL"),
        sqlite_where=sa.text("handler IS NOT NULL"),
    )
    op.create_index(
        "ix_links_parked",
        "links",
        ["updated_at", "id"],
        postgresql_where=sa.text("parked > 0"),
        sqlite_where=sa.text("parked > 0"),
    )
    listed = ["agencies", "agreement", "case_type", "participant", "is_released", "is_equal"]
    listed += ["parked", "in_flight", "waiting", "unsettled_since", "search"]
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_links_listing", "links", ["updated_at", "id"], postgresql_include=listed
        )
    else:
        op.create_index("ix_links_listing_whole", "links", ["updated_at", "id", *listed])
