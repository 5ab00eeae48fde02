"""What people are told who ask for what cannot be done."""

from __future__ import annotations


class NotToBeDone(Exception):
    """What was asked cannot be done; the message says why, and what can."""
