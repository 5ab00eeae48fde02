"""The outside of a message, and the names on it."""

from __future__ import annotations

import pytest

from adapters.stuf_zds import names
from adapters.stuf_zds.envelope import (
    NoMessage,
    Stuurgegevens,
    Systeem,
    acknowledgement,
    add_stuurgegevens,
    read_stuurgegevens,
    unwrap,
    wrap,
)
from adapters.stuf_zds.fo import FAULTS, Fault, fault_of, is_fault, read_fault, soap_fault
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.names import SOAP, SOAP_12, ZDS, ZKN, Profile, q
from adapters.stuf_zds.xml import child, root, text, write

US = Systeem("CASEBRIDGE", "RUD Utrecht", gebruiker="j.devries")
THEM = Systeem("VTHZS", "ODRU", "PROD")
TOLD = Stuurgegevens("Lk01", US, THEM, "RUDU-1", "20260303101500123", entity="ZAK")


@pytest.mark.parametrize("inner", [ZKN, ZDS])
def test_stuurgegevens_read_back_as_they_were_written(inner: str) -> None:
    message = root(q(ZKN, "zakLk01"))
    add_stuurgegevens(message, TOLD, inner)
    assert read_stuurgegevens(unwrap(parse(write(wrap(message))))) == TOLD


def test_an_answer_goes_back_and_says_what_it_answers() -> None:
    back = TOLD.answered("Bv03", reference="ODRU-1", at="20260303101501")
    assert (back.sender, back.receiver, back.cross) == (THEM, US, "RUDU-1")
    assert (back.entity, back.functie) == ("", "")


def test_two_systems_are_one_whoever_uses_it() -> None:
    assert US.is_same_as(Systeem("casebridge", "RUD UTRECHT"))
    assert not US.is_same_as(Systeem("CASEBRIDGE", "ODRU"))


@pytest.mark.parametrize("kind", ["Bv02", "Bv04", "Fo02"])
def test_some_answers_say_their_code_alone(kind: str) -> None:
    if kind == "Fo02":
        message = child(soap_fault(kind, fault_of("StUF064", told=TOLD)), "detail", "Fo02Bericht")
    else:
        message = acknowledgement(Stuurgegevens(kind, US, THEM, "1", "2026"))
    assert message is not None
    assert read_stuurgegevens(message) == Stuurgegevens(kind)


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_fault_reads_back_with_code_place_and_words(code: str) -> None:
    told = TOLD.answered("Fo03", reference="ODRU-1", at="20260303101501")
    made = fault_of(code, "Zaaktype B0337 onbekend", told=told)
    envelope = parse(write(wrap(soap_fault("Fo03", made))))
    assert is_fault(unwrap(envelope))
    assert read_fault(unwrap(envelope)) == made
    place = made.place.capitalize()
    assert text(child(unwrap(envelope), "faultcode")) == f"soapenv:{place}"


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        (
            "<s:Fault><faultcode>s:StUF058</faultcode><faultstring>Mis</faultstring></s:Fault>",
            Fault("s:StUF058", "server", "Mis"),
        ),
        (
            "<s:Fault><faultcode>Client</faultcode><faultstring>Mis</faultstring></s:Fault>",
            Fault("Client", "client", "Mis"),
        ),
        (
            (
                "<s:Fault><s:Code><s:Value>env:Receiver</s:Value></s:Code>"
                "<s:Reason><s:Text>Mis</s:Text></s:Reason></s:Fault>"
            ),
            Fault("env:Receiver", "server", "Mis"),
        ),
        (
            (
                "<s:Fault><detail><x><Fo02Bericht><body><code>StUF064</code>"
                "<plek>SERVER</plek><omschrijving>Weg</omschrijving>"
                "<detailsXML><a>meer</a></detailsXML></body></Fo02Bericht></x></detail></s:Fault>"
            ),
            Fault("StUF064", "server", "Weg", "meer", Stuurgegevens("Fo02")),
        ),
        (
            "<Fo01Bericht><body><code>StUF058</code></body></Fo01Bericht>",
            Fault("StUF058", "server", "", told=Stuurgegevens("Fo01")),
        ),
    ],
)
@pytest.mark.parametrize("version", [SOAP, SOAP_12])
def test_faults_are_found_however_they_are_dressed(
    inside: str, wanted: Fault, version: str
) -> None:
    envelope = f'<s:Envelope xmlns:s="{version}"><s:Body>{inside}</s:Body></s:Envelope>'
    assert read_fault(unwrap(parse(envelope.encode()))) == wanted


def test_what_is_no_fault_is_none() -> None:
    assert read_fault(acknowledgement(TOLD.answered("Bv03", reference="1", at="2026"))) is None


@pytest.mark.parametrize(
    "body",
    [
        "<html/>",
        "<Envelope/>",
        f'<s:Envelope xmlns:s="{SOAP}"/>',
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body> </s:Body></s:Envelope>',
    ],
)
def test_what_holds_no_message_is_refused(body: str) -> None:
    with pytest.raises(NoMessage):
        unwrap(parse(body.encode()))


@pytest.mark.parametrize("profile", list(Profile))
def test_each_operation_is_known_by_its_action(profile: Profile) -> None:
    actions = set()
    for operation in names.OPERATIONS:
        if profile in operation.profiles:
            action = operation.action(profile)
            assert names.by_action(f'"{action}"', profile) is operation
            actions.add(action)
    assert len(actions) == sum(profile in one.profiles for one in names.OPERATIONS)
    assert names.by_action(f"{ZKN}/zakLk01", profile) is None
    assert names.by_action("", profile) is None
