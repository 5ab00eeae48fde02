"""What people type is held to the schema, so that it can always be told to others."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.adapters.stuf_zds.simulator.berichten import everything
from tests.adapters.stuf_zds.simulator.conftest import Schema, Start

TYPED: Final[tuple[tuple[str, dict[str, Any], int], ...]] = (
    ("velden", {"einddatumGepland": "2026-05"}, 200),
    ("velden", {"einddatumGepland": "20260501"}, 400),
    ("velden", {"einddatumGepland": "morgen"}, 400),
    ("velden", {"zaakniveau": "x"}, 400),
    ("velden", {"zaakniveau": 2}, 200),
    ("velden", {"betalingsIndicatie": "Ooit"}, 400),
    ("velden", {"omschrijving": "a" * 81}, 400),
    ("velden", {"toelichting": "met \x0b erin"}, 400),
    ("velden", {"laatsteBetaaldatum": "20260501"}, 200),
    ("verlengen", {"dagen": "veel"}, 400),
    ("verlengen", {"dagen": 1000}, 400),
    ("status", {"op": "straks", "nummer": "1"}, 400),
    ("status", {"nummer": "12"}, 400),
    ("object", {}, 400),
    ("object", {"soort": "pand", "gegevens": {"identificatie": "1" * 17}}, 400),
    ("object", {"soort": "pand", "gegevens": {"identificatie": 17}}, 400),
    ("object", {"soort": "pand", "gegevens": {"identificatie": "0344100000000017"}}, 200),
    ("betrokkene", {"rol": "Klager", "nummer": "12", "naam": "Jansen"}, 400),
    ("betrokkene", {"rol": "Klager", "naam": "Jansen"}, 200),
    ("betrokkene", {"rol": "Klager", "soort": "vestiging", "nummer": "7", "naam": "X"}, 200),
    ("betrokkene", {"rol": "Klager", "soort": "dier", "naam": "X"}, 400),
    ("besluit", {"datum": "ooit"}, 400),
    ("kenmerk", {"kenmerk": "k" * 41, "bron": "OLO"}, 400),
    ("opschorten", {"reden": "Wacht op stukken"}, 200),
    ("gerelateerd", {"identificatie": "nergens"}, 400),
)


@pytest.mark.parametrize(("deed", "typed", "wanted"), TYPED)
async def test_what_people_type_is_refused_or_can_be_told(
    started: Start, schema: Schema, deed: str, typed: dict[str, Any], wanted: int
) -> None:
    caller = await started()
    case = await caller.sim("POST", "zaken", {"zaaktype": "B0337", "omschrijving": "Zaak"})
    url = f"{caller.simulator.url}/_sim/zaken/{case['nummer']}/{deed}"
    async with caller.http.post(url, json=typed) as answer:
        assert answer.status == wanted, await answer.text()
    caller.schema = schema
    assert (await caller.send(everything(case["nummer"]))).status == 200
