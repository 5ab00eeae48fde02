"""Checks: what the files say of each other, held against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.rules.check_agreements import check_agreement
from bridge.rules.check_crosswalk import check_crosswalk
from bridge.rules.faults import Fault
from bridge.rules.files import Parties
from bridge.rules.places import Places
from contracts.agreement import Agreement
from contracts.case import CONFIDENTIALITY
from contracts.crosswalk import Catalogue, Crosswalk, Vocabulary
from contracts.ids import AgencyId


def check(
    vocabulary: Vocabulary,
    parties: Parties,
    agreements: Sequence[Agreement],
    catalogues: Mapping[AgencyId, Catalogue],
    crosswalks: Mapping[AgencyId, Crosswalk],
) -> list[Fault]:
    """Give every fault in what the files say of each other; of files that could be read."""
    faults = [*_check_vocabulary(vocabulary), *_check_parties(parties)]
    agencies = {each.id for each in parties.agencies}
    for agency, catalogue in catalogues.items():
        faults += _check_catalogue(agency, catalogue, agencies)
    for agency, crosswalk in crosswalks.items():
        if agency in catalogues:
            faults += check_crosswalk(agency, crosswalk, catalogues[agency], vocabulary, parties)
    ids = Places("agreements.yaml")
    ids.unique("agreements", (each.id for each in agreements), "agreement")
    faults += ids.faults
    for place, agreement in enumerate(agreements):
        faults += check_agreement(
            f"agreements.{place}",
            agreement,
            vocabulary,
            parties,
            frozenset(crosswalks),
            {each.id for each in agreements},
        )
    return faults


def _check_vocabulary(vocabulary: Vocabulary) -> list[Fault]:
    here = Places("vocabulary.yaml")
    here.unique("case_types", (each.code for each in vocabulary.case_types), "case type")
    here.unique("statuses", (each.code for each in vocabulary.statuses), "status")
    here.unique("results", vocabulary.results, "result")
    here.unique("document_types", vocabulary.document_types, "document type")
    here.unique("roles", vocabulary.roles, "role")
    here.unique("properties", (each.key for each in vocabulary.properties), "property")
    if vocabulary.confidentiality != CONFIDENTIALITY:
        what = "the levels are those of the standard, from open to secret"
        here.fault("confidentiality", what, f"write [{', '.join(CONFIDENTIALITY)}]")
    return here.faults


def _check_parties(parties: Parties) -> list[Fault]:
    here = Places("parties.yaml")
    agencies = [each.id for each in parties.agencies]
    here.unique("agencies", agencies, "agency")
    here.unique("participants", (each.id for each in parties.participants), "participant")
    staff = [member.id for agency in parties.agencies for member in agency.staff]
    here.unique("staff", staff, "staff member")
    for place, participant in enumerate(parties.participants):
        here.known(
            f"participants.{place}.agency", participant.agency, agencies, "parties.yaml: agencies"
        )
    for place, agency in enumerate(parties.agencies):
        if agency.oin[8:17] != agency.rsin:
            what = f"OIN {agency.oin} does not hold RSIN {agency.rsin} as its characters 9 to 17"
            here.fault(f"agencies.{place}.oin", what, "correct one of them")
        units = {unit.id for unit in agency.units}
        for number, member in enumerate(agency.staff):
            path = f"agencies.{place}.staff.{number}.unit"
            here.known(path, member.unit, units, f"the units of {agency.id}")
    return here.faults


def _check_catalogue(
    agency: AgencyId, catalogue: Catalogue, agencies: set[AgencyId]
) -> list[Fault]:
    here = Places(f"catalogue-{agency}.yaml")
    if catalogue.agency != agency:
        here.fault("agency", f"{catalogue.agency!r} in a file of {agency!r}", "make them the same")
    here.known("agency", catalogue.agency, agencies, "parties.yaml: agencies")
    documents = {each.code for each in catalogue.document_types}
    properties = {each.key for each in catalogue.properties}
    here.unique("case_types", (each.code for each in catalogue.case_types), "case type")
    here.unique("document_types", (each.code for each in catalogue.document_types), "document type")
    here.unique("properties", (each.key for each in catalogue.properties), "property")
    here.unique("roles", catalogue.roles, "role")
    for process, steps in catalogue.processes.items():
        here.unique(f"processes.{process}", (step.code for step in steps), "status")
        if steps and not any(step.final for step in steps):
            here.fault(f"processes.{process}", "no status ends a case", "mark one with final: true")
    for place, kind in enumerate(catalogue.case_types):
        path = f"case_types.{place}"
        here.known(f"{path}.process", kind.process, catalogue.processes, "processes")
        here.known(f"{path}.result_set", kind.result_set, catalogue.result_sets, "result_sets")
        here.known(f"{path}.confidentiality", kind.confidentiality, CONFIDENTIALITY, "the levels")
        for name in kind.properties:
            here.known(f"{path}.properties", name, properties, "properties")
        for code in kind.document_types:
            here.known(f"{path}.document_types", code, documents, "document_types")
    return here.faults
