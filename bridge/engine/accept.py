"""Accept: an edit becomes the truth, and the journal says so."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Origin, Side


@dataclass(frozen=True, slots=True)
class Edit:
    """
    What somebody made of one value on one side.

    Attributes:
        side: Where the edit was made.
        path: In shared terms.
        value: What it says there now, in shared terms; ``None`` for empty, or the item gone.
        origin: Who made it, and when.
    """

    side: Side
    path: str
    value: JsonValue
    origin: Origin


def accept(
    draft: Draft, edit: Edit, *, agreed: JsonValue = None, rule: str = "", why: str = ""
) -> None:
    """Agree on what an edit says, or on *agreed*, of which that is a part."""
    result = edit.value if agreed is None else agreed
    before = draft.link.truth.get(edit.path)
    draft.agree(edit.path, result, edit.origin)
    draft.stand(edit.side, edit.path, edit.value)
    draft.row(
        What.EDITED,
        edit.side,
        edit.path,
        value=result,
        other=before,
        by=edit.origin.by,
        rule=rule,
        why=why,
    )
