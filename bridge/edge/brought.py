"""The documents that a Command brings, and their contents."""

from __future__ import annotations

from bridge.store.records import Digest
from contracts.case import Document, split_path
from contracts.messages import Command
from contracts.patch import Change


def document_of(change: Change) -> Document:
    """Give the document that a change brings; it must be one that does."""
    return Document.model_validate(change.become)


def size_bytes(change: Change) -> int:
    """Give the size of the content that a change brings; nought where that is none."""
    if change.content is None or change.become is None:
        return 0
    return document_of(change).size_bytes or 0


def most_bytes(command: Command) -> int:
    """Give the size of the largest content that a Command brings."""
    return max(map(size_bytes, command.patch.changes), default=0)


def contents_of(command: Command) -> list[Digest]:
    """Give the contents that a Command is to bring about."""
    brought = [
        document_of(change)
        for change in command.patch.changes
        if split_path(change.path)[0] == "documents" and isinstance(change.become, dict)
    ]
    return [
        Digest(document.digest, document.size_bytes)
        for document in brought
        if document.digest is not None and document.size_bytes is not None
    ]
