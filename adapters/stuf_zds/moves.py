"""
Who comes and who goes: the old and the new relation of a party. Pure.

Of handlers, handling units and initiators there is one: another takes his place. A case has an
initiator always, so where one goes and none comes a stand-in stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.stuf_zds import casting
from adapters.stuf_zds.parties import Parties, Parts, Party, handler_as_role, role, unit_as_role
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import Verwerkingssoort
from adapters.stuf_zds.xml import Element, local
from contracts.case import Handler, Role
from contracts.errors import Rejected
from contracts.patch import Change

Move = tuple[str, Element, Element]
"""The name of a relation, as it is, and as it should be."""

_T: Final = Verwerkingssoort.TOEVOEGING
_V: Final = Verwerkingssoort.VERWIJDERING
_R: Final = Verwerkingssoort.VERVANGING


@dataclass(frozen=True, slots=True)
class Moves:
    """
    Tells how the parties of one case move.

    Attributes:
        zaak: As it stands.
        leaving: Paths of the parties that go in the same message, known before any comes: whom
            there can be one of takes the place of one that goes.
        succeeded: Those of them in whose place another was put.
    """

    zaak: Element
    settings: StufSettings
    leaving: frozenset[str] = frozenset()
    succeeded: set[str] = field(default_factory=set)

    def _parties(self) -> Parties:
        return Shaper(self.settings).parties(self.zaak, Taste())

    @property
    def _parts(self) -> Parts:
        return Shaper(self.settings).parts

    def handler(self, change: Change) -> Move:
        wanted = Handler.model_validate(change.become) if change.become is not None else None
        item = None if wanted is None else handler_as_role(wanted, self._parts)
        return self._moved("heeftAlsUitvoerende", self._parties().handler, item)

    def unit(self, change: Change) -> Move:
        relation = self.settings.deviating().unit_relation
        item = None if change.become is None else unit_as_role(str(change.become), relation)
        return self._moved(relation, self._parties().unit, item)

    def role(self, change: Change) -> Move:
        told = self._parties()
        wanted = Role.model_validate(change.become) if change.become is not None else None
        former = Role.model_validate(change.expect) if change.expect is not None else None
        item = wanted or former
        if item is None:
            msg = "a change of nobody to nobody"
            raise Rejected(msg, path=change.path)
        current = _standing_party(told.others, former or item)
        name, _ = self._parts.relation(item.role)
        if name == "heeftAlsInitiator":
            return self._initiator(wanted, former, current, told)
        return self._moved(name, current, wanted, former)

    def _initiator(
        self, wanted: Role | None, former: Role | None, current: Party | None, told: Parties
    ) -> Move:
        """Put one initiator in the place of another: there is always one, and never two."""
        name = "heeftAlsInitiator"
        if wanted is None:
            before = casting.standing(current, _R) if current else casting.nothing(name, _T)
            return name, before, casting.stand_in(self.settings.initiator, _R)
        there = current or told.stand_in or self._predecessor(told)
        if there is None and any(local(p.relation) == name for p in told.others):
            msg = "this system knows one initiator for a case, and there is one already"
            raise Rejected(msg, code="initiator")
        return self._moved(name, there, wanted, former if current else None)

    def _predecessor(self, told: Parties) -> Party | None:
        """Give the initiator that goes while another comes."""
        for party in told.others:
            item = role(party, Taste())
            path = f"roles/{item.key}" if item is not None else ""
            if local(party.relation) == "heeftAlsInitiator" and path in self.leaving:
                self.succeeded.add(path)
                return party
        return None

    def _moved(
        self,
        name: str,
        current: Party | None,
        wanted: Role | None,
        former: Role | None = None,
    ) -> Move:
        if wanted is None:
            before = casting.nothing(name, _V) if current is None else casting.standing(current, _V)
            return name, before, casting.nothing(name, _V)
        if current is None:
            return name, casting.nothing(name, _T), casting.relation(wanted, self._parts, _T)
        gone = frozenset((former.person if former else {}).keys() - wanted.person.keys())
        kept = current if former is not None else None
        after = casting.relation(wanted, self._parts, _R, current=kept, emptied=gone)
        return name, casting.standing(current, _R), after


def _standing_party(found: Sequence[Party], item: Role) -> Party | None:
    for party in found:
        told = role(party, Taste())
        if told is not None and (told.role, told.kind, told.identity) == (
            item.role,
            item.kind,
            item.identity,
        ):
            return party
    return None
