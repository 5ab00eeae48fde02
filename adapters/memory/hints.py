"""What a memory system pushes → the cases that it speaks of; pure."""

from __future__ import annotations

import json

from adapters.memory.announce import is_signed
from contracts.adapter import Heard, Push
from contracts.errors import Denied, Garbled
from contracts.ids import CaseRef


def heard(push: Push, secret: str) -> Heard:
    """Read a push that was signed with *secret*."""
    if not is_signed(push, secret):
        msg = "push: not signed with the secret that we gave"
        raise Denied(msg)
    try:
        cases = json.loads(push.body)["cases"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        msg = "push: signed, but no message of a memory system"
        raise Garbled(msg, body=push.body) from exc
    if not isinstance(cases, list) or not all(isinstance(ref, str) for ref in cases):
        msg = "push: 'cases' is no list of references"
        raise Garbled(msg, body=push.body)
    return Heard(refs=tuple(CaseRef(ref) for ref in cases))
