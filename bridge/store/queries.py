"""What people see of the store."""

from bridge.store.engine import OnDatabase


class SqlQueries(OnDatabase):
    """Implements the read side."""
