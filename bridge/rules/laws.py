"""
Laws: every table loaded is held to what makes it a lens, through the very lens that will run.

GetPut: a local value, read and put back, writes nothing.
PutGet: a shared value that the tables cover, put and read, is that value again; also without
memory of the truth, unless its row says that another is preferred in reading.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from bridge.engine.casetypes import property_item
from bridge.engine.translate import How, Lens
from bridge.rules.faults import Fault
from contracts.case import path_of, role_key
from contracts.crosswalk import CaseType, Catalogue, Crosswalk, EnumProperty, Row

_WAY_OUT = "correct the rows that this value stands in, or say which of them is preferred"
_PARTY = ("niet_natuurlijk_persoon", "1")


def broken_laws(lens: Lens, crosswalk: Crosswalk, catalogue: Catalogue) -> list[Fault]:
    """Give a Fault for every value with which a law does not hold."""
    file = f"crosswalk-{crosswalk.agency}.yaml"
    found: dict[tuple[str, str], Fault] = {}
    sides = [*_local_cases(lens, crosswalk, catalogue)]
    for case, path, place in sides:
        for what in _get_put(lens, case, path):
            found.setdefault((place, what), Fault(file, place, what, _WAY_OUT))
    for truth, path, place, is_read in _shared_cases(crosswalk):
        for what in _put_get(lens, truth, path, is_read=is_read):
            found.setdefault((place, what), Fault(file, place, what, _WAY_OUT))
    return list(found.values())


def _get_put(lens: Lens, case: dict[str, JsonValue], path: str) -> Iterator[str]:
    got = lens.get(case, [path], {}, {})
    if not got.values:
        return
    truth = {**lens.get(case, list(case), {}, {}).values, **got.values}
    for put in lens.put(truth, list(got.values), case, {}):
        if put.writes or put.how not in (How.EQUAL, How.KEEP):
            written = ", ".join(f"{where} = {_shown(value)}" for where, value in put.writes)
            yield (
                f"GetPut: {path} {_shown(case[path])} at {case['case_type']}, read and put back, "
                f"is not left alone ({put.how.value}{': ' + written if written else ''})"
            )


def _put_get(lens: Lens, truth: dict[str, JsonValue], path: str, *, is_read: bool) -> Iterator[str]:
    for kind in lens.terms.catalogue.case_types:
        local: dict[str, JsonValue] = {} if path == "case_type" else {"case_type": kind.code}
        for put in lens.put(truth, [path], local, {}):
            if put.how is not How.EXACT:
                continue
            after = {**local, **dict(put.writes)}
            for memory in ({path: truth[path]}, {}) if is_read else ({path: truth[path]},):
                got = lens.get(after, [where for where, _ in put.writes], memory, {})
                if not _same(got.values.get(path), truth[path]):
                    yield (
                        f"PutGet: {path} {_shown(truth[path])}, put at {after['case_type']} and "
                        f"read, is {_shown(got.values.get(path))}"
                    )


def _local_cases(
    lens: Lens, crosswalk: Crosswalk, catalogue: Catalogue
) -> Iterator[tuple[dict[str, JsonValue], str, str]]:
    """Give local cases that each show one local value, and the table that it is in."""
    for row in crosswalk.case_types.rows:
        if row.shared is not None:
            yield _case(lens, row.local, row.shared), "case_type", "case_types"
    for kind in catalogue.case_types:
        base: dict[str, JsonValue] = {"case_type": kind.code}
        for step in catalogue.processes[kind.process]:
            yield {**base, "status": step.code}, "status", f"statuses.{kind.process}"
        for result in catalogue.result_sets[kind.result_set]:
            yield {**base, "result": result}, "result", "results"
        for code in kind.document_types:
            path = path_of("documents", "1")
            yield {**base, path: {"key": "1", "type": code, "title": "t"}}, path, "document_types"
        yield from _local_details(base, kind, catalogue)
    for role in catalogue.roles:
        key = role_key(role, *_PARTY)
        item: JsonValue = _role(role)
        path = path_of("roles", key)
        yield {"case_type": catalogue.case_types[0].code, path: item}, path, "roles"


def _local_details(
    base: dict[str, JsonValue], kind: CaseType, catalogue: Catalogue
) -> Iterator[tuple[dict[str, JsonValue], str, str]]:
    values = {each.key: each.values for each in catalogue.properties}
    for name in kind.properties:
        path = path_of("properties", name)
        for value in values[name]:
            yield {**base, path: property_item(name, value)}, path, "properties"


def _case(lens: Lens, code: str, shared: str) -> dict[str, JsonValue]:
    """Give a local case that means *shared*, as choosing that type makes it."""
    return {"case_type": code, **dict(lens.accepts(shared, {}).writes)}


def _shared_cases(
    crosswalk: Crosswalk,
) -> Iterator[tuple[dict[str, JsonValue], str, str, bool]]:
    """Give shared cases that each hold one covered value, its table, and whether it is read."""
    for each in crosswalk.case_types.rows:
        if each.shared is not None:
            yield {"case_type": each.shared}, "case_type", "case_types", True
    for process, table in crosswalk.statuses.items():
        for row in table.rows:
            yield {"status": row.shared}, "status", f"statuses.{process}", False
    for row in crosswalk.results.rows:
        yield {"result": row.shared}, "result", "results", _reads(crosswalk.results.rows, row)
    for row in crosswalk.document_types.rows:
        path = path_of("documents", "1")
        item: JsonValue = {"key": "1", "type": row.shared, "title": "t"}
        reads = _reads(crosswalk.document_types.rows, row)
        yield {path: item}, path, "document_types", reads
    for row in crosswalk.roles.rows:
        path = path_of("roles", role_key(str(row.shared), *_PARTY))
        item = _role(str(row.shared))
        yield {path: item}, path, "roles", _reads(crosswalk.roles.rows, row)
    yield from _shared_details(crosswalk)


def _shared_details(
    crosswalk: Crosswalk,
) -> Iterator[tuple[dict[str, JsonValue], str, str, bool]]:
    for place, rule in enumerate(crosswalk.properties):
        if isinstance(rule, EnumProperty):
            path = path_of("properties", rule.shared)
            for row in rule.rows:
                reads = _reads(rule.rows, row)
                detail = property_item(rule.shared, row.shared)
                yield {path: detail}, path, f"properties.{place}", reads


def _reads(rows: tuple[Row, ...], wanted: Row) -> bool:
    """Tell whether every row of a shared value is one that decides in reading."""
    return all(row.preferred_get for row in rows if row.shared == wanted.shared)


def _role(role: str) -> JsonValue:
    kind, identity = _PARTY
    return {
        "key": role_key(role, kind, identity),
        "role": role,
        "kind": kind,
        "identity": identity,
        "person": {},
    }


def _same(one: JsonValue, other: JsonValue) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        names = ("key", "value", "role", "type")
        return all(one.get(name) == other.get(name) for name in names)
    return one == other


def _shown(value: JsonValue) -> str:
    if isinstance(value, dict):
        value = value.get("type") or value.get("role") or value.get("value")
    return repr(value)
