"""Check one crosswalk against its catalogue and the vocabulary."""

from __future__ import annotations

from bridge.engine.words import ALL_OTHERS, text_of
from bridge.rules.check_properties import check_properties
from bridge.rules.check_table import check_detaches_and_note, check_table
from bridge.rules.faults import Fault
from bridge.rules.files import Parties
from bridge.rules.places import Places
from contracts.crosswalk import CaseTypeTable, Catalogue, Crosswalk, Uncovered, Vocabulary
from contracts.ids import AgencyId


def check_crosswalk(
    agency: AgencyId,
    crosswalk: Crosswalk,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    parties: Parties,
) -> list[Fault]:
    """Give every fault in what a crosswalk says of its catalogue and of the vocabulary."""
    here = Places(f"crosswalk-{agency}.yaml")
    if crosswalk.agency != agency:
        here.fault("agency", f"{crosswalk.agency!r} in a file of {agency!r}", "make them the same")
    _case_types(here, crosswalk.case_types, catalogue, vocabulary)
    _statuses(here, crosswalk, catalogue, vocabulary)
    results = [result for each in catalogue.result_sets.values() for result in each]
    check_table(here, "results", crosswalk.results, results, vocabulary.results)
    documents = [each.code for each in catalogue.document_types]
    check_table(
        here, "document_types", crosswalk.document_types, documents, vocabulary.document_types
    )
    check_table(here, "roles", crosswalk.roles, catalogue.roles, vocabulary.roles)
    check_properties(here, crosswalk, catalogue, vocabulary)
    codes = {each.id for each in parties.participants}
    for local, shared in crosswalk.participants.items():
        here.known(f"participants.{local}", shared, codes, "parties.yaml: participants")
    return here.faults


def _case_types(
    here: Places, table: CaseTypeTable, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    kinds = {each.code: each for each in catalogue.case_types}
    shared = [each.code for each in vocabulary.case_types]
    local_file, values = f"catalogue-{catalogue.agency}.yaml", _values(catalogue)
    for place, row in enumerate(table.rows):
        path = f"case_types.rows.{place}"
        if row.shared is not None:
            here.known(f"{path}.shared", row.shared, shared, "vocabulary.yaml: case_types")
        if not here.known(f"{path}.local", row.local, kinds, f"{local_file}: case_types"):
            continue
        for name, value in [*row.when.items(), *row.sets.items()]:
            own = kinds[row.local].properties
            where = f"the properties of {row.local} in {local_file}"
            wanted = value.get("not") if isinstance(value, dict) else value
            if here.known(f"{path}.{name}", name, own, where) and values[name]:
                here.known(f"{path}.{name}", wanted, values[name], f"the values of {name}")
    pairs = [(row.local, row.shared) for row in table.rows if row.shared is not None]
    here.unique("case_types.rows", pairs, "row")
    conditions = [(row.local, repr(sorted(row.when.items(), key=str))) for row in table.rows]
    here.unique("case_types.rows", conditions, "condition")
    one_to_one = [row.shared for row in table.rows if row.shared is not None]
    here.unique("case_types.rows", one_to_one, "shared case type (which row is to be written?)")
    missing = kinds.keys() - {row.local for row in table.rows}
    for code in sorted(missing):
        what = f"case type {code!r} of {local_file} has no row"
        here.fault("case_types.rows", what, "add one, with rule: not-crossing if it never crosses")
    for code, rule in table.uncovered.items():
        path = f"case_types.uncovered.{code}"
        if code != ALL_OTHERS:
            here.known(path, code, shared, "vocabulary.yaml: case_types")
        _uncovered_type(here, path, rule, catalogue, vocabulary)


def _uncovered_type(
    here: Places, path: str, rule: Uncovered, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    kinds = {each.code: each for each in catalogue.case_types}
    check_detaches_and_note(here, path, rule)
    for name in rule.when:
        properties = [each.key for each in vocabulary.properties]
        here.known(f"{path}.when", name, properties, "vocabulary.yaml: properties")
    if rule.value is None or not here.known(f"{path}.value", rule.value, kinds, "case_types"):
        return
    for name in rule.sets:
        here.known(f"{path}.sets", name, kinds[rule.value].properties, f"those of {rule.value}")


def _statuses(
    here: Places, crosswalk: Crosswalk, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    shared = [each.code for each in vocabulary.statuses]
    for process in sorted(catalogue.processes.keys() - crosswalk.statuses.keys()):
        what = f"process {process!r} of the catalogue has no table of statuses"
        here.fault("statuses", what, f"add statuses.{process}")
    for process, table in crosswalk.statuses.items():
        path = f"statuses.{process}"
        if not here.known(path, process, catalogue.processes, "the processes of the catalogue"):
            continue
        steps = {step.code: step.name for step in catalogue.processes[process]}
        check_table(here, path, table, steps, shared)
        for place, row in enumerate(table.rows):
            name = steps.get(text_of(row.local))
            if row.name is not None and name is not None and row.name != name:
                what = f"status {row.local!r} is called {name!r} in the catalogue, not {row.name!r}"
                here.fault(f"{path}.rows.{place}.name", what, "use the name of the catalogue")


def _values(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    return {each.key: each.values for each in catalogue.properties}
