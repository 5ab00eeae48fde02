"""The sample messages, and those that deviate: what this system makes of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.stuf_zds.simulator import Quirks
from tests.adapters.stuf_zds.simulator.berichten import ACTIONS_1_1
from tests.adapters.stuf_zds.simulator.conftest import SPECS, Reply, Schema, Start, sample

LOCK = "pwc-000451"
LATER = {"cancelCheckout_Di02", "updateZaakdocument_Di02"}
"""Samples that come with the lock of another system."""


def records(kind: str, profile: str = "") -> list[dict[str, Any]]:
    path = SPECS / "samples" / "index.json"
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return [one for one in found if one["kind"] == kind and profile in ("", one["profile"])]


def is_good(reply: Reply, record: dict[str, Any]) -> bool:
    wanted = str(record["reply"]).partition(" ")[0].rstrip(",")
    return reply.status == 200 and wanted[-4:] in reply.name


@pytest.mark.parametrize("profile", ["zds-1.1", "zds-1.2"])
async def test_every_sample_request_is_answered_rightly(
    started: Start, schema: Schema, profile: str
) -> None:
    """In their order they tell one story: a case is made, changed, asked for."""
    caller = await started()
    caller.schema = schema
    lock = ""
    for record in records("request", profile):
        name = record["file"].rpartition("/")[2].removesuffix(".xml")
        if "overdragen" in name:
            continue  # told to whom we ask, or in answer to it
        body = sample(record["file"])
        if name in LATER and not lock:
            lock = (await caller.send(*_edit(profile))).at("parameters", "checkedOutId")
        reply = await caller.send(body.replace(LOCK.encode(), lock.encode()), record["soap_action"])
        if name == "geefZaakdocumentbewerken_Di02":
            lock = reply.at("parameters", "checkedOutId")
        elif name in LATER:
            lock = ""
        assert is_good(reply, record), (name, reply.body.decode())


def _edit(profile: str) -> tuple[bytes, str]:
    name = f"{profile}/geefZaakdocumentbewerken_Di02.xml"
    record = next(one for one in records("request", profile) if one["file"] == name)
    return sample(name), record["soap_action"]


async def test_a_lock_of_another_system_opens_nothing(started: Start, schema: Schema) -> None:
    caller = await started()
    caller.schema = schema
    for name in ("creeerZaak_Lk01_full", "voegZaakdocumentToe_Lk01"):
        await caller.send(sample(f"zds-1.1/{name}.xml"))
    for name in sorted(LATER):
        reply = await caller.send(sample(f"zds-1.1/{name}.xml"))
        assert (reply.status, reply.fault) == (500, "StUF058")


DEVIATIONS = [one for one in records("deviation") if "la01" not in one["file"]]


def _tells(record: dict[str, Any]) -> bool:
    return str(record["xsd"]).startswith("valid")


@pytest.mark.parametrize("record", DEVIATIONS, ids=lambda one: one["file"])
async def test_a_strict_system_takes_what_the_schema_takes(
    started: Start, record: dict[str, Any]
) -> None:
    reply = await _deviating(started, record, Quirks(strict=True))
    by_standard = {"deviations/update-one-object.xml", "deviations/status-as-T-one-object.xml"}
    takes = _tells(record) and record["file"] not in by_standard
    takes = takes or record["file"] == "deviations/leading-whitespace.xml"
    assert (reply.status == 200) is takes, reply.body.decode()
    if not takes and record["checked"] == "invalid":
        assert reply.fault == "StUF055"


@pytest.mark.parametrize("record", DEVIATIONS, ids=lambda one: one["file"])
async def test_a_lenient_system_takes_all_but_what_is_dangerous_or_broken(
    started: Start, record: dict[str, Any]
) -> None:
    reply = await _deviating(started, record, Quirks(strict=False))
    broken = {"deviations/doctype-entity.xml", "deviations/wrong-charset-header.xml"}
    assert (reply.status == 200) is (record["file"] not in broken), reply.body.decode()


async def _deviating(started: Start, record: dict[str, Any], quirks: Quirks) -> Reply:
    caller = await started(quirks)
    body = sample(record["file"])
    changes = b"updateZaak" in body or any(
        part in record["file"] for part in ("update", "status", "novalue")
    )
    first = sample("zds-1.1/creeerZaak_Lk01_full.xml")
    if changes and b"0344VTH2026000117" in body:
        assert (await caller.send(first)).status == 200
    action = f"{ACTIONS_1_1}actualiseerZaakstatus_Lk01" if "status" in record["file"] else ""
    return await caller.send(body, action, headers={"Content-Type": "text/xml"})
