"""The content of documents on its way: staged by one edge, opened by others, then gone."""

from bridge.content.blobs import Blobs, StoreAway
from bridge.content.opening import open_content
from bridge.content.staging import Progress, Source, Staging, untold
from bridge.content.store import ContentStore

__all__ = [
    "Blobs",
    "ContentStore",
    "Progress",
    "Source",
    "Staging",
    "StoreAway",
    "open_content",
    "untold",
]
