"""Documents: between their element (EDC) and a Case's item."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from adapters.stuf_zds.extras import add_extra, extra, level_of
from adapters.stuf_zds.moments import datum, say_date
from adapters.stuf_zds.names import (
    BESTANDSNAAM,
    CONTENT_TYPE,
    ENTITEITTYPE,
    NO_VALUE,
    VERWERKINGSSOORT,
    ZKN,
    q,
)
from adapters.stuf_zds.parts import INHOUD
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import BadValue, Verwerkingssoort, as_told, say_nothing
from adapters.stuf_zds.xml import Element, add, child, clean, root, text
from contracts.case import Content, Document
from contracts.errors import Rejected

MARK: Final = "casebridge"
"""Name of the extraElement that bears our mark on a document."""

_ANY: Final = "application/octet-stream"
_LEVEL: Final = "zaakvertrouwelijk"
"""What a document is that comes without a level; the schema wants one."""

STATUSES: Final = frozenset({"in_bewerking", "ter_vaststelling", "definitief", "gearchiveerd"})
"""What the status of a document may be; StUF holds any text, and these without underscores."""

_LANGUAGES: Final = {"nl": "nld", "nederlands": "nld", "dut": "nld", "en": "eng", "engels": "eng"}
"""Seen in the place of a code of three letters."""

_ELEMENTS: Final[Mapping[str, str]] = {
    "type": "dct.omschrijving",
    "created": "creatiedatum",
    "title": "titel",
    "description": "beschrijving",
    "media_type": "formaat",
    "language": "taal",
    "status": "status",
    "confidentiality": "vertrouwelijkAanduiding",
    "author": "auteur",
}
"""Field of a Document → element, in the order of the schema (with ``versie`` after ``taal``)."""


def version_of(said: str) -> int:
    """
    Give the number of a version, greater for a later one: 1.2 is 102.

    A version is free text here; one that is no number counts as the first.
    """
    found = re.match(r"\D*(\d{1,4})(?:\.(\d{1,2}))?", said)
    return int(found[1]) * 100 + int(found[2] or 0) if found else 100


def next_version(said: str) -> str:
    """Give the version that comes after one."""
    number = version_of(said) + 1
    return f"{number // 100}.{number % 100}"


def document(
    listed: Element, details: Element | None, taste: Taste, mark_in: Callable[[str], str | None]
) -> Document:
    """
    Give a document as a Case holds it.

    Args:
        listed: The EDC as the list of a case's documents tells of it.
        details: The EDC as it tells of itself, with its ``inhoud`` emptied; goes before the list.
        taste: Takes the values.
        mark_in: Gives our mark, where a number is one.
    """

    def said(name: str) -> str:
        return taste.plain(child(details, name)) or taste.plain(child(listed, name))

    key = said("identificatie")
    version = version_of(said("versie"))
    media_type = _media_type(said("formaat"))
    inhoud = child(details, INHOUD)
    is_empty = details is not None and inhoud is None
    file_name = (inhoud.get(BESTANDSNAAM, "") if inhoud is not None else "").strip()
    level = level_of(said("vertrouwelijkAanduiding"))
    marks = (extra(one, MARK, taste) for one in (details, listed) if one is not None)
    mark = next((found for found in marks if found), None)
    return Document(
        key=key,
        type=said("dct.omschrijving"),
        title=said("titel"),
        version=version,
        media_type=media_type,
        file_name=file_name or _file_name(said("titel"), media_type),
        author=said("auteur"),
        created=_day(details, listed, taste),
        language=_language(said("taal"), taste),
        status=_status(said("status"), taste),
        description=said("beschrijving"),
        confidentiality=level,
        internal=level == "intern",
        mark=mark or mark_in(key),
        content=None if is_empty else Content(agency="", key=key, version=str(version)),
    )


def _day(details: Element | None, listed: Element, taste: Taste) -> str | None:
    for element in (child(details, "creatiedatum"), child(listed, "creatiedatum")):
        found = taste.taken(element, lambda one: datum(one, taste.seen))
        if isinstance(found, str):
            return found
    return None


def _status(said: str, taste: Taste) -> str | None:
    found = "_".join(said.lower().split())
    if said and found not in STATUSES:
        taste.leave("heeftRelevant/status", "a status of a document that others do not know")
        return None
    return found or None


def _language(said: str, taste: Taste) -> str:
    found = _LANGUAGES.get(said.lower(), said.lower()) or "nld"
    if len(found) == 3 and found.isalpha():
        return found
    taste.leave("heeftRelevant/taal", "a language without a code of three letters")
    return "nld"


def _media_type(said: str) -> str:
    if "/" in said:
        return said
    # Seen: an extension where the standard wants a media type.
    guessed, _ = mimetypes.guess_type(f"x.{said.lower().lstrip('.')}") if said else (None, None)
    return guessed or _ANY


def _file_name(title: str, media_type: str) -> str:
    ending = mimetypes.guess_extension(media_type) or ""
    if not title or title.lower().endswith(ending.lower() or "\n"):
        return title
    return f"{title}{ending}"


def _begun(sort: Verwerkingssoort, number: str) -> Element:
    made = root(q(ZKN, "object"))
    made.set(ENTITEITTYPE, "EDC")
    made.set(VERWERKINGSSOORT, sort.value)
    add(made, q(ZKN, "identificatie"), number)
    return made


def _value(item: Document, field: str) -> str:
    value = getattr(item, field) or ""
    if field == "confidentiality":
        return str(value or _LEVEL).replace("_", " ").upper()
    if field == "status":
        return str(value).replace("_", " ")
    if field == "media_type":
        return str(value)
    return clean(str(value)).strip()


def _say(parent: Element, field: str, value: str) -> None:
    made = add(parent, q(ZKN, _ELEMENTS[field]))
    if not value:
        say_nothing(made)
    elif field == "created":
        if value.count("-") != 2:
            msg = "a document whose date is known in part cannot be told to this system"
            raise Rejected(msg, code="date")
        try:
            say_date(made, value)
        except BadValue as error:
            msg = "a document whose date is none"
            raise Rejected(msg, code="date") from error
    else:
        made.text = value


def added(
    item: Document,
    number: str,
    zaak: Element,
    *,
    with_mark: bool,
    with_content: bool,
    by: str,
    day: str,
) -> Element:
    """
    Give the EDC that adds a document to a case.

    Args:
        item: What it is.
        number: Its identificatie.
        zaak: The case.
        with_mark: Say our mark in an element of its own; else the number is it.
        with_content: Leave an ``inhoud`` to be filled.
        by: Who wrote it, where that is not known.
        day: When, where that is not known.

    Raises:
        Rejected: It cannot be told.
    """
    made = _begun(Verwerkingssoort.TOEVOEGING, number)
    known = {"author": by, "created": day, "type": "document", "title": item.file_name or number}
    for field in _ELEMENTS:
        if field in ("description", "status") and not _value(item, field):
            continue
        _say(made, field, _value(item, field) or known.get(field, ""))
        if field == "language":
            add(made, q(ZKN, "versie"), "1.0")
    if with_content:
        made.append(_content(item))
    if with_mark and item.mark:
        add_extra(made, {MARK: item.mark})
    relation = add(made, q(ZKN, "isRelevantVoor"), None, {ENTITEITTYPE: "EDCZAK"})
    relation.set(VERWERKINGSSOORT, Verwerkingssoort.TOEVOEGING.value)
    _case(relation, zaak)
    return made


def _case(relation: Element, zaak: Element) -> None:
    case = add(relation, q(ZKN, "gerelateerde"), None, {ENTITEITTYPE: "ZAK"})
    case.set(VERWERKINGSSOORT, Verwerkingssoort.IDENTIFICATIE.value)
    for name in ("identificatie", "omschrijving"):
        if said := text(child(zaak, name)):
            add(case, q(ZKN, name), said)


def _content(item: Document) -> Element:
    made = root(INHOUD)
    made.set(CONTENT_TYPE, item.media_type or _ANY)
    made.set(BESTANDSNAAM, clean(item.file_name or item.title))
    return made


def changed(
    now: Document,
    wanted: Document,
    versie: str,
    *,
    with_content: bool,
    natives: Sequence[Element | None] = (),
) -> tuple[Element, Element]:
    """
    Give a document as it is and as it should be: what differs, and its version.

    Args:
        now: As a Case holds it.
        wanted: As it should be.
        versie: As the system calls the version that is there.
        with_content: Leave an ``inhoud`` to be filled.
        natives: The document in the system's own words, the surest first.

    Raises:
        Rejected: It cannot be told.
    """
    old, new = (_begun(Verwerkingssoort.WIJZIGING, now.key) for _ in range(2))
    for field in _ELEMENTS:
        before, after = _value(now, field), _value(wanted, field)
        if before != after:
            told = _told(natives, _ELEMENTS[field])
            if told is None:
                _say(old, field, before)
            else:
                old.append(as_told(told))
            _say(new, field, after)
        if field == "language":
            add(old, q(ZKN, "versie"), versie or "1.0")
            add(new, q(ZKN, "versie"), next_version(versie or "1.0"))
    if with_content:
        new.append(_content(wanted))
    return old, new


def _told(natives: Sequence[Element | None], name: str) -> Element | None:
    """Give what the system itself said, if it said anything."""
    found = (child(native, name) for native in natives)
    return next(
        (one for one in found if one is not None and (text(one) or one.get(NO_VALUE))), None
    )


def unlinked(now: Document, zaak: Element) -> tuple[Element, Element]:
    """Give a document as it belongs to a case and as it no longer does."""
    pair = tuple(_begun(Verwerkingssoort.WIJZIGING, now.key) for _ in range(2))
    for made in pair:
        relation = add(made, q(ZKN, "isRelevantVoor"), None, {ENTITEITTYPE: "EDCZAK"})
        relation.set(VERWERKINGSSOORT, Verwerkingssoort.VERWIJDERING.value)
        if made is pair[0]:
            _case(relation, zaak)
        else:
            say_nothing(relation)
    return pair[0], pair[1]


def same_document(now: Document, wanted: Document) -> bool:
    """
    Tell whether two readings of a document are alike in what this system shows.

    Digest, mark and place of the content are added by others; versions count for themselves.
    """
    return all(_value(now, field) == _value(wanted, field) for field in _ELEMENTS) and (
        not wanted.file_name or now.file_name == wanted.file_name
    )
