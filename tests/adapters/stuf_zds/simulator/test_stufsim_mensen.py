"""People: what they do on the pages and players by JSON, and what survives a kill."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from adapters.kit.simulator import read_yaml
from adapters.stuf_zds.simulator import Client, Deviations, Quirks, SimulatorSettings, start
from adapters.stuf_zds.xml import child, text
from tests.adapters.stuf_zds.simulator.berichten import (
    add_document,
    creation,
    everything,
    free,
    kennisgeving,
    question,
    update,
)
from tests.adapters.stuf_zds.simulator.conftest import THEM, US, Caller, Schema, Start

DATA = Path("bridge/demo/data")
README = Path("adapters/stuf_zds/simulator/README.md").read_text("utf-8")
NEW: dict[str, Any] = {"zaaktype": "B0337", "omschrijving": "Betoncentrale", "by": "p-1"}


@pytest.fixture
async def caller(started: Start) -> Caller:
    caller = await started()
    await caller.sim("POST", "clock", {"now": "2026-03-02T09:30:00+00:00"})
    return caller


# -- players -------------------------------------------------------------------------------------


async def test_a_new_case_has_a_number_a_status_and_somebody_who_asked(
    caller: Caller, schema: Schema
) -> None:
    made = await caller.sim("POST", "zaken", NEW)
    assert made["nummer"] == "0344ZAAK20260000001"
    assert (made["status"], made["statussen"][0]["door"]) == ("Ontvangen", "p-1")
    assert made["statussen"][0]["op"] == "2026-03-02T09:30:00Z"
    assert [(one["rol"], one["naam"]) for one in made["rollen"]] == [("Aanvrager", "Proefdienst")]
    reply = await caller.send(everything(made["nummer"]))
    schema.check(reply.message)


async def test_numbers_are_written_as_the_agency_writes_them(
    started: Start, tmp_path: Path, catalogue: Path
) -> None:
    parties = yaml.safe_load((tmp_path / "parties.yaml").read_text("utf-8"))
    own = {"protocol": "stuf-zds", "number_format": "{jaar}-{volgnr:06d}"}
    parties["agencies"][0]["case_system"] = own
    (tmp_path / "parties.yaml").write_text(yaml.safe_dump(parties), "utf-8")
    caller = await started()
    await caller.sim("POST", "clock", {"now": "2026-03-02T09:30:00+00:00"})
    reply = await caller.send(free("genereerZaakIdentificatie", "genereerZaakidentificatie"))
    assert reply.at("zaak", "identificatie") == "2026-000001"
    assert (await caller.sim("POST", "zaken", NEW))["nummer"] == "2026-000002"


async def test_what_people_type_is_what_a_client_reads(caller: Caller, schema: Schema) -> None:
    number = (await caller.sim("POST", "zaken", NEW))["nummer"]
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("velden", {"toelichting": "Spoed", "betalingsIndicatie": "Geheel"}),
        ("eigenschap", {"naam": "onderzoek", "waarde": "VO"}),
        ("behandelaar", {"persoon": "p-2"}),
        ("notitie", {"tekst": "Alleen voor ons"}),
    ]
    for name, data in deeds:
        await caller.sim("POST", f"zaken/{number}/{name}", {**data, "by": "p-1"})
    reply = await caller.send(everything(number))
    schema.check(reply.message)
    found = reply.object
    assert text(child(found, "toelichting")) == "Spoed"
    assert text(child(found, "betalingsIndicatie")) == "Geheel"
    handler = child(found, "heeftAlsUitvoerende")
    assert text(child(handler, "omschrijving")) == "Behandelaar"
    assert text(child(handler, "gerelateerde", "medewerker", "achternaam")) == "Proef"
    assert "Alleen voor ons" not in reply.body.decode()
    shown = await caller.sim("GET", f"zaken/{number}")
    assert shown["notities"][0]["tekst"] == "Alleen voor ons"


async def test_what_a_client_changes_people_see(caller: Caller) -> None:
    await caller.send(kennisgeving(creation(), sort="T"))
    await caller.send(update("", "<z:toelichting>Van buiten</z:toelichting>"))
    shown = await caller.sim("GET", "zaken/0344Z1")
    assert shown["gegevens"]["toelichting"] == "Van buiten"
    (found,) = await caller.sim("GET", "zaken?identificatie=0344z1")
    assert found["titel"] == "Betoncentrale"
    assert await caller.sim("GET", "zaken?omschrijving=Anders") == []


@pytest.mark.parametrize(
    ("deed", "data", "why"),
    [
        ("status", {"code": "99"}, "statustype"),
        ("resultaat", {"resultaat": "Gegund"}, "resultaat"),
        ("eigenschap", {"naam": "onderzoek", "waarde": "XX"}, "onderzoek"),
        ("betrokkene", {"soort": "vogel"}, "betrokkene"),
        ("overdragen", {"aan": "NIEMAND"}, "luistert niet"),
        ("zwaaien", {}, "unknown deed"),
    ],
)
async def test_what_cannot_be_is_refused_to_people_too(
    caller: Caller, deed: str, data: dict[str, Any], why: str
) -> None:
    number = (await caller.sim("POST", "zaken", NEW))["nummer"]
    url = f"{caller.simulator.url}/_sim/zaken/{number}/{deed}"
    async with caller.http.post(url, json=data) as answer:
        assert answer.status == 400
        assert why in await answer.text()


async def test_cases_belong_together_as_parts_or_otherwise(caller: Caller, schema: Schema) -> None:
    for number in ("0344Z1", "0344Z2", "0344Z3"):
        await caller.sim("POST", "zaken", {**NEW, "identificatie": number})
    part = {"identificatie": "0344Z2", "deelzaak": True}
    await caller.sim("POST", "zaken/0344Z1/gerelateerd", part)
    await caller.sim("POST", "zaken/0344Z1/gerelateerd", {"identificatie": "0344Z3"})
    reply = await caller.send(everything("0344Z2"))
    schema.check(reply.message)
    whole = child(reply.object, "heeftAlsHoofdzaak", "gerelateerde", "identificatie")
    assert text(whole) == "0344Z1"
    found = (await caller.send(everything("0344Z1"))).object
    other = child(found, "heeftBetrekkingOpAndere", "gerelateerde", "identificatie")
    assert text(other) == "0344Z3"


async def test_documents_of_people_are_read_by_clients_and_the_other_way(caller: Caller) -> None:
    await caller.send(kennisgeving(creation(), sort="T"))
    url = f"{caller.simulator.url}/_sim/zaken/0344Z1/documenten"
    about = {"soort": "RAPP", "titel": "Eigen", "bestandsnaam": "eigen.pdf", "by": "p-1"}
    async with caller.http.post(url, params=about, data=b"Van ons") as answer:
        made = await answer.json()
    scope = "<z:inhoud/>"
    reply = await caller.send(question(scope, number=made["identificatie"], entity="EDC"))
    assert reply.at("antwoord", "object", "inhoud") == "VmFuIG9ucw=="
    await caller.send(add_document())
    url = f"{caller.simulator.url}/_sim/documenten/0344D1/inhoud"
    async with caller.http.get(url) as answer:
        assert await answer.read() == b"Proef"


async def test_people_say_that_a_document_is_of_another_type_and_take_it_out(
    caller: Caller,
) -> None:
    """Another type is no other version; and a document that is gone from one case stays."""
    number = (await caller.sim("POST", "zaken", NEW))["nummer"]
    about = {"soort": "RAPP", "titel": "Eigen", "bestandsnaam": "eigen.pdf", "by": "p-1"}
    url = f"{caller.simulator.url}/_sim/zaken/{number}/documenten"
    async with caller.http.post(url, params=about, data=b"Van ons") as answer:
        document = (await answer.json())["identificatie"]
    said = {"soort": "Aanvraag", "by": "p-1"}
    made = await caller.sim("POST", f"documenten/{document}/soort", said)
    assert (made["dct.omschrijving"], made["versies"]) == ("Aanvraag", 1)
    async with caller.http.delete(f"{url}/{document}", params={"by": "p-1"}) as answer:
        assert answer.status == 204
    assert (await caller.sim("GET", f"zaken/{number}"))["documenten"] == []
    async with caller.http.delete(f"{url}/{document}", params={"by": "p-1"}) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("agency", ["rud-utrecht", "odru"])
async def test_the_catalogues_of_the_demo_can_be_worked_with(
    started: Start, schema: Schema, agency: str
) -> None:
    """Every kind of case is begun, closed and opened again; of RUD Utrecht codes are too long."""
    path = DATA / f"catalogue-{agency}.yaml"
    quirks = Quirks(deviations=Deviations(long_codes=True))
    caller = await started(quirks, agency=agency, catalogue=path)
    for kind in read_yaml(path)["case_types"]:
        made = await caller.sim("POST", "zaken", {**NEW, "zaaktype": kind["code"], "by": ""})
        number = made["nummer"]
        result = caller.simulator.system.catalogue.case_types[kind["code"]].results[0]
        shown = await caller.sim("POST", f"zaken/{number}/sluiten", {"resultaat": result})
        assert shown["gesloten"]
        shown = await caller.sim("POST", f"zaken/{number}/status", {"nummer": 2})
        assert not shown["gesloten"]
        reply = await caller.send(everything(number))
        assert reply.status == 200
        if len(kind["code"]) <= 10:
            schema.check(reply.message)


# -- pages ---------------------------------------------------------------------------------------


async def page(caller: Caller, path: str) -> str:
    async with caller.http.get(caller.simulator.url + path) as answer:
        assert answer.status == 200
        return await answer.text()


async def fill(caller: Caller, path: str, **data: str) -> str:
    """Send a form, follow where it leads, and give that page."""
    async with caller.http.post(caller.simulator.url + path, data=data) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_case_is_begun_worked_on_and_closed_on_the_pages(caller: Caller) -> None:
    assert "Er zijn geen zaken." in await page(caller, "/")
    assert "Omgevingsvergunning milieu" in await page(caller, "/ui/nieuw")
    shown = await fill(
        caller, "/ui/nieuw", zaaktype="B0337", omschrijving="Beton <b>", initiatornaam="Moulin",
        initiatorsoort="natuurlijkPersoon", initiatornummer="999993653", medewerker="p-2",
    )  # fmt: skip
    assert "Beton &lt;b&gt;" in shown
    found = re.search(r'action="(/ui/zaken/[^/"]+)/velden"', shown)
    assert found is not None
    path = found[1]
    await fill(caller, f"{path}/velden", omschrijving="Betoncentrale", toelichting="Spoed")
    await fill(caller, f"{path}/eigenschap", naam="onderzoek", waarde="HO")
    await fill(caller, f"{path}/status", statustype="2", toelichting="Begonnen")
    await fill(caller, f"{path}/behandelaar", rol="Behandelaar", persoon="p-2")
    await fill(caller, f"{path}/betrokkene", rol="Gemachtigde", soort="vestiging", naam="Bureau")
    await fill(caller, f"{path}/notitie", tekst="Gebeld")
    await fill(caller, f"{path}/besluit", soort="Besluit", toelichting="Verleend")
    await fill(caller, f"{path}/verlengen", dagen="14", reden="Druk")
    await fill(caller, f"{path}/opschorten", reden="Wacht")
    shown = await fill(caller, f"{path}/sluiten", resultaat="Verleend")
    for words in ("Spoed", "Begonnen", "Bureau", "Gebeld", "gesloten op", "Verleend", "14 dagen"):
        assert words in shown
    assert "Saar Proef" in shown
    assert "Betoncentrale" in await page(caller, "/?q=beton")
    (row,) = await caller.sim("GET", "zaken")
    reply = await caller.send(everything(row["nummer"]))
    assert text(child(reply.object, "einddatum")) == "20260302"


async def test_a_file_is_uploaded_renewed_and_taken_home(caller: Caller) -> None:
    uuid = (await caller.sim("POST", "zaken", NEW))["uuid"]
    form = aiohttp.FormData({"soort": "RAPP", "titel": "Rapport", "medewerker": "p-1"})
    form.add_field("bestand", b"Een", filename="een.pdf", content_type="application/pdf")
    url = f"{caller.simulator.url}/ui/zaken/{uuid}/document"
    async with caller.http.post(url, data=form) as answer:
        shown = await answer.text()
    assert "Rapport" in shown
    number = re.search(r'name="document" value="([^"]+)"', shown)
    assert number is not None
    form = aiohttp.FormData({"document": number[1], "medewerker": "p-1"})
    form.add_field("bestand", b"Twee", filename="twee.pdf", content_type="application/pdf")
    async with caller.http.post(
        f"{caller.simulator.url}/ui/zaken/{uuid}/versie", data=form
    ) as answer:
        shown = await answer.text()
    assert "versie 2.0" in shown
    link = re.search(r'href="(/ui/documenten/[^"]+/2)"', shown)
    assert link is not None
    async with caller.http.get(caller.simulator.url + link[1]) as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="twee.pdf"'
        assert await answer.read() == b"Twee"


async def test_a_form_that_cannot_be_says_why_and_changes_nothing(caller: Caller) -> None:
    uuid = (await caller.sim("POST", "zaken", NEW))["uuid"]
    shown = await fill(caller, f"/ui/zaken/{uuid}/resultaat", resultaat="Gegund")
    assert "resultaat &#39;Gegund&#39; onbekend" in shown
    shown = await fill(caller, f"/ui/zaken/{uuid}/verlengen", dagen="veel")
    assert "het aantal dagen ontbreekt of is geen getal" in shown


async def test_a_page_elsewhere_writes_nothing_here(caller: Caller) -> None:
    uuid = (await caller.sim("POST", "zaken", NEW))["uuid"]
    url = f"{caller.simulator.url}/ui/zaken/{uuid}/velden"
    for headers in ({"Origin": "http://elders.example"}, {"Sec-Fetch-Site": "cross-site"}):
        async with caller.http.post(url, data={"omschrijving": "x"}, headers=headers) as answer:
            assert answer.status == 403


async def test_the_readme_tells_of_every_deed(caller: Caller) -> None:
    assert [name for name in caller.simulator.daden.names() if f"`{name}`" not in README] == []


# -- kept ----------------------------------------------------------------------------------------


async def test_everything_is_there_after_a_restart(catalogue: Path, tmp_path: Path) -> None:
    settings = SimulatorSettings(
        (Client(US),), agency="proef", systeem=THEM, catalogue=catalogue,
        data_dir=tmp_path / "data", shutdown_seconds=0.1,
    )  # fmt: skip
    body = kennisgeving(creation(), sort="T", ref="R-1")
    async with aiohttp.ClientSession() as http:
        async with await start(settings) as simulator:
            caller = Caller(http, simulator)
            first = await caller.send(body)
            await caller.send(add_document())
            number = await caller.send(
                free("genereerZaakIdentificatie", "genereerZaakidentificatie")
            )
        async with await start(settings) as simulator:
            caller = Caller(http, simulator)
            assert (await caller.send(body)).body == first.body, "it remembers what it took"
            reply = await caller.send(question("<z:inhoud/>", number="0344D1", entity="EDC"))
            assert reply.at("antwoord", "object", "inhoud") == "UHJvZWY="
            again = await caller.send(
                free("genereerZaakIdentificatie", "genereerZaakidentificatie")
            )
            given = [one.at("zaak", "identificatie") for one in (number, again)]
            assert given[0] != given[1], "a number is given once"


async def test_the_program_says_where_it_is_and_survives_a_kill(
    catalogue: Path, tmp_path: Path
) -> None:
    arguments = (
        "-m", "adapters.stuf_zds.simulator", "--agency", "proef", "--catalogue", str(catalogue),
        "--data", str(tmp_path / "data"), "--applicatie", "VTHZS",
    )  # fmt: skip

    async def run() -> tuple[asyncio.subprocess.Process, str]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=pipe)
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        return process, line.split()[-1]

    async def ask(url: str, body: bytes) -> bytes:
        async with aiohttp.ClientSession() as http, http.post(f"{url}/stuf", data=body) as answer:
            return await answer.read()

    process, url = await run()
    try:
        assert b"Bv03" in await ask(url, kennisgeving(creation(), sort="T"))
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    process, url = await run()
    try:
        assert b"Betoncentrale" in await ask(url, everything())
    finally:
        process.terminate()
        await process.wait()
