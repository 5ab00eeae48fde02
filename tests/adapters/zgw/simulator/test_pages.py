"""The pages on which people work in this case system."""

from __future__ import annotations

import re
from typing import Any

import aiohttp


async def page(api: Any, path: str) -> str:
    async with api.http.get(api.url + path) as answer:
        assert answer.status == 200
        return str(await answer.text())


async def submit(api: Any, path: str, **values: Any) -> str:
    """Send a form; returns the page it leads to."""
    data = {"medewerker": "p-2", **values}
    async with api.http.post(api.url + path, data=data) as answer:
        assert answer.status == 200
        return str(await answer.text())


def choice(text: str, select: str, label: str) -> str:
    block = re.search(rf'<select name="{select}".*?</select>', text, re.DOTALL)
    assert block is not None
    found = re.search(rf'<option value="([^"]*)"[^>]*>{re.escape(label)}</option>', block.group())
    assert found is not None, block.group()
    return found.group(1)


async def new_case(api: Any, title: str = "Sloot gedempt") -> tuple[str, str]:
    """A case made on the page; returns its path and its page."""
    form = await page(api, "/ui/nieuw")
    zaaktype = choice(form, "zaaktype", "Advies bodemkwaliteit")
    text = await submit(api, "/ui/nieuw", zaaktype=zaaktype, omschrijving=title)
    (zaak,) = (await api.get("/zaken/api/v1/zaken"))["results"]
    return f"/ui/zaken/{zaak['uuid']}", text


async def test_a_person_makes_a_case_and_works_on_it(started: Any) -> None:
    """All that is typed is found through the API, with the colleague who typed it."""
    _, api = await started()
    path, text = await new_case(api)
    status = choice(text, "statustype", "In uitvoering")
    await submit(api, f"{path}/status", statustype=status, toelichting="begonnen")
    prop = re.search(r'name="eigenschap" value="([^"]+)">\s*<label>volume_m3', text)
    assert prop is not None
    await submit(api, f"{path}/eigenschap", eigenschap=prop.group(1), waarde="12")
    await submit(api, f"{path}/notitie", onderwerp="Gebeld", tekst="Komt maandag")
    roltype = choice(text, "roltype", "Vakspecialist")
    await submit(api, f"{path}/behandelaar", roltype=roltype, persoon="p-1|Mees Proef")
    await submit(api, f"{path}/velden", omschrijving="Sloot half gedempt", toelichting="t")
    (zaak,) = (await api.get("/zaken/api/v1/zaken?expand=rollen,eigenschappen,status"))["results"]
    assert zaak["omschrijving"] == "Sloot half gedempt"
    assert zaak["_expand"]["status"]["statustoelichting"] == "begonnen"
    assert zaak["_expand"]["eigenschappen"][0]["waarde"] == "12"
    identity = zaak["_expand"]["rollen"][0]["betrokkeneIdentificatie"]
    assert (identity["identificatie"], identity["achternaam"]) == ("p-1", "Proef")
    trail = await api.get(zaak["url"] + "/audittrail")
    assert {(e["gebruikersId"], e["gebruikersWeergave"]) for e in trail} == {("p-2", "Saar Proef")}
    overview = await page(api, "/")
    assert "Sloot half gedempt" in overview
    assert "M. Proef" in overview
    assert "In uitvoering" in overview


async def test_a_property_that_is_emptied_is_removed(started: Any) -> None:
    _, api = await started()
    path, text = await new_case(api)
    prop = re.search(r'name="eigenschap" value="([^"]+)"', text)
    assert prop is not None
    await submit(api, f"{path}/eigenschap", eigenschap=prop.group(1), waarde="VO")
    await submit(api, f"{path}/eigenschap", eigenschap=prop.group(1), waarde="HO")
    uuid = path.rsplit("/", 1)[-1]
    listed = f"/zaken/api/v1/zaken/{uuid}/zaakeigenschappen"
    assert [p["waarde"] for p in await api.get(listed)] == ["HO"]
    await submit(api, f"{path}/eigenschap", eigenschap=prop.group(1), waarde="")
    assert await api.get(listed) == []


async def test_a_case_is_closed_and_reopened_on_the_page(started: Any) -> None:
    _, api = await started()
    path, text = await new_case(api)
    result = choice(text, "resultaattype", "Positief")
    closed = await submit(api, f"{path}/sluiten", resultaattype=result)
    assert "gesloten op" in closed
    status = choice(text, "statustype", "In uitvoering")
    reopened = await submit(api, f"{path}/status", statustype=status)
    assert "gesloten op" not in reopened


async def test_a_refusal_is_shown_in_words(started: Any) -> None:
    _, api = await started()
    path, text = await new_case(api)
    shown = await submit(api, f"{path}/status", statustype=choice(text, "statustype", "Gereed"))
    assert "Zaak has no resultaat." in shown


async def test_a_document_is_uploaded_and_replaced(started: Any) -> None:
    """In parts where the server wants them so; what was uploaded is handed out as a file."""
    _, api = await started(part_size_bytes=4)
    path, text = await new_case(api)
    form = aiohttp.FormData()
    form.add_field("medewerker", "p-2")
    form.add_field("documenttype", choice(text, "documenttype", "Rapport van derden"))
    form.add_field("bestand", b"<b>eerste</b>", filename="r.html", content_type="text/html")
    async with api.http.post(f"{api.url}{path}/document", data=form) as answer:
        shown = await answer.text()
    found = re.search(r"/ui/documenten/([0-9a-f-]+)/1", shown)
    assert found is not None, shown
    form = aiohttp.FormData()
    form.add_field("document", found.group(1))
    form.add_field("bestand", b"tweede", filename="r2.txt", content_type="text/plain")
    async with api.http.post(f"{api.url}{path}/versie", data=form) as answer:
        assert "versie 2" in await answer.text()
    for version, content in (("1", b"<b>eerste</b>"), ("2", b"tweede")):
        url = f"{api.url}/ui/documenten/{found.group(1)}/{version}"
        async with api.http.get(url) as answer:
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert await answer.read() == content
    document = await api.get(f"/documenten/api/v1/enkelvoudiginformatieobjecten/{found.group(1)}")
    assert (document["versie"], document["locked"]) == (2, False)


async def test_what_people_type_is_escaped(started: Any) -> None:
    _, api = await started()
    path, _ = await new_case(api, "<script>alert(1)</script>")
    for text in (await page(api, "/"), await page(api, path)):
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


async def test_a_form_of_another_site_is_refused(started: Any) -> None:
    _, api = await started()
    path, _ = await new_case(api)
    headers = {"Origin": "http://elders.example"}
    async with api.http.post(f"{api.url}{path}/notitie", data={}, headers=headers) as answer:
        assert answer.status == 403


async def test_the_pages_ask_nothing_of_other_hosts(started: Any) -> None:
    _, api = await started()
    path, _ = await new_case(api)
    for place in ("/", "/ui/nieuw", path):
        assert not re.search(r'(?:src|href|action)="(?!/)', await page(api, place))


async def test_forms_stand_in_the_access_log(started: Any) -> None:
    _, api = await started()
    await new_case(api)
    (entry,) = await api.sim("GET", "access-log")
    assert (entry["client_id"], entry["user_id"]) == ("medewerker", "p-2")
