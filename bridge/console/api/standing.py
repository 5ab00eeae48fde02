"""How all stands: figures, how quick, who has fallen silent, the journal, the rules in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

from pydantic import Field

from bridge.console.access import OVERSEEING
from bridge.console.api.journal import JournalAsked, JournalTold, journal_answer
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Word
from bridge.desk import LagFigures
from contracts.ids import AgencyId, CaseRef, LinkId


class PairTold(Told):
    """How the Links between some agencies stand; each is equal, parked, in flight or waiting."""

    agencies: tuple[AgencyId, ...]
    links: int
    equal: int
    parked: int
    in_flight: int
    waiting: int
    oldest_unsettled: datetime | None


class LagTold(Told):
    """How long edits took from one agency to another in the last day, in seconds."""

    from_: Annotated[AgencyId, Field(serialization_alias="from")]
    to: AgencyId
    count: int
    p50: float | None
    p95: float | None
    p99: float | None

    @classmethod
    def of(cls, lag: LagFigures) -> LagTold:
        """Tell of one pair."""
        seconds = {
            name: took.total_seconds() if took is not None else None
            for name, took in (("p50", lag.p50), ("p95", lag.p95), ("p99", lag.p99))
        }
        return cls(from_=lag.from_, to=lag.to, count=lag.count, **seconds)


class HearingTold(Told):
    """How an agency's system is heard: when last, and whether it should have been since."""

    agency: AgencyId
    last_at: datetime | None
    today: int
    is_silent: bool


class FiguresTold(Told):
    """How all stands right now."""

    total: PairTold
    pairs: tuple[PairTold, ...]
    outbox_size: int
    outbox_oldest: datetime | None
    lags: tuple[LagTold, ...]
    hearings: tuple[HearingTold, ...]


class WholeJournalAsked(JournalAsked):
    """Which rows."""

    link: Annotated[Word | None, Field(description="Only rows of this Link.")] = None
    agency: Annotated[Word | None, Field(description="With `ref`: only rows of this case.")] = None
    ref: Annotated[Word | None, Field(description="As the case's own system calls it.")] = None


class AgreementTold(Told):
    """An agreement between agencies."""

    id: str
    parties: tuple[AgencyId, ...]
    from_: Annotated[date, Field(serialization_alias="from")]
    until: date | None
    is_in_force: bool


class RulesTold(Told):
    """The rules that are in force."""

    version: str
    agencies: tuple[AgencyId, ...]
    agreements: tuple[AgreementTold, ...]


async def figures(call: Call[Nothing, Nothing]) -> Answer:
    """Give how all stands."""
    supply = call.supply
    found = await supply.desk.figures()
    lags = await supply.desk.vitals.lags()
    hearings = await supply.desk.vitals.hearings(sorted(supply.rules().lenses))
    return Answer(
        FiguresTold(
            total=PairTold.model_validate(found.total),
            pairs=tuple(PairTold.model_validate(pair) for pair in found.pairs),
            outbox_size=found.outbox_size,
            outbox_oldest=found.outbox_oldest,
            lags=tuple(map(LagTold.of, lags)),
            hearings=tuple(HearingTold.model_validate(each) for each in hearings),
        )
    )


async def journal(call: Call[WholeJournalAsked, Nothing]) -> Answer:
    """Give what happened, to anything or to one case."""
    asked = call.query
    case = (AgencyId(asked.agency), CaseRef(asked.ref)) if asked.agency and asked.ref else None
    rows = await call.supply.store.journal_of(
        LinkId(asked.link) if asked.link else None,
        case=case,
        limit=asked.limit,
        before=asked.before,
    )
    return journal_answer(rows, asked.limit)


async def rules(call: Call[Nothing, Nothing]) -> Answer:
    """Give the rules in force."""
    found, today = call.supply.rules(), call.supply.now().date()
    return Answer(
        RulesTold(
            version=found.version,
            agencies=tuple(sorted(found.lenses)),
            agreements=tuple(
                AgreementTold(
                    id=each.id,
                    parties=tuple(each.parties),
                    from_=each.period.from_,
                    until=each.period.to,
                    is_in_force=each.period.covers(today),
                )
                for each in found.agreements
            ),
        )
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/figures",
        name="figures",
        told="How all stands: what is equal, how quick, who has fallen silent",
        tag="standing",
        roles=OVERSEEING,
        run=figures,
        gives=FiguresTold,
    ),
    Operation(
        method="GET",
        path="/journal",
        name="journal",
        told="What happened, latest first",
        tag="standing",
        roles=OVERSEEING,
        run=journal,
        query=WholeJournalAsked,
        gives=JournalTold,
    ),
    Operation(
        method="GET",
        path="/rules",
        name="rules",
        told="The rules that are in force",
        tag="standing",
        roles=OVERSEEING,
        run=rules,
        gives=RulesTold,
    ),
)
