"""The overview: how every history stands at this moment, in both systems' own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bridge.demo.agenda import Step
from bridge.demo.backstage import Backstage
from bridge.demo.histories import World
from bridge.desk import State, state_of
from bridge.engine.link import Link, Side
from bridge.store.views import CaseRow

OWN = "eigen zaak"


@dataclass(frozen=True, slots=True)
class There:
    """A case in one system: its number and its product."""

    number: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """How one history stands."""

    history: str
    title: str
    here: There
    there: There
    state: str


@dataclass(slots=True)
class Overview:
    """
    Keeps what is to be shown.

    Attributes:
        names: By agency: the names of its products, by their codes.
    """

    world: World
    names: Mapping[str, Mapping[str, str]]
    _begun: dict[str, str] = field(default_factory=dict)
    _linked: dict[str, tuple[CaseRow, Link]] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, rules: Path) -> Overview:
        """Make one, with the product names of the agencies' catalogues."""
        names = {
            path.stem.removeprefix("catalogue-"): _names(path)
            for path in sorted(rules.glob("catalogue-*.yaml"))
        }
        return cls(world, names)

    def plays(self, step: Step) -> None:
        """Note that a history has begun."""
        if step.events and step.history.id not in self._begun:
            self._begun[step.history.id] = str(step.events[0].data.get("case_type", ""))

    async def refresh(self, backstage: Backstage) -> None:
        """Look how the linked cases stand."""
        rows = {row.link: row for row in await backstage.desk.cases(limit=500)}
        for link in await backstage.links():
            number = link.sides[link.home].base.get("number")
            if link.id in rows and number is not None:
                self._linked[str(number)] = (rows[link.id], link)

    def lines(self) -> list[Line]:
        """Give a line for each history that has begun."""
        return [
            self._line(history.id) for history in self.world.histories if history.id in self._begun
        ]

    def _line(self, id_: str) -> Line:
        history = next(each for each in self.world.histories if each.id == id_)
        here = There(history.number, self._name(history.home, self._begun[id_]))
        if history.number not in self._linked:
            return Line(id_, history.title, here, There(), OWN)
        row, link = self._linked[history.number]
        other = link.others(link.home)[0]
        there = There(
            _text(other.base.get("number")),
            self._name(other.agency, _text(other.base.get("case_type"))),
        )
        here = There(here.number, self._product(link.sides[link.home]) or here.product)
        return Line(id_, history.title, here, there, state_of(row).value)

    def _product(self, side: Side) -> str:
        return self._name(side.agency, _text(side.base.get("case_type")))

    def _name(self, agency: str, code: str) -> str:
        return self.names.get(agency, {}).get(code, code)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _names(path: Path) -> dict[str, str]:
    catalogue = yaml.safe_load(path.read_text("utf-8"))
    return {kind["code"]: kind["name"] for kind in catalogue["case_types"]}


STYLES: Mapping[str, str] = {
    State.EQUAL.value: "green",
    State.UNDER_WAY.value: "cyan",
    State.WAITS.value: "yellow",
    State.NEEDS_ATTENTION.value: "magenta",
    State.RELEASED.value: "dim",
    OWN: "dim",
}
"""How each state is shown."""
