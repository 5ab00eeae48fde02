"""What is said to us: each message becomes references and a Bv03, or the fault that it deserves."""

from __future__ import annotations

import base64
import io
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import Message
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.stuf_zds import StufZdsAdapter
from adapters.stuf_zds.connections import basic
from adapters.stuf_zds.envelope import Stuurgegevens, read_stuurgegevens, unwrap
from adapters.stuf_zds.fo import Fault, read_fault
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.names import CREEER_ZAAK, SOAP, SOAP_12, Profile
from adapters.stuf_zds.xml import children, local, namespace, text
from contracts.adapter import Answer, Heard, Push, Unheard
from contracts.errors import Denied
from tests.adapters.stuf_zds.said import (
    ASYNCHRONOUS,
    CASE,
    NUMBER,
    ZDS_12,
    changed,
    said,
)
from tests.adapters.stuf_zds.site import BASIC, PASSWORD, post, settings

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
MIB = 2**20


def adapter(**options: Any) -> StufZdsAdapter:
    return StufZdsAdapter(settings(**options), now=lambda: NOW)


def hear(body: bytes, *, action: str = ASYNCHRONOUS, **options: Any) -> Heard:
    return adapter(**options).hear(post(body, action=action))


def fault_in(answer: Answer) -> Fault:
    found = read_fault(unwrap(parse(answer.body)))
    assert found is not None
    return found


def refused(body: bytes, *, action: str = ASYNCHRONOUS, **options: Any) -> Fault:
    """Have a message refused; give the fault that it is answered with."""
    with pytest.raises(Unheard) as caught:
        hear(body, action=action, **options)
    assert caught.value.answer.status == 500
    assert caught.value.answer.headers["Content-Type"].startswith("text/xml")
    return fault_in(caught.value.answer)


def answer_of(heard: Heard) -> tuple[str, Stuurgegevens]:
    message = unwrap(parse(heard.answer.body))
    told = read_stuurgegevens(message)
    assert told is not None
    return local(message), told


# What is taken


@pytest.mark.parametrize("sort", ["T", "W", "V", "C", "F"])
def test_each_sort_of_change_is_taken_for_what_it_is_about(sort: str) -> None:
    heard = hear(changed(sort))
    assert heard.refs == (NUMBER,)
    assert heard.answer.status == 200


def test_the_answer_is_a_bv03_back_to_the_sender_about_his_message() -> None:
    name, told = answer_of(hear(changed(reference="REF-77")))
    assert (name, told.code, told.cross) == ("Bv03Bericht", "Bv03", "REF-77")
    assert told.sender is not None
    assert told.receiver is not None
    assert (told.sender.applicatie, told.receiver.applicatie) == ("CASEBRIDGE", "VTHZS")
    assert told.reference not in ("", "REF-77")
    assert told.at == "20260302101500000", "the wall clock of Amsterdam, to the millisecond"


def test_a_message_about_several_cases_speaks_of_each_once() -> None:
    both = CASE.format(number="Z-1", title="A", more="") + CASE.format(
        number="Z-2", title="B", more=""
    )
    heard = hear(said("<k:parameters/>" + both + both))
    assert heard.refs == ("Z-1", "Z-2")


def test_a_case_without_a_number_is_known_by_the_key_that_we_gave() -> None:
    case = CASE.replace("<k:identificatie>{number}</k:identificatie>", "")
    ours = case.format(title="A", more=' t:sleutelOntvangend="MERK"')
    assert hear(said("<k:parameters/>" + ours)).refs == ("0344CBMERK",)
    theirs = case.format(title="A", more="")
    assert refused(said("<k:parameters/>" + theirs)).code == "StUF055"
    heard = hear(said("<k:parameters/>" + theirs), deviations={"number_as_key": True})
    assert heard.refs == ("1234",)


DOCUMENT = """<k:parameters/><k:object t:entiteittype="EDC">
<k:identificatie>D-9</k:identificatie>{relation}</k:object>"""
RELATION = """<k:isRelevantVoor t:entiteittype="EDCZAK"><k:gerelateerde t:entiteittype="ZAK">
<k:identificatie>Z-5</k:identificatie></k:gerelateerde></k:isRelevantVoor>"""


def test_a_document_speaks_of_its_cases_and_else_of_itself() -> None:
    with_case = said(DOCUMENT.format(relation=RELATION), name="edcLk01", entity="EDC")
    assert hear(with_case, action="").refs == ("Z-5",)
    alone = said(DOCUMENT.format(relation=""), name="edcLk01", entity="EDC")
    assert hear(alone, action="").refs == ("document:D-9",)


