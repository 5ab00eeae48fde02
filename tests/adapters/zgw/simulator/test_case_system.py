"""The agency's own catalogue as ZGW types, and a case lived through with them."""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
import pytest

DOCUMENTEN = "/documenten/api/v1/enkelvoudiginformatieobjecten"


async def test_codes_of_the_catalogue_survive(started: Any) -> None:
    _, api = await started()
    zaaktype = await api.zaaktype()
    assert (zaaktype["omschrijving"], zaaktype["concept"]) == ("Advies bodemkwaliteit", False)
    found = await api.get(f"/catalogi/api/v1/statustypen?zaaktype={zaaktype['url']}")
    statuses = [(s["omschrijving"], s["omschrijvingGeneriek"]) for s in found["results"]]
    assert statuses == [("Gereed", "6"), ("In uitvoering", "2"), ("Nieuw", "1")]
    results = await api.get(f"/catalogi/api/v1/resultaattypen?zaaktype={zaaktype['url']}")
    cut = results["results"][0]
    assert cut["omschrijving"] == "Overtreding - overgedragen aan"
    assert cut["toelichting"] == "Overtreding - overgedragen aan handhaving"
    kinds = await api.get("/catalogi/api/v1/informatieobjecttypen?omschrijving=RAP")
    assert kinds["results"][0]["trefwoord"] == ["Rapport van derden"]
    assert set(await api.types("eigenschappen", zaaktype["url"])) == {"onderzoek", "volume_m3"}
    roles = await api.get(f"/catalogi/api/v1/roltypen?zaaktype={zaaktype['url']}")
    generic = {role["omschrijving"]: role["omschrijvingGeneriek"] for role in roles["results"]}
    assert generic == {
        "Initiatiefnemer": "initiator",
        "Vakspecialist": "behandelaar",
        "Coördinator": "zaakcoordinator",
        "Gemeente": "belanghebbende",
        "Ketenpartner": "adviseur",
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [("datumGeldigheid=2020-01-01", 1), ("datumGeldigheid=2000-01-01", 0), ("status=concept", 0)],
)
async def test_case_types_are_found_by_what_is_valid(started: Any, query: str, count: int) -> None:
    _, api = await started()
    assert (await api.get(f"/catalogi/api/v1/zaaktypen?{query}"))["count"] == count


async def test_a_case_closes_with_its_archive_data_and_reopens(started: Any) -> None:
    _, api = await started()
    zaak = await api.zaak()
    assert (await api.set_status(zaak, "Nieuw", "2026-01-05T09:00:00Z"))[0] == 201
    status, refusal = await api.set_status(zaak, "Gereed", "2026-01-06T09:00:00Z")
    assert (status, refusal["invalidParams"][0]["code"]) == (400, "resultaat-does-not-exist")
    results = await api.types("resultaattypen", zaak["zaaktype"])
    body = {"zaak": zaak["url"], "resultaattype": results["Positief"]}
    await api.post("/zaken/api/v1/resultaten", body)
    assert (await api.set_status(zaak, "Gereed", "2026-01-07T00:30:00+01:00"))[0] == 201
    closed = await api.get(zaak["url"])
    assert (closed["einddatum"], closed["archiefactiedatum"]) == ("2026-01-07", "2036-01-06")
    assert (await api.set_status(zaak, "In uitvoering", "2026-01-08T09:00:00Z"))[0] == 201
    open_again = await api.get(zaak["url"])
    assert (open_again["einddatum"], open_again["archiefnominatie"]) == (None, None)
    assert open_again["resultaat"] is not None


async def test_a_document_without_answer_on_rights_of_use_blocks_closing(started: Any) -> None:
    _, api = await started()
    zaak = await api.zaak()
    document = await _document(api)
    link = {"zaak": zaak["url"], "informatieobject": document["url"]}
    await api.post("/zaken/api/v1/zaakinformatieobjecten", link)
    status, refusal = await api.set_status(zaak, "Gereed", "2026-01-06T09:00:00Z")
    assert (status, refusal["invalidParams"][0]["code"]) == (400, "indicatiegebruiksrecht-unset")


async def test_a_document_type_outside_the_case_type_is_refused(started: Any) -> None:
    _, api = await started()
    zaak, document = await api.zaak(), await _document(api, "BIJL")
    link = {"zaak": zaak["url"], "informatieobject": document["url"]}
    status, refusal = await api.call("POST", "/zaken/api/v1/zaakinformatieobjecten", link)
    code = "missing-zaaktype-informatieobjecttype-relation"
    assert (status, refusal["invalidParams"][0]["code"]) == (400, code)


