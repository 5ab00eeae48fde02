"""The laws of the lens, over whole cases drawn from the catalogues."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bridge.engine.properties import Lookup
from bridge.engine.sameness import same
from bridge.engine.translate import How, Lens
from contracts.case import path_of
from contracts.crosswalk import CaseType, PropertyType
from contracts.ids import AgencyId
from tests.bridge.engine.demo import lens, rules

Case = dict[str, JsonValue]

_DAYS = st.dates()
_WHOLE = st.integers(min_value=0, max_value=10**7)


def _value(agency: AgencyId, kind: PropertyType) -> st.SearchStrategy[str]:
    """Values that a property may show, as its catalogue describes it."""
    if kind.values:
        return st.sampled_from(kind.values)
    rule = lens(agency).terms.details.lenses.get(kind.key)
    if isinstance(rule, Lookup):
        return st.sampled_from(sorted(rule.table))
    return _SHAPES.get(kind.key, _WHOLE.map(str))


def _sentence(amounts: tuple[int, int]) -> str:
    texts = [f"{n:,}".replace(",", ".") + ",00" for n in amounts]
    return f"€ {texts[0]} per overtreding, maximaal € {texts[1]}"


_SHAPES: dict[str, st.SearchStrategy[str]] = {
    "opp_ha": _WHOLE.map(lambda n: f"{n // 10000},{n % 10000:04d}"),
    "datum_start": _DAYS.map(lambda day: f"{day.day:02d}-{day.month:02d}-{day.year:04d}"),
    "startdatum_werk": _DAYS.map(lambda day: day.isoformat()),
    "aspecten": st.permutations(("bodem", "geluid", "lucht", "natuur")).map(
        lambda parts: ";".join(parts[:3])
    ),
    "depositie_mol": st.decimals(0, 1000, places=2).map(str),
    "verzoeknr": st.from_regex(r"\A[0-9]{13}\Z"),
    "dso_nummer": st.from_regex(r"\A[0-9]{13}\Z"),
    "dwangsom_tekst": st.tuples(_WHOLE, _WHOLE).map(_sentence),
}
"""What properties look like that are neither a code nor a whole number."""


@st.composite
def local_cases(draw: st.DrawFn) -> tuple[Lens, Case]:
    """A case as one of the agencies may show it; of its type, with what that allows."""
    agency = draw(st.sampled_from(sorted(rules().lenses)))
    found = lens(agency)
    catalogue = found.terms.catalogue
    kind: CaseType = draw(st.sampled_from(catalogue.case_types))
    types = {each.key: each for each in catalogue.properties}
    case: Case = {
        "case_type": kind.code,
        "status": draw(st.sampled_from(catalogue.processes[kind.process])).code,
        "result": draw(st.sampled_from((None, *catalogue.result_sets[kind.result_set]))),
        "title": draw(st.text(max_size=20)),
        "confidentiality": kind.confidentiality,
    }
    for name in draw(st.sets(st.sampled_from(kind.properties or ("",)))) - {"", "energieklasse"}:
        value = draw(_value(agency, types[name]))
        case[path_of("properties", name)] = {"key": name, "value": value}
    for number, code in enumerate(draw(st.lists(st.sampled_from(kind.document_types), max_size=3))):
        key = f"d{number}"
        case[path_of("documents", key)] = {
            "key": key,
            "type": code,
            "title": f"Stuk {number}",
            "digest": key,
            "version": 1,
        }
    return found, case


@given(local_cases())
def test_what_is_read_and_put_back_writes_nothing(drawn: tuple[Lens, Case]) -> None:
    """GetPut: whatever a case shows, its own meaning leaves it alone."""
    found, case = drawn
    got = found.get(case, list(case), {}, {})
    for put in found.put(got.values, list(got.values), case, {}):
        assert put.writes == (), (put, case)
        assert put.how in (How.EQUAL, How.KEEP), (put, case)


@given(local_cases())
def test_reading_twice_changes_no_mind(drawn: tuple[Lens, Case]) -> None:
    """What is agreed because a case shows it is what that case is read as from then on."""
    found, case = drawn
    first = found.get(case, list(case), {}, {}).values
    assert found.get(case, list(case), first, {}).values == first


@given(local_cases(), st.data())
def test_what_is_written_elsewhere_is_read_there_as_agreed(
    drawn: tuple[Lens, Case], data: st.DataObject
) -> None:
    """PutGet: what a counterpart is written to show means, there, what was agreed."""
    source, case = drawn
    truth = dict(source.get(case, list(case), {}, {}).values)
    target = lens(data.draw(st.sampled_from(sorted(rules().lenses))))
    if "case_type" not in truth:
        return
    (first, *_) = target.put(truth, ["case_type"], {}, {})
    if not first.writes:
        return
    counterpart = dict(first.writes)
    exact: dict[str, JsonValue] = dict(first.shared)
    for put in target.put(truth, [path for path in truth if path != "case_type"], counterpart, {}):
        counterpart.update(put.writes)
        exact.update(put.shared if put.writes and put.how is How.EXACT else {})
    again = target.get(counterpart, list(counterpart), truth, {}).values
    for path, value in exact.items():
        assert same(path, again.get(path), value), (path, counterpart)


@given(local_cases(), st.data())
def test_putting_twice_writes_once(drawn: tuple[Lens, Case], data: st.DataObject) -> None:
    """Quiescence: what was written satisfies whoever asks again."""
    source, case = drawn
    truth = dict(source.get(case, list(case), {}, {}).values)
    target = lens(data.draw(st.sampled_from(sorted(rules().lenses))))
    if "case_type" not in truth:
        return
    counterpart: Case = dict(target.put(truth, ["case_type"], {}, {})[0].writes)
    for put in target.put(truth, list(truth), counterpart, {}):
        counterpart.update(put.writes)
    for put in target.put(truth, list(truth), counterpart, {}):
        assert put.writes == (), (put, counterpart)