def test_a_decision_speaks_of_itself_and_its_recording_of_the_case() -> None:
    alone = "<k:parameters/><k:object><k:identificatie>B-3</k:identificatie></k:object>"
    assert hear(said(alone, name="bslLk01", entity="BSL"), action="").refs == ("besluit:B-3",)
    with_case = f"<k:object><k:besluit/><k:zaak>{_NUMBERED}</k:zaak></k:object>"
    recorded = said(
        with_case, name="voegBesluitToe_Di01", ns=ZDS_12, code="Di01", functie="voegBesluitToe"
    )
    assert hear(recorded, action="").refs == (NUMBER,)


_NUMBERED = f"<k:identificatie>{NUMBER}</k:identificatie>"


def test_an_offer_of_a_case_is_kept_with_its_own_reference() -> None:
    offer = said(
        f"<k:object>{_NUMBERED}</k:object>", name="overdragenZaak_Di01", ns=ZDS_12, code="Di01",
        functie="overdragenZaak", reference="AANBOD-1",
    )  # fmt: skip
    assert hear(offer, action="").refs == (f"overdracht:AANBOD-1:{NUMBER}",)


def test_a_refusal_that_comes_later_speaks_of_the_case_that_we_wrote() -> None:
    """Fo01 and Bv01 name the message of ours that they answer; nothing else says the case."""
    mine = adapter()
    mine._client._remember("ONS-1", NUMBER)
    later = """<k:body><t:code>StUF058</t:code><t:plek>server</t:plek>
        <t:omschrijving>Zaak is afgesloten</t:omschrijving></k:body>"""
    for name, code, inside in (("Fo01Bericht", "Fo01", later), ("Bv01Bericht", "Bv01", "")):
        told = said(inside, name=name, code=code, reference=f"x-{code}", cross="ONS-1")
        assert mine.hear(post(told)).refs == (NUMBER,)
    strange = said(later, name="Fo01Bericht", code="Fo01", reference="y", cross="ANDERS")
    assert mine.hear(post(strange)).refs == (), "of nothing that we know, and taken all the same"


def test_a_soap_1_2_message_is_answered_as_one() -> None:
    kind = f'application/soap+xml; charset=utf-8; action="{ASYNCHRONOUS}"'
    heard = adapter().hear(post(changed(soap=SOAP_12), kind=kind))
    assert heard.answer.headers["Content-Type"].startswith("application/soap+xml")
    assert namespace(parse(heard.answer.body)) == SOAP_12
    with pytest.raises(Unheard) as caught:
        adapter().hear(post(changed(soap=SOAP_12, to="ANDER"), kind=kind))
    fault = unwrap(parse(caught.value.answer.body))
    assert namespace(fault) == SOAP_12
    assert [local(one) for one in fault] == ["Code", "Reason", "Detail"]
    assert text(next(next(children(fault, "Code")).iter("{*}Value"))) == "env:Sender"
    assert fault_in(caught.value.answer).code == "StUF010"


def test_what_cannot_be_kept_now_is_answered_with_a_fo03() -> None:
    heard = hear(changed(reference="R"))
    assert heard.otherwise is not None
    fault = fault_in(heard.otherwise)
    assert (heard.otherwise.status, fault.code, fault.place) == (500, "StUF046", "server")
    assert fault.told is not None
    assert (fault.told.code, fault.told.cross) == ("Fo03", "R")


# Who speaks, and to whom


def test_somebody_whom_we_do_not_know_is_told_so() -> None:
    for stranger in ({"applicatie": "ANDER"}, {"organisatie": "Elders"}):
        fault = refused(changed(**stranger))
        assert (fault.code, fault.place) == ("StUF013", "client")
        assert fault.told is not None
        assert fault.told.code == "Fo03"


def test_capitals_of_a_name_make_no_other_system() -> None:
    assert hear(changed(applicatie="vthzs", organisatie="odru", to="Casebridge")).refs


def test_a_message_for_somebody_else_is_refused() -> None:
    assert refused(changed(to="ANDER")).code == "StUF010"


def test_nobody_is_read_who_does_not_say_who_he_is() -> None:
    body = b"<not even xml"
    for headers in ({}, {"authorization": "Basic eDp5"}, {"authorization": f"{BASIC}x"}):
        push = Push(method="POST", path="", headers=headers, body=body)
        with pytest.raises(Denied):
            adapter().hear(push)


def test_where_nothing_is_agreed_nobody_may_speak() -> None:
    closed = adapter(callback_user=None, callback_password=None)
    with pytest.raises(Denied, match="nobody may push"):
        closed.hear(post(changed()))