async def test_a_large_document_comes_in_parts_and_goes_out_whole(started: Any) -> None:
    _, api = await started(part_size_bytes=1000)
    document = await _document(api, size=2500)
    assert [part["omvang"] for part in document["bestandsdelen"]] == [1000, 1000, 500]
    for part in reversed(document["bestandsdelen"]):
        form = aiohttp.FormData({"lock": part["lock"]})
        content = bytes([part["volgnummer"]]) * part["omvang"]
        form.add_field("inhoud", content, filename="deel")
        async with api.http.put(part["url"], data=form, headers=api.headers()) as answer:
            assert answer.status == 200, await answer.text()
    await api.call("POST", document["url"] + "/unlock", {"lock": document["lock"]})
    whole = await api.get(document["url"])
    async with api.http.get(whole["inhoud"], headers=api.headers()) as answer:
        content = await answer.read()
    assert content == b"\1" * 1000 + b"\2" * 1000 + b"\3" * 500


async def test_the_bridge_may_neither_delete_nor_break_locks(started: Any) -> None:
    _, api = await started()
    zaak, document = await api.zaak(), await _document(api)
    assert (await api.call("DELETE", zaak["url"]))[0] == 403
    await api.call("POST", document["url"] + "/lock", {})
    status, refusal = await api.call("POST", document["url"] + "/unlock", {})
    assert (status, refusal["invalidParams"][0]["code"]) == (400, "incorrect-lock-id")
    assert (await api.as_client("medewerker").call("DELETE", zaak["url"]))[0] == 204


async def test_a_refused_compound_write_leaves_nothing_behind(started: Any) -> None:
    _, api = await started()
    zaaktype = await api.zaaktype()
    whole = {
        "zaak": {
            "zaaktype": zaaktype["url"],
            "bronorganisatie": "999997014",
            "verantwoordelijkeOrganisatie": "999997014",
            "startdatum": "2026-01-05",
            "identificatie": "HALF-1",
        },
        "status": {"statustype": zaaktype["url"], "datumStatusGezet": "2026-01-05T09:00:00Z"},
    }
    assert (await api.call("POST", "/zaken/api/v1/zaak_registreren", whole))[0] == 400
    assert (await api.get("/zaken/api/v1/zaken?identificatie=HALF-1"))["count"] == 0
    state = await api.sim("GET", "state")
    assert state["counts"]["status"] == 0


async def test_deleting_a_case_takes_all_that_hangs_on_it(started: Any) -> None:
    simulator, api = await started()
    zaak = await api.zaak()
    await api.set_status(zaak, "Nieuw", "2026-01-05T09:00:00Z")
    await api.post(
        "/zaken/api/v1/zaaknotities",
        {"gerelateerdAan": zaak["url"], "onderwerp": "x", "tekst": "y"},
    )
    await api.as_client("medewerker").call("DELETE", zaak["url"])
    assert (await api.call("GET", zaak["url"]))[0] == 404
    counts = simulator.system.store.counts()
    assert (counts["zaak"], counts["status"], counts["zaaknotitie"]) == (0, 0, 0)


async def test_the_explanation_of_a_write_stands_in_the_audit_trail(started: Any) -> None:
    _, api = await started()
    zaak = await api.zaak()
    headers = {**api.headers(), "X-Audit-Toelichting": "opdracht 7"}
    async with api.http.patch(zaak["url"], json={"omschrijving": "x"}, headers=headers) as answer:
        assert answer.status == 200
    entry = (await api.get(zaak["url"] + "/audittrail"))[-1]
    assert (entry["toelichting"], entry["gebruikersId"]) == ("opdracht 7", "p-1")


async def _document(api: Any, code: str = "RAP", size: int | None = None) -> Any:
    found = await api.get(f"/catalogi/api/v1/informatieobjecttypen?omschrijving={code}")
    content = None if size else base64.b64encode(b"hallo").decode()
    return await api.post(
        DOCUMENTEN,
        {
            "bronorganisatie": "999997014",
            "creatiedatum": "2026-01-05",
            "titel": "Rapport",
            "auteur": "x",
            "taal": "nld",
            "inhoud": content,
            "bestandsomvang": size or 5,
            "informatieobjecttype": found["results"][0]["url"],
        },
    )
