"""
Answers conform to the OpenAPI documents of the APIs.

Where the documents and the recordings of real servers disagree, the recordings win; those
places are listed in `DISAGREE`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SPECS = Path(__file__).parents[4] / ".." / "shared" / "specs" / "zgw"
pytestmark = pytest.mark.skipif(
    not SPECS.exists(), reason="the specifications are not beside this checkout"
)
FILES = {
    "zaken": "zaken-1.5.1.yaml",
    "catalogi": "catalogi-1.3.1.yaml",
    "documenten": "documenten-1.4.2.yaml",
    "besluiten": "besluiten-1.1.0.yaml",
    "autorisaties": "autorisaties-1.0.0.yaml",
    "notificaties": "notificaties-1.0.0.yaml",
}
DISAGREE = {
    # Empty groups are null in the answers of the real server, and so are texts kept as null.
    "verlenging",
    "ondertekening",
    "integriteit",
    # Said never to be null, or to be nine digits: empty on the real server where not set.
    "authenticatieContext",
    "objectTypeOverigeDefinitie",
    "zaakobjecttype",
    "beginObject",
    "eindeObject",
    "broncatalogus",
    "opdrachtgevendeOrganisatie",
    # Said to be in small letters; the real server writes ZRC in the audit trail.
    "bron",
}


def to_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says null is a type."""
    if isinstance(value, list):
        return [to_json_schema(member) for member in value]
    if not isinstance(value, dict):
        return value
    plain = {name: to_json_schema(member) for name, member in value.items()}
    if plain.pop("discriminator", None) is not None and "oneOf" in plain:
        plain["anyOf"] = plain.pop("oneOf")
    plain.pop("pattern", None)
    nullable = plain.pop("nullable", False)
    if isinstance(plain.get("properties"), dict):
        plain["properties"] = {
            name: {} if name in DISAGREE else member for name, member in plain["properties"].items()
        }
    return {"anyOf": [plain, {"type": "null"}]} if nullable else plain


@pytest.fixture(scope="module")
def specifications() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {
        api: to_json_schema(yaml.load((SPECS / name).read_text("utf-8"), Loader=loader))
        for api, name in FILES.items()
    }


def errors(specifications: dict[str, Any], api: str, schema: str, body: Any) -> list[str]:
    registry: Registry[Any] = Registry(
        retrieve=lambda uri: _elsewhere(specifications, uri)  # type: ignore[call-arg]  # attrs alias
    )
    whole = Resource.from_contents(specifications[api], DRAFT202012)
    registry = registry.with_resource("urn:spec", whole)
    wanted = {"$ref": f"urn:spec#/components/schemas/{schema}"}
    validator = Draft202012Validator(wanted, registry=registry)
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(body)]


def _elsewhere(specifications: dict[str, Any], uri: str) -> Resource[Any]:
    """Zaken and Documenten point to Catalogi on the web: the copy at hand answers."""
    assert "catalogi" in uri.lower() or "ztc" in uri.lower(), uri
    return Resource.from_contents(specifications["catalogi"], DRAFT202012)


