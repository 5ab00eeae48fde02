"""
The ending of a run in the ZGW world: what has to hold, asked of the case systems themselves.

The checker knows nothing of the bridge; the ledger knows what people typed; the systems' own logs
tell what the bridge wrote. Only the reasons of its writes are looked up in its journal.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridge.demo.closing import unexplained, written
from bridge.demo.looks import ZAKEN
from tests.simulation.zgw_law_documents import of_documents
from tests.simulation.zgw_stock import checker
from tests.system.checker import Checker

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld

_MARKED_BY = "casebridge"

Written = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(slots=True)
class Ending:
    """Judges one run."""

    world: ZgwWorld

    async def written(self) -> Written:
        """Give what the bridge wrote into the cases of each system, by that system's log."""
        systems = self.world.staff.systems
        return {agency: await written(system) for agency, system in systems.items()}

    async def judge(self, before: Written) -> None:
        """Write down what does not hold; *before* was written when the quiet phase began."""
        async for law, why in self._faults(before):
            self.world.broke(law, why)

    async def _faults(self, before: Written) -> AsyncIterator[tuple[str, str]]:
        staff, now = self.world.staff, await self.written()
        for agency, entries in now.items():
            for entry in entries[len(before[agency]) :]:
                what = f"{entry['method']} {entry['path']} ({entry['toelichting']})"
                yield "quiesce", f"{agency}: {what} was written though all had settled"
        report = await self._checker().compare()
        for why in report.faults:
            yield "converge", why
        for why in staff.people.ledger.faults(staff.people.dossiers, report):
            yield "no_edit_lost", why
        async for why in self._counterparts():
            yield "one_counterpart", why
        journal = await staff.backstage.journal()
        self.world.trace.seen.update(f"row:{row.what.value}" for row in journal)
        for agency, entries in now.items():
            for why in unexplained(journal, agency, entries):
                yield "explainable", why
        for row in await staff.backstage.desk.parked():
            yield "converge", f"still parked: {row}"
        async for law, why in of_documents(self.world):
            yield law, why

    def _checker(self) -> Checker:
        made = copy.copy(checker(self.world.now().date()))
        made.systems = self.world.staff.systems
        return made

    async def _counterparts(self) -> AsyncIterator[str]:
        """See by the marks that the bridge leaves that it made no case twice."""
        for agency, system in self.world.staff.systems.items():
            marks = Counter(
                reference["kenmerk"]
                for zaak in await system.all(f"{ZAKEN}/zaken")
                for reference in zaak["kenmerken"]
                if reference["bron"] == _MARKED_BY
            )
            for mark, times in marks.items():
                if times > 1:
                    yield f"{agency}: {times} cases bear the mark {mark}"
