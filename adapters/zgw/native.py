"""
The things of the ZGW APIs, as far as a bridge needs them.

Lenient where servers differ: what is optional may be missing, ``null`` for a text is an empty
one, unknown members are ignored. What is required here is what we cannot do without; its
absence makes the answer garbled, never a bug of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Texts = Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())]
Members = Annotated[Mapping[str, Any], BeforeValidator(lambda value: value or {})]


class Native(BaseModel):
    """One thing of a ZGW API."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
    )


class Kenmerk(Native):
    """The number of a case in another administration; our mark is one."""

    kenmerk: str
    bron: str


class AndereZaak(Native):
    """A relation to another case."""

    url: str
    aard_relatie: Text = ""


class Zaak(Native):
    """A case. ``einddatum``, status, result and lists of children are the server's to fill."""

    url: str
    identificatie: Text = ""
    bronorganisatie: Text = ""
    omschrijving: Text = ""
    toelichting: Text = ""
    zaaktype: str
    registratiedatum: str | None = None
    startdatum: str | None = None
    einddatum: str | None = None
    einddatum_gepland: str | None = None
    uiterlijke_einddatum_afdoening: str | None = None
    vertrouwelijkheidaanduiding: Text = ""
    betalingsindicatie: Text = ""
    opdrachtgevende_organisatie: Text = ""
    verlenging: Members = {}
    opschorting: Members = {}
    zaakgeometrie: Mapping[str, Any] | None = None
    hoofdzaak: str | None = None
    deelzaken: Texts = ()
    relevante_andere_zaken: Annotated[
        tuple[AndereZaak, ...], BeforeValidator(lambda value: value or ())
    ] = ()
    kenmerken: Annotated[tuple[Kenmerk, ...], BeforeValidator(lambda value: value or ())] = ()
    archiefnominatie: str | None = None
    archiefactiedatum: str | None = None
    status: str | None = None
    resultaat: str | None = None
    expanded: Members = Field(default={}, alias="_expand")


class Status(Native):
    """One step; of a case no two have the same moment."""

    url: str
    statustype: str
    datum_status_gezet: AwareDatetime
    statustoelichting: Text = ""
    gezetdoor: str | None = None


class Resultaat(Native):
    """How the case came out; at most one."""

    url: str
    resultaattype: str
    toelichting: Text = ""


class Rol(Native):
    """A party in a case."""

    url: str
    betrokkene: Text = ""
    betrokkene_type: str
    roltype: str
    omschrijving: Text = ""
    omschrijving_generiek: Text = ""
    roltoelichting: Text = ""
    registratiedatum: str = ""
    afwijkende_naam_betrokkene: Text = ""
    indicatie_machtiging: Text = ""
    contactpersoon_rol: Members = {}
    betrokkene_identificatie: Members = {}
    authenticatie_context: Members = {}


class ZaakEigenschap(Native):
    """A value of a property."""

    url: str
    eigenschap: str
    naam: str
    waarde: Text = ""


class ZaakObject(Native):
    """What a case is about."""

    url: str
    object: Text = ""
    object_type: str
    object_type_overige: Text = ""
    relatieomschrijving: Text = ""
    object_identificatie: Members = {}


class ZaakInformatieObject(Native):
    """The link between a case and a document."""

    url: str
    informatieobject: str
    zaak: str = ""


class Bestandsdeel(Native):
    """One part of a large file that is being sent; its size is the server's to say."""

    url: str
    volgnummer: int
    omvang: int
    voltooid: bool = False
    lock: Text = ""


class Informatieobject(Native):
    """A document in one version, without its content."""

    url: str
    identificatie: Text = ""
    bronorganisatie: Text = ""
    creatiedatum: str | None = None
    titel: Text = ""
    vertrouwelijkheidaanduiding: Text = ""
    auteur: Text = ""
    status: Text = ""
    formaat: Text = ""
    taal: Text = ""
    versie: int = 1
    bestandsnaam: Text = ""
    bestandsomvang: int | None = None
    inhoud: str | None = None
    beschrijving: Text = ""
    informatieobjecttype: str
    trefwoorden: Texts = ()
    locked: bool = False
    lock: Text = ""
    bestandsdelen: Annotated[
        tuple[Bestandsdeel, ...], BeforeValidator(lambda value: value or ())
    ] = ()


class Besluit(Native):
    """A decision."""

    url: str
    besluittype: str
    datum: str
    toelichting: Text = ""
    zaak: Text = ""


class ZaakNotitie(Native):
    """A note; not in every system."""

    url: str
    onderwerp: Text = ""
    tekst: Text = ""
    aangemaakt_door: Text = ""
    notitie_type: Text = "intern"
    aanmaakdatum: AwareDatetime | None = None


class Wijziging(Native):
    """What one write made of one thing: as it read it, and as it wrote it."""

    oud: Members = {}
    nieuw: Members = {}


class AuditEntry(Native):
    """One line of the audit trail."""

    uuid: str
    actie: str
    resource: str
    resource_url: Text = ""
    gebruikers_id: Text = ""
    toelichting: Text = ""
    aanmaakdatum: AwareDatetime
    wijzigingen: Wijziging = Wijziging()


class ZaakType(Native):
    """One version of a case type."""

    url: str
    identificatie: str
    omschrijving: Text = ""
    begin_geldigheid: Text = ""
    einde_geldigheid: str | None = None


class StatusType(Native):
    """A step that cases of one version of a type can be at."""

    url: str
    omschrijving: str
    omschrijving_generiek: Text = ""
    volgnummer: int
    is_eindstatus: bool = False


class ResultaatType(Native):
    """An outcome that cases of one version of a type can have."""

    url: str
    omschrijving: str


class RolType(Native):
    """A part that parties can play."""

    url: str
    omschrijving: str
    omschrijving_generiek: Text = ""


class Eigenschap(Native):
    """A property that cases of one version of a type can have."""

    url: str
    naam: str


class NamedType(Native):
    """A type of document or decision, in one version."""

    url: str
    omschrijving: Text = ""
    begin_geldigheid: Text = ""
    einde_geldigheid: str | None = None
