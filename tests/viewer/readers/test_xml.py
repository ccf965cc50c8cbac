import pytest

from viewer.clinical import Unreadable
from viewer.readers import xml


def refusal(content):
    with pytest.raises(Unreadable) as refused:
        xml.parse(content)
    return refused.value.code


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>',
        b'<?xml version="1.0"?>\n<!-- so -->\n<!DOCTYPE r SYSTEM "http://x.example/r.dtd"><r/>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        b"<!doctype r><r/>",
        "<!DOCTYPE r [<!ENTITY a 'b'>]><r/>".encode("utf-16"),
        "<!DOCTYPE r><r/>".encode("utf-16-le"),
        b"\xef\xbb\xbf<!DOCTYPE r><r/>",
        b"<?x " + b"<!--" * 1000 + b"?><!DOCTYPE r><r/>",
    ],
)
def test_any_document_type_is_refused(content):
    assert refusal(content) == "doctype"


def test_a_billion_laughs_are_refused_before_they_start():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

    assert refusal(f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><r>&l9;</r>'.encode()) == "doctype"


def test_a_document_type_in_a_text_is_only_text():
    assert xml.parse(b"<r><![CDATA[<!DOCTYPE html>]]></r>").root.text == "<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<a>" * 200_000, "not_well_formed"),
        (b"<r>" + b"<a/>" * 1_000_000 + b"</r>", "too_many_parts"),
        (b"<a>" * 300 + b"</a>" * 300, "not_well_formed"),
        (b"<r " + b" ".join(b'a%d="1"' % n for n in range(257)) + b"/>", "too_many_parts"),
        (b"<r>" + b"x " * 2_700_000 + b"</r>", "too_large"),
        (b"<r>&unknown;</r>", "not_well_formed"),
        (b"<r>\x00</r>", "not_well_formed"),
        (b"<r></s>", "not_well_formed"),
        (b"just text", "not_well_formed"),
        (b"  ", "no_content"),
        (b"", "no_content"),
    ],
)
def test_what_is_too_much_or_no_xml_is_refused(content, code):
    assert refusal(content) == code


def test_a_false_declaration_is_read_as_windows_and_told():
    parsed = xml.parse('<?xml version="1.0" encoding="UTF-8"?><r>Zoë “€”</r>'.encode("cp1252"))

    assert parsed.root.text == "Zoë “€”"
    assert parsed.notices[0].code == "charset_wrong"


def test_a_declared_latin_text_is_read_without_a_word():
    parsed = xml.parse('<?xml version="1.0" encoding="ISO-8859-1"?><r>Zoë</r>'.encode("latin-1"))

    assert parsed.root.text == "Zoë"
    assert not parsed.notices


@pytest.mark.parametrize("name", ["utf-7", "iso-2022-jp", "cp037", "nonsense", "../../etc"])
def test_a_character_set_that_hides_things_is_never_used(name):
    assert (
        xml.parse(f'<?xml version="1.0" encoding="{name}"?><r>+ADw-</r>'.encode()).root.text
        == "+ADw-"
    )


def test_nothing_is_included_or_fetched():
    content = (
        b'<?xml-stylesheet href="http://x.example"?><r xmlns:x="http://www.w3.org/2001/XInclude">'
        b'<x:include href="/etc/passwd"/></r>'
    )

    [include] = xml.children(xml.parse(content).root)

    assert include.get("href") == "/etc/passwd" and not include.text


def test_a_document_in_base64_does_not_count_for_the_limits():
    parsed = xml.parse(b"<r>" + b"QUJD" * 3_000_000 + b"</r>")

    assert parsed.cut.decode(parsed.root.text) == b"ABC" * 3_000_000
