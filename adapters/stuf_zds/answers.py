"""An answer: taken as it comes in, kept in part, and looked into for what was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import aiohttp

from adapters.stuf_zds.incoming import BadXml
from adapters.stuf_zds.parts import Reader
from adapters.stuf_zds.xml import Element, child, children, local, text
from contracts.errors import Garbled, NotFound

_PIECE: Final = 64 * 1024
_KEPT_BYTES: Final = 64 * 1024
"""How much of an answer that makes no sense is kept for a person to look at."""
_ACKNOWLEDGED: Final = re.compile(r"Bv0[1-4]Bericht")


class NoContent(Garbled):
    """
    There is such a document, and nothing in it.

    Attributes:
        document: What is told of it.
    """

    def __init__(self, message: str, document: Element) -> None:
        super().__init__(message)
        self.document = document


def answered(message: Element, what: str, number: str = "") -> Element:
    """
    Give the object of an answer, with this number where one is given.

    Raises:
        NotFound: There is none; or it says that it is nothing.
    """
    found = [one for one in children(message, "antwoord") for one in children(one, "object")]
    for one in found:
        told = text(child(one, "identificatie"))
        # Seen: a store that gives numbers in another case than it was given them.
        if len(one) and (not number or not told or told.lower() == number.lower()):
            return one
    msg = f"{what}: there is no such thing"
    raise NotFound(msg)


class Answering:
    """
    An answer as it comes in.

    Attributes:
        kept: Its first bytes, for a person to look at.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        reference: str,
        begin: Callable[[], Reader],
    ) -> None:
        self.reference = reference
        self.kept = b""
        self._pieces = response.content.iter_chunked(_PIECE)
        self._reader: Reader | None = None
        self._root: Element | None = None
        self._trouble: BadXml | None = None
        try:
            self._reader = begin()
        except BadXml as error:
            self._trouble = error

    async def more(self) -> bool:
        """Take the next piece; false where there is none, or where it is known to be useless."""
        piece = await anext(aiter(self._pieces), None)
        if piece is None or self._trouble is not None or self._reader is None:
            return False
        if len(self.kept) < _KEPT_BYTES:
            self.kept += piece[: _KEPT_BYTES - len(self.kept)]
        try:
            self._reader.feed(piece)
        except BadXml as error:
            self._trouble = error
            return False
        return True

    def root(self) -> Element:
        """
        Give what it was.

        Raises:
            BadXml: It is none.
        """
        if self._trouble is not None:
            raise self._trouble
        if self._root is None:
            assert self._reader is not None  # noqa: S101  # or there was trouble
            self._root = self._reader.close()
        return self._root


def is_wanted(message: Element, reply: str) -> bool:
    """
    Tell whether a message is of the kind that answers.

    Whatever Bv comes back: a system that answers the one for the other has taken the message.
    """
    name = local(message)
    if reply.startswith("Bv"):
        return _ACKNOWLEDGED.fullmatch(name) is not None
    return name.endswith(reply)
