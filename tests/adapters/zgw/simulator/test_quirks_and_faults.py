"""What can be switched: the quirks of the real server, failures, and missing features."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.zgw.simulator import Features, Quirks

ZAKEN = "/zaken/api/v1/zaken"


async def test_two_patches_at_once_lose_one_edit_when_the_quirk_is_on(started: Any) -> None:
    """Both are answered 200; the audit trail holds what was lost."""
    _, api = await started(Quirks(lost_update_seconds=0.1))
    zaak = await api.zaak(omschrijving="A", toelichting="B")
    await asyncio.gather(
        api.call("PATCH", zaak["url"], {"omschrijving": "A2"}),
        api.call("PATCH", zaak["url"], {"toelichting": "B2"}),
    )
    now = await api.get(zaak["url"])
    assert (now["omschrijving"], now["toelichting"]) in (("A2", "B"), ("A", "B2"))
    trail = await api.get(zaak["url"] + "/audittrail")
    first, second = (entry["wijzigingen"] for entry in trail[-2:])
    assert second["oud"]["laatstGemuteerd"] != first["nieuw"]["laatstGemuteerd"]


async def test_two_patches_at_once_lose_nothing_when_the_quirk_is_off(started: Any) -> None:
    _, api = await started()
    zaak = await api.zaak(omschrijving="A", toelichting="B")
    await asyncio.gather(
        api.call("PATCH", zaak["url"], {"omschrijving": "A2"}),
        api.call("PATCH", zaak["url"], {"toelichting": "B2"}),
    )
    now = await api.get(zaak["url"])
    assert (now["omschrijving"], now["toelichting"]) == ("A2", "B2")


async def test_an_error_after_applying_leaves_the_zaak_changed(started: Any) -> None:
    """500 is no proof of failure; it happens as often as was asked, and where."""
    _, api = await started()
    zaak = await api.zaak()
    fault = {"kind": "error-after", "method": "PATCH", "path": zaak["uuid"], "times": 1}
    await api.sim("POST", "faults", fault)
    assert (await api.call("PATCH", zaak["url"], {"omschrijving": "toch"}))[0] == 500
    assert (await api.get(zaak["url"]))["omschrijving"] == "toch"
    assert (await api.call("PATCH", zaak["url"], {"omschrijving": "weer"}))[0] == 200


async def test_a_create_that_is_never_answered_was_applied(started: Any) -> None:
    _, api = await started()
    await api.zaaktype()
    await api.sim("POST", "faults", {"kind": "hang-after", "method": "POST", "times": 1})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await api.zaak(kenmerken=[{"bron": "casebridge", "kenmerk": "M1"}])
    found = await api.get(f"{ZAKEN}?kenmerk=casebridge:M1")
    assert found["count"] == 1


@pytest.mark.parametrize("kind", ["drop", "drop-after"])
async def test_a_dropped_connection_is_an_error_of_the_connection(started: Any, kind: str) -> None:
    _, api = await started()
    zaak = await api.zaak(omschrijving="voor")
    await api.sim("POST", "faults", {"kind": kind, "method": "PATCH"})
    with pytest.raises(aiohttp.ClientError):
        await api.call("PATCH", zaak["url"], {"omschrijving": "na"})
    now = (await api.get(zaak["url"]))["omschrijving"]
    assert now == ("na" if kind == "drop-after" else "voor")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("unavailable", 503), ("error-before", 500), ("denied", 403), ("garbage", 200)],
)
async def test_a_refused_write_changes_nothing(started: Any, kind: str, status: int) -> None:
    _, api = await started()
    zaak = await api.zaak(omschrijving="voor")
    await api.sim("POST", "faults", {"kind": kind})
    answered, body = await api.call("PATCH", zaak["url"], {"omschrijving": "na"})
    assert answered == status
    if kind == "garbage":
        assert body.startswith("<html>")
    await api.sim("DELETE", "faults")
    assert (await api.get(zaak["url"]))["omschrijving"] == "voor"


@pytest.mark.parametrize("kind", ["slow", "drip"])
async def test_a_slow_answer_is_right_in_the_end(started: Any, kind: str) -> None:
    _, api = await started()
    zaak = await api.zaak(omschrijving="traag")
    await api.sim("POST", "faults", {"kind": kind, "seconds": 0.2})
    before = asyncio.get_running_loop().time()
    assert (await api.get(zaak["url"]))["omschrijving"] == "traag"
    assert asyncio.get_running_loop().time() - before >= 0.15


async def test_a_fault_that_is_unknown_is_refused(started: Any) -> None:
    _, api = await started()
    assert (await api.call("POST", "/_sim/faults", {"kind": "ramp"}))[0] == 400
    assert (await api.call("POST", "/_sim/faults", {"kind": "drop", "often": 1}))[0] == 400
    assert (await api.call("POST", "/_sim/faults", {"kind": "drop", "path": "("}))[0] == 400


async def test_a_system_without_the_extensions_refuses_them(started: Any) -> None:
    """What an older system lacks is an unknown parameter, an unknown path or method."""
    features = Features(
        expand=False,
        kenmerk_filter=False,
        page_size=False,
        zaaknotities=False,
        audit_trail=False,
        rol_put=False,
        compound=False,
        laatst_gemuteerd=False,
    )
    _, api = await started(Quirks(features=features))
    zaak = await api.zaak()
    assert "laatstGemuteerd" not in zaak
    for query in ("expand=status", "kenmerk=a:b", "pageSize=2"):
        status, body = await api.call("GET", f"{ZAKEN}?{query}")
        assert (status, body["invalidParams"][0]["code"]) == (400, "unknown-parameters")
    assert (await api.call("GET", zaak["url"] + "/audittrail"))[0] == 404
    assert (await api.call("GET", "/zaken/api/v1/zaaknotities"))[0] == 404
    assert (await api.call("POST", "/zaken/api/v1/zaak_registreren", {}))[0] == 404
    roltypen = await api.types("roltypen", zaak["zaaktype"])
    rol = {
        "zaak": zaak["url"],
        "betrokkeneType": "medewerker",
        "roltype": roltypen["Vakspecialist"],
        "roltoelichting": "x",
        "betrokkeneIdentificatie": {"identificatie": "p-1"},
    }
    made = await api.post("/zaken/api/v1/rollen", rol)
    assert (await api.call("PUT", made["url"], rol))[0] == 405


async def test_quirks_are_switched_while_it_runs(started: Any) -> None:
    _, api = await started()
    zaak = await api.zaak()
    changed = await api.sim("PATCH", "quirks", {"features": {"expand": False}})
    assert changed["features"]["expand"] is False
    assert (await api.call("GET", zaak["url"] + "?expand=status"))[0] == 400
    assert (await api.call("PATCH", "/_sim/quirks", {"features": {"onbekend": True}}))[0] == 400


async def test_the_clock_that_was_set_is_followed(started: Any) -> None:
    """Registration and the check on the future go by it; tokens go by real time."""
    _, api = await started()
    await api.sim("POST", "clock", {"now": "2024-02-01T09:00:00+01:00"})
    zaak = await api.zaak(startdatum="2024-02-01")
    assert zaak["registratiedatum"] == "2024-02-01"
    assert (await api.set_status(zaak, "Nieuw", "2024-02-01T08:00:01Z"))[0] == 400
    assert (await api.set_status(zaak, "Nieuw", "2024-02-01T07:59:59Z"))[0] == 201
    assert (await api.sim("POST", "clock", {"now": None}))["is_set"] is False


@pytest.mark.parametrize("runs", [True, False])
async def test_clock_and_quirks_stand_as_they_were_left_after_a_restart(
    started: Any, tmp_path: Path, *, runs: bool
) -> None:
    """From the first moment: what people do before anybody turns them again is done in time."""
    simulator, api = await started(data_dir=tmp_path / "data")
    await api.sim("POST", "clock", {"now": "2024-02-01T09:00:00+01:00", "runs": runs})
    await api.sim("POST", "notifications", {"hold": True})
    await api.sim("POST", "notifications", {"retry_seconds": [1.0, 2.0]})
    await simulator.stop()

    again, api = await started(data_dir=tmp_path / "data")
    zaak = await api.zaak(startdatum="2024-02-01")
    assert zaak["registratiedatum"] == "2024-02-01"
    assert again.system.clock.is_set
    notifications = again.system.quirks.notifications
    assert (notifications.hold, notifications.retry_seconds) == (True, (1.0, 2.0))


async def test_the_access_log_tells_who_wrote_what(started: Any) -> None:
    """Refused writes are in it too; reads are not."""
    _, api = await started()
    zaak = await api.zaak()
    await api.call("PATCH", zaak["url"], {"omschrijving": None})
    entries = await api.sim("GET", "access-log")
    assert [(e["method"], e["status"], e["user_id"]) for e in entries] == [
        ("POST", 201, "p-1"),
        ("PATCH", 400, "p-1"),
    ]
    assert [e["seq"] for e in await api.sim("GET", "access-log?since=1")] == [2]
