"""
What can go wrong with the store, named by what the caller does next.

    StoreError
    ├── StoreUnreachable     nobody knows whether it was done: wait, load again, decide again
    │   └── StoreFull        the same, once somebody made room
    ├── StoreMisconfigured   a person has to change an address or an account
    ├── SchemaOutdated       its tables are not of this release: provision
    ├── StoreForeign         it belongs to another environment: do not write
    ├── StoreInUse           what is asked takes that nobody is at work on it: stop them first
    └── LeaseLost            another edge holds the lease now: stop, and let it

Anything else is a bug and surfaces as what it is.
"""


class StoreError(Exception):
    """The store cannot be used as asked; the message says what, where, and the way out."""

    def __init__(self, what: str, *, where: str, way_out: str) -> None:
        super().__init__(f"{where}: {what}; {way_out}")
        self.what = what
        self.where = where
        self.way_out = way_out


class StoreUnreachable(StoreError):
    """
    It does not answer, for now.

    What was being written may have been written: load again before trying again.
    """


class StoreFull(StoreUnreachable):
    """No room is left; nothing was written. Works again once there is room."""


class StoreMisconfigured(StoreError):
    """It answers, and refuses; or the address leads to no store."""


class SchemaOutdated(StoreError):
    """Its tables are older, or newer, than this release."""


class StoreForeign(StoreError):
    """It belongs to another environment."""


class StoreInUse(StoreError):
    """Somebody is at work on it."""


class LeaseLost(StoreError):
    """The lease has gone to another holder; nothing was written."""
