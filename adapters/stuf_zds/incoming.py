"""
XML from anybody, and nothing that XML can do to us.

No DOCTYPE is let through, so there are no entities to expand and nothing outside to fetch; bytes,
depth, attributes, elements and the length of a text are counted while parsing, so that what is
too large is refused as soon as it is, not after it was held. The text of elements that are asked
for *aside* (the content of a document) never becomes part of the tree: it is handed on in pieces.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from lxml import etree

from adapters.stuf_zds.xml import Element

Aside = Callable[[Element, str], None]
"""Takes the next piece of an element's text; the element has its attributes and no text."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much one message may hold; lengths of text are in characters.

    Attributes:
        bytes: On the line.
        held: Text in the tree, all together; what is taken aside does not count.
        text: Of one element.
    """

    bytes: int = 64 * 1024 * 1024
    held: int = 16 * 1024 * 1024
    depth: int = 64
    attributes: int = 32
    elements: int = 100_000
    text: int = 1_000_000


class BadXml(ValueError):
    """It is not XML that we read. The message says why, never what was in it."""


class NotWellFormed(BadXml):
    """It breaks the rules of XML, or of its own encoding."""


class Forbidden(BadXml):
    """It uses what we do not let in: a DOCTYPE."""


class TooMuch(BadXml):
    """It is larger, deeper or fuller than we read."""


class Incoming:
    """
    One message as it comes in, in pieces.

    Args:
        limits: Beyond which it is refused.
        aside: By element name: who takes its text in the place of the tree.
        charset: From the Content-Type. Counts only where the message itself names no encoding.
        mend: Where bytes break the UTF-8 that a message declares: take those as this.
    """

    def __init__(
        self,
        *,
        limits: Limits = Limits(),
        aside: Mapping[str, Aside] | None = None,
        charset: str | None = None,
        mend: str | None = None,
    ) -> None:
        self._limits = limits
        self._target = _Target(limits, aside or {})
        self._charset = charset
        self._mend = mend
        self._mender: codecs.IncrementalDecoder | None = None
        self._parser: _Parser | None = None
        self._head = b""
        self._bytes = 0

    def feed(self, piece: bytes) -> None:
        """
        Take the next bytes.

        Raises:
            BadXml: It is known already that this is no message for us.
        """
        self._bytes += len(piece)
        if self._bytes > self._limits.bytes:
            msg = f"a message holds at most {self._limits.bytes} bytes"
            raise TooMuch(msg)
        if self._parser is None:
            # White space may stand before the declaration (it is seen, and forbidden), and the
            # declaration must be there whole before its encoding can be known.
            self._head = (self._head + piece).lstrip(b" \t\r\n")
            if len(self._head) < _ENOUGH_TO_TELL and b"?>" not in self._head:
                return
            self._begin()
        else:
            self._parse(piece)

    def close(self) -> Element:
        """
        Say that all has come, and give the root.

        Raises:
            BadXml: It ended too soon, or was nothing at all.
        """
        if self._parser is None:
            if not self._head:
                msg = "an empty message"
                raise NotWellFormed(msg)
            self._begin()
        assert self._parser is not None  # noqa: S101  # begun just above
        with _speaking():
            found = self._parser.close()
        assert found is not None  # noqa: S101  # or it would not be well-formed
        return found

    def _begin(self) -> None:
        encoding = _encoding(self._head, self._charset)
        if self._mend is not None and _is_utf_8(self._head, encoding):
            self._mender = _mender(self._mend)
        self._parser = _parser(self._target, encoding)
        head, self._head = self._head, b""
        self._parse(head)

    def _parse(self, piece: bytes) -> None:
        assert self._parser is not None  # noqa: S101  # feed() saw to it
        if self._mender is not None:
            piece = self._mender.decode(piece).encode()
        with _speaking():
            self._parser.feed(piece)


def parse(
    body: bytes,
    *,
    limits: Limits = Limits(),
    aside: Mapping[str, Aside] | None = None,
    charset: str | None = None,
    mend: str | None = None,
) -> Element:
    """Read a message that is here whole; see `Incoming`."""
    incoming = Incoming(limits=limits, aside=aside, charset=charset, mend=mend)
    incoming.feed(body)
    return incoming.close()


_ENOUGH_TO_TELL: Final = 256
_DECLARED: Final = re.compile(rb"""^<\?xml[^>]*?\bencoding\s*=\s*["'][\w.:-]+["']""")
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def _encoding(head: bytes, charset: str | None) -> str | None:
    """Give the encoding that the line says, where the message says nothing itself."""
    if charset is None or head.startswith(_MARKS) or _DECLARED.match(head):
        return None
    return charset


_UTF_8: Final = re.compile(rb"""^<\?xml[^>]*?\bencoding\s*=\s*["']utf-?8["']""", re.IGNORECASE)


def _is_utf_8(head: bytes, encoding: str | None) -> bool:
    if encoding is not None:
        return encoding.lower().replace("-", "") == "utf8"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return _UTF_8.match(head) is not None or _DECLARED.match(head) is None


def _mender(charset: str) -> codecs.IncrementalDecoder:
    """Decode UTF-8, and what breaks it as another charset."""
    name = f"casebridge.mend.{charset}"

    def mended(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101  # only decoding comes here
        wrong = error.object[error.start : error.end]
        return wrong.decode(charset, "replace"), error.end

    codecs.register_error(name, mended)
    return codecs.getincrementaldecoder("utf-8")(errors=name)


class _Parser(Protocol):
    def feed(self, data: bytes) -> None: ...

    def close(self) -> Element | None: ...


def _parser(target: _Target, encoding: str | None) -> _Parser:
    make: Any = etree.XMLParser  # its stubs ask more of a target than lxml does
    try:
        made: _Parser = make(
            encoding=encoding,
            target=target,
            # There are none but XML's own: no DOCTYPE is let in. With False lxml hands on even an
            # &amp; in an attribute as &#38;.
            resolve_entities="internal",
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
        )
    except LookupError as error:
        msg = "an encoding that we do not know"
        raise NotWellFormed(msg) from error
    return made


class _speaking:  # noqa: N801  # read as a word: with _speaking()
    """Say in our own words what lxml found."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, etree.XMLSyntaxError):
            line, column = error.position
            msg = f"not well-formed at line {line}, column {column}"
            raise NotWellFormed(msg) from error


class _Target:
    """Builds the tree from the parser's events, and counts."""

    def __init__(self, limits: Limits, aside: Mapping[str, Aside]) -> None:
        self._limits = limits
        self._aside = aside
        self._open: list[Element] = []
        self._root: Element | None = None
        self._taker: Aside | None = None
        self._text: list[str] = []
        self._elements = 0
        self._length = 0
        self._held = 0

    def start(self, tag: str, attributes: Mapping[str, str], nsmap: Mapping[str, str]) -> None:
        self._elements += 1
        if self._elements > self._limits.elements:
            msg = f"a message holds at most {self._limits.elements} elements"
            raise TooMuch(msg)
        if len(attributes) > self._limits.attributes:
            msg = f"an element holds at most {self._limits.attributes} attributes"
            raise TooMuch(msg)
        self._hold(sum(len(value) for value in attributes.values()))
        if len(self._open) >= self._limits.depth:
            msg = f"a message is at most {self._limits.depth} elements deep"
            raise TooMuch(msg)
        self._settle()
        # The parser says '' for no prefix, the tree None.
        prefixes = {prefix or None: uri for prefix, uri in nsmap.items()}
        if self._open:
            made = etree.SubElement(self._open[-1], tag, dict(attributes), prefixes)
        else:
            made = self._root = etree.Element(tag, dict(attributes), prefixes)
        self._open.append(made)
        self._taker = self._aside.get(tag)

    def end(self, tag: str) -> None:
        del tag
        self._settle()
        self._open.pop()
        self._taker = None

    def data(self, data: str) -> None:
        if self._taker is not None:
            self._taker(self._open[-1], data)
            return
        self._length += len(data)
        if self._length > self._limits.text:
            msg = f"a text holds at most {self._limits.text} characters"
            raise TooMuch(msg)
        self._hold(len(data))
        self._text.append(data)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        del name, public, system
        msg = "a DOCTYPE is not let in"
        raise Forbidden(msg)

    def close(self) -> Element | None:
        # Called after a failure, too, and must not hide it by one of its own.
        return self._root

    def _hold(self, characters: int) -> None:
        self._held += characters
        if self._held > self._limits.held:
            msg = f"a message holds at most {self._limits.held} characters of text"
            raise TooMuch(msg)

    def _settle(self) -> None:
        """Put the text that came since the last tag where it stood."""
        if self._text:
            place, said = self._open[-1], "".join(self._text)
            if len(place):
                place[-1].tail = said
            else:
                place.text = said
        self._text.clear()
        self._length = 0
