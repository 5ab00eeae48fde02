"""What a write that broke off leaves in a system that speaks ZGW: locks, documents in no case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.kit.contents import these
from adapters.kit.locks import WrittenDown
from adapters.zgw import ZgwAdapter, ZgwSettings
from adapters.zgw.documents import Documents
from adapters.zgw.simulator import Fault, FaultKind, Simulator, SimulatorSettings, start
from adapters.zgw.simulator.settings import BRIDGE_SCOPES, Client
from contracts.case import Document
from contracts.errors import Conflict, Uncertain, Unreachable
from contracts.ids import CaseRef
from contracts.patch import Change
from tests.adapters.zgw.conftest import CATALOGUE
from tests.adapters.zgw.people import HERE, People, TheseBytes, a_document, change, writes

DOCUMENTS = "documenten/api/v1/enkelvoudiginformatieobjecten"
WHOLE = b"%PDF-1.4 proef"
SECOND = {HERE.key: these(b"%PDF-1.4 tweede keer")}


@pytest.fixture
def more() -> tuple[str, ...]:
    """What our account may, beside what it needs."""
    return ()


@pytest.fixture
async def simulator(more: tuple[str, ...]) -> AsyncIterator[Simulator]:
    """A case system in which our account may just that."""
    settings = SimulatorSettings(
        clients=(
            Client("casebridge", People.BRIDGE_SECRET, scopes=(*BRIDGE_SCOPES, *more)),
            Client("medewerker", People.STAFF_SECRET, label="Medewerkers"),
        ),
        catalogue=CATALOGUE,
        rsin=People.RSIN,
        shutdown_seconds=0.2,
    )
    async with await start(settings) as running:
        yield running


def _contents(kept: dict[str, str] | None = None) -> WrittenDown:
    contents = WrittenDown({HERE.key: these(WHOLE)})
    contents.kept = dict(kept or {})
    return contents


def _brings(**changes: Any) -> Change:
    return change("documents/CBDOC1", a_document(**changes), content=HERE)


async def _there(people: People) -> list[tuple[bool, int | None]]:
    found = (await people.call("GET", DOCUMENTS))["results"]
    return [(each["locked"], each["bestandsomvang"]) for each in found]


async def _filed(adapter: ZgwAdapter, people: People) -> tuple[CaseRef, Document, Change]:
    """A document of ours on a case, and a change of its title."""
    ref = await people.opens()
    await writes(adapter, ref, _brings(), contents=TheseBytes())
    (document,) = (await adapter.read(ref)).case.documents
    wanted = document.model_copy(update={"title": "Anders"}).model_dump(mode="json")
    edit = change(f"documents/{document.key}", wanted, expect=document.model_dump(mode="json"))
    return ref, document, edit


async def _locked_unheard(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> tuple[CaseRef, Change, dict[str, str]]:
    """A document whose lock was given, and whose answer never came."""
    ref, document, edit = await _filed(adapter, people)
    simulator.faults.add(Fault(FaultKind.DROP_AFTER, method="POST", path="/lock$", times=1))
    contents = _contents()
    with pytest.raises(Uncertain):
        await writes(adapter, ref, edit, contents=contents)
    assert contents.kept == {document.key: ""}
    assert await _there(people) == [(True, 14)]
    return ref, edit, contents.kept


@pytest.mark.covers("F10", "F57")
async def test_a_lock_whose_id_never_came_is_left_to_a_person(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """Nothing but its id opens it; it is given back as soon as somebody released it."""
    ref, edit, kept = await _locked_unheard(adapter, people, simulator)
    again = _contents(kept)
    with pytest.raises(Conflict):
        await writes(adapter, ref, edit, contents=again)
    assert again.kept == kept, "it may still be ours"
    ((place, _),) = kept.items()
    assert not await adapter.unlock(place, "", for_good=True, key="command-1")
    await people.call("POST", f"{DOCUMENTS}/{place}/unlock", {})
    assert await adapter.unlock(place, "", for_good=True, key="command-1")


@pytest.mark.parametrize("more", [("documenten.geforceerd-unlock",)])
async def test_a_lock_whose_id_never_came_is_forced_where_we_may(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """It is a document of ours, and it was we who asked for the lock."""
    _, _, kept = await _locked_unheard(adapter, people, simulator)
    ((place, _),) = kept.items()
    assert await adapter.unlock(place, "", for_good=False, key="command-1")
    assert await _there(people) == [(False, 14)]


@pytest.mark.parametrize("more", [("documenten.geforceerd-unlock",)])
async def test_the_lock_of_a_document_that_is_not_ours_is_never_forced(
    adapter: ZgwAdapter, people: People
) -> None:
    """Whether we asked for it or a colleague holds it cannot be told."""
    kinds = await people.call("GET", "catalogi/api/v1/informatieobjecttypen")
    body = {
        "bronorganisatie": People.RSIN, "creatiedatum": "2026-02-01", "titel": "Van een collega",
        "auteur": "x", "taal": "nld", "inhoud": "aGFsbG8=", "bestandsomvang": 5,
        "informatieobjecttype": kinds["results"][0]["url"],
    }  # fmt: skip
    made = await people.call("POST", DOCUMENTS, body)
    key = made["url"].rsplit("/", 1)[1]
    await people.call("POST", f"{DOCUMENTS}/{key}/lock", {})
    assert not await adapter.unlock(key, "", for_good=True, key="command-1")
    assert await _there(people) == [(True, 5)]


async def test_a_lock_that_somebody_released_and_took_is_theirs(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """Our id opens it no more, so there is nothing of ours to give back."""
    ref, document, edit = await _filed(adapter, people)
    simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="POST", path="/unlock$", times=1))
    contents = _contents()
    with pytest.raises(Uncertain):
        await writes(adapter, ref, edit, contents=contents)
    ((place, lock),) = contents.kept.items()
    assert lock
    await people.call("POST", f"{DOCUMENTS}/{place}/unlock", {})
    await people.call("POST", f"{DOCUMENTS}/{place}/lock", {})
    assert await adapter.unlock(place, lock, for_good=True, key="command-1")
    assert await _there(people) == [(True, 14)]
    assert place == document.key


@pytest.mark.parametrize(
    ("more", "left"),
    [((), [(False, 0)]), (("documenten.verwijderen",), [])],
    ids=["may-not-delete", "may-delete"],
)
async def test_half_an_upload_goes_once_nobody_goes_on_with_it(
    in_parts: ZgwAdapter, people: People, simulator: Simulator, left: list[tuple[bool, int]]
) -> None:
    """It is in no case, so nobody misses it; until then the next try goes on where it stands."""
    ref, contents = await people.opens(), _contents()
    fault = Fault(FaultKind.ERROR_BEFORE, method="PUT", path="bestandsdelen", times=1)
    simulator.faults.add(fault)
    with pytest.raises(Uncertain):
        await writes(in_parts, ref, _brings(), contents=contents)
    ((place, lock),) = contents.kept.items()
    assert await _there(people) == [(True, 14)]
    assert not await in_parts.unlock(place, lock, for_good=False, key="command-1")
    assert await _there(people) == [(True, 14)]
    assert await in_parts.unlock(place, lock, for_good=True, key="command-1")
    assert await _there(people) == left
    # A colleague files it after all.
    await writes(in_parts, ref, _brings(), contents=contents)
    assert await _there(people) == [(False, 14)]
    assert contents.kept == {}


@pytest.mark.parametrize("more", [("documenten.verwijderen",)])
async def test_a_document_that_came_into_no_case_goes(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """It was made, and its link to the case was not; one that is linked is nobody's leftover."""
    ref, contents = await people.opens(), _contents()
    fault = Fault(FaultKind.ERROR_BEFORE, method="POST", path="zaakinf", times=1)
    simulator.faults.add(fault)
    with pytest.raises(Uncertain):
        await writes(adapter, ref, _brings(), contents=contents)
    ((place, lock),) = contents.kept.items()
    assert await adapter.unlock(place, lock, for_good=True, key="command-1")
    assert await _there(people) == []
    assert await adapter.unlock(place, lock, for_good=True, key="command-1")
    await writes(adapter, ref, _brings(), contents=_contents())
    assert await adapter.unlock(place, lock, for_good=True, key="command-1")
    assert await _there(people) == [(False, 14)]


