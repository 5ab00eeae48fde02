"""What of a Patch is still to be done, by what stands at a system now."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.kit.standing import Likeness
from contracts.case import Case
from contracts.ids import CaseRef
from contracts.patch import Change
from contracts.snapshot import Snapshot

LIKE = Likeness(documents=lambda one, other: one.title == other.title, as_text=str)

NOTE = {"key": "n-1", "text": "Boor stuk", "internal": False}
DECISION = {"key": "b-1", "type": "Vergunning", "date": "2026-03-01", "text": "Verleend"}


@pytest.mark.parametrize(("field", "item"), [("notes", NOTE), ("decisions", DECISION)])
def test_an_item_that_says_the_same_is_ours_unless_it_was_known_before(
    field: str, item: dict[str, Any]
) -> None:
    """Of a try that got no answer it is ours; of a colleague, who wrote the same, it is his."""
    snapshot = Snapshot(ref=CaseRef("Z-1"), case=Case.model_validate({field: (item,)}))
    adds = Change(path=f"{field}/shared-9", expect=None, become={**item, "key": "shared-9"})
    assert LIKE.needed(snapshot, [adds], lambda _: True) == ()
    known = (f"{field}/{item['key']}",)
    assert LIKE.needed(snapshot, [adds], lambda _: True, known) == (adds,)


def test_a_party_is_who_it_is_however_long_it_was_known() -> None:
    """Where nature gives a key nobody stands in a case twice."""
    role = {"key": "initiator:vestiging:1", "role": "initiator", "kind": "vestiging",
            "identity": "1"}  # fmt: skip
    snapshot = Snapshot(ref=CaseRef("Z-1"), case=Case.model_validate({"roles": (role,)}))
    adds = Change(path="roles/elders", expect=None, become={**role, "key": "elders"})
    assert LIKE.needed(snapshot, [adds], lambda _: True, ("roles/initiator:vestiging:1",)) == ()
