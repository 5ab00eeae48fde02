"""Before a document enters a system it is looked into: found harmful it parks, unseen it waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bridge.scan import Clean, Harmful, ScannerAway, Unscannable, Verdict
from bridge.store.records import Digest
from contracts.case import Content, Document
from contracts.ids import CaseRef
from contracts.messages import ChangeOutcome, Command, Lane, Outcome, Settled
from contracts.patch import Change
from tests.bridge.edge.conftest import Place, change, update


class Looks:
    """A scanner that calls harmful what has a virus in it, and counts how often it looked."""

    def __init__(self) -> None:
        self.is_away, self.seen, self.longest = False, 0, 1000

    async def check(self) -> None:
        if self.is_away:
            raise ScannerAway("clamd: away")

    async def scan(self, pieces: AsyncIterator[bytes]) -> Verdict:
        await self.check()
        self.seen += 1
        content = b"".join([piece async for piece in pieces])
        if len(content) > self.longest:
            return Unscannable("te groot voor de virusscanner")
        return Harmful("Eicar-Signature") if b"virus" in content else Clean()


async def staged(place: Place, name: str, content: bytes) -> Change:
    """A document to be written whose content lies ready."""

    @asynccontextmanager
    async def source(start: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async def pieces() -> AsyncIterator[bytes]:
            yield content[start:]

        yield pieces()

    found: Digest = await place.content.stage(name, source)
    document = {
        "key": name, "type": "R", "title": name, "digest": found.sha256, "version": 1,
        "size_bytes": found.size_bytes, "confidentiality": "openbaar", "mark": f"CB{name}",
    }  # fmt: skip
    where = Content(agency="noord", key=f"N-{name}", version="1")
    return change(f"documents/{name}", None, document, content=where)


def brings(ref: CaseRef, *changes: Change) -> Command:
    return update(ref, *changes, lane=Lane.DOCUMENTS)


async def told(place: Place, command: Command) -> dict[str, ChangeOutcome]:
    result = await place.ensure(command)
    assert isinstance(result, Settled)
    return {path.removeprefix("documents/"): each for path, each in result.outcomes.items()}


@pytest.mark.covers("F34")
async def test_what_is_harmful_stays_out_alone(place: Place) -> None:
    """The document beside it is written; what was found is told, and nothing else of it."""
    place.use_scanner(Looks())
    ref = place.open_case()
    changes = [await staged(place, "goed", b"rapport"), await staged(place, "fout", b"een virus")]
    outcomes = await told(place, brings(ref, *changes))
    assert outcomes["goed"].outcome is Outcome.DONE
    assert outcomes["fout"].outcome is Outcome.UNSAFE
    assert "Eicar-Signature" in outcomes["fout"].detail
    titles = [d["title"] for p, d in place.cells(ref).items() if p.startswith("documents/")]
    assert titles == ["goed"]


async def test_what_the_scanner_does_not_take_stays_out_in_clear_words(place: Place) -> None:
    scanner = Looks()
    scanner.longest = 3
    place.use_scanner(scanner)
    ref = place.open_case()
    outcomes = await told(place, brings(ref, await staged(place, "groot", b"lang")))
    assert outcomes["groot"] == ChangeOutcome(
        outcome=Outcome.UNSAFE, detail="te groot voor de virusscanner"
    )
    assert place.writes() == []


@pytest.mark.covers("F34")
async def test_while_the_scanner_is_away_documents_wait(place: Place) -> None:
    """All of them, for one try of it; and go in as soon as it is back."""
    scanner = Looks()
    scanner.is_away = True
    place.use_scanner(scanner)
    ref = place.open_case()
    command = brings(ref, await staged(place, "een", b"een"), await staged(place, "twee", b"twee"))
    outcomes = await told(place, command)
    assert {each.outcome for each in outcomes.values()} == {Outcome.UNSCANNED}
    assert place.writes() == []
    scanner.is_away = False
    outcomes = await told(place, command)
    assert {each.outcome for each in outcomes.values()} == {Outcome.DONE}


async def test_what_was_found_clean_is_not_looked_into_at_each_try(place: Place) -> None:
    """But again after a while: scanners learn."""
    scanner = Looks()
    place.use_scanner(scanner)
    admission = place.ensurer.writer.admission
    document = Document.model_validate((await staged(place, "een", b"een")).become)
    for _ in range(3):
        assert await admission.refusal(document) is None
    assert scanner.seen == 1
    place.at += timedelta(hours=2)
    assert await admission.refusal(document) is None
    assert scanner.seen == 2


async def test_without_a_scanner_nothing_is_looked_into(place: Place) -> None:
    ref = place.open_case()
    outcomes = await told(place, brings(ref, await staged(place, "fout", b"een virus")))
    assert outcomes["fout"].outcome is Outcome.DONE
