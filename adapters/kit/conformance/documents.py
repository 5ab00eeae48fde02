# ruff: noqa: S101
"""Documents: what comes out is what went in, byte by byte, under its own name."""

from __future__ import annotations

import tracemalloc

import pytest

from adapters.kit.conformance._documents import (
    ANY_MEDIA_TYPE,
    MEDIA_TYPES,
    NAMES,
    attached,
    brought,
    carrying,
    document_named,
    downloaded,
    upload,
)
from adapters.kit.conformance._suite import Suite, cells_read, need, opened, started, write
from adapters.kit.contents import GivenContents, digest_of, plenty, these
from adapters.kit.harness import Harness
from adapters.kit.samples import change
from contracts.adapter import Refusals
from contracts.case import path_of
from contracts.errors import Rejected


class Documents(Suite):
    """What is carried either way."""

    async def test_downloaded_content_is_what_was_attached(self, harness: Harness) -> None:
        """Every byte, also of the last and shortest piece."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            source = plenty(2 * 1024 * 1024 + 7)
            ref, document = await attached(harness, adapter, can, source)
            digest, size, largest = await downloaded(carrier, ref, document)
        assert size == 2 * 1024 * 1024 + 7
        assert digest == digest_of(source)
        assert largest <= 1024 * 1024, "pieces are at most 1 MiB"

    async def test_digest_that_is_shown_is_of_the_content(self, harness: Harness) -> None:
        """A digest that is wrong would stop, or doubt, every transfer."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            source = these(b"%PDF-1.7 plattegrond")
            _, document = await attached(harness, adapter, can, source)
        assert document.digest in (None, digest_of(source))
        assert document.size_bytes in (None, 20)

    async def test_written_document_is_there_whole(self, harness: Harness) -> None:
        """The system holds the same bytes, and the metadata that was given."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            source = plenty(1024 * 1024 + 1)
            ref, document = await upload(harness, adapter, can, source)
            assert await harness.content_digest(ref, document.title) == digest_of(source)
            assert document.type == harness.samples.document["type"]

    async def test_written_document_bears_our_mark(self, harness: Harness) -> None:
        """The mark that we gave is the one that is read, so that we know it for ours."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            _, document = await upload(harness, adapter, can, these(b"tekening"))
        assert document.mark == "mark-of-d1"

    async def test_written_document_can_be_downloaded(self, harness: Harness) -> None:
        """What we brought can be fetched again."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            source = plenty(300_001)
            ref, document = await upload(harness, adapter, can, source)
            digest, _, _ = await downloaded(carrier, ref, document)
        assert digest == digest_of(source)

    async def test_repeated_document_is_there_once(self, harness: Harness) -> None:
        """Our mark on it tells that it was brought before."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            ref = await opened(harness, can)
            contents = GivenContents({"c1": these(b"tekening")})
            await write(adapter, ref, brought(harness, can), contents=contents)
            await write(adapter, ref, brought(harness, can), contents=contents)
            read = await cells_read(adapter, ref)
        assert len([path for path in read if path.startswith("documents/")]) == 1

    async def test_withdrawn_document_is_gone(self, harness: Harness) -> None:
        """What its owner takes back goes, and nothing else of the case does."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            ref, document = await upload(harness, adapter, can, these(b"toch niet"))
            before = await cells_read(adapter, ref)
            path = path_of("documents", document.key)
            await write(adapter, ref, change(path, None, expect=before[path]))
            after = await cells_read(adapter, ref)
        assert path not in after
        assert {p for p in before if p != path} <= after.keys()

    async def test_empty_document_is_a_document(self, harness: Harness) -> None:
        """Zero bytes are a content, too."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref, document = await upload(harness, adapter, can, these(b""))
            digest, size, _ = await downloaded(carrier, ref, document)
        assert (size, digest) == (0, digest_of(these(b"")))

    @pytest.mark.parametrize("name", NAMES)
    async def test_name_survives_in_every_script(self, harness: Harness, name: str) -> None:
        """A title and file name are text, whatever it is written with."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            ref = await opened(harness, can)
            bring = brought(harness, can, title=name, file_name=f"{name}.pdf")
            contents = GivenContents({"c1": these(b"x")})
            await write(adapter, ref, bring, contents=contents)
            document = document_named(await adapter.read(ref), name)
        assert document.file_name == f"{name}.pdf"

    @pytest.mark.parametrize("name", ["bel\x07 en tab\x0b", "nul\x00"])
    async def test_name_with_control_characters_harms_nothing(
        self, harness: Harness, name: str
    ) -> None:
        """It is refused in so many words, or the document is there with its content."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref = await opened(harness, can)
            bring = brought(harness, can, title=name, file_name=f"{name}.pdf")
            contents = GivenContents({"c1": these(b"x")})
            try:
                await write(adapter, ref, bring, contents=contents)
            except (Rejected, Refusals):
                return
            (document,) = (await adapter.read(ref)).case.documents or ()
            _, size, _ = await downloaded(carrier, ref, document)
        assert size == 1

    @pytest.mark.parametrize("kind", MEDIA_TYPES)
    async def test_media_type_is_carried_as_it_is_said(self, harness: Harness, kind: str) -> None:
        """Also a wrong, an unknown or no one; the content comes as it is."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref = await opened(harness, can)
            bring = brought(harness, can, media_type=kind)
            source = these(b"no PDF at all")
            await write(adapter, ref, bring, contents=GivenContents({"c1": source}))
            (document,) = (await adapter.read(ref)).case.documents or ()
            digest, _, _ = await downloaded(carrier, ref, document)
        assert document.media_type == kind or (not kind and document.media_type == ANY_MEDIA_TYPE)
        assert digest == digest_of(source)

    async def test_new_version_replaces_and_the_old_one_stays(self, harness: Harness) -> None:
        """The newest is shown; the old one can still be fetched where versions are kept."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            ref, old = await upload(harness, adapter, can, these(b"versie een"))
            path = path_of("documents", old.key)
            shown = (await cells_read(adapter, ref))[path]
            become = {**brought(harness, can).become, "key": old.key, "version": old.version + 1}  # type: ignore[dict-item]
            content = brought(harness, can).content
            await write(
                adapter,
                ref,
                change(path, become, expect=shown, content=content),
                contents=GivenContents({"c1": these(b"versie twee")}),
            )
            new = document_named(await adapter.read(ref), old.title)
            assert new.version > old.version
            digest, _, _ = await downloaded(carrier, ref, new)
            assert digest == digest_of(these(b"versie twee"))
            need(can.documents and can.documents.keeps_versions, "old versions")
            digest, _, _ = await downloaded(carrier, ref, old)
            assert digest == digest_of(these(b"versie een"))

    async def test_large_download_does_not_fill_memory(self, harness: Harness) -> None:
        """A drawing of any size passes through in pieces."""
        async with started(harness) as (adapter, can):
            carrier = carrying(adapter, can)
            source = plenty(harness.big_bytes)
            ref, document = await attached(harness, adapter, can, source)
            tracemalloc.start()
            try:
                digest, _, _ = await downloaded(carrier, ref, document)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert digest == digest_of(source)
        assert peak < harness.memory_bytes, f"{peak} bytes for {harness.big_bytes}"

    async def test_large_upload_does_not_fill_memory(self, harness: Harness) -> None:
        """Either way."""
        async with started(harness) as (adapter, can):
            carrying(adapter, can)
            source = plenty(harness.big_bytes)
            tracemalloc.start()
            try:
                ref, document = await upload(harness, adapter, can, source)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert await harness.content_digest(ref, document.title) == digest_of(source)
        assert peak < harness.memory_bytes, f"{peak} bytes for {harness.big_bytes}"
