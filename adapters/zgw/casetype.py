"""One version of a case type: our words for what its cases may hold, and the URLs behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from adapters.zgw.native import (
    Eigenschap,
    NamedType,
    ResultaatType,
    RolType,
    StatusType,
    ZaakType,
)
from contracts.errors import Rejected


class _Described(Protocol):
    @property
    def url(self) -> str: ...
    @property
    def omschrijving(self) -> str: ...


D = TypeVar("D", bound=_Described)


@dataclass(frozen=True, slots=True)
class CaseTypeVersion:
    """
    One version of a case type, with all that its cases may hold.

    Attributes:
        documents: URLs of the document types that may be linked, in all their versions.
    """

    zaaktype: ZaakType
    statuses: tuple[StatusType, ...] = ()
    results: tuple[ResultaatType, ...] = ()
    roles: tuple[RolType, ...] = ()
    properties: tuple[Eigenschap, ...] = ()
    documents: tuple[NamedType, ...] = ()
    decisions: tuple[NamedType, ...] = ()

    def status_term(self, url: str) -> str | None:
        """Give our word for a status type: generic where that names one step only."""
        found = next((s for s in self.statuses if s.url == url), None)
        if found is None:
            return None
        generic = found.omschrijving_generiek
        shared = sum(s.omschrijving_generiek == generic for s in self.statuses) > 1
        return found.omschrijving if not generic or shared else generic

    def status(self, term: str) -> StatusType:
        """Find a step by our word for it, its description or its number."""
        for matches in (
            lambda s: self.status_term(s.url) == term,
            lambda s: s.omschrijving == term,
            lambda s: s.omschrijving_generiek == term,
            lambda s: str(s.volgnummer) == term,
        ):
            found = [s for s in self.statuses if matches(s)]
            if len(found) == 1:
                return found[0]
        known = (s.omschrijving for s in self.statuses)
        raise self._unknown(what="status", name=term, known=known)

    @property
    def final(self) -> StatusType | None:
        """The end status: marked so, or else the last by number."""
        marked = [s for s in self.statuses if s.is_eindstatus]
        return max(marked or self.statuses, key=lambda s: s.volgnummer, default=None)

    @property
    def first(self) -> StatusType | None:
        """The status that a new case gets."""
        return min(self.statuses, key=lambda s: s.volgnummer, default=None)

    def is_final(self, url: str | None) -> bool:
        """Tell whether a status type ends the case."""
        return self.final is not None and self.final.url == url

    def result(self, name: str) -> ResultaatType:
        """Find an outcome by name."""
        return self._by_name("result", name, self.results)

    def role(self, name: str) -> RolType:
        """Find a role type by name."""
        return self._by_name("role", name, self.roles)

    def generic_role(self, generic: str) -> RolType | None:
        """Find the first role type with a generic description."""
        found = sorted(
            (r for r in self.roles if r.omschrijving_generiek == generic),
            key=lambda r: r.omschrijving,
        )
        return found[0] if found else None

    def property(self, name: str) -> Eigenschap:
        """Find a property by name."""
        for found in self.properties:
            if found.naam == name:
                return found
        raise self._unknown(what="property", name=name, known=(p.naam for p in self.properties))

    def document(self, name: str, on: date) -> NamedType:
        """Find a document type by name, as it holds on a day."""
        return self._valid("document type", name, self.documents, on)

    def decision(self, name: str, on: date) -> NamedType:
        """Find a decision type by name, as it holds on a day."""
        return self._valid("decision type", name, self.decisions, on)

    def _by_name(self, what: str, name: str, among: tuple[D, ...]) -> D:
        for found in among:
            if found.omschrijving == name:
                return found
        raise self._unknown(what, name, (one.omschrijving for one in among))

    def _valid(self, what: str, name: str, among: tuple[NamedType, ...], on: date) -> NamedType:
        named = [one for one in among if one.omschrijving == name]
        valid = [one for one in named if holds(one.begin_geldigheid, one.einde_geldigheid, on)]
        if not named:
            raise self._unknown(what, name, (one.omschrijving for one in among))
        return max(valid or named, key=lambda one: one.begin_geldigheid)

    def _unknown(self, what: str, name: str, known: Iterable[str]) -> Rejected:
        msg = (
            f"case type {self.zaaktype.identificatie} ({self.zaaktype.begin_geldigheid}) has no "
            f"{what} {name!r}; it has: {', '.join(sorted(set(known))) or 'none'}"
        )
        return Rejected(msg, code="not-in-catalogue")


def holds(begin: str, end: str | None, on: date) -> bool:
    """Tell whether what holds from *begin* to *end* holds on a day."""
    day = on.isoformat()
    return (not begin or begin <= day) and (not end or day <= end)
