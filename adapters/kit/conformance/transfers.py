# ruff: noqa: S101
"""Transfers that go wrong: a part of a document is never taken for the whole."""

from __future__ import annotations

import pytest

from adapters.kit.conformance._documents import (
    attached,
    brought,
    carrying,
    document_named,
    downloaded,
)
from adapters.kit.conformance._suite import (
    NOTHING,
    Suite,
    a_register,
    cells_read,
    need_fault,
    opened,
    started,
    write,
)
from adapters.kit.conformance.locking import unlocker_of
from adapters.kit.contents import GivenContents, digest_of, plenty, these
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from adapters.kit.locks import WrittenDown
from adapters.kit.samples import carries, change
from contracts.adapter import Adapter, CarriesDocuments
from contracts.case import Document, path_of
from contracts.errors import AdapterError
from contracts.ids import CaseRef


class Transfers(Suite):
    """What becomes of a transfer that does not reach its end."""

    async def test_download_that_breaks_is_an_error(self, harness: Harness) -> None:
        """The reader of the pieces is told; it never sees an orderly end too early."""
        need_fault(harness, Fault.DOWNLOAD_BREAKS)
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref, document = await attached(harness, adapter, can, plenty(3_000_000))
            async with harness.breaking(Fault.DOWNLOAD_BREAKS):
                with pytest.raises(AdapterError):
                    await downloaded(carrier, ref, document)

    async def test_download_is_gone_on_with_from_any_byte(self, harness: Harness) -> None:
        """What was read before a break is not given again; at the end there is nothing left."""
        content = b"".join(plenty(1_000_000)())
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref, document = await attached(harness, adapter, can, these(content))
            for start in (1, 262_144, 700_000, 999_999, 1_000_000):
                digest, size, _ = await downloaded(carrier, ref, document, start)
                assert size == len(content) - start
                assert digest == digest_of(these(content[start:]))

    async def test_upload_that_breaks_leaves_no_document(self, harness: Harness) -> None:
        """Nothing half is shown, no lock is left, and the repetition brings it whole, once."""
        need_fault(harness, Fault.UPLOAD_BREAKS)
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            ref = await opened(harness, can)
            source = plenty(3_000_000)
            contents = GivenContents({"c1": source})
            bring = brought(harness, can)
            async with harness.breaking(Fault.UPLOAD_BREAKS):
                with pytest.raises(AdapterError):
                    await write(adapter, ref, bring, contents=contents)
            read = await cells_read(adapter, ref)
            assert not [path for path in read if path.startswith("documents/")]
            await write(adapter, ref, bring, contents=contents)
            assert not await harness.leftovers()
            read = await cells_read(adapter, ref)
            assert len([path for path in read if path.startswith("documents/")]) == 1
            title = str(harness.samples.document["title"])
            assert await harness.content_digest(ref, title) == digest_of(source)

    async def test_new_version_that_breaks_leaves_the_one_before(self, harness: Harness) -> None:
        """People go on with what they had; nothing stays locked once nobody brings the rest."""
        need_fault(harness, Fault.UPLOAD_BREAKS)
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref, old = await attached(harness, adapter, can, these(b"versie een"))
            path = path_of("documents", old.key)
            shown = (await cells_read(adapter, ref))[path]
            bring = brought(harness, can, key=old.key, version=old.version + 1)
            edit = change(path, bring.become, expect=shown, content=bring.content)
            contents = WrittenDown({"c1": plenty(3_000_000)})
            async with harness.breaking(Fault.UPLOAD_BREAKS):
                with pytest.raises(AdapterError):
                    await write(adapter, ref, edit, contents=contents)
            await _is_as_it_was(adapter, carrier, ref, old)
            for place, lock in contents.kept.items():
                unlocker = unlocker_of(adapter)
                assert await unlocker.unlock(place, lock, for_good=True, key="command-1")
            assert not await harness.leftovers()
            await _is_as_it_was(adapter, carrier, ref, old)

    async def test_content_that_is_not_here_yet_holds_up_nothing_else(
        self, harness: Harness
    ) -> None:
        """
        The other changes are made, and nothing is refused.

        That the document still waits is seen by whoever reads the case again.
        """
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            field = a_register(harness, can)
            ref = await opened(harness, can)
            read = await cells_read(adapter, ref)
            value = harness.samples.registers[field][1]
            await write(
                adapter,
                ref,
                brought(harness, can),
                change(field, value, expect=read[field]),
                contents=NOTHING,
            )
            shown = await cells_read(adapter, ref)
        assert carries(shown[field], harness.renders(field, value))
        assert not [path for path in shown if path.startswith("documents/")]


async def _is_as_it_was(
    adapter: Adapter, carrier: CarriesDocuments, ref: CaseRef, old: Document
) -> None:
    found = document_named(await adapter.read(ref), old.title)
    digest, _, _ = await downloaded(carrier, ref, found)
    assert digest == digest_of(these(b"versie een"))
