"""ClamAV's daemon: one suite for the stand-in and for the real one, over both kinds of socket."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bridge.scan import Clean, Harmful, ScannerAway, Unscannable
from bridge.scan.clamd import Clamd
from bridge.scan.fake import EICAR, FakeClamd

MOST: Final = 1024 * 1024
PATIENCE: Final = timedelta(seconds=10)
CLAMD: Final = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
_MD5_OF_EICAR: Final = "44d88612fea8a8f36de82e1278abb02f"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@contextmanager
def real_clamd(folder: Path, address: str) -> Iterator[str]:
    """Debian's daemon, with a database of one signature."""
    if CLAMD is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    (folder / "db").mkdir()
    (folder / "db" / "test.hdb").write_text(f"{_MD5_OF_EICAR}:{len(EICAR)}:Eicar-Test-Signature\n")
    path = folder / "clamd.ctl"
    listens = f"LocalSocket {path}" if address == "unix" else "TCPSocket 33109\nTCPAddr 127.0.0.1"
    config = folder / "clamd.conf"
    config.write_text(
        f"{listens}\nForeground yes\nDatabaseDirectory {folder / 'db'}\n"
        f"StreamMaxLength {MOST}\nSelfCheck 0\n"
    )
    log = (folder / "log").open("wb")
    with log, subprocess.Popen([CLAMD, "-c", str(config)], stdout=log, stderr=log) as process:
        try:
            yield f"unix://{path}" if address == "unix" else "tcp://127.0.0.1:33109"
        finally:
            process.terminate()


@pytest.fixture(params=["fake-unix", "fake-tcp", "real-unix", "real-tcp"])
async def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Clamd]:
    kind, _, address = request.param.partition("-")
    if kind == "real":
        with real_clamd(tmp_path, address) as where:
            found = Clamd(where, patience=PATIENCE)
            await answering(found)
            yield found
        return
    wanted = f"unix://{tmp_path / 'clamd.ctl'}" if address == "unix" else "tcp://127.0.0.1:0"
    async with FakeClamd(most_bytes=MOST).at(wanted) as where:
        yield Clamd(where, patience=PATIENCE)


async def answering(clamd: Clamd) -> None:
    """Wait until a daemon that was started has read its signatures."""
    async with asyncio.timeout(60):
        while True:
            try:
                await clamd.check()
            except ScannerAway:
                await asyncio.sleep(0.2)
            else:
                return


Serves = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def daemon(folder: Path, serve: Serves) -> AsyncIterator[str]:
    """A daemon of another kind; gives its address, and ends when all was answered."""
    busy: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await serve(reader, writer)
            writer.close()
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        busy.append(asyncio.ensure_future(answer(reader, writer)))

    async with await asyncio.start_unix_server(begin, folder / "clamd.ctl"):
        yield f"unix://{folder / 'clamd.ctl'}"
    await asyncio.gather(*busy)


async def test_a_clean_content_is_clean(clamd: Clamd) -> None:
    """In whatever pieces it comes, and with nothing in it at all."""
    await clamd.check()
    assert await clamd.scan(pieces(b"rapport")) == Clean()
    assert await clamd.scan(pieces(b"rap", b"", b"port" * 50_000)) == Clean()
    assert await clamd.scan(pieces()) == Clean()


async def test_the_test_virus_is_found_by_name(clamd: Clamd) -> None:
    """Also where it comes in two pieces."""
    for parts in ([EICAR], [EICAR[:20], EICAR[20:]]):
        verdict = await clamd.scan(pieces(*parts))
        assert isinstance(verdict, Harmful)
        assert "eicar" in verdict.finding.lower()


async def test_a_stream_longer_than_its_limit_is_not_looked_into(clamd: Clamd) -> None:
    """It hangs up in the midst; that is told as what it is, and not as a scanner that is away."""
    for _ in range(5):
        verdict = await clamd.scan(pieces(*[bytes(512 * 1024)] * 40))
        assert isinstance(verdict, Unscannable)
        assert "StreamMaxLength" in verdict.why


async def test_several_are_looked_into_at_once(clamd: Clamd) -> None:
    verdicts = await asyncio.gather(*(clamd.scan(pieces(b"x" * n)) for n in range(1, 9)))
    assert verdicts == [Clean()] * 8


async def test_a_scanner_that_is_not_there_is_away(tmp_path: Path) -> None:
    for address in (f"unix://{tmp_path / 'none'}", "tcp://127.0.0.1:9"):
        clamd = Clamd(address, patience=PATIENCE)
        with pytest.raises(ScannerAway, match="clamd at"):
            await clamd.check()
        with pytest.raises(ScannerAway, match="clamd at"):
            await clamd.scan(pieces(b"x"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (b"", "hung up without an answer"),
        (b"stream: Can't allocate memory ERROR\0", "allocate"),
        (b"COMMAND READ TIMED OUT\0", "TIMED OUT"),
        (b"<html>\0", "html"),
    ],
)
async def test_an_answer_that_is_none_lets_nothing_in(
    tmp_path: Path, said: bytes, message: str
) -> None:
    """Whatever else it says, a content that was not found clean is not taken for clean."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(said)

    async with daemon(tmp_path, serve) as where:
        clamd = Clamd(where, patience=PATIENCE)
        with pytest.raises(ScannerAway, match=message):
            await clamd.scan(pieces(b"x"))
        with pytest.raises(ScannerAway):
            await clamd.check()


async def test_a_scanner_that_is_silent_is_away(tmp_path: Path) -> None:
    """So a document waits, and its lane with it, but never for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with daemon(tmp_path, serve) as where:
        clamd = Clamd(where, patience=timedelta(seconds=0.2))
        with pytest.raises(ScannerAway, match=r"silent for 0\.2 s"):
            await clamd.scan(pieces(b"x"))


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        ("Heuristics.Limits.Exceeded.MaxFileSize", "niet tot het einde"),
        ("Heuristics.Encrypted.PDF", "versleuteld"),
    ],
)
async def test_what_it_could_not_look_into_is_no_virus(
    tmp_path: Path, finding: str, words: str
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(bytes(4))
        writer.write(f"stream: {finding} FOUND\0".encode())

    async with daemon(tmp_path, serve) as where:
        verdict = await Clamd(where, patience=PATIENCE).scan(pieces(b"x"))
    assert isinstance(verdict, Unscannable)
    assert words in verdict.why
    assert finding in verdict.why
