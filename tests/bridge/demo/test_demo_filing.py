"""Filing: what people do with documents, also when they are cut off in the midst of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.zgw.simulator import (
    Fault,
    FaultKind,
    Simulator,
    SimulatorSettings,
    start,
    two_clients,
)
from bridge.demo.casework import Casework
from bridge.demo.filing import INLINE_BYTES, Filing
from bridge.demo.histories import read_world
from bridge.demo.papers import Paper
from bridge.demo.run import DATA
from bridge.demo.system import CaseSystem, SystemAway
from bridge.demo.work import NewDocument
from bridge.demo.workplace import AS_OF

SECRET = "een-geheim-dat-lang-genoeg-is-0123456789"
LARGE = INLINE_BYTES + 1000
CASE = {
    "case_type": "BOD-ADV",
    "location": "L01",
    "status": "1",
    "number": "Z/24/1",
    "description": "Onderzoek Voorbeeldweg",
    "received": "2024-11-20",
}
NEW = NewDocument(
    number="STUK-1",
    type="RAP",
    title="Rapport",
    file="stuk.pdf",
    confidentiality="openbaar",
    internal=False,
    at=AS_OF,
)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    settings = SimulatorSettings(
        clients=two_clients(SECRET, SECRET),
        catalogue=DATA / "catalogue-odru.yaml",
        parties=DATA / "parties.yaml",
        shutdown_seconds=0.2,
    )
    async with await start(settings) as running:
        yield running


@pytest.fixture
async def system(simulator: Simulator, tmp_path: Path) -> AsyncIterator[CaseSystem]:
    (tmp_path / "secret").write_text(SECRET)
    rsin = read_world(DATA).agencies["odru"].rsin
    async with CaseSystem("odru", rsin, simulator.url, tmp_path / "secret") as made:
        yield made


async def test_a_version_that_was_cut_off_does_not_hide_the_next(
    simulator: Simulator, system: CaseSystem
) -> None:
    """What was begun and cut off counts as a version of its own; the next one came to nothing."""
    filing, case = Filing(system), Casework(system, read_world(DATA))
    zaak = await case.create(CASE, AS_OF, "GM0355", by="odru-201")
    await filing.add(zaak, NEW, Paper("STUK-1", 1, 700), by="odru-201")
    simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="PUT", path="bestandsdelen", times=1))
    second = Paper("STUK-1", 2, LARGE)
    with pytest.raises(SystemAway):
        await filing.replace("STUK-1", second, by="odru-201")
    await filing.replace("STUK-1", second, by="odru-201")
    document = await filing.find("STUK-1")
    assert document is not None
    assert await system.digest(f"{document['url']}/download") == second.digest()
    third = Paper("STUK-1", 3, LARGE)
    for _ in range(2):
        await filing.replace("STUK-1", third, by="odru-201")
        assert await system.digest(f"{document['url']}/download") == third.digest()
