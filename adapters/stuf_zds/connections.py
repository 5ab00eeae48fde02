"""The connections to one system: to whom, with which certificate, as whom."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from adapters.stuf_zds.names import Port
from adapters.stuf_zds.settings import StufSettings


def connections(settings: StufSettings) -> aiohttp.ClientSession:
    """Read the secrets and make the pool; nothing is asked yet."""
    credentials = settings.credentials()
    seconds = settings.request_timeout.total_seconds()
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(seconds, 10), sock_read=seconds),
        # Kept connections are not used again: aiohttp would send a change once more where it
        # finds one closed, and whether the first arrived nobody knows.
        connector=aiohttp.TCPConnector(
            force_close=True, limit=settings.concurrency + 2, ssl=_tls(settings)
        ),
        headers={"Authorization": basic(*credentials)} if credentials else None,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def basic(user: str, password: str) -> str:
    """Give what HTTP basic says of who asks."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _tls(settings: StufSettings) -> ssl.SSLContext | bool:
    """Make the one kind of TLS that we speak: 1.2 or later, with our certificate if we have one."""
    if not any(settings.address(port).startswith("https:") for port in Port):
        return True  # the usual; to read all authorities for nothing takes a while
    with _named("ca_bundle"):
        context = ssl.create_default_context(
            cafile=str(settings.ca_bundle) if settings.ca_bundle else None
        )
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.client_certificate is not None:
        key = str(settings.client_key) if settings.client_key else None
        with _named("client_certificate and client_key"):
            context.load_cert_chain(str(settings.client_certificate), key)
    return context


@contextmanager
def _named(setting: str) -> Iterator[None]:
    # What comes of OpenSSL names no file.
    try:
        yield
    except OSError as error:
        msg = f"{setting}: not usable ({error.strerror}); give PEM files that belong together"
        raise ValueError(msg) from error