def test_our_own_proxy_may_say_whose_certificate_it_saw() -> None:
    subject = "CN=zaaksysteem.odru.example"
    options: dict[str, Any] = {
        "callback_header": "X-SSL-Client-S-DN", "callback_subject": SecretStr(subject),
        "callback_user": None, "callback_password": None,
    }  # fmt: skip
    mine = adapter(**options)

    def by(subject: str) -> Push:
        headers = {"x-ssl-client-s-dn": subject, "content-type": "text/xml"}
        return Push(method="POST", path="", headers=headers, body=changed())

    assert mine.hear(by(subject)).refs == (NUMBER,)
    with pytest.raises(Denied):
        mine.hear(by("CN=ander"))
    both = adapter(**{**options, "callback_user": "zaaksysteem",
                      "callback_password": SecretStr(PASSWORD)})  # fmt: skip
    with pytest.raises(Denied):
        both.hear(by(subject))  # and no password


# Again


def test_the_same_message_again_gets_the_very_same_answer() -> None:
    mine = adapter()
    first = mine.hear(post(changed()))
    again = mine.hear(post(changed().replace(b"<k:object", b"\n  <k:object")))
    assert again == first


def test_another_message_under_the_same_reference_is_refused() -> None:
    mine = adapter()
    mine.hear(post(changed(title="Graafwerk")))
    with pytest.raises(Unheard) as caught:
        mine.hear(post(changed(title="Sloopwerk")))
    assert fault_in(caught.value.answer).code == "StUF016"
    assert mine.hear(post(changed(title="Sloopwerk", reference="ref-2"))).refs == (NUMBER,)


def test_what_was_said_long_ago_is_forgotten_and_harmless_to_hear_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.stuf_zds.hearing._REMEMBERED", 3)
    mine = adapter()
    first = mine.hear(post(changed(reference="a")))
    for reference in "bcd":
        mine.hear(post(changed(reference=reference)))
    again = mine.hear(post(changed(reference="a")))
    assert again.refs == first.refs
    assert len(mine._listener._taken) == 3


# What is wrong with it


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (changed(code="Lk09"), "StUF022"),
        (changed(code=""), "StUF055"),
        (changed(reference=""), "StUF055"),
        (said("<k:parameters/>"), "StUF055"),
        (said("<k:parameters/>", name="zakLv01", code="Lv01"), "StUF025"),
        (said("", name="genereerZaakIdentificatie_Di02", code="Di02"), "StUF025"),
    ],
    ids=["unknown", "no code", "no reference", "no case", "a question", "a free question"],
)
def test_what_we_do_not_do_is_refused_by_name(body: bytes, code: str) -> None:
    assert refused(body, action="").code == code


def test_a_question_is_answered_as_questions_are() -> None:
    """A Fo02 says its code and nothing of who speaks; a notification gets a Fo03."""
    fault = refused(said("<k:parameters/>", name="zakLv01", code="Lv01"), action="")
    assert fault.told is not None
    assert (fault.told.code, fault.told.sender, fault.told.reference) == ("Fo02", None, "")


@pytest.mark.parametrize("profile", list(Profile))
def test_an_action_that_is_another_messages_is_refused(profile: Profile) -> None:
    document = said(DOCUMENT.format(relation=""), name="edcLk01", entity="EDC")
    action = CREEER_ZAAK.action(profile)
    assert refused(document, action=action).code == "StUF034"
    ns, _, name = CREEER_ZAAK.element(profile).removeprefix("{").partition("}")
    assert hear(changed(name=name, ns=ns), action=action).refs == (NUMBER,)


