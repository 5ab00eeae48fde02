"""
From what a system tells of a case to a Snapshot. Pure: the same elements give the same Snapshot.

What a Case has no place for is named in ``unmapped``; nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.stuf_zds import decisions, extras, papers
from adapters.stuf_zds.fields import registers
from adapters.stuf_zds.history import Step, current, history
from adapters.stuf_zds.names import STUF, ZKN
from adapters.stuf_zds.objects import objects
from adapters.stuf_zds.parties import (
    Parties,
    Parts,
    handler,
    identity,
    parties,
    person,
    role,
)
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import Deviations
from adapters.stuf_zds.xml import Element, child, children, fingerprint, local, namespace
from contracts.case import Case, Document, RelatedCase
from contracts.ids import CaseRef, Mark, Token
from contracts.snapshot import Author, Snapshot

UNSUPPORTED: Final = frozenset({"participant", "confidentiality", "notes", "hours"})
"""Fields of a Case that StUF-ZKN has no place for; some are agreed to be told all the same."""

_NO_PLACE: Final[Mapping[str, str]] = {
    "publicatiedatum": "a Case has no date of publication",
    "laatsteBetaaldatum": "a Case holds whether was paid, not when",
}
"""Elements of a zaak that a Case has no place for, and why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One case as it was read, in the system's own terms.

    Attributes:
        zaak: The object of an answer, or of a notification.
        documents: Those listed with the case, each with what it tells of itself.
        decisions: Where they are told of by themselves; else the zaak tells of them.
        is_whole: All was asked for: what is not there of a list is not there at all. A
            notification says only what it says.
    """

    zaak: Element
    documents: Sequence[tuple[Element, Element | None]] | None = None
    decisions: Sequence[Element] | None = None
    is_whole: bool = True

    def natives(self, document: str) -> tuple[Element | None, ...]:
        """Give what is told of a document: by itself, and as it is listed."""
        for listed, details in self.documents or ():
            if Taste().plain(child(listed, "identificatie")) == document:
                return details, listed
        return ()

    @property
    def number(self) -> str:
        """Its identificatie."""
        return Taste().plain(child(self.zaak, "identificatie"))


@dataclass(frozen=True, slots=True)
class Shaper:
    """
    Gives Snapshots of what one system tells.

    Attributes:
        seen: Where deviations are counted.
    """

    settings: StufSettings
    seen: Deviations = field(default_factory=Deviations)

    def taste(self) -> Taste:
        """Begin to take what is told."""
        return Taste(empty_is_none=self.settings.deviating().empty_is_none, seen=self.seen)

    def snapshot(self, reading: Reading) -> Snapshot:
        """Give the case as this system shows it, in its own terms."""
        taste = self.taste()
        fields = self._fields(reading, taste)
        _leave_the_rest(reading.zaak, taste)
        guards = self.settings.deviating().checks_old
        unsupported = self.unsupported
        return Snapshot(
            ref=CaseRef(reading.number),
            case=Case(**{name: v for name, v in fields.items() if name not in unsupported}),
            unsupported=unsupported,
            unmapped=tuple(taste.unmapped),
            mark=self.mark(reading.zaak),
            token=Token(fingerprint(reading.zaak)) if guards else None,
            authors=self._authors(reading.zaak),
            is_closed=self._is_closed(fields),
        )

    def _authors(self, zaak: Element) -> dict[str, Author]:
        """Tell who set the status: of nothing else StUF says who."""
        last = current(self.history(zaak, Taste()))
        return {"status": last.author} if last is not None and last.told.by else {}

    @property
    def unsupported(self) -> frozenset[str]:
        """Fields of a Case that this system has no place for."""
        return unsupported(self.settings)

    def mark(self, zaak: Element) -> Mark | None:
        """Give our mark, where the case bears one: as a kenmerk, or in its number."""
        found = extras.mark_of(extras.kenmerken(zaak, Taste()))
        if found is not None:
            return found
        number = Taste().plain(child(zaak, "identificatie"))
        inside = mark_in(number, self.settings.number_pattern)
        return Mark(inside) if inside else None

    def document_mark(self, number: str) -> str | None:
        """Give our mark, where the number of a document is one."""
        return mark_in(number, self.settings.document_pattern)

    def _fields(self, reading: Reading, taste: Taste) -> dict[str, Any]:
        zaak, whole = reading.zaak, reading.is_whole
        fields = registers(zaak, taste)
        kind = case_type(zaak, taste)
        if kind or whole:
            fields["case_type"] = kind
        fields |= self._carried(zaak, taste, whole=whole)
        fields |= self._parties(zaak, taste, whole=whole)
        steps = self.history(zaak, taste)
        if steps or whole:
            fields["status_history"] = tuple(step.told for step in steps)
            last = current(steps)
            fields["status"] = (last.told.status or None) if last else None
        fields |= _kept(
            whole,
            properties=extras.properties(
                zaak, taste, self.settings.properties, self.settings.elements.values()
            ),
            objects=tuple(found.item for found in objects(zaak, taste)),
            related=related(zaak, taste),
            decisions=_decisions(reading, taste),
        )
        if reading.documents is not None:
            fields["documents"] = self.documents(reading.documents, taste)
        return fields

    def documents(
        self, listed: Sequence[tuple[Element, Element | None]], taste: Taste
    ) -> tuple[Document, ...]:
        """Give the documents of a case; of two of one number the first."""
        found: dict[str, Document] = {}
        for one, details in listed:
            item = papers.document(one, details, taste, self.document_mark)
            if not item.key:
                taste.leave("heeftRelevant", "a document without a number")
                continue
            found.setdefault(item.key, item)
        return tuple(sorted(found.values(), key=lambda item: item.key))

    def parties(self, zaak: Element, taste: Taste) -> Parties:
        """Give the parties of a case, told apart."""
        return parties(
            zaak,
            taste,
            self.parts,
            unit_relation=self.settings.deviating().unit_relation,
            initiator=self.settings.initiator,
        )

    @property
    def parts(self) -> Parts:
        """What parts in a case are called here."""
        return Parts(self.settings.roles, self.settings.handler_role)

    def history(self, zaak: Element, taste: Taste) -> list[Step]:
        """Give the statuses of a case, in order of time."""
        return history(zaak, taste, self.settings.statuses_by)

    def _carried(self, zaak: Element, taste: Taste, *, whole: bool) -> dict[str, Any]:
        found = extras.carried(zaak, self.settings.elements, taste)
        if self.settings.participant is not None:
            found["participant"] = self.settings.participant
        return _kept(whole, **{**dict.fromkeys(self.settings.elements), **found})

    def _parties(self, zaak: Element, taste: Taste, *, whole: bool) -> dict[str, Any]:
        told = self.parties(zaak, taste)
        found = {}
        for party in told.others:
            item = role(party, taste)
            if item is not None and item.key in found:
                taste.leave(local(party.relation), "the same party twice")
            elif item is not None:
                found[item.key] = item
        if told.unit is not None and person(told.unit, taste).keys() - {"name"}:
            taste.leave(local(told.unit.relation), "a unit is told of by its number alone")
        return _kept(
            whole,
            handler=handler(told.handler, taste) if told.handler else None,
            unit=identity(told.unit, taste) or None if told.unit else None,
            roles=tuple(found.values()),
        )

    def _is_closed(self, fields: Mapping[str, Any]) -> bool:
        kind = self.settings.case_types.get(str(fields.get("case_type")))
        at_end = kind is not None and kind.final is not None and fields.get("status") == kind.final
        return at_end or fields.get("end") is not None


def unsupported(settings: StufSettings) -> frozenset[str]:
    """Give the fields of a Case that a system with these settings has no place for."""
    told = {*settings.elements, *(["participant"] if settings.participant else [])}
    none = UNSUPPORTED - told
    return none if settings.properties else none | {"properties"}


def _kept(whole: bool, **found: Any) -> dict[str, Any]:  # noqa: FBT001  # what was asked for
    """Leave out what a notification does not speak of."""
    return {name: value for name, value in found.items() if whole or value not in (None, ())}


def mark_in(number: str, pattern: str | None) -> str | None:
    """Give the mark in a number that a pattern made."""
    if pattern is None:
        return None
    head, _, tail = pattern.partition("{mark}")
    inside = number[len(head) : len(number) - len(tail)]
    return inside if inside and f"{head}{inside}{tail}" == number else None


def case_type(zaak: Element, taste: Taste) -> str | None:
    """Give the code of the type of a case; its omschrijving where it has none."""
    kind = child(zaak, "isVan", "gerelateerde")
    return taste.plain(child(kind, "code")) or taste.plain(child(kind, "omschrijving")) or None


_RELATED: Final[Mapping[str, str]] = {
    "heeftAlsDeelzaak": "deelzaak",
    "heeftAlsHoofdzaak": "hoofdzaak",
    "heeftBetrekkingOpAndere": "overig",
}
"""Relation → what it is called; the standard does not say how another case has to do with one."""


def related(zaak: Element, taste: Taste) -> tuple[RelatedCase, ...]:
    """Give the cases that this one has to do with."""
    found: dict[str, RelatedCase] = {}
    for name, called in _RELATED.items():
        for relation in children(zaak, name):
            number = taste.plain(child(relation, "gerelateerde", "identificatie"))
            if number:
                found.setdefault(number, RelatedCase(key=number, relation=called))
    return tuple(sorted(found.values(), key=lambda one: one.key))


def _decisions(reading: Reading, taste: Taste) -> tuple[Any, ...]:
    natives = reading.decisions
    if natives is None:
        inside = (child(one, "gerelateerde") for one in children(reading.zaak, "leidtTot"))
        natives = [one for one in inside if one is not None and len(one)]
    found = {item.key: item for one in natives if (item := decisions.decision(one, taste))}
    return tuple(sorted(found.values(), key=lambda item: item.key))


def _leave_the_rest(zaak: Element, taste: Taste) -> None:
    for name, why in _NO_PLACE.items():
        if taste.plain(child(zaak, name)):
            taste.leave(f"zaak/{name}", why)
    if any(owner.lower() != extras.BRON for _, owner in extras.kenmerken(zaak, taste)):
        taste.leave("zaak/kenmerk", "numbers in other administrations stay here")
    if taste.plain(child(zaak, "resultaat", "toelichting")):
        taste.leave("resultaat/toelichting", "a Case holds the outcome by name only")
    for one in zaak:
        if namespace(one) not in (ZKN, STUF):
            taste.seen["unknown-element"] += 1
            taste.leave(f"zaak/{local(one)}", "an element that the standard does not know")