class _PutBackMeanwhile(WrittenDown):
    """Where a write has to wait until another part of its edge has put a document back."""

    adapter: ZgwAdapter
    times = 0

    async def locking(self, place: str) -> str | None:
        """Come after it."""
        left = self.kept.pop(place, None)
        if left:
            assert await self.adapter.unlock(place, left, for_good=True, key="command-1")
            self.times += 1
        return await super().locking(place)


async def _half_a_version(
    adapter: ZgwAdapter,
    people: People,
    simulator: Simulator,
    contents: WrittenDown,
    was: bytes = WHOLE,
    title: str | None = None,
) -> tuple[CaseRef, Document, Change]:
    """A document of ours of whose new version, with a new title or not, no part came."""
    ref = await people.opens()
    first = WrittenDown({HERE.key: these(was)})
    await writes(adapter, ref, _brings(size_bytes=len(was)), contents=first)
    (before,) = (await adapter.read(ref)).case.documents
    wanted = before.model_copy(update={"title": title or before.title, "size_bytes": 20})
    edit = change(
        f"documents/{before.key}",
        wanted.model_dump(mode="json"),
        expect=before.model_dump(mode="json"),
        content=HERE,
    )
    fault = Fault(FaultKind.ERROR_BEFORE, method="PUT", path="bestandsdelen", times=1)
    simulator.faults.add(fault)
    with pytest.raises(Uncertain):
        await writes(adapter, ref, edit, contents=contents)
    assert await _there(people) == [(True, 20)]
    return ref, before, edit


