"""Subscribers: what they are told of a change, in which words, until they took it."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from adapters.kit.simulator import NotificationQuirks
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator import Client, Quirks
from adapters.stuf_zds.xml import Element, child, children, local, text
from tests.adapters.stuf_zds.simulator.berichten import (
    ACTIONS_1_1,
    ACTIONS_1_2,
    STUF,
    creation,
    kennisgeving,
    update,
)
from tests.adapters.stuf_zds.simulator.conftest import US, Caller, Listener, Schema, Start

SOORT = f"{{{STUF}}}verwerkingssoort"
QUICK = NotificationQuirks(retry_seconds=(0.01,) * 3)
WAYS = [("zkn", Profile.ZDS_1_1), ("zds", Profile.ZDS_1_1), ("zds", Profile.ZDS_1_2)]


async def told(caller: Caller, listener: Listener) -> list[tuple[str, Element]]:
    """What was told since the last time, once all of it was."""
    await caller.simulator.system.deliveries.settled()
    heard, listener.heard = listener.heard, []
    return [(action.rpartition("/")[2], message) for action, message, _ in heard]


async def opened(started: Start, listener: Listener, **how: Any) -> Caller:
    caller = await started(
        Quirks(notifications=QUICK, **how.pop("quirks", {})),
        subscribers=(listener.subscriber(**how),),
        clients=(Client(US),),
    )
    who = {"soort": "natuurlijkPersoon", "nummer": "999993653", "naam": "Moulin"}
    case = {"zaaktype": "B0337", "omschrijving": "Betoncentrale", "identificatie": "0344Z1"}
    await caller.sim("POST", "zaken", {**case, "initiator": who, "by": "p-1"})
    return caller


def sort(message: Element) -> str:
    return text(child(message, "parameters", "mutatiesoort"))


def both(message: Element) -> tuple[Element, Element]:
    old, new = children(message, "object")
    return old, new


DEEDS: list[tuple[str, dict[str, Any]]] = [
    ("velden", {"omschrijving": "Betonfabriek", "einddatumGepland": "2026-06-08"}),
    ("velden", {"toelichting": "Spoed", "correctie": True}),
    ("status", {"nummer": 2, "toelichting": "Begonnen"}),
    ("resultaat", {"resultaat": "Verleend", "toelichting": "Akkoord"}),
    ("eigenschap", {"naam": "onderzoek", "waarde": "HO"}),
    ("eigenschap", {"naam": "onderzoek", "waarde": "VO"}),
    ("eigenschap", {"naam": "onderzoek", "waarde": ""}),
    ("kenmerk", {"kenmerk": "A-1", "bron": "DSO"}),
    ("kenmerk", {"kenmerk": "A-1", "bron": "DSO", "weg": True}),
    ("opschorten", {"reden": "Wacht op stukken"}),
    ("hervatten", {}),
    ("melden", {}),
    ("verlengen", {"dagen": 42, "reden": "Ingewikkeld"}),
    ("behandelaar", {"rol": "Behandelaar", "persoon": "p-1"}),
    ("behandelaar", {"rol": "Behandelaar", "persoon": "p-2"}),
    ("betrokkene", {"rol": "Bevoegd gezag", "soort": "nietNatuurlijkPersoon",
                    "nummer": "517439943", "naam": "Gemeente"}),
    ("betrokkene", {"rol": "Gemachtigde", "soort": "vestiging", "nummer": "37178598",
                    "naam": "Bureau", "extra": {"emailadres": "a@example.org"}}),
    ("betrokkene-weg", {"rol": "Gemachtigde", "nummer": "000037178598"}),
    ("object", {"soort": "adres", "gegevens": {"identificatie": "1904200000012345",
                "huisnummer": "12", "postcode": "3621ZZ"}, "omschrijving": "Locatie"}),
    ("besluit", {"soort": "Besluit", "datum": "2026-05-29", "toelichting": "Verleend"}),
    ("sluiten", {"resultaat": "Verleend"}),
]  # fmt: skip


@pytest.mark.parametrize(("speaks", "profile"), WAYS)
async def test_whatever_people_do_is_told_as_the_schema_wants_it(
    started: Start, schema: Schema, listener: Listener, speaks: str, profile: Profile
) -> None:
    caller = await opened(started, listener, speaks=speaks, profile=profile)
    for _, message in await told(caller, listener):
        schema.check(message)
    for name, data in DEEDS:
        await caller.sim("POST", f"zaken/0344Z1/{name}", {**data, "by": "p-1"})
        heard = await told(caller, listener)
        assert heard, name
        for _, message in heard:
            schema.check(message)


async def test_a_new_case_is_told_whole_and_then_its_first_status(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener, speaks="zds")
    (begun, case), (set_, status) = await told(caller, listener)
    assert (begun, set_) == ("creeerZaak_Lk01", "actualiseerZaakstatus_Lk01")
    assert (sort(case), sort(status)) == ("T", "W")
    assert text(child(case, "object", "identificatie")) == "0344Z1"
    assert text(child(both(status)[1], "heeft", "gerelateerde", "omschrijving")) == "Ontvangen"
    by = child(both(status)[1], "heeft", "isGezetDoor", "gerelateerde", "medewerker")
    assert text(child(by, "identificatie")) == "p-1"


@pytest.mark.parametrize(("speaks", "profile"), WAYS)
async def test_the_action_is_that_of_the_service_or_of_the_sector_model(
    started: Start, listener: Listener, speaks: str, profile: Profile
) -> None:
    caller = await opened(started, listener, speaks=speaks, profile=profile)
    await caller.simulator.system.deliveries.settled()
    action, message, _ = listener.heard[0]
    assert (
        action
        == {
            WAYS[0]: f"{ACTIONS_1_1}zakLk01",
            WAYS[1]: f"{ACTIONS_1_1}creeerZaak_Lk01",
            WAYS[2]: f"{ACTIONS_1_2}creeerZaak_ZakLk01",
        }[(speaks, profile)]
    )
    assert local(message) == ("creeerZaak_ZakLk01" if profile is Profile.ZDS_1_2 else "zakLk01")


async def test_a_change_tells_what_was_and_what_is_and_nothing_else(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    await caller.sim("POST", "zaken/0344Z1/velden", {"toelichting": "Spoed"})
    ((_, message),) = await told(caller, listener)
    old, new = both(message)
    names = ["identificatie", "omschrijving", "toelichting"]
    assert [[local(one) for one in each] for each in (old, new)] == [names, names]
    assert (text(old[2]), old[2].get(f"{{{STUF}}}noValue")) == ("", "geenWaarde")
    assert text(new[2]) == "Spoed"
    assert sort(message) == "W"


async def test_a_mistake_that_is_mended_is_told_as_a_correction(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    change = {"startdatum": "2026-01-02", "correctie": True}
    await caller.sim("POST", "zaken/0344Z1/velden", change)
    ((_, message),) = await told(caller, listener)
    assert sort(message) == "F"


async def test_a_handler_who_is_replaced_goes_and_another_comes(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await caller.sim("POST", "zaken/0344Z1/behandelaar", {"persoon": "p-1"})
    await told(caller, listener)
    await caller.sim("POST", "zaken/0344Z1/behandelaar", {"persoon": "p-2"})
    ((_, message),) = await told(caller, listener)
    old, new = ([*children(each, "heeftAlsUitvoerende")] for each in both(message))
    assert [one.get(SOORT) for one in old] == ["V", "T"]
    assert [one.get(SOORT) for one in new] == ["V", "T"]
    assert [len(one) > 0 for one in (*old, *new)] == [True, False, False, True]


async def test_a_case_that_goes_is_told_to_be_gone(
    started: Start, schema: Schema, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    await caller.sim("POST", "zaken/0344Z1/weg", {})
    ((_, message),) = await told(caller, listener)
    schema.check(message)
    assert sort(message) == "V"


async def test_a_document_is_told_of_without_what_is_in_it(
    started: Start, schema: Schema, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    url = (
        f"{caller.simulator.url}/_sim/zaken/0344Z1/documenten?soort=RAPP&bestandsnaam=a.pdf&by=p-1"
    )
    async with caller.http.post(url, data=b"Geheim") as answer:
        made = await answer.json()
    url = (
        f"{caller.simulator.url}/_sim/documenten/{made['identificatie']}/inhoud?bestandsnaam=b.pdf"
    )
    async with caller.http.put(url, data=b"Nieuw") as answer:
        assert answer.status == 200
    (first, came), (second, changed) = await told(caller, listener)
    assert (first, second) == ("edcLk01", "edcLk01")
    for message in (came, changed):
        schema.check(message)
    assert (
        text(child(came, "object", "isRelevantVoor", "gerelateerde", "identificatie")) == "0344Z1"
    )
    versions = [text(child(one, "versie")) for one in both(changed)]
    assert versions == ["1.0", "2.0"]
    assert not any(local(one) == "inhoud" for m in (came, changed) for one in m.iter())


async def test_some_systems_tell_of_a_status_and_of_nothing_else(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener, quirks={"announces": ("status",)})
    await told(caller, listener)
    await caller.sim("POST", "zaken/0344Z1/velden", {"omschrijving": "Anders"})
    await caller.sim("POST", "zaken/0344Z1/status", {"code": "20"})
    ((_, message),) = await told(caller, listener)
    assert child(both(message)[1], "heeft") is not None


async def test_who_changed_a_case_hears_of_it_unless_the_system_spares_it(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    title = "<z:omschrijving>{}</z:omschrijving>"
    assert (await caller.send(update("", title.format("Anders")))).status == 200
    assert len(await told(caller, listener)) == 1
    await caller.sim("PATCH", "quirks", {"echo": False})
    assert (await caller.send(update("", title.format("Weer anders")))).status == 200
    assert await told(caller, listener) == []


async def test_a_subscriber_is_told_its_own_key_of_a_case(
    started: Start, listener: Listener
) -> None:
    caller = await started(subscribers=(listener.subscriber(),))
    await caller.send(kennisgeving(creation(), sort="T"))
    ((_, message),) = await told(caller, listener)
    case = child(message, "object")
    assert case is not None
    assert case.get(f"{{{STUF}}}sleutelOntvangend") == "ONZE-1"


# -- until it was taken --------------------------------------------------------------------------


async def test_the_same_bytes_are_sent_until_they_are_taken(
    started: Start, listener: Listener
) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    listener.answers = iter([web.Response(status=503), web.Response(text="<html/>")])
    await caller.sim("POST", "zaken/0344Z1/velden", {"omschrijving": "Anders"})
    await caller.simulator.system.deliveries.settled()
    assert len({body for _, _, body in listener.heard}) == 1
    assert len(listener.heard) == 3
    assert caller.simulator.system.deliveries.failed == 2


async def test_what_nobody_takes_is_dropped_in_the_end(started: Start, listener: Listener) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    listener.answers = iter([web.Response(status=503) for _ in range(9)])
    await caller.sim("POST", "zaken/0344Z1/velden", {"omschrijving": "Anders"})
    await caller.simulator.system.deliveries.settled()
    assert len(listener.heard) == 4
    assert caller.simulator.system.deliveries.dropped == 1


async def test_what_is_held_comes_when_it_is_let_go(started: Start, listener: Listener) -> None:
    caller = await opened(started, listener)
    await told(caller, listener)
    await caller.sim("POST", "notifications", {"hold": True})
    await caller.sim("POST", "zaken/0344Z1/velden", {"omschrijving": "Anders"})
    assert (await caller.sim("GET", "notifications"))["waiting"] == 1
    assert listener.heard == []
    await caller.sim("POST", "notifications", {"hold": False})
    assert len(await told(caller, listener)) == 1


async def test_subscribers_come_and_go(started: Start, listener: Listener) -> None:
    caller = await started()
    asked = {"applicatie": "CASEBRIDGE", "url": listener.url, "speaks": "zds", "profile": "1.2"}
    await caller.sim("POST", "abonnees", {**asked, "user": "zs", "password": "geheim"})
    (shown,) = await caller.sim("GET", "abonnees")
    assert "password" not in shown
    await caller.sim("POST", "zaken", {"zaaktype": "B0337", "omschrijving": "Een"})
    assert len(await told(caller, listener)) == 2
    await caller.sim("DELETE", "abonnees/CASEBRIDGE")
    await caller.sim("POST", "zaken", {"zaaktype": "B0337", "omschrijving": "Twee"})
    assert await told(caller, listener) == []
