"""A mail that came in, as an envelope: nothing lost, and nothing that the columns cannot keep."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from boxes.envelope import Address, Attachment, Envelope
from transports.email.headers import header, mailbox_tokens, text_tokens
from transports.email.mime import build
from transports.email.reading import read_mail

HERE = Address("jill@mail.example", "Jill")
SAMPLES = sorted((Path(__file__).parents[2] / "data" / "message-rfc822").glob("*.eml"))
EDIFACT = b"UNB+UNOC:1+500011111+500022222+260205:1430+26020500077'UNH+1+MEDLAB:1'UNT+2+1'"
MEDLAB = b"<?xml version='1.0'?><MEDLAB_1><header/></MEDLAB_1>"


def letter(**fields) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Piet Bruïnsma <piet@example.org>"
    mail["To"] = "Jill <jill@mail.example>, Bob <bob@example.org>"
    mail["Subject"] = "Uitslag van 3 februari"
    mail["Message-ID"] = "<1@example.org>"
    mail["Date"] = "Tue, 03 Feb 2026 13:12:00 +0100"
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Beste Jill,\n\nHierbij.\n")
    return mail


def files_of(envelope: Envelope) -> dict[str, Attachment]:
    return {item.filename: item for item in envelope.attachments}


def test_a_letter_becomes_an_envelope():
    original = letter(Cc="Eva <eva@example.org>", In_Reply_To="<0@mail.example>").as_bytes()

    envelope = read_mail(original, HERE)

    assert envelope.sender == Address("piet@example.org", "Piet Bruïnsma")
    assert envelope.to == (
        Address("jill@mail.example", "Jill"),
        Address("bob@example.org", "Bob"),
    )
    assert envelope.cc == (Address("eva@example.org", "Eva"),)
    assert (envelope.subject, envelope.id) == ("Uitslag van 3 februari", "<1@example.org>")
    assert envelope.in_reply_to == "<0@mail.example>"
    assert envelope.sent_at == datetime(2026, 2, 3, 12, 12, tzinfo=UTC)
    assert envelope.sent_at.utcoffset().total_seconds() == 3600
    assert envelope.content_type == "text/plain; charset=utf-8"
    assert (envelope.content, envelope.content_encoding) == (b"Beste Jill,\n\nHierbij.\n", "")
    assert envelope.attachments == (Attachment("original.eml", "message/rfc822", original),)


def test_every_header_is_kept_and_one_that_stands_twice_as_a_list():
    original = (
        b"Received: from a\r\n by b\r\nreceived: from c\r\nX-Lab: =?utf-8?q?Bru=C3=AFnsma?=\r\n"
        b"X-Bare: Bru\xefnsma\r\nFrom: a@b.example\r\n\r\nDag\r\n"
    )

    headers = read_mail(original, HERE).headers

    assert headers == {
        "Received": ["from a by b", "from c"],
        "X-Lab": "Bruïnsma",
        "X-Bare": "Bruïnsma",
        "From": "a@b.example",
    }


def test_files_and_the_other_form_of_the_text_come_along_byte_for_byte():
    mail = letter()
    mail.add_alternative("<p>Beste Jill</p>", subtype="html")
    mail.add_attachment(bytes(range(256)), maintype="application", subtype="pdf", filename="é.pdf")
    mail.add_attachment(letter())

    envelope = read_mail(mail.as_bytes(), HERE)

    files = files_of(envelope)
    assert envelope.content.startswith(b"Beste Jill,")
    assert list(files) == ["message.html", "é.pdf", "Uitslag van 3 februari.eml", "original.eml"]
    assert files["message.html"].content_type == "text/html; charset=utf-8"
    assert files["é.pdf"].content == bytes(range(256))
    assert files["é.pdf"].content_type.startswith("application/pdf")
    inner = message_from_bytes(files["Uitslag van 3 februari.eml"].content)
    assert inner["Message-ID"] == "<1@example.org>"


def test_html_alone_is_the_content():
    mail = letter()
    mail.set_content("<p>Dag</p>", subtype="html")

    envelope = read_mail(mail.as_bytes(), HERE)

    assert envelope.content_type == "text/html; charset=utf-8"
    assert envelope.content.strip() == b"<p>Dag</p>"


def test_a_scan_without_a_text_is_the_content():
    original = b"From: a@b.example\r\nContent-Type: application/pdf; name=scan.pdf\r\n\r\n%PDF-1"

    envelope = read_mail(original, HERE)

    assert (envelope.content_type, envelope.content) == (
        "application/pdf",
        b"%PDF-1",
    )
    assert envelope.content_encoding == "base64"


@pytest.mark.parametrize(
    ("declared", "octets", "expected", "content"),
    [
        ("utf-8", "é".encode(), "utf-8", "é".encode()),
        ("us-ascii", b"\xe9", "windows-1252", b"\xe9"),
        ("utf-8", b"\xe9", "windows-1252", b"\xe9"),
        ("iso-8859-1", b"\xe9", "iso-8859-1", b"\xe9"),
        ("koi8-r", "да".encode("koi8-r"), "utf-8", "да".encode()),
        ("nonsense", b"\xe9", "windows-1252", b"\xe9"),
        ("", "é".encode(), "utf-8", "é".encode()),
    ],
)
def test_a_text_says_in_which_characters_it_is(declared, octets, expected, content):
    parameter = f"; charset={declared}" if declared else ""
    original = f"From: a@b.example\r\nContent-Type: text/plain{parameter}\r\n\r\n".encode()

    envelope = read_mail(original + octets, HERE)

    assert envelope.content_type == f"text/plain; charset={expected}"
    assert envelope.content == content


@pytest.mark.parametrize(
    ("content", "kind"),
    [(EDIFACT, "application/edifact"), (MEDLAB, "application/vnd.edi.medlab+xml")],
)
@pytest.mark.parametrize("declared", ["text/plain", "text/xml", "application/octet-stream"])
def test_the_one_edi_message_in_a_mail_is_its_content(content, kind, declared):
    mail = letter()
    maintype, _, subtype = declared.partition("/")
    mail.add_attachment(content, maintype=maintype, subtype=subtype, filename="bericht.edi")

    envelope = read_mail(mail.as_bytes(), HERE)

    assert (envelope.content_type, envelope.content) == (kind, content)
    assert list(files_of(envelope)) == ["message.txt", "original.eml"]


def test_edifact_as_the_text_of_a_mail_is_its_content():
    mail = letter()
    mail.set_content(EDIFACT.decode())

    envelope = read_mail(mail.as_bytes(), HERE)

    assert envelope.content_type == "application/edifact"
    assert envelope.content.strip() == EDIFACT


def test_several_edi_messages_stay_attachments_of_the_letter():
    mail = letter()
    for name in ("1.edi", "2.edi"):
        mail.add_attachment(EDIFACT, maintype="application", subtype="edifact", filename=name)

    envelope = read_mail(mail.as_bytes(), HERE)

    assert envelope.content.startswith(b"Beste Jill")
    assert [item.content_type for item in envelope.attachments] == [
        "application/edifact",
        "application/edifact",
        "message/rfc822",
    ]


@pytest.mark.parametrize("word", ["john", "https://cell.example/", "john\t", '"john"'])
def test_what_is_no_mail_address_never_stands_where_a_box_or_cell_would(word):
    original = f"From: {word}\r\nTo: {word}\r\n\r\nDag\r\n".encode()

    envelope = read_mail(original, HERE)

    assert envelope.sender is not None and envelope.sender.address == ""
    assert [item.address for item in envelope.to] == [""]
    assert word.strip('"\t').removeprefix("https:") in envelope.sender.display_name


def test_a_mail_that_names_nobody_is_for_its_receiver():
    envelope = read_mail(b"Subject: x\r\n\r\nDag", HERE)

    assert envelope.to == (HERE,)
    assert envelope.sender == Address("")
    assert (envelope.id, envelope.sent_at) == ("", None)


@pytest.mark.parametrize(
    "date", ["yesterday", "", "Mon, 01 Jan 1900 00:00:00 +0000", "Mon, 01 Jan 9999 00:00:00 +9900"]
)
def test_a_moment_that_cannot_be_is_none(date):
    assert read_mail(f"Date: {date}\r\n\r\n".encode(), HERE).sent_at is None


def test_more_parts_than_anybody_reads_come_whole():
    parts = b"--b\r\n\r\nx\r\n" * 2000
    original = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--"

    envelope = read_mail(original, HERE)

    assert (envelope.content_type, envelope.content) == ("message/rfc822", original)


def test_headers_beyond_measure_are_left_to_the_original():
    original = b"From: a@b.example\r\n" + b"X-Long: " + b"x" * 70_000 + b"\r\n\r\nDag"

    envelope = read_mail(original, HERE)

    assert list(envelope.headers) == ["From"]
    assert files_of(envelope)["original.eml"].content == original


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_comes_with_its_original(path):
    original = path.read_bytes()

    envelope = read_mail(original, HERE)

    assert files_of(envelope)["original.eml"].content == original
    assert set(envelope.headers)


def test_what_we_send_comes_back_as_what_it_was():
    sent = Envelope(
        to=(Address("jill@mail.example", "Jill"),),
        content_type="text/plain; charset=utf-8",
        content="Beste Zoë\r\n".encode(),
        subject="Überleg",
        sent_at=datetime(2026, 2, 3, 13, 12, tzinfo=UTC),
        attachments=(Attachment("naïef.pdf", "application/pdf", b"%PDF-1"),),
    )
    mail = build(
        sent, xuid="X", sender=Address("john@mail.example", "J"), recipient="jill@mail.example"
    )

    envelope = read_mail(b"".join(mail.chunks()), HERE)

    assert (envelope.subject, envelope.content) == (sent.subject, sent.content)
    assert (envelope.to, envelope.sent_at) == (sent.to, sent.sent_at)
    assert envelope.attachments[0] == sent.attachments[0]
    assert envelope.id == "<X@mail.example>"


def fits(envelope: Envelope) -> bool:
    words = (envelope.subject, envelope.id, envelope.in_reply_to, repr(envelope.headers))
    return (
        len(envelope.subject) <= 998
        and max(len(envelope.id), len(envelope.in_reply_to), len(envelope.content_type)) <= 255
        and all(len(item.filename) <= 255 for item in envelope.attachments)
        and all(len(item.address) <= 1000 for item in (*envelope.to, *envelope.cc))
        and not any("\0" in word or "\\ud8" in ascii(word) for word in words)
    )


@examples(max_examples=300)
@given(original=st.binary(max_size=400))
def test_any_bytes_become_an_envelope_that_fits(original):
    envelope = read_mail(original, HERE)

    assert fits(envelope)
    assert original in (envelope.content, files_of(envelope)["original.eml"].content)


LINES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: <", b"In-Reply-To: ",
        b"Content-Type: ", b"multipart/mixed; boundary=b", b"message/rfc822", b"text/plain",
        b"text/html; charset=", b"utf-16", b"message/delivery-status", b"; name*0*=", b"=?utf-8?b?",
        b"=?x?q?=FF?=", b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment",
        b"\r\n", b"\r\n\r\n", b"\n", b"--b\r\n", b"--b--", b"\xff\x00", b"<a@b", b">", b",", b'"',
        b"(", b"%PDF", b"uuencode", b"begin 644 x\r\n", b"UNB+", b"a" * 300, b"[", b"@", b":;",
    ]
)  # fmt: skip


@examples(max_examples=500)
@given(pieces=st.lists(LINES, max_size=25))
def test_damaged_mails_become_envelopes_that_fit(pieces):
    original = b"".join(pieces)

    envelope = read_mail(original, HERE)

    assert fits(envelope)


@examples(max_examples=150)
@given(name=st.text(max_size=60), subject=st.text(max_size=200), text=st.text(max_size=200))
def test_words_of_a_sender_come_back_as_they_were(name, subject, text):
    head = [
        header("From", mailbox_tokens(name, "a@b.example")),
        header("Subject", text_tokens(subject)),
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
    ]
    envelope = read_mail(b"".join(head) + text.encode("utf-8", "replace"), HERE)

    assert envelope.sender is not None and envelope.sender.address == "a@b.example"
    if subject.isprintable() and subject.strip() == subject:
        assert envelope.subject == subject
    assert envelope.content == text.encode("utf-8", "replace")
