"""The ids of the house, each a type of its own, so that two cannot be swapped."""

from typing import NewType

AgencyId = NewType("AgencyId", str)
"""An organisation with one case system, as the rules name it: ``odru``."""

CaseRef = NewType("CaseRef", str)
"""A case as its own system calls it; opaque to everyone but that system's adapter."""

LinkId = NewType("LinkId", str)
"""The record that cases are counterparts. A ULID, minted by the hub, at most 26 characters."""

CommandId = NewType("CommandId", str)
"""One Command; the same for every repetition of it, and so its idempotency key."""

Mark = NewType("Mark", str)
"""Our id, put into a case that we create where ``find`` will see it. Equals the Link's id."""

Token = NewType("Token", str)
"""What a system gives with a read to guard a later write (an ETag); opaque."""

Cursor = NewType("Cursor", str)
"""How far a poll has come; opaque to everyone but the adapter that gave it."""