@pytest.fixture
async def in_parts(settings: ZgwSettings) -> AsyncIterator[ZgwAdapter]:
    """An adapter that sends all but the smallest contents in parts."""
    small = settings.model_copy(update={"inline_document_bytes": 3})
    async with ZgwAdapter(small) as adapter:
        await adapter.check()
        yield adapter


@pytest.mark.covers("F10", "F57")
@pytest.mark.parametrize("was", [WHOLE, b""], ids=["a-content", "an-empty-one"])
async def test_half_a_new_version_is_put_back_once_nobody_goes_on_with_it(
    in_parts: ZgwAdapter, people: People, simulator: Simulator, was: bytes
) -> None:
    """The content was put back at home meanwhile, say; here people would wait for the lock."""
    contents = WrittenDown(SECOND)
    ref, before, _ = await _half_a_version(in_parts, people, simulator, contents, was, "Anders")
    ((place, lock),) = contents.kept.items()
    assert not await in_parts.unlock(place, lock, for_good=False, key="command-1")
    assert await _there(people) == [(True, 20)]

    assert await in_parts.unlock(place, lock, for_good=True, key="command-1")
    assert await _there(people) == [(False, len(was))]
    (after,) = (await in_parts.read(ref)).case.documents
    assert after.title == before.title
    async with in_parts.download(ref, after) as pieces:
        assert b"".join([piece async for piece in pieces]) == was


async def test_a_write_that_waits_for_its_document_to_be_put_back_goes_on_after_it(
    in_parts: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """Never both at once: that would be one document out of two contents."""
    contents = _PutBackMeanwhile(SECOND)
    contents.adapter = in_parts
    ref, _, edit = await _half_a_version(in_parts, people, simulator, contents)
    await writes(in_parts, ref, edit, contents=contents)
    assert contents.times == 1
    assert await _there(people) == [(False, 20)]
    assert contents.kept == {}
    (after,) = (await in_parts.read(ref)).case.documents
    async with in_parts.download(ref, after) as pieces:
        assert b"".join([piece async for piece in pieces]) == b"%PDF-1.4 tweede keer"


@asynccontextmanager
async def _breaking_off(*_: object) -> AsyncIterator[AsyncIterator[bytes]]:
    async def pieces() -> AsyncIterator[bytes]:
        yield WHOLE[:5]
        msg = "the line broke"
        raise Unreachable(msg)

    yield pieces()


async def test_a_content_that_breaks_off_as_it_is_put_back_is_asked_for_again(
    in_parts: ZgwAdapter, people: People, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the system that does not give it: no fault of the adapter, and tried again later."""
    contents = WrittenDown(SECOND)
    await _half_a_version(in_parts, people, simulator, contents)
    ((place, lock),) = contents.kept.items()
    with monkeypatch.context() as patched:
        patched.setattr(Documents, "download", _breaking_off)
        with pytest.raises(Unreachable):
            await in_parts.unlock(place, lock, for_good=True, key="command-1")
    assert await in_parts.unlock(place, lock, for_good=True, key="command-1")
    assert await _there(people) == [(False, len(WHOLE))]