async def test_main_resources_conform(started: Any, specifications: dict[str, Any]) -> None:
    _, api = await started()
    staff = api.as_client("medewerker")
    shown = [("catalogi", "ZaakType", await api.zaaktype())]
    zaak = await api.zaak(
        zaakgeometrie={"type": "Point", "coordinates": [5.1, 52.1]},
        kenmerken=[{"bron": "casebridge", "kenmerk": "M"}],
        opschorting={"indicatie": True, "reden": "wacht"},
    )
    shown.append(("zaken", "Zaak", zaak))
    _, status = await api.set_status(zaak, "Nieuw", "2026-01-05T09:00:00Z")
    shown.append(("zaken", "Status", status))
    parts = {
        "statustypen": "StatusType",
        "resultaattypen": "ResultaatType",
        "roltypen": "RolType",
        "eigenschappen": "Eigenschap",
        "zaaktype-informatieobjecttypen": "ZaakTypeInformatieObjectType",
    }
    for path, schema in parts.items():
        found = await api.get(f"/catalogi/api/v1/{path}?zaaktype={zaak['zaaktype']}")
        shown += [("catalogi", schema, row) for row in found["results"]]
    for path, schema in (
        ("catalogussen", "Catalogus"),
        ("informatieobjecttypen", "InformatieObjectType"),
        ("besluittypen", "BesluitType"),
    ):
        found = await api.get(f"/catalogi/api/v1/{path}")
        shown += [("catalogi", schema, row) for row in found["results"]]
    shown += await _children(api, zaak)
    shown += await _documents_and_decisions(api, zaak)
    shown.append(("zaken", "AuditTrail", (await api.get(zaak["url"] + "/audittrail"))[0]))
    consumer = "/autorisaties/api/v1/applicaties/consumer?clientId=casebridge"
    shown.append(("autorisaties", "Applicatie", await staff.get(consumer)))
    shown += [
        ("notificaties", "Kanaal", row) for row in await api.get("/notificaties/api/v1/kanaal")
    ]
    wrong = {
        f"{schema} {body.get('url', '')}": found
        for a, schema, body in shown
        if (found := errors(specifications, a, schema, body))
    }
    assert len(shown) > 25
    assert not wrong, "\n".join(f"{name}: {found}" for name, found in wrong.items())


async def _children(api: Any, zaak: dict[str, Any]) -> list[tuple[str, str, Any]]:
    of = {"zaak": zaak["url"]}
    results = await api.types("resultaattypen", zaak["zaaktype"])
    roles = await api.types("roltypen", zaak["zaaktype"])
    properties = await api.types("eigenschappen", zaak["zaaktype"])
    made = {
        ("resultaten", "Resultaat"): {"resultaattype": results["Positief"]},
        ("rollen", "Rol"): {
            "betrokkeneType": "natuurlijk_persoon",
            "roltype": roles["Initiatiefnemer"],
            "roltoelichting": "x",
            "betrokkeneIdentificatie": {"geslachtsnaam": "Proef"},
        },
        ("zaakobjecten", "ZaakObject"): {
            "objectType": "overige",
            "objectTypeOverige": "bodemlocatie",
            "objectIdentificatie": {"overigeData": {"sleutel": "a"}},
        },
        ("klantcontacten", "KlantContact"): {"datumtijd": "2026-01-05T09:00:00Z"},
    }
    found = [
        ("zaken", schema, await api.post(f"/zaken/api/v1/{path}", {**of, **body}))
        for (path, schema), body in made.items()
    ]
    note = {"gerelateerdAan": zaak["url"], "onderwerp": "x", "tekst": "y"}
    found.append(("zaken", "ZaakNotitie", await api.post("/zaken/api/v1/zaaknotities", note)))
    prop = {**of, "eigenschap": properties["onderzoek"], "waarde": "VO"}
    made_prop = await api.post(f"{zaak['url']}/zaakeigenschappen", prop)
    return [*found, ("zaken", "ZaakEigenschap", made_prop)]


async def _documents_and_decisions(api: Any, zaak: dict[str, Any]) -> list[tuple[str, str, Any]]:
    kinds = await api.get("/catalogi/api/v1/informatieobjecttypen?omschrijving=RAP")
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
            "informatieobjecttype": kinds["results"][0]["url"],
        },
    )
    link = {"zaak": zaak["url"], "informatieobject": document["url"]}
    linked = await api.post("/zaken/api/v1/zaakinformatieobjecten", link)
    types = await api.get("/catalogi/api/v1/besluittypen")
    decision = {
        "verantwoordelijkeOrganisatie": "999997014",
        "besluittype": types["results"][0]["url"],
        "zaak": zaak["url"],
        "datum": "2026-01-05",
        "ingangsdatum": "2026-01-06",
    }
    return [
        ("documenten", "EnkelvoudigInformatieObject", await api.get(document["url"])),
        ("zaken", "ZaakInformatieObject", linked),
        ("besluiten", "Besluit", await api.post("/besluiten/api/v1/besluiten", decision)),
    ]
