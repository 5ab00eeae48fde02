"""What a real server was seen to answer, and what its OpenAPI says: ours must fit both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from adapters.zgw import native
from adapters.zgw.capabilities import MOST
from adapters.zgw.problems import Refused, refusal
from contracts.errors import AdapterError, Denied, NotFound, Uncertain, Unreachable

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared"
RECORDED = SHARED / "recordings" / "openzaak-1.30.0"
SPECS = SHARED / "specs" / "zgw"

pytestmark = pytest.mark.skipif(
    not (RECORDED.exists() and SPECS.exists()),
    reason="recordings and OpenAPI files of a real server are not beside the checkout",
)

SCHEMAS = {
    ("zaken-1.5.1", "Zaak"): native.Zaak,
    ("zaken-1.5.1", "Status"): native.Status,
    ("zaken-1.5.1", "Resultaat"): native.Resultaat,
    ("zaken-1.5.1", "ZaakEigenschap"): native.ZaakEigenschap,
    ("zaken-1.5.1", "ZaakInformatieObject"): native.ZaakInformatieObject,
    ("zaken-1.5.1", "ZaakNotitie"): native.ZaakNotitie,
    ("zaken-1.5.1", "AuditTrail"): native.AuditEntry,
    ("besluiten-1.1.0", "Besluit"): native.Besluit,
    ("documenten-1.4.2", "BestandsDeel"): native.Bestandsdeel,
    ("catalogi-1.3.1", "ZaakType"): native.ZaakType,
    ("catalogi-1.3.1", "StatusType"): native.StatusType,
    ("catalogi-1.3.1", "ResultaatType"): native.ResultaatType,
    ("catalogi-1.3.1", "RolType"): native.RolType,
    ("catalogi-1.3.1", "Eigenschap"): native.Eigenschap,
    ("catalogi-1.3.1", "BesluitType"): native.NamedType,
}
READ: dict[str, type[BaseModel]] = {
    "zaken": native.Zaak,
    "statussen": native.Status,
    "resultaten": native.Resultaat,
    "rollen": native.Rol,
    "zaakeigenschappen": native.ZaakEigenschap,
    "zaakobjecten": native.ZaakObject,
    "zaakinformatieobjecten": native.ZaakInformatieObject,
    "zaaknotities": native.ZaakNotitie,
    "enkelvoudiginformatieobjecten": native.Informatieobject,
    "bestandsdelen": native.Bestandsdeel,
    "besluiten": native.Besluit,
    "statustypen": native.StatusType,
    "roltypen": native.RolType,
    "audittrail": native.AuditEntry,
}
WHEN_WRITTEN: dict[tuple[int, str], type[AdapterError]] = {
    (400, ""): Refused,
    (403, "permission_denied"): Refused,
    (404, "not_found"): NotFound,
    (405, "method_not_allowed"): Refused,
    (406, "not_acceptable"): Refused,
    (412, "precondition_failed"): Refused,
    (415, "unsupported_media_type"): Refused,
    (500, "error"): Uncertain,
}


def _exchanges() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for path in sorted(RECORDED.glob("*.json")):
        for exchange in json.loads(path.read_text("utf-8")):
            yield exchange["request"], exchange["response"]


def test_every_recorded_refusal_becomes_the_right_error() -> None:
    """Whatever a real server refused: our error says what to do, in the server's words."""
    seen = 0
    for request, response in _exchanges():
        body = response["body"]
        if response["status"] < 400:
            continue
        raw = (body if isinstance(body, str) else json.dumps(body)).encode()
        error = refusal("PATCH x", response["status"], raw, {}, wrote=True)
        if not isinstance(body, dict):
            assert isinstance(error, Unreachable | Refused), request["path"]
            continue
        code = "" if response["status"] == 400 else body["code"]
        wanted = WHEN_WRITTEN.get((response["status"], code), Denied)
        assert type(error) is wanted, (request["path"], response["status"], body["code"])
        for param in body.get("invalidParams", []):
            assert isinstance(error, Refused)
            assert param["code"] in error.codes
        seen += 1
    assert seen > 50


def test_every_recorded_thing_is_understood() -> None:
    """No answer of a real server is garbled to us."""
    seen: dict[str, int] = {}
    for request, response in _exchanges():
        body = response["body"]
        if response["status"] not in (200, 201) or not isinstance(body, dict | list):
            continue
        parts = [p for p in request["path"].partition("?")[0].split("/") if p]
        resource = parts[-1] if parts[-1] in READ else parts[-2]
        if resource not in READ or (parts[-1] in ("lock", "besluiten") and "zaken" in parts):
            continue
        items = body.get("results", [body]) if isinstance(body, dict) else body
        for item in items:
            READ[resource].model_validate(item)
            seen[resource] = seen.get(resource, 0) + 1
    assert len(seen) >= 12, seen


@pytest.mark.parametrize(("where", "model"), SCHEMAS.items(), ids=lambda x: str(x)[-30:])
def test_every_member_we_read_exists(where: tuple[str, str], model: type[native.Native]) -> None:
    """A typo in a member's name would look like an empty one."""
    name, schema = where
    schemas = yaml.load(
        (SPECS / f"{name}.yaml").read_text("utf-8"),
        Loader=getattr(yaml, "CSafeLoader", None) or yaml.SafeLoader,
    )["components"]["schemas"]
    members = set(schemas[schema]["properties"])
    ours = {info.alias for info in model.model_fields.values()} - {"_expand"}
    assert ours <= members


def test_limits_are_those_of_the_system() -> None:
    """A longer text would be refused, a shorter limit would cut for nothing."""
    text = (SPECS / "zaken-1.5.1.yaml").read_text("utf-8")
    zaak = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", None) or yaml.SafeLoader)[
        "components"
    ]["schemas"]["Zaak"]["properties"]
    for field, member in (("title", "omschrijving"), ("explanation", "toelichting")):
        assert MOST.limits[field].max_length == zaak[member]["maxLength"]
