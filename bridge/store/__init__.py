"""
Keeps what must not be forgotten: Links, journal, outbox, Hints.

In PostgreSQL or a SQLite file; in memory for tests and simulators.
"""

from bridge.store.base import EdgeStore, HubStore, Outbox, Store
from bridge.store.engine import StoreSettings
from bridge.store.errors import (
    LeaseLost,
    SchemaOutdated,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreMisconfigured,
    StoreUnreachable,
)
from bridge.store.memory import MemoryStore, open_memory_store
from bridge.store.memory_state import MemoryState
from bridge.store.records import (
    HUB,
    Accepted,
    Answered,
    CaseKey,
    CommandRow,
    ContentKey,
    Digest,
    Finished,
    HintRow,
    Identity,
    Known,
    OutboxRow,
    OutboxStats,
    Share,
    StoredLink,
    Timer,
    Work,
)
from bridge.store.store import SqlStore, adopt, open_store, open_store_on, provision
from bridge.store.views import (
    CasePage,
    CaseRow,
    CaseState,
    Figures,
    JournalEntry,
    PairFigures,
    ParkedGroup,
    ParkedRow,
    Queries,
    SideRow,
)

__all__ = [
    "HUB",
    "Accepted",
    "Answered",
    "CaseKey",
    "CasePage",
    "CaseRow",
    "CaseState",
    "CommandRow",
    "ContentKey",
    "Digest",
    "EdgeStore",
    "Figures",
    "Finished",
    "HintRow",
    "HubStore",
    "Identity",
    "JournalEntry",
    "Known",
    "LeaseLost",
    "MemoryState",
    "MemoryStore",
    "Outbox",
    "OutboxRow",
    "OutboxStats",
    "PairFigures",
    "ParkedGroup",
    "ParkedRow",
    "Queries",
    "SchemaOutdated",
    "Share",
    "SideRow",
    "SqlStore",
    "Store",
    "StoreError",
    "StoreForeign",
    "StoreFull",
    "StoreMisconfigured",
    "StoreSettings",
    "StoreUnreachable",
    "StoredLink",
    "Timer",
    "Work",
    "adopt",
    "open_memory_store",
    "open_store",
    "open_store_on",
    "provision",
]
