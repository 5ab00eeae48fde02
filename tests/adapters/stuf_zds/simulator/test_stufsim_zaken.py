"""Cases: made, changed by what was and what is, closed and opened again."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.stuf_zds.simulator import Quirks
from adapters.stuf_zds.xml import Element, child, children, local, text
from tests.adapters.stuf_zds.simulator.berichten import (
    NONE,
    creation,
    everything,
    extra,
    kennisgeving,
    no_role,
    person,
    question,
    role,
    status,
    update,
    zaak,
)
from tests.adapters.stuf_zds.simulator.conftest import Caller, Schema, Start

OLD_TITLE = "<z:omschrijving>Betoncentrale</z:omschrijving>"
NEW_TITLE = "<z:omschrijving>Betonfabriek</z:omschrijving>"


@pytest.fixture
async def caller(started: Start, schema: Schema) -> Caller:
    """One case, and a system that does as the standard says."""
    return await with_case(started, schema)


async def with_case(started: Start, schema: Schema, **quirks: Any) -> Caller:
    caller = await started(Quirks(**quirks))
    caller.schema = schema
    assert (await caller.send(kennisgeving(creation(), sort="T"))).status == 200
    return caller


async def shown(caller: Caller, number: str = "0344Z1") -> Element:
    return (await caller.send(everything(number))).object


async def told(caller: Caller, *path: str) -> str:
    return text(child(await shown(caller), *path))


async def roles(caller: Caller, name: str) -> list[str]:
    found = children(await shown(caller), name)
    return [text(child(one, "gerelateerde", "natuurlijkPersoon", "geslachtsnaam")) for one in found]


# -- making one ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoiled", "code", "why"),
    [
        (creation(code="B9999"), "StUF058", "zaaktype B9999 onbekend"),
        (creation("0344/Z2"), "StUF058", "teken"),
        (creation(after=role("heeftAlsInitiator", "INI", person("999990639", "Ander"))),
         "StUF055", "precies een"),
        (creation(title="x" * 81), "StUF055", "omschrijving is langer dan 80 tekens"),
        (creation(before="<z:toelichting>x</z:toelichting><z:omschrijving>y</z:omschrijving>"),
         "StUF055", "omschrijving"),
        (creation(between=extra(onderzoek="XX")), "StUF058", "onderzoek"),
        (creation().replace('s:entiteittype="ZAKBTRINI"', ""), "StUF055", "ZAKBTRINI"),
        (creation().replace('s:verwerkingssoort="T"', ""), "StUF055", "verwerkingssoort"),
        (creation().replace("20260302", "20261302"), "StUF055", "startdatum"),
    ],
)  # fmt: skip
async def test_a_case_that_cannot_be_is_refused_with_the_reason(
    started: Start, schema: Schema, spoiled: str, code: str, why: str
) -> None:
    caller = await started()
    caller.schema = schema
    reply = await caller.send(kennisgeving(spoiled, sort="T"))
    assert (reply.status, reply.fault) == (500, code)
    assert why in reply.details
    assert caller.simulator.system.store.all("zaak") == []


async def test_there_is_one_case_of_a_number_whatever_its_capitals(caller: Caller) -> None:
    reply = await caller.send(kennisgeving(creation("0344z1"), sort="T"))
    assert reply.details == "zaak 0344z1 bestaat al"


async def test_a_case_may_begin_with_a_status(started: Start, schema: Schema) -> None:
    caller = await started()
    caller.schema = schema
    begins = status(2, "In behandeling", "20260305").decode()
    heeft = begins[begins.rindex("<z:heeft ") : begins.rindex("</z:object>")]
    reply = await caller.send(kennisgeving(creation(after=heeft), sort="T"))
    assert reply.status == 200
    assert await told(caller, "heeft", "gerelateerde", "omschrijving") == "In behandeling"


async def test_some_systems_give_a_case_its_first_status(started: Start, schema: Schema) -> None:
    caller = await with_case(started, schema, first_status=True)
    assert await told(caller, "heeft", "gerelateerde", "omschrijving") == "Ontvangen"


# -- changing it ---------------------------------------------------------------------------------


async def test_what_changed_is_changed_and_all_else_stays(caller: Caller) -> None:
    before = {local(one): text(one) for one in await shown(caller)}
    assert (await caller.send(update(OLD_TITLE, NEW_TITLE))).status == 200
    after = {local(one): text(one) for one in await shown(caller)}
    assert after == {**before, "omschrijving": "Betonfabriek"}


async def test_an_old_value_that_is_not_ours_refuses_the_whole_message(caller: Caller) -> None:
    """Somebody here changed it since the sender looked."""
    old = OLD_TITLE.replace("Betoncentrale", "Iets anders")
    new = "<z:einddatumGepland>20260608</z:einddatumGepland>"
    reply = await caller.send(update(old + f"<z:einddatumGepland {NONE}/>", NEW_TITLE + new))
    assert (reply.status, reply.fault) == (500, "StUF058")
    assert reply.details == "oud komt niet overeen met de registratie: omschrijving"
    assert await told(caller, "omschrijving") == "Betoncentrale"
    assert await told(caller, "einddatumGepland") == ""


async def test_what_is_so_already_is_no_mismatch(caller: Caller) -> None:
    """The answer to the first try was lost; the sender tells it again, in another message."""
    for _ in range(2):
        assert (await caller.send(update(OLD_TITLE, NEW_TITLE))).status == 200
    assert await told(caller, "omschrijving") == "Betonfabriek"


async def test_most_systems_do_not_look_at_old_values(started: Start, schema: Schema) -> None:
    caller = await with_case(started, schema, check_old=False)
    old = OLD_TITLE.replace("Betoncentrale", "Iets anders")
    assert (await caller.send(update(old, NEW_TITLE))).status == 200
    assert await told(caller, "omschrijving") == "Betonfabriek"


NOTE = "<z:toelichting>{}</z:toelichting>"


@pytest.mark.parametrize(
    ("new", "left"),
    [
        ("", "Eerst"),
        ("<z:toelichting/>", "Eerst"),
        ('<z:toelichting i:nil="true" s:noValue="nietOndersteund"/>', "Eerst"),
        ('<z:toelichting i:nil="true" s:noValue="nietGeautoriseerd"/>', "Eerst"),
        (f"<z:toelichting {NONE}/>", ""),
        (NOTE.format("Daarna"), "Daarna"),
    ],
    ids=["absent", "empty", "not-supported", "not-authorised", "none", "value"],
)
async def test_only_a_value_or_no_value_changes_what_stands_here(
    caller: Caller, new: str, left: str
) -> None:
    await caller.send(update(f"<z:toelichting {NONE}/>", NOTE.format("Eerst")))
    reply = await caller.send(update(NOTE.format("Eerst"), new))
    assert reply.status == 200
    assert await told(caller, "toelichting") == left


async def test_a_value_that_is_not_known_is_told_as_not_known(caller: Caller) -> None:
    unknown = '<z:publicatiedatum i:nil="true" s:noValue="waardeOnbekend"/>'
    await caller.send(update(f"<z:publicatiedatum {NONE}/>", unknown))
    found = child(await shown(caller), "publicatiedatum")
    assert found is not None
    assert found.get("{http://www.egem.nl/StUF/StUF0301}noValue") == "waardeOnbekend"


def kenmerken(*some: str) -> str:
    return "".join(
        f"<z:kenmerk><z:kenmerk>{one}</z:kenmerk><z:bron>DSO</z:bron></z:kenmerk>" for one in some
    )


async def test_references_go_and_come_one_by_one(caller: Caller) -> None:
    """All of them are told in both; what only the old has goes, what only the new has comes."""
    await caller.send(update("", kenmerken("A", "B")))
    await caller.send(update(kenmerken("A", "B"), kenmerken("B", "C")))
    found = [text(child(one, "kenmerk")) for one in children(await shown(caller), "kenmerk")]
    assert found == ["B", "C"]


async def test_extra_elements_change_by_name_and_may_repeat(caller: Caller) -> None:
    await caller.send(update("", extra(onderzoek="HO", vrij="een")))
    await caller.send(update(extra(onderzoek="HO"), extra(onderzoek="VO")))
    await caller.send(update(extra(vrij="een"), extra(vrij=None)))
    around = child(await shown(caller), "extraElementen")
    assert around is not None
    assert [(one.get("naam"), text(one)) for one in around] == [("onderzoek", "VO")]
    reply = await caller.send(update(extra(onderzoek="HO"), extra(onderzoek="VO")))
    assert reply.status == 200, "it is so already"
    reply = await caller.send(update(extra(onderzoek="XX"), extra(onderzoek="HO")))
    assert reply.details.endswith("extraElementen.onderzoek")


async def test_the_kind_of_a_case_can_never_change(caller: Caller) -> None:
    kind = (
        '<z:isVan s:entiteittype="ZAKZKT" s:verwerkingssoort="W">'
        '<z:gerelateerde s:entiteittype="ZKT" s:verwerkingssoort="I"><z:code>{}</z:code>'
        "</z:gerelateerde></z:isVan>"
    )
    reply = await caller.send(update(kind.format("B0337"), kind.format("B1210")))
    assert (reply.fault, reply.details) == (
        "StUF058",
        "het zaaktype van een zaak kan niet veranderen",
    )


async def test_a_case_that_is_not_there_cannot_be_changed(caller: Caller) -> None:
    reply = await caller.send(update("", NEW_TITLE, number="0344Z9"))
    assert (reply.fault, reply.details) == ("StUF064", "zaak 0344Z9 onbekend")


async def test_a_case_is_found_by_our_key_and_by_that_of_the_sender(caller: Caller) -> None:
    key = caller.simulator.system.store.all("zaak")[0]["uuid"]
    for found_by in (f's:sleutelOntvangend="{key}"', 's:sleutelVerzendend="ONZE-1"'):
        kern = f"<z:omschrijving>Via {found_by[2:10]}</z:omschrijving>"
        both = zaak("", keys=found_by) + zaak(kern, keys=found_by)
        assert (await caller.send(kennisgeving(both))).status == 200
        assert await told(caller, "omschrijving") == f"Via {found_by[2:10]}"


async def test_removal_from_outside_is_refused(caller: Caller) -> None:
    gone = zaak("<z:identificatie>0344Z1</z:identificatie>", "V")
    reply = await caller.send(kennisgeving(gone, sort="V"))
    assert reply.fault == "StUF058"
    assert await told(caller, "omschrijving") == "Betoncentrale"


async def test_half_a_change_is_made_where_a_system_breaks_off(
    started: Start, schema: Schema
) -> None:
    caller = await with_case(started, schema, half_applied=True)
    note = (f"<z:toelichting {NONE}/>", NOTE.format("Nieuw"))
    reply = await caller.send(update(OLD_TITLE + note[0], NEW_TITLE + note[1]))
    assert reply.fault == "StUF058"
    assert await told(caller, "omschrijving") == "Betonfabriek"
    assert await told(caller, "toelichting") == ""


# -- who has to do with it -----------------------------------------------------------------------


def interested(bsn: str, name: str, soort: str, party: str = "T") -> str:
    return role("heeftAlsBelanghebbende", "BLH", person(bsn, name, party), soort)


def nobody(soort: str) -> str:
    return no_role("heeftAlsBelanghebbende", "BLH", soort)


async def test_a_party_comes_is_renamed_and_goes(caller: Caller) -> None:
    anna, anne = ("999990639", "Anna"), ("999990639", "Anne")
    await caller.send(update(nobody("T"), interested(*anna, "T")))
    assert await roles(caller, "heeftAlsBelanghebbende") == ["Anna"]
    await caller.send(update(interested(*anna, "W", "I"), interested(*anne, "W", "W")))
    assert await roles(caller, "heeftAlsBelanghebbende") == ["Anne"]
    await caller.send(update(interested(*anne, "V", "I"), nobody("V")))
    assert await roles(caller, "heeftAlsBelanghebbende") == [""]


async def test_a_party_is_told_apart_by_its_number_alone(caller: Caller) -> None:
    """The same number under another name is not somebody else, and is not added twice."""
    for name in ("Anna", "Anna"):
        await caller.send(update(nobody("T"), interested("999990639", name, "T")))
    await caller.send(update(nobody("T"), interested("999990640", "Anna", "T")))
    assert await roles(caller, "heeftAlsBelanghebbende") == ["Anna", "Anna"]


async def test_who_is_not_there_cannot_leave_and_does_not_come(caller: Caller) -> None:
    reply = await caller.send(update(interested("999990639", "Anna", "V", "I"), nobody("V")))
    assert reply.status == 200
    assert await roles(caller, "heeftAlsBelanghebbende") == [""]


async def test_who_is_said_to_be_there_is_there(caller: Caller) -> None:
    anna = interested("999990639", "Anna", "I", "I")
    await caller.send(update(anna, anna))
    assert await roles(caller, "heeftAlsBelanghebbende") == ["Anna"]


def asks(bsn: str, name: str, soort: str) -> str:
    return role("heeftAlsInitiator", "INI", person(bsn, name, "T"), soort)


async def test_the_one_who_asks_is_replaced_in_whatever_order_it_is_told(caller: Caller) -> None:
    leaves = asks("999993653", "Moulin", "V"), no_role("heeftAlsInitiator", "INI", "V")
    comes = no_role("heeftAlsInitiator", "INI", "T"), asks("999990639", "Anna", "T")
    # In 1.1 there may be two; that there can be one at a time is the rule of this system.
    reply = await caller.send(update(comes[0] + leaves[0], comes[1] + leaves[1]))
    assert reply.status == 200, reply.details
    assert await roles(caller, "heeftAlsInitiator") == ["Anna"]
    reply = await caller.send(update(comes[0], asks("999990640", "Bob", "T")))
    assert (reply.fault, reply.details) == ("StUF058", "er kan maar een initiator zijn")


async def test_a_birth_date_keeps_how_much_of_it_is_known(caller: Caller) -> None:
    born = (
        "<b:geslachtsnaam>Anna</b:geslachtsnaam>"
        '<b:geboortedatum s:indOnvolledigeDatum="M">19850000</b:geboortedatum>'
    )
    anna = interested("999990639", "x", "T").replace("<b:geslachtsnaam>x</b:geslachtsnaam>", born)
    await caller.send(update(nobody("T"), anna))
    found = next(one for one in (await shown(caller)).iter() if local(one) == "geboortedatum")
    assert (
        text(found)[:4],
        found.get("{http://www.egem.nl/StUF/StUF0301}indOnvolledigeDatum"),
    ) == (
        "1985",
        "M",
    )


# -- its statuses --------------------------------------------------------------------------------


async def history(caller: Caller) -> list[tuple[str, str]]:
    return [
        (text(child(one, "gerelateerde", "code")), text(child(one, "indicatieLaatsteStatus")))
        for one in children(await shown(caller), "heeft")
    ]


async def test_the_newest_status_holds_never_the_one_told_last(caller: Caller) -> None:
    await caller.send(status(2, "In behandeling", "20260305083000000"))
    await caller.send(status(1, "Ontvangen", "20260303101500"))
    assert await history(caller) == [("10", "N"), ("20", "J")]


async def test_of_two_statuses_of_one_day_the_further_one_holds(caller: Caller) -> None:
    await caller.send(status(2, "In behandeling", "20260305"))
    await caller.send(status(1, "Ontvangen", "20260305"))
    assert await history(caller) == [("10", "N"), ("20", "J")]


async def test_the_same_status_at_the_same_moment_is_one(caller: Caller) -> None:
    for moment in ("20260305083000", "20260305083000000"):
        assert (await caller.send(status(2, "In behandeling", moment))).status == 200
    assert await history(caller) == [("20", "J")]


async def test_a_status_is_known_by_its_number_and_its_name(caller: Caller) -> None:
    reply = await caller.send(status(2, "Ontvangen", "20260305"))
    assert reply.fault == "StUF058"
    assert "statustype" in reply.details
    assert await history(caller) == [("", "")]


async def test_the_last_status_closes_a_case_and_another_opens_it(caller: Caller) -> None:
    await caller.send(status(1, "Ontvangen", "20260303"))
    await caller.send(status(3, "Afgesloten", "20260601120000"))
    assert await told(caller, "einddatum") == "20260601"
    await caller.send(status(2, "In behandeling", "20260602"))
    assert await told(caller, "einddatum") == ""


async def test_a_closed_case_may_be_closed_for_good(started: Start, schema: Schema) -> None:
    caller = await with_case(started, schema, closed_is_final=True, needs_result=True)
    reply = await caller.send(status(3, "Afgesloten", "20260601120000"))
    assert "zonder resultaat" in reply.details
    result = "<z:resultaat><z:omschrijving>{}</z:omschrijving></z:resultaat>"
    assert "Gegund" in (await caller.send(update("", result.format("Gegund")))).details
    await caller.send(update("", result.format("Verleend")))
    assert (await caller.send(status(3, "Afgesloten", "20260601120000"))).status == 200
    reply = await caller.send(update(OLD_TITLE, NEW_TITLE))
    assert reply.details == "de zaak is gesloten"


async def test_a_status_cannot_be_taken_back(caller: Caller) -> None:
    await caller.send(status(2, "In behandeling", "20260305"))
    back = status(2, "In behandeling", "20260305").decode()
    filled = back[back.rindex("<z:heeft ") : back.rindex("</z:object>")]
    empty = back[back.index("<z:heeft ") : back.index("</z:object>")]
    gone = filled.replace('"T"', '"V"', 1), empty.replace('"T"', '"V"', 1)
    reply = await caller.send(update(*gone))
    assert (reply.fault, reply.details) == ("StUF058", "heeft: alleen toevoegen kan")


# -- what a narrower system makes of it ----------------------------------------------------------


async def test_texts_are_cut_and_numbers_rounded_where_a_system_is_narrow(
    started: Start, schema: Schema
) -> None:
    caller = await with_case(started, schema, cut_at=6, decimals=1)
    await caller.send(update("", extra(volume_m3="12.349", elders="3,08")))
    assert await told(caller, "omschrijving") == "Betonc"
    around = child(await shown(caller), "extraElementen")
    assert around is not None
    assert [text(one) for one in around] == ["12.3", "3,1"]


async def test_a_reader_lags_behind_where_a_system_is_slow(started: Start) -> None:
    caller = await started(Quirks(stale_seconds=3600.0))
    await caller.send(kennisgeving(creation(), sort="T"))
    reply = await caller.send(question('<z:omschrijving i:nil="true"/>'))
    assert child(reply.message, "antwoord") is None, "as if the case were not there yet"
    await caller.sim("PATCH", "quirks", {"stale_seconds": 0.0})
    assert await told(caller, "omschrijving") == "Betoncentrale"
    await caller.send(update(OLD_TITLE, NEW_TITLE))
    await caller.sim("PATCH", "quirks", {"stale_seconds": 3600.0})
    reply = await caller.send(question('<z:omschrijving i:nil="true"/>'))
    assert child(reply.message, "antwoord") is None
