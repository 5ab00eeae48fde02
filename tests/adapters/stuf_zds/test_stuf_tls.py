"""Two-way TLS: both ends show who they are, and nothing is said before."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from contracts.errors import (
    Uncertain,
    Unreachable,
)
from tests.adapters.certificates import Authority
from tests.adapters.stuf_zds.line import (
    answering,
    serving,
    taken,
    tell,
)

US, THEM = "casebridge.example", "zaaksysteem.example"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def two_way(authority: Authority, *, ended: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(THEM, ended=ended))
    context.load_verify_locations(authority.bundle)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def certified(authority: Authority, **changed: Any) -> dict[str, Any]:
    certificate, key = authority.issue(US)
    return {
        "schemas": None,
        "ca_bundle": authority.bundle,
        "client_certificate": certificate,
        "client_key": key,
        "server_name": THEM,
        **changed,
    }


async def test_both_ends_show_their_certificate(authority: Authority) -> None:
    shown: list[Any] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        shown.append(request.transport.get_extra_info("peercert")["subject"])
        return await taken(request)

    async with serving(handle, tls=two_way(authority)) as address, answering(
        taken, **certified(authority, base_url=address)
    ) as client:  # fmt: skip
        await tell(client)
    assert shown == [((("commonName", US),),)]


@pytest.mark.covers("F23")
@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"client_certificate": None, "client_key": None}, "no usable answer"),
        ({"ca_bundle": None}, "self-signed certificate in certificate chain"),
        ({"server_name": "elders.example"}, "certificate is not valid for 'elders.example'"),
        ({"ended": True}, "certificate has expired"),
    ],
    ids=["we show none", "an authority that we do not know", "another server", "one that ended"],
)
async def test_without_the_right_certificates_nothing_is_said(
    authority: Authority, wrong: dict[str, Any], cause: str
) -> None:
    """And what is wrong with them is told."""
    heard: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        heard.append(request.path)
        return await taken(request)

    tls = two_way(authority, ended=wrong.pop("ended", False))
    async with serving(handle, tls=tls) as address, answering(
        taken, **certified(authority, base_url=address, **wrong)
    ) as client:  # fmt: skip
        with pytest.raises((Unreachable, Uncertain)) as caught:
            await tell(client)
    assert heard == []
    assert cause in str(caught.value)
