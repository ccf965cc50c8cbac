"""Each serialisation reads what it wrote, and nothing that a stranger writes breaks a reader."""

import base64
import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from transports.communicationhub.binding import Unfit, bind
from transports.communicationhub.facade.addressees import NotAList, read_list
from transports.communicationhub.formats import CSV, FORMATS, JSON, JSV, XML, form, jsv
from transports.communicationhub.formats.raw import Raw, Unreadable
from transports.communicationhub.operations import (
    OPERATIONS,
    SEND_LETTER,
    SEND_MAIL,
    SEND_RESPONSE,
    SEND_SMS,
)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)
# What XML can hold at all.
xml_texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
)


def read(chosen, operation, body: bytes):
    return bind(operation, chosen.read(body, operation), Raw({}))


@given(texts, texts, texts)
def test_jsv_reads_what_it_wrote(receiver, message, reference):
    members = {"Receiver": receiver, "Message": message, "Reference": reference}

    assert read(JSV, SEND_SMS, jsv.write_value(members).encode()) == members


@given(texts, texts, st.binary(min_size=1))
def test_files_in_jsv_are_read_as_they_were(name, text, content):
    files = [{"Bytes": base64.b64encode(content).decode(), "Name": name}]
    body = jsv.write_value({"Text": text, "Attachments": files}).encode()

    found = read(JSV, SEND_MAIL, body)

    assert found == {"Text": text, "Attachments": [{"Bytes": content, "Name": name}]}


@given(texts, texts)
def test_csv_reads_what_the_standard_library_wrote(receiver, message):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Receiver", "Message"], [receiver, message]])

    assert read(CSV, SEND_SMS, out.getvalue().encode()) == {
        "Receiver": receiver,
        "Message": message,
    }


@given(texts, texts)
def test_the_standard_library_reads_the_csv_that_we_write(receiver, error):
    written = CSV.write(SEND_RESPONSE, {"Receiver": receiver, "ErrorMessage": error, "Retry": True})

    [row] = csv.DictReader(io.StringIO(written, newline=""))
    assert (row["Receiver"], row["ErrorMessage"], row["Retry"]) == (receiver, error, "True")


@given(xml_texts, xml_texts)
def test_xml_reads_what_lxml_wrote(receiver, message):
    root = etree.Element("{urn:any}SendSMS")
    for name, value in (("Message", message), ("Receiver", receiver)):
        etree.SubElement(root, f"{{urn:other}}{name}").text = value

    assert read(XML, SEND_SMS, etree.tostring(root, encoding="utf-8")) == {
        "Receiver": receiver,
        "Message": message,
    }


@given(st.text(st.characters(codec="utf-8")))
def test_the_xml_that_we_write_is_xml_whatever_it_holds(error):
    written = XML.write(SEND_RESPONSE, {"ErrorMessage": error, "Retry": False})

    root = etree.fromstring(written.encode())
    names = [etree.QName(child).localname for child in root]
    assert names == sorted(member.name for member in SEND_RESPONSE.members)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]:,"\r\n<>&;=% ab\0').map(str.encode))
@pytest.mark.parametrize("chosen", FORMATS, ids=lambda chosen: chosen.name)
def test_no_body_breaks_a_reader(chosen, body):
    for operation in OPERATIONS:
        with suppress(Unreadable, Unfit):
            read(chosen, operation, body)


@given(st.binary(max_size=200), st.sampled_from([form.URLENCODED, f"{form.MULTIPART}; boundary=a"]))
def test_no_form_breaks_its_reader(body, content_type):
    with suppress(Unreadable, Unfit):
        bind(SEND_LETTER, form.read(body, content_type), Raw({}))


@given(st.text())
def test_no_list_of_addresses_breaks_its_reader(text):
    with suppress(NotAList):
        assert not any(set(" ,;<>\r\n") & set(person.address) for person in read_list(text))


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("a@b.example", [("", "a@b.example")]),
        (" a@b.example ;; c@d.example,", [("", "a@b.example"), ("", "c@d.example")]),
        ('"M, A" <a@b.example>', [("M, A", "a@b.example")]),
        ('"a \\"b\\" c" <a@b.example>', [('a "b" c', "a@b.example")]),
        ("Anna  Meier<a@b.example>", [("Anna Meier", "a@b.example")]),
        ("jill", [("", "jill")]),
        ("", []),
    ],
)
def test_a_list_of_addresses_is_read(text, people):
    assert [(person.display_name, person.address) for person in read_list(text)] == people


@pytest.mark.parametrize(
    "text", ["a b@c.example", "a@b@c.example", "<a@b.example", '"a <b@c.example>', "Jill", "a@b>"]
)
def test_what_is_no_list_of_addresses_is_refused(text):
    with pytest.raises(NotAList):
        read_list(text)


def test_a_text_laid_out_over_lines_is_read_and_blanks_of_a_value_stay():
    body = b'{\r\n\tReceiver : +31612345678,\r\n\tMessage: Dag jij ,\n\tReference:"a, b"\r\n}\r\n'

    assert read(JSV, SEND_SMS, body) == {
        "Receiver": " +31612345678",
        "Message": " Dag jij ",
        "Reference": "a, b",
    }


def test_truth_and_numbers_are_read_from_text():
    jsv_body = b"{TestFlag:TRUE,IsColor:off,IsDuplex:1,BatchId:-7,CoverLetter:,File:AA==}"
    xml_body = b"<SendLetter><TestFlag> true </TestFlag><BatchId>7</BatchId></SendLetter>"

    assert read(JSV, SEND_LETTER, jsv_body) == {
        "TestFlag": True,
        "IsColor": False,
        "IsDuplex": True,
        "BatchId": -7,
        "File": b"\0",
    }
    assert read(XML, SEND_LETTER, xml_body) == {"TestFlag": True, "BatchId": 7}


@pytest.mark.parametrize("body", [b"{TestFlag:ja}", b"{BatchId:7.5}", b"{BatchId:9999999999}"])
def test_truth_and_numbers_that_are_none_are_refused(body):
    with pytest.raises(Unfit):
        read(JSV, SEND_LETTER, body)


def test_bytes_come_as_base64_or_as_numbers():
    assert read(JSON, SEND_LETTER, b'{"File":"JVBE\\r\\nRg=="}') == {"File": b"%PDF"}
    assert read(JSON, SEND_LETTER, b'{"File":[37,80,68,70]}') == {"File": b"%PDF"}


def test_a_large_file_is_read_in_each_format():
    content = bytes(range(256)) * 40_000
    text = base64.b64encode(content)

    bodies = {
        JSON: b'{"File":"' + text + b'"}',
        XML: b"<SendLetter><File>" + text + b"</File></SendLetter>",
        JSV: b"{File:" + text + b"}",
        CSV: b"FileName,File\r\na.pdf," + text + b"\r\n",
    }

    assert all(
        read(chosen, SEND_LETTER, body)["File"] == content for chosen, body in bodies.items()
    )


def test_the_last_of_a_name_in_two_cases_that_is_filled_counts():
    found = form.read(b"subject=first&Subject=second&SUBJECT=", form.URLENCODED)

    assert bind(SEND_MAIL, found, Raw({})) == {"Subject": "second"}
