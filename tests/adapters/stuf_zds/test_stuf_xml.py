"""What XML may do to us (nothing), and how much of it we read."""

from __future__ import annotations

import tracemalloc

import pytest

from adapters.stuf_zds.incoming import (
    BadXml,
    Forbidden,
    Incoming,
    Limits,
    NotWellFormed,
    TooMuch,
    parse,
)
from adapters.stuf_zds.xml import (
    Element,
    add,
    child,
    children,
    fingerprint,
    local,
    namespace,
    root,
    text,
    write,
)

LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (98 + i, 97 + i, 97 + i, 97 + i) for i in range(20))
    + b"]><l>&u;</l>"
)


@pytest.mark.parametrize(
    "attack",
    [
        LAUGHS,
        b'<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x.dtd"><l/>',
        b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><l>&x;</l>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE l><l/>'.encode("utf-16"),
    ],
    ids=["billion-laughs", "external-subset", "external-entity", "in-utf-16"],
)
def test_a_doctype_is_refused_whatever_is_in_it(attack: bytes) -> None:
    with pytest.raises(Forbidden):
        parse(attack)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n ",
        b"plain text",
        b"<a><b></a>",
        b"<a>\xff</a>",
        b"<a>&foo;</a>",
        b'<a x="1" x="2"/>',
        b"<a/><b/>",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>\x00</a>",
    ],
)
def test_what_is_no_xml_is_refused_and_never_quoted(body: bytes) -> None:
    with pytest.raises(NotWellFormed) as caught:
        parse(body)
    assert "foo" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        (b"<a>" * 5 + b"</a>" * 5, Limits(depth=4)),
        (b"<a>" + b"<b/>" * 9 + b"</a>", Limits(elements=9)),
        (b'<a b="1" c="2" d="3"/>', Limits(attributes=2)),
        (b"<a>" + b"x" * 11 + b"</a>", Limits(text=10)),
        (b"<a>" + b"x" * 100 + b"</a>", Limits(bytes=50)),
        (b"<a>" + b"<b>xxxxx</b>" * 9 + b"</a>", Limits(held=40)),
        (b"<a>" + b'<b c="xxxxx"/>' * 9 + b"</a>", Limits(held=40)),
    ],
    ids=["depth", "elements", "attributes", "text", "bytes", "held", "held-in-attributes"],
)
def test_what_is_beyond_a_limit_is_refused(body: bytes, limits: Limits) -> None:
    with pytest.raises(TooMuch):
        parse(body, limits=limits)


def test_text_that_is_taken_aside_is_never_held() -> None:
    """A content of 64 MB in pieces takes no more memory than a piece."""
    size = 0

    def take(element: Element, piece: str) -> None:
        nonlocal size
        assert element.get("k") == "v"
        size += len(piece)

    incoming = Incoming(limits=Limits(bytes=1 << 30), aside={"{u}c": take})
    incoming.feed(b'<a xmlns="u"><b>here</b><c k="v">')
    piece = b"QUJD" * 64 * 1024
    tracemalloc.start()
    for _ in range(256):
        incoming.feed(piece)
    incoming.feed(b"</c></a>")
    found = incoming.close()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 256 * len(piece)
    assert peak < 4 * len(piece)
    assert text(child(found, "c")) == ""
    assert text(child(found, "b")) == "here"


@pytest.mark.covers("F60")
def test_body_that_never_ends_is_refused_when_it_is_too_large() -> None:
    incoming = Incoming(limits=Limits(bytes=1000))
    incoming.feed(b"<?xml version='1.0'?><a>" + b" " * 900)
    with pytest.raises(TooMuch):
        incoming.feed(b" " * 100)


def test_bytes_may_come_one_at_a_time() -> None:
    body = ' \n<?xml version="1.0" encoding="iso-8859-1"?>\n<a>café</a>'.encode("latin-1")
    incoming = Incoming()
    for at in range(len(body)):
        incoming.feed(body[at : at + 1])
    assert text(incoming.close()) == "café"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<a>café</a>".encode(), None),
        ("\ufeff<a>café</a>".encode(), "iso-8859-1"),
        ("<a>café</a>".encode("utf-16"), "utf-8"),
        ("<a>café</a>".encode("latin-1"), "iso-8859-1"),
        ("<?xml version='1.0' encoding='utf-8'?><a>café</a>".encode(), "iso-8859-1"),
        ("<?xml version='1.0' encoding='cp1252'?><a>café</a>".encode("cp1252"), None),
        ("<?xml version='1.0'?><a>café</a>".encode("latin-1"), "iso-8859-1"),
    ],
)
def test_the_line_says_the_encoding_only_where_the_message_does_not(
    body: bytes, charset: str | None
) -> None:
    assert text(parse(body, charset=charset)) == "café"


def test_bytes_that_break_the_declared_utf_8_can_be_mended() -> None:
    right, wrong = "café".encode(), "café".encode("cp1252")
    body = b"<?xml version='1.0' encoding='UTF-8'?><a>" + right + b" " + wrong + b"</a>"
    with pytest.raises(BadXml):
        parse(body)
    assert text(parse(body, mend="cp1252")) == "café café"
    incoming = Incoming(mend="cp1252")
    for at in range(len(body)):
        incoming.feed(body[at : at + 1])
    assert text(incoming.close()) == "café café"


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1"])
def test_what_declares_another_encoding_needs_no_mending(charset: str) -> None:
    body = f"<?xml version='1.0' encoding='{charset}'?><a>café</a>".encode(charset)
    assert text(parse(body, mend="cp1252")) == "café"


def test_children_are_found_by_name_wherever_they_stand_and_whatever_their_prefix() -> None:
    found = parse(b'<p:a xmlns:p="u" xmlns="v"><b>1</b><p:b>2</p:b><c><d>3</d></c></p:a>')
    assert [text(one) for one in children(found, "b")] == ["1", "2"]
    assert [text(one) for one in children(found, "{u}b")] == ["2"]
    assert text(child(found, "c", "d")) == "3"
    assert child(found, "x", "d") is None
    assert (namespace(found), local(found)) == ("u", "a")


def test_mixed_text_stays_where_it_stood() -> None:
    body = b"<a>1<b>2</b>3<c/>4</a>"
    assert write(parse(body)).endswith(body)


def test_what_xml_cannot_carry_is_left_out_of_what_we_write() -> None:
    made = root("a")
    add(made, "b", "een\x00 twee\ud800\x0b", {"n": "drie\x1f"})
    again = parse(write(made))
    assert text(child(again, "b")) == "een twee"
    assert again[0].get("n") == "drie"


def test_a_fingerprint_is_of_what_is_said_not_of_how() -> None:
    one = parse(b'<p:a xmlns:p="u" x="1" y="2"><p:b/></p:a>')
    other = parse(b"""<p:a  xmlns:p="u" xmlns:q="w" y='2' x="1"><p:b></p:b></p:a>""")
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(parse(b'<p:a xmlns:p="u" x="1" y="3"><p:b/></p:a>'))


def test_an_attribute_holds_what_was_written_not_how() -> None:
    found = parse(b'<a b="x &amp; y &lt; &#65; &quot;z&quot;">&amp;amp;</a>')
    assert found.get("b") == 'x & y < A "z"'
    assert text(found) == "&amp;"
