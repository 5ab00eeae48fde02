"""
The two case systems: the ZGW simulators, one process each, and what people do in them.

They are real servers over real sockets and cost more processor time than anything else here. Both
sides of every comparison use the same two, with the same calls; so they weigh on both alike.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import jwt

import bridge
from bench.process import Child

RULES: Final = Path(bridge.__file__).parent / "demo" / "data"
HOME, OTHER = "odru", "rud-utrecht"
CASE_TYPE: Final = "BOD-ADV"
RSIN: Final = {HOME: "999997014", OTHER: "999997002"}
PARTICIPANT_RSIN: Final = "999997397"
STAFF: Final = "medewerker"
ZAKEN: Final = "/zaken/api/v1"
_CRS: Final = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}
_READY: Final = " ready at "


@dataclass(frozen=True, slots=True)
class CaseSystem:
    """One running system, its process, and the secrets of those who may call it."""

    agency: str
    url: str
    process: Child
    bridge_secret: str
    staff_secret: str


@contextmanager
def running_systems(folder: Path, *, data: Path | None = None) -> Iterator[dict[str, CaseSystem]]:
    """Run the system of each agency, by agency; they keep what they hold in *data*."""
    with ExitStack() as stack:
        yield {agency: _start(stack, folder, agency, data) for agency in (HOME, OTHER)}


def _start(stack: ExitStack, folder: Path, agency: str, data: Path | None) -> CaseSystem:
    ours, theirs = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    files = {"secret": folder / f"{agency}.bridge", "staff-secret": folder / f"{agency}.staff"}
    for path, secret in zip(files.values(), (ours, theirs), strict=True):
        path.write_text(secret, "utf-8")
    child = Child(
        name=f"system of {agency}",
        arguments=[
            "adapters.zgw.simulator",
            "--agency",
            agency,
            "--catalogue",
            str(RULES / f"catalogue-{agency}.yaml"),
            "--secret-file",
            str(files["secret"]),
            "--staff-secret-file",
            str(files["staff-secret"]),
            *(["--data", str(data / agency)] if data else []),
        ],
        log=folder / f"system-{agency}.log",
        is_ready=lambda said: _READY in said,
    )
    stack.enter_context(child)
    url = child.said.partition(_READY)[2].split()[0]
    return CaseSystem(agency, url, child, ours, theirs)


class Desk:
    """What people do in one system; never timed."""

    def __init__(self, system: CaseSystem, case_type: str = CASE_TYPE) -> None:
        self._system, self._code = system, case_type
        self._session: aiohttp.ClientSession | None = None
        self._case_type = ""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(base_url=self._system.url)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def url(self) -> str:
        """Where the system is."""
        return self._system.url

    async def open_cases(self, titles: Sequence[str]) -> list[str]:
        """Open a case for each title; give their references."""
        return [await self._open_case(title) for title in titles]

    async def _open_case(self, title: str) -> str:
        if not self._case_type:
            found = await self.ask("GET", "/catalogi/api/v1/zaaktypen")
            kinds = {kind["identificatie"]: kind["url"] for kind in found["results"]}
            self._case_type = kinds[self._code]
        body = {
            "bronorganisatie": RSIN[self._system.agency],
            "verantwoordelijkeOrganisatie": RSIN[self._system.agency],
            "opdrachtgevendeOrganisatie": PARTICIPANT_RSIN,
            "zaaktype": self._case_type,
            "startdatum": "2024-02-05",
            "registratiedatum": "2024-02-05",
            "omschrijving": title,
            "toelichting": "Bodemonderzoek bij een herontwikkeling. " * 5,
        }
        made = await self.ask("POST", f"{ZAKEN}/zaken", body)
        return str(made["url"]).rpartition("/")[2]

    async def retitle(self, ref: str, title: str) -> None:
        """Change the title of a case."""
        await self.ask("PATCH", f"{ZAKEN}/zaken/{ref}", {"omschrijving": title})

    async def title(self, ref: str) -> str:
        """Look which title a case has."""
        return str((await self.ask("GET", f"{ZAKEN}/zaken/{ref}"))["omschrijving"])

    async def cases(self) -> list[Any]:
        """Give the cases of the first page."""
        found: list[Any] = (await self.ask("GET", f"{ZAKEN}/zaken"))["results"]
        return found

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Make one call, signed as a member of staff."""
        async with self.opened(method, path, json=body) as answer:
            if answer.status >= 300:
                msg = f"{method} {path}: {answer.status} {(await answer.text())[:500]}"
                raise RuntimeError(msg)
            return await answer.json() if answer.content_type == "application/json" else None

    def opened(
        self, method: str, path: str, **what: Any
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Begin one call, for who wants to stream."""
        assert self._session is not None, "enter it first"
        claims = {
            "iss": STAFF,
            "client_id": STAFF,
            "iat": int(time.time()) - 30,
            "user_id": STAFF,
            "user_representation": STAFF,
        }
        token = jwt.encode(claims, self._system.staff_secret, algorithm="HS256")
        headers = {"Authorization": f"Bearer {token}", **_CRS}
        return self._session.request(method, path, headers=headers, **what)
