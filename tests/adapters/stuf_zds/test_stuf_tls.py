"""Two-way TLS: both ends show who they are, and nothing is said before."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from contracts.errors import (
    Uncertain,
    Unreachable,
)
from tests.adapters.stuf_zds.line import (
    answering,
    serving,
    taken,
    tell,
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an authority, and certificates of it for a server and for us."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    try:
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "2", "-subj", "/CN=Test", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
        for name in ("zaaksysteem.example", "casebridge.example"):
            (folder / "ext").write_text(f"subjectAltName=DNS:{name}\n")
            openssl(
                "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={name}",
            )  # fmt: skip
            openssl(
                "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "ext", "-out", f"{name}.pem",
            )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("openssl is not here to make certificates with")
    return folder


def two_way(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        str(folder / "zaaksysteem.example.pem"), str(folder / "zaaksysteem.example.key")
    )
    context.load_verify_locations(str(folder / "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def certified(folder: Path, **changed: Any) -> dict[str, Any]:
    return {
        "schemas": None,
        "ca_bundle": folder / "ca.pem",
        "client_certificate": folder / "casebridge.example.pem",
        "client_key": folder / "casebridge.example.key",
        "server_name": "zaaksysteem.example",
        **changed,
    }


async def test_both_ends_show_their_certificate(certificates: Path) -> None:
    shown: list[Any] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        shown.append(request.transport.get_extra_info("peercert")["subject"])
        return await taken(request)

    async with serving(handle, tls=two_way(certificates)) as address, answering(
        taken, **certified(certificates, base_url=address)
    ) as client:  # fmt: skip
        await tell(client)
    assert shown == [((("commonName", "casebridge.example"),),)]


@pytest.mark.parametrize(
    "wrong",
    [{"client_certificate": None, "client_key": None}, {"ca_bundle": None},
     {"server_name": "elders.example"}],
    ids=["we show none", "an authority that we do not know", "another server"],
)  # fmt: skip
async def test_without_the_right_certificates_nothing_is_said(
    certificates: Path, wrong: dict[str, Any]
) -> None:
    heard: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        heard.append(request.path)
        return await taken(request)

    async with serving(handle, tls=two_way(certificates)) as address, answering(
        taken, **certified(certificates, base_url=address, **wrong)
    ) as client:  # fmt: skip
        with pytest.raises((Unreachable, Uncertain)):
            await tell(client)
    assert heard == []
