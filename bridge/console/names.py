"""Names: what people call a code, looked up where it means something."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from bridge.console.inert import spoken
from bridge.engine.decision import What
from bridge.engine.link import Link
from bridge.engine.rules import Rules
from bridge.store.views import JournalEntry
from contracts.case import split_path
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class Named:
    """
    A value as people say it.

    Attributes:
        code: What stands in the system, where that is not what people say.
    """

    text: str
    code: str | None = None


class Names:
    """Knows the names in some rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        vocabulary = rules.vocabulary
        places = {each.code: each.name for each in rules.participants.values()}
        self._shared = {
            "case_type": {each.code: each.name for each in vocabulary.case_types},
            "status": {each.code: each.name for each in vocabulary.statuses},
            "participant": places,
        }

    def shared(self, path: str, value: JsonValue) -> Named:
        """Name a value in shared terms."""
        name = split_path(path)[0]
        if isinstance(value, str):
            return _named(self._shared.get(name, {}).get(value), value)
        return self._item(name, value)

    def local(
        self, agency: AgencyId, path: str, value: JsonValue, case_type: JsonValue = None
    ) -> Named:
        """
        Name a value in an agency's own terms.

        Args:
            case_type: Of the case, in those terms: a status means something within one.
        """
        name = split_path(path)[0]
        if not isinstance(value, str):
            return self._item(name, value)
        lens = self._rules.lenses.get(agency)
        if lens is None:
            return Named(spoken(value))
        terms = lens.terms
        kind = terms.type_of({"case_type": value if name == "case_type" else case_type})
        match name:
            case "case_type":
                return _named(kind.name if kind else None, value)
            case "status" if kind is not None:
                steps = terms.catalogue.processes.get(kind.process, ())
                return _named(next((e.name for e in steps if e.code == value), None), value)
            case "participant":
                shared = terms.participant_of(value)
                return _named(self._shared["participant"].get(shared or ""), value)
            case _:
                return Named(spoken(value))

    def told(self, row: JournalEntry, value: JsonValue, link: Link | None) -> Named:
        """Name a value in a row: what was sent stands in the words of where it went."""
        if row.what is not What.SENT or row.agency is None:
            return self.shared(row.path, value)
        side = link.sides.get(row.agency) if link else None
        return self.local(row.agency, row.path, value, side.base.get("case_type") if side else None)

    def person(self, who: str | None) -> Named:
        """Name whoever did something: a member of staff, or an account."""
        member = self._rules.staff.get(who or "")
        return _named(member.name if member else None, who or "")

    def agency(self, agency: AgencyId) -> str:
        """Give the short name of an agency."""
        profile = self._rules.agencies.get(agency)
        return profile.short if profile else str(agency)

    def _item(self, name: str, value: JsonValue) -> Named:
        if name == "handler" and isinstance(value, dict):
            who, called = value.get("id"), value.get("name")
            known = self.person(who) if isinstance(who, str) else Named(spoken(value))
            return Named(spoken(called), known.code or spoken(who)) if called else known
        return Named(spoken(value))


def _named(name: str | None, code: str) -> Named:
    return Named(spoken(code)) if name is None or name == code else Named(name, code)
