"""
Trees of XML: looked into whatever their prefixes are, built element by element, written as UTF-8.

What comes in is read by `incoming`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

from adapters.stuf_zds.names import PREFIXES

Element = etree._Element  # noqa: SLF001  # the only name that lxml has for its type


def local(element: Element) -> str:
    """Give the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """Give the namespace of an element; empty where it has none."""
    return str(element.tag).rpartition("}")[0].lstrip("{")


def children(element: Element, name: str) -> Iterator[Element]:
    """
    Give all children of one name, wherever they stand.

    Args:
        element: Their parent.
        name: With its namespace, as from `names.q`; or the local name alone, in any namespace.
    """
    # The parser compares the names: one case has hundreds, and is asked for each many times.
    yield from element.iterchildren(name if "{" in name else f"{{*}}{name}")


def child(element: Element | None, *path: str) -> Element | None:
    """Give the first descendant along a path of names; ``None`` where one is missing."""
    found = element
    for name in path:
        if found is None:
            return None
        found = next(children(found, name), None)
    return found


def text(element: Element | None) -> str:
    """Give the text of an element, without white space around it; empty where there is none."""
    return (element.text or "").strip() if element is not None else ""


# Code points that XML 1.0 has no place for; a name typed by a person may hold them.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(value: str) -> str:
    """Leave out what XML cannot carry."""
    return _ILLEGAL.sub("", value)


def root(name: str) -> Element:
    """Begin a message."""
    return etree.Element(name, nsmap=dict(PREFIXES))


def add(
    parent: Element,
    name: str,
    value: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Element:
    """Add a child with its text, in which what XML cannot carry is left out."""
    made = etree.SubElement(parent, name, {n: clean(v) for n, v in (attributes or {}).items()})
    if value is not None:
        made.text = clean(value) or None
    return made


def write(element: Element) -> bytes:
    """Give a message as bytes: UTF-8, declared, with no namespaces that nobody uses."""
    etree.cleanup_namespaces(element, top_nsmap=None)
    written: Any = etree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return bytes(written)


def fingerprint(element: Element) -> str:
    """
    Give a digest of what an element says, whatever its prefixes, quotes and white space.

    Not C14N: that fails on a namespace that is no absolute URI, and anybody may send one.
    """
    digest = hashlib.sha256()
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            said = (one.tag, sorted(one.attrib.items()), (one.text or "").strip())
            digest.update(repr(said).encode("utf-8", "backslashreplace"))
        else:
            digest.update(f"/{(one.tail or '').strip()}".encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