def test_an_action_that_says_nothing_is_made_up_for_and_counted() -> None:
    mine = adapter()
    assert mine.hear(post(changed(reference="1"), action="urn:iets")).refs == (NUMBER,)
    assert mine.hear(post(changed(reference="2"))).refs == (NUMBER,)
    assert mine.hear(post(changed(reference="3"), action=ASYNCHRONOUS)).refs == (NUMBER,)
    assert mine.deviations["other-soapaction"] == 1


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]><lol>&c;</lol>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&e;</s:Body></s:Envelope>"""
OUTSIDE_DTD = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>'
DEEP = b"<a>" * 100_000
BROKEN = changed().replace(b"Graafwerk", b"Graaf\xffwerk")
UNKNOWN_ENCODING = changed().replace(b'encoding="UTF-8"', b'encoding="KLINGON"')


@pytest.mark.parametrize(
    "body",
    [LAUGHS, OUTSIDE, OUTSIDE_DTD, DEEP, BROKEN, UNKNOWN_ENCODING, b"", b"{}", changed()[:-40],
     b"<Envelope/>", f'<e:Envelope xmlns:e="{SOAP}"><e:Body/></e:Envelope>'.encode()],
    ids=["laughs", "file", "dtd", "deep", "no utf-8", "encoding", "empty", "json", "cut", "other",
         "nothing in it"],
)  # fmt: skip
def test_what_is_no_message_is_refused_without_being_believed(body: bytes) -> None:
    fault = refused(body)
    assert (fault.code, fault.place) == ("StUF055", "client")
    assert "root:" not in fault.words, "nothing of ours is told"


def test_only_what_is_posted_is_a_message() -> None:
    with pytest.raises(Unheard) as caught:
        adapter().hear(Push(method="GET", path="", headers={"authorization": BASIC}, body=b""))
    assert fault_in(caught.value.answer).code == "StUF055"


def test_a_charset_that_somebody_lies_about_is_read_where_that_is_known_of_him() -> None:
    heard = hear(BROKEN, deviations={"charset": "windows-1252"})
    assert heard.refs == (NUMBER,)


# Size


def pieces(first: bytes, filler: bytes, count: int, last: bytes) -> Iterator[bytes]:
    yield first
    for _ in range(count):
        yield filler
    yield last


def peak(hearing: Callable[[], object]) -> int:
    """Tell how much more was held at one time than before."""
    tracemalloc.start()
    try:
        hearing()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def with_content(content: str) -> bytes:
    inside = DOCUMENT.format(relation=f'<k:inhoud t:bestandsnaam="a.pdf">{content}</k:inhoud>')
    return said(inside, name="edcLk01", entity="EDC")


def large(size: int, limit: int = 3 * 1024**3) -> Heard:
    """Have a document of many bytes heard."""
    first, last = with_content("@").split(b"@")
    piece = base64.b64encode(bytes(range(252)) * 3 * 1024)
    ear = adapter(max_push_bytes=limit).listen(post(b""))
    for one in pieces(first, piece, size // len(piece), last):
        ear.take(one)
    return ear.heard()


def test_a_document_is_heard_in_little_memory() -> None:
    """It is looked at and let go."""
    assert peak(lambda: large(64 * MIB)) < 8 * MIB


@pytest.mark.slow
def test_two_gigabytes_are_heard_in_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert large(2048 * MIB).refs == ("document:D-9",)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_a_body_beyond_what_is_allowed_is_refused_as_soon_as_it_is_known() -> None:
    first, _ = with_content("@").split(b"@")
    taken = 0

    def hearing() -> None:
        nonlocal taken
        ear = adapter(max_push_bytes=MIB).listen(post(b""))
        for one in pieces(first, b"QUJD" * 16_384, 32_768, b""):
            ear.take(one)
            taken += len(one)

    with pytest.raises(Unheard) as caught:
        hearing()
    assert taken <= MIB
    assert fault_in(caught.value.answer).code == "StUF055"


def test_much_text_outside_a_content_is_refused() -> None:
    """Only the content of a document may be large; a title of a hundred megabytes is none."""
    first = changed(title="@").split(b"@")[0]

    def hearing() -> None:
        ear = adapter().listen(post(b""))
        for one in pieces(first, b"x" * 65_536, 1600, b""):
            ear.take(one)

    def refusing() -> None:
        with pytest.raises(Unheard):
            hearing()

    assert peak(refusing) < 40 * MIB


def mtom(content: bytes) -> tuple[str, bytes]:
    include = (
        '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:inhoud@zaaksysteem"/>'
    )
    out = io.BytesIO()
    out.write(b"--grens\r\nContent-Type: application/xop+xml\r\nContent-ID: <eerst>\r\n\r\n")
    out.write(with_content(include))
    out.write(b"\r\n--grens\r\nContent-Type: application/pdf\r\n")
    out.write(b"Content-Transfer-Encoding: binary\r\nContent-ID: <inhoud@zaaksysteem>\r\n\r\n")
    out.write(content)
    out.write(b"\r\n--grens--\r\n")
    kind = Message()
    kind.add_header(
        "Content-Type", "multipart/related", type="application/xop+xml", boundary="grens",
        start="<eerst>", **{"start-info": "text/xml"},
    )  # fmt: skip
    return str(kind["Content-Type"]), out.getvalue()


def test_a_document_beside_the_message_is_heard_and_counts_as_part_of_it() -> None:
    mine = adapter()
    kind, body = mtom(b"%PDF-1.7 \r\n--gren")
    assert mine.hear(post(body, kind=kind)).refs == ("document:D-9",)
    kind, other = mtom(b"%PDF-1.7 anders")
    with pytest.raises(Unheard) as caught:
        mine.hear(post(other, kind=kind))
    assert fault_in(caught.value.answer).code == "StUF016", "another content is another message"


def test_a_part_that_is_not_there_is_missed() -> None:
    kind, body = mtom(b"x")
    with pytest.raises(Unheard, match="not there"):
        adapter().hear(post(body.replace(b"ID: <inhoud@", b"ID: <anders@"), kind=kind))


def test_basic_says_both_words() -> None:
    assert basic("zaaksysteem", PASSWORD) == BASIC
