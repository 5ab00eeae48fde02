"""As a process: what was answered is kept across a kill, and it stops when told to."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).parents[4]


async def spawn(catalogue: Path, data: Path) -> tuple[asyncio.subprocess.Process, str]:
    """Start the process; returns it with the address it printed."""
    secret = data.parent / "secret"
    secret.write_text("s" * 40, "utf-8")
    arguments = ["--data", data, "--catalogue", catalogue, "--agency", "proef"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.zgw.simulator", "--secret-file", str(secret)),
        *map(str, arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        line = (await process.stdout.readline()).decode()
    assert "ready at" in line
    return process, line.split()[-1]


async def test_a_killed_process_finds_everything_again(catalogue: Path, tmp_path: Path) -> None:
    """Zaken, documents with their content, the audit trail and the access log."""
    data = tmp_path / "data"
    process, url = await spawn(catalogue, data)
    async with aiohttp.ClientSession() as http:
        api = _caller(http, url)
        zaak = await api.zaak(kenmerken=[{"bron": "casebridge", "kenmerk": "M1"}])
        types = await api.get("/catalogi/api/v1/informatieobjecttypen")
        document = await api.post(
            "/documenten/api/v1/enkelvoudiginformatieobjecten",
            {
                "bronorganisatie": "999997014",
                "creatiedatum": "2026-01-05",
                "titel": "Rapport",
                "auteur": "x",
                "taal": "nld",
                "inhoud": "aGFsbG8=",
                "bestandsomvang": 5,
                "informatieobjecttype": types["results"][0]["url"],
            },
        )
        process.kill()
        await process.wait()
        process, url = await spawn(catalogue, data)
        try:
            again = _caller(http, url)
            found = await again.get("/zaken/api/v1/zaken?kenmerk=casebridge:M1")
            (same,) = found["results"]
            assert same["uuid"] == zaak["uuid"]
            assert same["url"].startswith(url)
            assert len(await again.get(same["url"] + "/audittrail")) == 1
            path = document["inhoud"].removeprefix(api.url)
            assert (await again.call("GET", path))[1] == "hallo"
            log = await again.sim("GET", "access-log")
            assert [entry["seq"] for entry in log] == [1, 2]
            later = await again.zaak()
            assert later["identificatie"] > zaak["identificatie"]
        finally:
            process.terminate()
            assert await process.wait() == 0


async def test_it_stops_on_sigterm_while_a_request_hangs(catalogue: Path, tmp_path: Path) -> None:
    process, url = await spawn(catalogue, tmp_path / "data")
    async with aiohttp.ClientSession() as http:
        api = _caller(http, url)
        await api.zaaktype()
        await api.sim("POST", "faults", {"kind": "hang-before", "times": 1})
        hanging = asyncio.create_task(api.call("POST", "/zaken/api/v1/zaken", {}))
        async with asyncio.timeout(5):
            # Another process: it can only be asked.
            while (await api.sim("GET", "state"))["faults_injected"] == 0:
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        with pytest.raises(aiohttp.ClientError):
            await hanging


def _caller(http: aiohttp.ClientSession, url: str) -> Any:
    # The helper lives beside the fixtures; a module name is not to be had for it here.
    return sys.modules[_caller_module()].Caller(http, url)


def _caller_module() -> str:
    return next(name for name in sys.modules if name.endswith("zgw.simulator.conftest"))
