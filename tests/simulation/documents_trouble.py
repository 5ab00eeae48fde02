"""The larger trouble of the documents' world: that of the whole world, and with contents."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.content_trouble import ContentTrouble
from tests.simulation.trouble import Trouble

if TYPE_CHECKING:
    from tests.simulation.documents import DocumentsWorld


@dataclass(slots=True)
class DocumentsTrouble(Trouble):
    """Makes trouble as in the whole world, and more."""

    world: DocumentsWorld
    content: ContentTrouble = field(init=False)

    def __post_init__(self) -> None:
        self.content = ContentTrouble(self.world, self)

    async def one(self, random: Random) -> None:
        """Let something go wrong, or not."""
        await Trouble.one(self, random)
        self.content.one(random)

    async def end(self) -> None:
        """Let all trouble pass."""
        await Trouble.end(self)
        self.content.end()
