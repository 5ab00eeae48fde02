"""The checker and the ledger find what they are there for: on two systems, without any bridge."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.zgw.simulator import SimulatorSettings, start, two_clients
from bridge.demo.casework import Casework
from bridge.demo.filing import Filing
from bridge.demo.histories import World, read_world
from bridge.demo.looks import ZAKEN
from bridge.demo.papers import Paper
from bridge.demo.run import DATA
from bridge.demo.system import CaseSystem
from bridge.demo.work import NewDocument
from bridge.demo.workplace import AS_OF
from tests.system.checker import Checker, Report
from tests.system.dossiers import AGENCIES, KINDS, ODRU, RUD, Dossier
from tests.system.ledger import Ledger

SECRET = "een-geheim-dat-lang-genoeg-is-0123456789"
TITLE = "Onderzoek Voorbeeldweg"
AT_RUD = {
    "case_type": "RUD-BOD-010",
    "location": "L01",
    "status": "10",
    "properties": {
        "onderzoeksnorm": "NEN5740",
        "asbestverdacht": "O",
        "oppervlakte_m2": "4200",
        "spoed": "N",
        "kwaliteitsklasse": "LN",
    },
}


@dataclass(slots=True)
class Two:
    """Both systems, with one case and its counterpart, made alike by hand."""

    world: World
    systems: dict[str, CaseSystem]
    urls: dict[str, str]

    def work(self, agency: str) -> Casework:
        return Casework(self.systems[agency], self.world)

    async def open(self, agency: str, data: dict[str, Any], number: str) -> str:
        more = {"number": number, "description": TITLE, "received": "2024-11-20"}
        at = AS_OF - timedelta(hours=1)
        return await self.work(agency).create({**data, **more}, at, "GM0355", by="wie-dan-ook")

    async def counterpart(self, number: str) -> str:
        """Open the case at the other agency, as the bridge would."""
        url = await self.open(RUD, AT_RUD, number)
        await self.work(RUD).refer(url, f"MARK{number}", "casebridge", by="casebridge")
        home = await self.systems[ODRU].get(self.urls[ODRU])
        changes = {"uiterlijkeEinddatumAfdoening": home["uiterlijkeEinddatumAfdoening"]}
        await self.systems[RUD].patch(url, changes, by="casebridge")
        return url

    async def file(self, agency: str, title: str, *, text: str = "x", number: str = "") -> None:
        """Put a document of a few bytes into the case."""
        new = NewDocument(
            number=number or f"{agency}-{title}",
            type={ODRU: "MEMO", RUD: "ADVN"}[agency],
            title=title,
            file="stuk.pdf",
            confidentiality="openbaar",
            internal=False,
            at=AS_OF,
        )
        filing = Filing(self.systems[agency])
        await filing.add(self.urls[agency], new, Paper(text, 1, 900), by="wie-dan-ook")

    async def report(self) -> Report:
        return await Checker(DATA, self.systems, AS_OF.date()).compare()


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    """One case, alike in both systems."""
    world = read_world(DATA)
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    async with AsyncExitStack() as stack:
        made = Two(world, {}, {})
        for agency in AGENCIES:
            settings = SimulatorSettings(
                clients=two_clients(SECRET, SECRET),
                agency=agency,
                catalogue=DATA / f"catalogue-{agency}.yaml",
                parties=DATA / "parties.yaml",
            )
            running = await stack.enter_async_context(await start(settings))
            rsin = world.agencies[agency].rsin
            system = CaseSystem(agency, rsin, running.url, secret)
            made.systems[agency] = await stack.enter_async_context(system)
            await system.set_clock(AS_OF)
        made.urls[ODRU] = await made.open(ODRU, dict(KINDS[0].body), "Z/24/1")
        made.urls[RUD] = await made.counterpart("2024-1")
        yield made


async def test_what_is_alike_has_no_faults(two: Two) -> None:
    """In other words, on both sides; with the same document under two names of its type."""
    for agency in AGENCIES:
        await two.file(agency, "Advies")
        await two.work(agency).note(two.urls[agency], "Bel even", internal=False, by="iemand")
    report = await two.report()
    assert report.faults == ()
    ((home, other),) = report.pairs
    assert (home.looks.case_type, other.looks.case_type) == ("BOD-ADV", "RUD-BOD-010")


async def test_words_that_differ_and_mean_the_same_are_alike(two: Two) -> None:
    """A status that only one side has, a class that covers two, an urgency of four levels."""
    await two.work(ODRU).set_status(two.urls[ODRU], "2", AS_OF, by="iemand")
    await two.work(ODRU).set_property(two.urls[ODRU], "prioriteit", "4", by="iemand")
    await two.work(ODRU).set_property(two.urls[ODRU], "bodemklasse", "NT", by="iemand")
    await two.work(RUD).set_property(two.urls[RUD], "kwaliteitsklasse", "SV", by="iemand")
    assert (await two.report()).faults == ()


async def _property(two: Two) -> None:
    await two.work(RUD).set_property(two.urls[RUD], "kwaliteitsklasse", "IN", by="iemand")


async def _number(two: Two) -> None:
    await two.work(RUD).set_property(two.urls[RUD], "oppervlakte_m2", "4201", by="iemand")


async def _status(two: Two) -> None:
    await two.work(ODRU).set_status(two.urls[ODRU], "3", AS_OF, by="iemand")


async def _status_twice(two: Two) -> None:
    for minutes in (1, 2):
        at = AS_OF - timedelta(minutes=minutes)
        await two.work(ODRU).set_status(two.urls[ODRU], "4", at, by="iemand")


async def _result(two: Two) -> None:
    await two.work(RUD).set_result(two.urls[RUD], "Akkoord", by="iemand")


async def _handler(two: Two) -> None:
    await two.work(RUD).assign(two.urls[RUD], "rud-105", "Behandelaar", by="iemand")


async def _suspension(two: Two) -> None:
    await two.work(ODRU).suspend(two.urls[ODRU], "wacht", by="iemand")


async def _document(two: Two) -> None:
    await two.file(RUD, "Advies")


async def _content(two: Two) -> None:
    for agency in AGENCIES:
        await two.file(agency, "Brief", text=agency)


async def _document_twice(two: Two) -> None:
    await two.file(ODRU, "Kaart")
    for number in ("a", "b"):
        await two.file(RUD, "Kaart", number=number)


async def _note(two: Two) -> None:
    await two.work(RUD).note(two.urls[RUD], "Bel even", internal=False, by="iemand")


async def _two_counterparts(two: Two) -> None:
    await two.counterpart("2024-2")


async def _no_counterpart(two: Two) -> None:
    await two.open(ODRU, dict(KINDS[0].body), "Z/24/2")
    await two.systems[ODRU].patch(two.urls[ODRU], {"omschrijving": "Heet nu anders"}, by="iemand")


async def _deadline(two: Two) -> None:
    changes = {"uiterlijkeEinddatumAfdoening": "2025-06-01"}
    await two.systems[RUD].patch(two.urls[RUD], changes, by="iemand")


SPOILT: tuple[tuple[Callable[[Two], Awaitable[None]], str], ...] = (
    (_property, "bodemklasse/kwaliteitsklasse 'AW' and 'IN'"),
    (_number, "opp_ha/oppervlakte_m2 '0,4200' and '4201'"),
    (_status, "status '3' and '10'"),
    (_status_twice, "status 4 was set twice in a row"),
    (_result, "result None and 'Akkoord'"),
    (_handler, "handlers None and 'rud-105'"),
    (_suspension, "suspension 'wacht' and None"),
    (_document, "document 'Advies' is not at odru"),
    (_content, "document 'Brief' has other content"),
    (_document_twice, "document 'Kaart' is there 2 times"),
    (_note, "notes [] and ['Bel even']"),
    (_deadline, "uiterlijkeEinddatumAfdoening"),
    (_two_counterparts, "2 counterparts at rud-utrecht"),
    (_no_counterpart, "(Heet nu anders): no counterpart at rud-utrecht"),
)


async def test_each_difference_is_found_and_named(two: Two) -> None:
    """As soon as it is there, and not before, in words that tell where to look."""
    said = ""
    for spoil, words in SPOILT:
        assert words not in said
        await spoil(two)
        said = "\n".join((await two.report()).faults)
        assert words in said


async def test_the_ledger_finds_what_was_lost_reverted_or_never_came(two: Two) -> None:
    """By what people typed, on whichever side."""
    dossier = Dossier.new(0, "run", random.Random(1))
    dossier.title = TITLE
    ledger = Ledger()
    ledger.type(dossier, "quality", ODRU, "AW")
    ledger.type(dossier, "quality", RUD, "SV")
    ledger.type(dossier, "surface", RUD, "4200")
    faults = partial(ledger.faults, [dossier])
    assert faults(await two.report()) == []

    ledger.type(dossier, "surface", RUD, "5000")
    ledger.file(dossier, "Advies", hashlib.sha256(b"").hexdigest())
    ledger.note(dossier, "Bel even")
    said = "\n".join(faults(await two.report()))
    assert "surface was last typed as {'rud-utrecht': '5000'}" in said
    assert "'Advies' is not at odru" in said
    assert "'Bel even' is there {'odru': 0, 'rud-utrecht': 0} times" in said

    dossier.title = "Een andere zaak"
    assert faults(await two.report()) == ["Een andere zaak: is not on both sides"]


def test_the_checker_knows_nothing_of_the_bridge() -> None:
    """It loads neither engine nor store, broker, hub or edge: a fault of theirs is not its own."""
    rooms = ("engine", "store", "broker", "hub", "edge", "rules", "desk", "app")
    code = (
        "import sys, tests.system.checker, tests.system.ledger\n"
        f"print([m for m in sys.modules if m.startswith('bridge.') and m.split('.')[1] in {rooms}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


async def test_there_is_something_to_compare(two: Two) -> None:
    """Both systems hold exactly the case that was made, so no comparison is empty."""
    for agency in AGENCIES:
        assert len(await two.systems[agency].all(f"{ZAKEN}/zaken")) == 1
