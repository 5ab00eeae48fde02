"""Runs migrations on the connection, and in the transaction, that `bridge.store.migrate` gives."""

from alembic import context
from sqlalchemy import Connection

from bridge.store.tables import METADATA

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    # The caller began a transaction, on SQLite too, where tables can be made in one as well.
    transactional_ddl=True,
)
context.run_migrations()
