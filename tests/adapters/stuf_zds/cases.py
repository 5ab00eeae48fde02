"""Cases as they may come, for tests that try many: registers, parties, properties, objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from hypothesis import strategies as st

from contracts.case import role_key

WORDS: Final = st.text(
    st.one_of(
        st.sampled_from("aeinrst AEZ0159<>&\"'éïøŁßçñ€漢字🏗\u00a0—"),
        st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]),
    ),
    min_size=1,
    max_size=60,
).map(lambda said: " ".join(said.split()))
"""What somebody may type: spaces at either end, and more than one, are not kept by XML."""
SAID: Final = WORDS.filter(bool)
DAYS: Final = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(date.isoformat)

REGISTERS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "title": SAID.map(lambda said: said[:80].strip()),
    "explanation": SAID,
    "start": DAYS,
    "planned_end": DAYS,
    "deadline": DAYS,
    "suspension": st.builds(
        lambda reason: {"active": True, "reason": reason}, WORDS.map(lambda said: said[:200])
    ),
    "extension": st.builds(
        lambda days, reason: {"duration": f"P{days}D", "reason": reason},
        st.integers(1, 999),
        SAID,
    ),
    "result": SAID.map(lambda said: said[:80].strip()),
    "unit": SAID.map(lambda said: said[:24].strip()),
    "handler": st.builds(
        lambda who: {"id": who, "role": "uitvoerende"}, SAID.map(lambda said: said[:24].strip())
    ),
}
CREATED: Final = {"case_type": st.just("BODEM"), "registered": DAYS}


def _bsn(eight: int) -> str:
    """Give a citizen number that passes the eleven test, of nobody."""
    digits = f"{eight:08d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True))
    return f"{digits}{total % 11}" if total % 11 < 10 else _bsn(eight + 1)


_SURNAME: Final = SAID.map(lambda said: said[:45].strip())
_PHONE: Final = st.from_regex(r"0[0-9]{9}", fullmatch=True)
_CONTACT: Final = {
    "phone": _PHONE,
    "contact_name": SAID.map(lambda said: said[:40].strip()),
    "email": st.just("iemand@voorbeeld.example"),
}


def _party(kind: str, identity: st.SearchStrategy[str], number: str, **person: Any) -> Any:
    def make(role: str, who: str, told: dict[str, str]) -> dict[str, Any]:
        known = {number: who} if number else {}
        return {
            "key": role_key(role, kind, who),
            "role": role,
            "kind": kind,
            "identity": who,
            "person": {**told, **known},
        }

    roles = st.sampled_from(["initiator", "belanghebbende", "gemachtigde", "overig betrokkene"])
    return st.builds(make, roles, identity, st.fixed_dictionaries({}, optional=person))


PARTIES: Final = st.one_of(
    _party(
        "natuurlijk_persoon",
        st.integers(90000000, 99999989).map(_bsn),
        "bsn",
        name=_SURNAME,
        voornamen=_SURNAME,
        geslacht=st.sampled_from("MVO"),
        geboortedatum=st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: day[:4])),
        **_CONTACT,
    ),
    _party(
        "niet_natuurlijk_persoon",
        st.from_regex(r"[1-9][0-9]{8}", fullmatch=True),
        "rsin",
        name=_SURNAME,
        **_CONTACT,
    ),
    _party("vestiging", st.from_regex(r"[0-9]{12}", fullmatch=True), "", name=_SURNAME),
    _party("organisatorische_eenheid", _SURNAME.map(lambda s: s[:24].strip()), "", name=_SURNAME),
    _party("medewerker", _SURNAME.map(lambda said: said[:24].strip()), "", name=_SURNAME),
)

PROPERTIES: Final = st.builds(
    lambda key, value: {"key": key, "value": value}, st.sampled_from(["oppervlakte", "bodem"]), SAID
)

_POINTS: Final = st.tuples(
    st.integers(13_000, 278_000).map(lambda mm: mm + 0.125),
    st.integers(306_000, 620_000).map(lambda mm: mm + 0.25),
)


def _place(points: list[tuple[float, float]], crs: str) -> dict[str, Any]:
    ring = [list(point) for point in [*points, points[0]]]
    data = {"type": "Polygon", "coordinates": [ring], "crs": crs}
    return {"key": "geometrie:zaak", "type": "geometrie", "identity": "zaak", "data": data}


def _object(kind: str, member: str, who: str, **more: Any) -> dict[str, Any]:
    return {"key": f"{kind}:{who}", "type": kind, "identity": who, "data": {member: who, **more}}


_BAG: Final = st.from_regex(r"[0-9]{16}", fullmatch=True)
OBJECTS: Final = st.one_of(
    st.builds(
        _place,
        st.lists(_POINTS, min_size=3, max_size=9),
        st.sampled_from(["EPSG:28992", "EPSG:4258", "EPSG:4326"]),
    ),
    st.builds(
        lambda who, street, number: _object(
            "adres", "identificatie", who, wplWoonplaatsNaam="Utrecht",
            gorOpenbareRuimteNaam=street, huisnummer=number,
        ),
        _BAG, SAID, st.integers(1, 99999),
    ),
    st.builds(lambda who: _object("pand", "identificatie", who), _BAG),
    st.builds(
        lambda who: _object("kadastrale_onroerende_zaak", "kadastraleIdentificatie", who),
        st.from_regex(r"[0-9]{15}", fullmatch=True),
    ),
    st.builds(
        lambda who, what: {
            "key": f"overige:{who}", "type": "overige", "identity": who,
            "data": {"objectTypeOverige": what, "aanduiding": who},
        },
        SAID.map(lambda said: said[:80].strip()), SAID.map(lambda said: said[:80].strip()),
    ),
)  # fmt: skip

ITEMS: Final = {"roles": PARTIES, "properties": PROPERTIES, "objects": OBJECTS}


@st.composite
def cells(draw: st.DrawFn) -> dict[str, Any]:
    """Give path → value of what may be told of a case."""
    told = dict(draw(st.fixed_dictionaries({}, optional=dict(REGISTERS))))
    for field, item in ITEMS.items():
        for found in draw(st.lists(item, max_size=4)):
            told[f"{field}/{found['key']}"] = found
    initiators = [path for path in told if path.startswith("roles/initiator:")]
    for path in initiators[1:]:
        del told[path]  # a case has one
    return told
