"""
Shaping by itself: from StUF messages to Snapshots, and from Patches to messages, against lxml.

Both sides handle the very same message, in turns: lxml only parses it and looks at each text, or
builds its elements one by one and writes them; our side also says what they mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

from lxml import etree

from adapters.stuf_zds import making
from adapters.stuf_zds.envelope import Stuurgegevens, Systeem, unwrap, wrap
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.messages import notification
from adapters.stuf_zds.names import CREEER_ZAAK, UPDATE_ZAAK, Profile
from adapters.stuf_zds.notice import Notice
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Reading, Shaper
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import Element, children, write
from bench.bridge_side import IN_2024
from bench.figures import Figure, ratio_of_medians
from contracts.ids import Mark
from contracts.patch import Change, Patch

_TIMES: Final = 100
_PROPERTIES: Final = tuple(f"eigenschap_{number}" for number in range(12))
_SETTINGS: Final = StufSettings.model_validate(
    {
        "version": "1.2",
        "base_url": "http://127.0.0.1:9/stuf",
        "sender": {"applicatie": "casebridge"},
        "receiver": {"applicatie": "zaaksysteem"},
        "number_pattern": "CB{mark}",
        "properties": list(_PROPERTIES),
    }
)
_TOLD: Final = Stuurgegevens(
    code="",
    sender=Systeem("casebridge"),
    receiver=Systeem("zaaksysteem"),
    reference="bench",
    at="20240101120000000",
)
_COMPANY: Final[dict[str, Any]] = {
    "key": "initiator:niet_natuurlijk_persoon:123456782",
    "role": "initiator",
    "kind": "niet_natuurlijk_persoon",
    "identity": "123456782",
    "person": {"name": "Voorbeeld Grondverzet B.V.", "rsin": "123456782"},
}
_ADDRESS: Final[dict[str, Any]] = {
    "key": "adres:0355200099990001",
    "type": "adres",
    "identity": "0355200099990001",
    "data": {"identificatie": "0355200099990001", "postcode": "3400SS", "huisnummer": 1},
}
_CASE: Final[dict[str, Any]] = {
    "case_type": "BODEM",
    "registered": "2024-01-01",
    "title": "Onderzoek Vossegat",
    "explanation": "Nader onderzoek na een melding van de gemeente",
    "start": "2024-01-01",
    "planned_end": "2024-03-01",
    "deadline": "2024-03-15",
    f"roles/{_COMPANY['key']}": _COMPANY,
    f"objects/{_ADDRESS['key']}": _ADDRESS,
    **{f"properties/{name}": {"key": name, "value": "waarde"} for name in _PROPERTIES},
}
_CHANGED: Final[dict[str, Any]] = {
    "title": "Onderzoek Vossegat fase 2",
    "explanation": "Aangevuld",
    "planned_end": "2024-04-01",
    **{f"properties/{name}": {"key": name, "value": "anders"} for name in _PROPERTIES},
}


def shaping(rounds: int) -> list[Figure]:
    """Compare reading and writing with lxml by itself."""
    case = _made()
    message = notification(CREEER_ZAAK, Profile.ZDS_1_2, _TOLD, Mutatiesoort.TOEVOEGING, [case])
    body, shaper = write(wrap(message)), Shaper(_SETTINGS)
    return [
        _compared(
            "stuf_read_vs_lxml",
            "time from the bytes of a StUF message to a Snapshot, against parsing it with lxml",
            lambda: _read(body, shaper),
            lambda: _parsed(body),
            rounds,
            size=len(body),
        ),
        _written(shaper, _only(unwrap(parse(body))), rounds),
    ]


def _made() -> Element:
    changes = tuple(Change(path=path, become=value) for path, value in _CASE.items())
    patch = Patch(changes=changes, at=IN_2024)
    return making.zaak(patch, Mark("01JNB3V9Q2Z8K4M6P7R8S9T0VW"), "CB1", _SETTINGS)


def _written(shaper: Shaper, zaak: Element, rounds: int) -> Figure:
    shown = shaper.snapshot(Reading(zaak)).case
    assert shown.title == _CASE["title"], "the message does not say what it was made to say"
    changes = tuple(
        Change(path=path, expect=_CASE[path], become=value) for path, value in _CHANGED.items()
    )
    pattern = etree.fromstring(_write(zaak, changes))
    return _compared(
        "stuf_write_vs_lxml",
        "time from a Patch to the bytes of a StUF message, against building it with lxml",
        lambda: _write(zaak, changes),
        lambda: _built(pattern),
        rounds,
        size=len(_write(zaak, changes)),
    )


def _read(body: bytes, shaper: Shaper) -> object:
    return shaper.snapshot(Reading(_only(unwrap(parse(body)))))


def _only(message: Element) -> Element:
    (zaak,) = children(message, "object")
    return zaak


def _parsed(body: bytes) -> object:
    return [one.text for one in etree.fromstring(body).iter()]


def _write(zaak: Element, changes: tuple[Change, ...]) -> bytes:
    notice = Notice.of(zaak, _SETTINGS, changes)
    for change in changes:
        notice.add(change)
    pair = notice.objects(always_w=True)
    return write(
        wrap(notification(UPDATE_ZAAK, Profile.ZDS_1_2, _TOLD, Mutatiesoort.WIJZIGING, pair))
    )


def _built(pattern: Any) -> object:
    made = etree.Element(pattern.tag, pattern.attrib, pattern.nsmap)
    _build(made, pattern)
    return etree.tostring(made, encoding="UTF-8", xml_declaration=True)


def _build(made: Any, pattern: Any) -> None:
    for one in pattern:
        inner = etree.SubElement(made, one.tag, one.attrib)
        inner.text = one.text
        _build(inner, one)


def _compared(
    name: str,
    means: str,
    ours: Callable[[], object],
    bare: Callable[[], object],
    rounds: int,
    *,
    size: int,
) -> Figure:
    taken, least = [], []
    for _ in range(rounds):
        taken.append(_timed(ours))
        least.append(_timed(bare))
    return Figure(
        name,
        ratio_of_medians(taken, least),
        means,
        better="less",
        raw={
            "messages_per_second": 1e6 / median(taken),
            "ours_us": median(taken),
            "lxml_us": median(least),
            "message_bytes": size,
        },
    )


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(_TIMES):
        do()
    return (time.perf_counter() - began) / _TIMES * 1e6
