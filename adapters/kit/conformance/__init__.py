"""
The conformance suite: what every adapter must do, by its three levels.

`Reads` shows cases and learns of changes; `Writes` makes changes and carries documents;
`Survives` does so while everything goes wrong. Subclass one of them, give a fixture ``harness``,
and run pytest.
"""

from __future__ import annotations

import pytest

_GROUPS = (
    "_suite", "identity", "reading", "writing", "guarding", "locking", "creating", "hearing",
    "polling", "documents", "transfers", "failure", "secrecy", "laws",
)  # fmt: skip
pytest.register_assert_rewrite(*(f"{__name__}.{group}" for group in _GROUPS))

from adapters.kit.conformance.creating import Creating  # noqa: E402
from adapters.kit.conformance.documents import Documents  # noqa: E402
from adapters.kit.conformance.failure import Failure  # noqa: E402
from adapters.kit.conformance.guarding import Guarding  # noqa: E402
from adapters.kit.conformance.hearing import Hearing  # noqa: E402
from adapters.kit.conformance.identity import Identity  # noqa: E402
from adapters.kit.conformance.laws import Laws  # noqa: E402
from adapters.kit.conformance.locking import Locking  # noqa: E402
from adapters.kit.conformance.polling import Polling  # noqa: E402
from adapters.kit.conformance.reading import Reading  # noqa: E402
from adapters.kit.conformance.secrecy import Secrecy  # noqa: E402
from adapters.kit.conformance.transfers import Transfers  # noqa: E402
from adapters.kit.conformance.writing import Writing  # noqa: E402


class Reads(Identity, Reading, Hearing, Polling):
    """The first level: cases can be read, and changes are learned of."""


class Writes(Reads, Writing, Guarding, Creating, Documents):
    """The second level: changes are made, cases created, documents carried."""


class Survives(Writes, Locking, Transfers, Failure, Secrecy, Laws):
    """The third level: all of it, while everything goes wrong."""


__all__ = ["Reads", "Survives", "Writes"]
