"""The Draft: a Link while an event is being decided, with what has followed from it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Origin, Side
from bridge.engine.parked import CASE, Gap, Parked, Reason, Way
from bridge.engine.rules import Rules
from bridge.engine.sameness import same
from bridge.engine.scope import confined
from contracts.agreement import Agreement, Policy
from contracts.case import split_path
from contracts.ids import AgencyId
from contracts.messages import Command
from contracts.snapshot import Snapshot

WAYS: dict[Reason, tuple[Way, ...]] = {
    Reason.NO_COUNTERPART: (Way.RESUME, Way.CHOOSE, Way.SKIP),
    Reason.CONFLICT: (Way.CHOOSE, Way.SKIP),
    Reason.REFUSED: (Way.RESUME, Way.CHOOSE, Way.SKIP),
    Reason.IMMUTABLE: (Way.SKIP, Way.UNLINK),
    Reason.UNTRANSLATABLE: (Way.RESUME, Way.SKIP),
    Reason.GONE: (Way.RESUME, Way.RECREATE, Way.UNLINK),
    Reason.UNREADABLE: (Way.RESUME, Way.UNLINK),
    Reason.OUT_OF_SCOPE: (Way.RESUME, Way.UNLINK),
    Reason.UNSAFE: (Way.RESUME, Way.SKIP),
    Reason.AMBIGUOUS: (Way.RESUME, Way.UNLINK),
    Reason.BUG: (Way.RESUME, Way.UNLINK),
}
"""The ways out of each reason, in the order in which they are best tried."""


@dataclass(slots=True)
class Draft:
    """
    A Link while an event is being decided.

    Attributes:
        link: A copy, worked on in place.
        cause: What the journal names as the cause: a reading or a Command.
    """

    link: Link
    rules: Rules
    at: datetime
    cause: str = ""
    rows: list[Row] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    @property
    def agreement(self) -> Agreement | None:
        """The agreement under which the cases are linked; ``None`` where the rules lost it."""
        return self.rules.agreement(self.link.agreement)

    def policy(self, path: str) -> Policy:
        """Give the policy that holds for a shared path."""
        agreement = self.agreement
        return agreement.policy_for(path) if agreement else Policy.EACH

    def crosses(self, side: Side, path: str) -> bool:
        """Tell whether a shared path crosses between *side* and the truth at all."""
        name, _ = split_path(path)
        return name not in side.detached and self.policy(path) is not Policy.EACH

    def confined(self, side: Side, snapshot: Snapshot) -> Snapshot | None:
        """Give what of a case may cross under the agreement of this very Link, as it was seen."""
        day = self.at.date()
        return confined(snapshot, side.agency, self.rules, day, self.link.agreement)

    def lag(self, side: Side) -> list[str]:
        """Give the shared paths in which *side* stands for something else than the truth."""
        truth, stands = self.link.truth, side.stands
        return [
            path
            for path in sorted(truth.keys() | stands.keys())
            if not same(path, truth.get(path), stands.get(path)) and self.crosses(side, path)
        ]

    def row(
        self,
        what: What,
        side: Side | None = None,
        path: str = "",
        *,
        value: JsonValue = None,
        other: JsonValue = None,
        rule: str = "",
        why: str = "",
        by: str | None = None,
    ) -> None:
        """Add a row to the journal."""
        self.rows.append(
            Row(
                what=what,
                at=self.at,
                link=self.link.id,
                agency=side.agency if side else None,
                ref=side.ref if side else None,
                path=path,
                value=value,
                other=other,
                rule=rule,
                why=why,
                by=by,
                cause=self.cause,
            )
        )

    def agree(self, path: str, value: JsonValue, origin: Origin) -> None:
        """Make *value* the truth at *path*. For an item ``None`` means that it is gone."""
        if value is None and split_path(path)[1]:
            self.link.truth.pop(path, None)
        else:
            self.link.truth[path] = value
        self.link.origins[path] = origin
        self.changed.add(path)
        for side in self.link.sides.values():
            parked = side.parked.get(path)
            if parked and parked.reason is not Reason.CONFLICT:
                self.unpark(side, path, "de waarde is gewijzigd")

    def stand(self, side: Side, path: str, value: JsonValue) -> None:
        """Note that *side* now stands for *value* at *path*."""
        side.unseen.pop(path, None)
        if value is None and split_path(path)[1]:
            side.stands.pop(path, None)
        else:
            side.stands[path] = value
        if path in side.parked and same(path, value, self.link.truth.get(path)):
            self.unpark(side, path, "beide kanten zijn het eens")

    def stand_by_rule(self, side: Side, path: str, value: JsonValue) -> None:
        """Let *side* stand for *value* without a look: what was typed there is yet to be seen."""
        self.stand(side, path, value)
        side.unseen[path] = self.at

    def park(
        self,
        side: Side,
        path: str,
        reason: Reason,
        why: str,
        *,
        value: JsonValue = None,
        gap: Gap | None = None,
    ) -> None:
        """Let one path (or `CASE`) of a side wait for a person; said once."""
        before = side.parked.get(path)
        if before and before.reason is reason and before.value == value:
            return
        side.parked[path] = Parked(reason, why, self.at, WAYS[reason], value, gap)
        self.row(What.PARKED, side, path, value=value, why=why, rule=reason.value)

    def unpark(self, side: Side, path: str, why: str, by: str | None = None) -> None:
        """Take one path out of waiting."""
        if side.parked.pop(path, None):
            self.row(What.UNPARKED, side, path, why=why, by=by)

    @property
    def is_out_of_scope(self) -> bool:
        """Tell whether one of the cases, as it is now, may not cross: then nothing goes over."""
        cases = [side.parked.get(CASE) for side in self.link.sides.values()]
        return any(case is not None and case.reason is Reason.OUT_OF_SCOPE for case in cases)

    def is_stuck(self, side: Side) -> bool:
        """Tell whether the whole case waits for a person on *side*."""
        return CASE in side.parked

    def handling_agency(self) -> AgencyId | None:
        """Give the agency that employs the handler, as far as the rules know the person."""
        handler = self.link.truth.get("handler")
        if not isinstance(handler, dict):
            return None
        employer = self.rules.employer_of(str(handler.get("id")))
        return employer if employer in self.link.sides else None
