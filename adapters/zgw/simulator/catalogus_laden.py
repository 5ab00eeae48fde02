"""
Builds a ZGW catalogue from an agency's own catalogue file.

Codes of the file must survive: the code of a status stands in `omschrijvingGeneriek`, of a
document type in `omschrijving` (its name in `trefwoord`). In ZGW the last status closes a zaak
and archiving is no status, so of a process only the statuses up to its first final one are
taken over.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from adapters.kit.simulator import Party, Row, read_party, read_yaml

from .settings import SimulatorSettings
from .system import System

VALID_FROM: Final = "2012-01-01"
SELECTIELIJST: Final = "https://selectielijst.openzaak.nl/api/v1"
LONGEST_RESULT: Final = 30
GENERIC_ROLE: Final[dict[str, str]] = {
    "Initiatiefnemer": "initiator",
    "Melder of aanvrager": "initiator",
    "Aanvrager": "initiator",
    "Vrager": "initiator",
    "Behandelaar": "behandelaar",
    "Vakspecialist": "behandelaar",
    "Inspecteur": "behandelaar",
    "Toezichthouder": "behandelaar",
    "Jurist": "behandelaar",
    "Adviseur": "behandelaar",
    "Coördinator": "zaakcoordinator",
    "Externe adviseur": "adviseur",
    "Ketenpartner": "adviseur",
}
FORMAT: Final = {
    "integer": ("getal", "14"),
    "decimal": ("getal", "14,4"),
    "date": ("datum", "8"),
}
Yaml = dict[str, Any]


def party_of(settings: SimulatorSettings) -> Party:
    """Return what is known of the agency: name, RSIN, staff; empty where nothing is."""
    return read_party(settings.agency, settings.parties, settings.catalogue)


def load_catalogue(system: System, settings: SimulatorSettings) -> None:
    """Fill the store with published types; all or nothing."""
    if settings.catalogue is None:
        return
    data, party = read_yaml(settings.catalogue), party_of(settings)
    rsin = settings.rsin or party.get("rsin")
    if not rsin:
        msg = f"no RSIN for agency {settings.agency!r}: give `rsin` or a parties file"
        raise ValueError(msg)
    name = party.get("short", settings.agency)
    with system.store.transaction():
        _Loader(system, data, settings.agency, str(rsin), str(name)).load()


class _Loader:
    """Identifiers follow from agency and code, so that a fresh load gives the same addresses."""

    def __init__(self, system: System, data: Yaml, agency: str, rsin: str, name: str) -> None:
        self._system = system
        self._data = data
        self._agency = agency
        self._rsin = rsin
        self._name = name
        self._catalogus = ""
        self._besluittype = ""
        self._document_types: dict[str, str] = {}

    def load(self) -> None:
        self._catalogus = self._put("catalogus", "", **self._catalogus_row())
        self._besluittype = self._put("besluittype", "Besluit", **self._besluittype_row())
        for document_type in self._data["document_types"]:
            code = document_type["code"]
            row = self._document_type_row(document_type)
            self._document_types[code] = self._put("informatieobjecttype", code, **row)
        for case_type in self._data["case_types"]:
            self._load_case_type(case_type)

    def _put(self, kind: str, key: str, **values: Any) -> str:
        """Keep a row with every field of its kind; returns its address."""
        uuid = str(uuid5(NAMESPACE_URL, f"zgw-simulator:{self._agency}:{kind}:{key}"))
        row: Row = {"uuid": uuid}
        for field in self._system.resource(kind).fields:
            if field.kind is not None:
                row[field.name] = field.default
        self._system.store.put(kind, {**row, **values})
        return self._system.url(kind, uuid)

    def _catalogus_row(self) -> Row:
        letters = "".join(c for c in self._agency.upper() if c.isalpha())
        return {
            "domein": letters[:5],
            "rsin": self._rsin,
            "contactpersoonBeheerNaam": "Functioneel beheer",
            "naam": f"Productcatalogus {self._name}",
            "versie": str(self._data.get("version", 1)),
        }

    def _besluittype_row(self) -> Row:
        return {
            "catalogus": self._catalogus,
            "omschrijving": "Besluit",
            "publicatieIndicatie": False,
            "beginGeldigheid": VALID_FROM,
            "concept": False,
        }

    def _document_type_row(self, document_type: Yaml) -> Row:
        return {
            "catalogus": self._catalogus,
            "omschrijving": document_type["code"],
            "vertrouwelijkheidaanduiding": "openbaar",
            "beginGeldigheid": VALID_FROM,
            "concept": False,
            "informatieobjectcategorie": "zaakdocument",
            "trefwoord": [document_type["name"]],
            "omschrijvingGeneriek": {
                "informatieobjecttypeOmschrijvingGeneriek": document_type["name"][:80],
                "definitieInformatieobjecttypeOmschrijvingGeneriek": "",
                "herkomstInformatieobjecttypeOmschrijvingGeneriek": "",
                "hierarchieInformatieobjecttypeOmschrijvingGeneriek": "",
                "opmerkingInformatieobjecttypeOmschrijvingGeneriek": "",
            },
        }

    def _load_case_type(self, case_type: Yaml) -> None:
        code = case_type["code"]
        zaaktype = self._put("zaaktype", code, **self._case_type_row(case_type))
        self._statuses(case_type, zaaktype)
        self._results(case_type, zaaktype)
        for role in self._data["roles"]:
            self._put(
                "roltype",
                f"{code}:{role}",
                zaaktype=zaaktype,
                omschrijving=role,
                omschrijvingGeneriek=GENERIC_ROLE.get(role, "belanghebbende"),
            )
        self._properties(case_type, zaaktype)
        for number, document_type in enumerate(case_type.get("document_types", []), 1):
            self._put(
                "zaaktypeinformatieobjecttype",
                f"{code}:{document_type}",
                zaaktype=zaaktype,
                informatieobjecttype=self._document_types[document_type],
                volgnummer=number,
                richting="inkomend",
            )

    def _case_type_row(self, case_type: Yaml) -> Row:
        return {
            "identificatie": case_type["code"],
            "omschrijving": case_type["name"][:80],
            "vertrouwelijkheidaanduiding": case_type["confidentiality"],
            "doel": case_type["name"],
            "aanleiding": "Verzoek of melding",
            "toelichting": case_type.get("report_form", ""),
            "indicatieInternOfExtern": "extern",
            "handelingInitiator": "Aanvragen",
            "onderwerp": str(case_type.get("unit", "Zaak"))[:80],
            "handelingBehandelaar": "Behandelen",
            "doorlooptijd": case_type["lead_time"],
            "servicenorm": case_type.get("service_time"),
            "opschortingEnAanhoudingMogelijk": True,
            "verlengingMogelijk": True,
            "verlengingstermijn": "P14D",
            "publicatieIndicatie": False,
            "selectielijstProcestype": "",
            "referentieproces": {"naam": case_type["process"], "link": ""},
            "verantwoordelijke": self._rsin,
            "beginGeldigheid": VALID_FROM,
            "versiedatum": VALID_FROM,
            "catalogus": self._catalogus,
            "besluittypen": [self._besluittype],
            "concept": False,
        }

    def _statuses(self, case_type: Yaml, zaaktype: str) -> None:
        for number, status in enumerate(self._data["processes"][case_type["process"]], 1):
            self._put(
                "statustype",
                f"{case_type['code']}:{status['code']}",
                zaaktype=zaaktype,
                omschrijving=status["name"],
                omschrijvingGeneriek=status["code"],
                volgnummer=number,
            )
            if status["final"]:
                return

    def _results(self, case_type: Yaml, zaaktype: str) -> None:
        archive = case_type["archive"]
        for result in self._data["result_sets"][case_type["result_set"]]:
            key = uuid5(NAMESPACE_URL, result)
            self._put(
                "resultaattype",
                f"{case_type['code']}:{result}",
                zaaktype=zaaktype,
                omschrijving=result[:LONGEST_RESULT].strip(),
                resultaattypeomschrijving=f"{SELECTIELIJST}/resultaattypeomschrijvingen/{key}",
                selectielijstklasse=f"{SELECTIELIJST}/resultaten/{key}",
                toelichting=result,
                archiefnominatie=archive["nomination"],
                archiefactietermijn=archive.get("term"),
                brondatumArchiefprocedure={
                    "afleidingswijze": "afgehandeld",
                    "datumkenmerk": "",
                    "einddatumBekend": False,
                    "objecttype": "",
                    "registratie": "",
                    "procestermijn": None,
                },
            )

    def _properties(self, case_type: Yaml, zaaktype: str) -> None:
        known = {prop["key"]: prop for prop in self._data["properties"]}
        for key in case_type.get("properties", []):
            prop = known[key]
            values = [str(value) for value in prop.get("values", [])]
            longest = max((len(value) for value in values), default=255)
            formaat, lengte = FORMAT.get(prop["type"], ("tekst", str(longest)))
            self._put(
                "eigenschap",
                f"{case_type['code']}:{key}",
                naam=key[:20],
                definitie=prop.get("format", key),
                specificatie={
                    "groep": "",
                    "formaat": formaat,
                    "lengte": lengte,
                    "kardinaliteit": "1",
                    "waardenverzameling": values,
                },
                zaaktype=zaaktype,
            )
