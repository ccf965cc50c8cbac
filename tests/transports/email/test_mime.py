"""An envelope as a mail: what the receiver's program reads is what the sender wrote."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxes.envelope import Address, Attachment, Envelope
from transports.email import headers, mime
from transports.email.parts import SAME_AS_TEXT

JOHN = Address("john@mail.example", "John Johnson")
JILL = Address("jill@example.org", "Jill Jackson")
WRITTEN = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)


def mail_of(recipient: str = JILL.address, sender: Address = JOHN, answers="", **fields):
    fields = {"to": (JILL,), "content_type": "text/plain", "content": b"Dag", **fields}
    envelope = Envelope(sent_at=WRITTEN, **fields)
    return mime.build(envelope, xuid="x1", sender=sender, recipient=recipient, answers=answers)


def octets(mail: mime.Mail) -> bytes:
    return b"".join(mail.chunks())


def read(mail: mime.Mail) -> EmailMessage:
    assert len(octets(mail)) == mail.size
    return message_from_bytes(octets(mail), policy=policy.default)


# -- the envelope --------------------------------------------------------------------


def test_the_envelope_stands_in_the_headers():
    message = read(
        mail_of(
            to=(JILL, Address("bob@example.org")),
            cc=(Address("carol@example.org", 'Carol "C" O\'Hara, arts'),),
            subject="Uitslag mw. Müller",
            id="epd-17",
        )
    )

    assert message["From"] == "John Johnson <john@mail.example>"
    assert message["To"] == "Jill Jackson <jill@example.org>, bob@example.org"
    assert [item.display_name for item in message["Cc"].addresses] == ['Carol "C" O\'Hara, arts']
    assert message["Subject"] == "Uitslag mw. Müller"
    assert message["Date"].datetime == WRITTEN
    assert message["Message-ID"] == "<x1@mail.example>"
    assert message["X-MessageBox-Xuid"] == "x1"
    assert message["X-MessageBox-Envelope-Id"] == "epd-17"


def test_a_recipient_besides_to_and_cc_is_seen_by_nobody():
    mail = mail_of(recipient="secret@example.org")

    assert mail.recipient == "secret@example.org"
    assert b"secret" not in octets(mail)


def test_boxes_show_at_our_domain_and_what_mail_cannot_reach_as_a_name():
    message = read(
        mail_of(
            to=(
                Address("bob", "Bob"),
                Address("https://cell.example/x/", "Cel, van Bob"),
                Address("jürgen@example.org"),
                Address("06-12345678"),
            )
        )
    )

    assert [item.addr_spec for item in message["To"].addresses] == ["bob@mail.example"]
    assert [group.display_name for group in message["To"].groups] == [
        None,
        "Cel, van Bob (https://cell.example/x/)",
        "jürgen@example.org",
        "06-12345678",
    ]


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ("<x0@mail.example>", "<x0@mail.example>"),
        ("x0@mail.example", "<x0@mail.example>"),
        ("<a@b>\r\nBcc: evil@example.org", None),
        ("", None),
    ],
)
def test_it_answers_an_earlier_mail(answers, shown):
    message = read(mail_of(answers=answers, in_reply_to="epd-16"))

    assert message["In-Reply-To"] == message["References"] == shown
    assert message["X-MessageBox-In-Reply-To"] == (None if shown else "epd-16")


def test_headers_of_the_envelope_travel_under_a_name_of_ours():
    message = read(
        mail_of(
            headers={
                "From": "evil@example.org",
                "Bcc": "evil@example.org",
                "lab. nummer": "7\r\nX-Evil: yes",
                "Soort%": {"code": 7},
                "ñ": "é" * 300,
            }
        )
    )

    assert message["From"].addresses[0].addr_spec == JOHN.address
    assert message["Bcc"] is message["X-Evil"] is None
    assert message["X-MessageBox-Header-Bcc"] == "evil@example.org"
    assert message["X-MessageBox-Header-lab.%20nummer"] == "7 X-Evil: yes"
    assert message["X-MessageBox-Header-Soort%25"] == '{"code": 7}'
    assert message["X-MessageBox-Header-%C3%B1"] == "é" * 300


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"n" * 250: "x"}, "The name of the header “nnnn"),
        ({"a": "x" * 70_000}, "larger than e-mail can carry (64 KiB)"),
    ],
)
def test_headers_that_mail_cannot_carry_are_refused_and_not_left_out(given, sentence):
    with pytest.raises(mime.Unmailable) as caught:
        mail_of(headers=given)

    assert sentence in str(caught.value)


def test_a_thousand_recipients_fit():
    everyone = tuple(Address(f"jill{n}@example.org", f"Jill Jackson {n}") for n in range(1000))

    message = read(mail_of(to=everyone))

    assert len(message["To"].addresses) == 1000


# -- addresses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "wired"),
    [
        ("jill@example.org", "jill@example.org"),
        ("Jill.O'Hara+lab@Example.ORG", "Jill.O'Hara+lab@Example.ORG"),
        ("jill@exämple.org", "jill@xn--exmple-cua.org"),
        ("jürgen@example.org", "jürgen@example.org"),
    ],
)
def test_an_address_is_sent_as_smtp_speaks_it(address, wired):
    assert headers.wire_address(address) == wired


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jill",
        "@example.org",
        "jill@",
        "jill jackson@example.org",
        "jill@example..org",
        "jill@example.org.",
        "jill@-example.org",
        "jill@exam ple.org",
        "jill@example.org>\r\nRCPT TO:<evil@example.org",
        "jill\r\nDATA@example.org",
        "<jill>@example.org",
        "a@b@example.org",
        "jill\u202e@example.org",
        "jill\u2028@example.org",
        "jill\ud800@example.org",
        "jill@straße.example",
        "jill@exam＠ple.org",
        f"{'j' * 65}@example.org",
        f"jill@{'e' * 64}.org",
        f"jill@{'.'.join(['example'] * 40)}",
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(address):
    with pytest.raises(mime.Unmailable) as caught:
        mail_of(recipient=address)

    assert str(caught.value).isprintable()
    assert "mail" in str(caught.value)


# -- the content ---------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "text/markdown"])
@pytest.mark.parametrize(
    "content",
    [
        "Dag Jill\n",
        "Dag\r\n.\r\nFrom mij\r\n",
        "Dag Müller €\n",
        "lang " * 1000,
        "a\rb\0c",
        "",
        "\n",
    ],
)
def test_text_is_the_mails_own_text(content_type, content):
    message = read(mail_of(content_type=content_type, content=content.encode()))

    assert message.get_content_type() == content_type
    assert message["Content-Type"].params["charset"] == "utf-8"
    assert message.get_filename() is None
    arrived = message.get_payload(decode=True).decode().replace("\r\n", "\n")
    assert arrived in (content.replace("\r\n", "\n"), f"{content}\n")


@pytest.mark.parametrize(
    ("content_type", "content", "declared"),
    [
        ("text/plain; charset=iso-8859-1", "Müller".encode("latin-1"), "iso-8859-1"),
        ("text/plain; Charset=UTF-16", "Müller".encode("utf-16"), "utf-16"),
        ("text/plain", "Müller €".encode("cp1252"), "windows-1252"),
        ("text/plain; format=flowed", b"Dag", "utf-8"),
        ("text/plain; charset=", b"Dag", "utf-8"),
    ],
)
def test_text_keeps_its_character_set(content_type, content, declared):
    message = read(mail_of(content_type=content_type, content=content))

    assert message["Content-Type"].params["charset"].lower() == declared
    assert message.get_payload(decode=True).rstrip() == content.rstrip()


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("application/vnd.edi.medlab+xml", "message.xml"),
        ("application/xml", "message.xml"),
        ("application/fhir+json; charset=utf-8", "message.json"),
        ("application/pdf", "message.pdf"),
        ("application/hl7-v2", "message.hl7"),
        ("image/jpeg", "message.jpg"),
        ("application/x-unheard-of", "message.bin"),
    ],
)
def test_any_other_content_is_a_file_byte_for_byte(content_type, name):
    content = b"\r\n.\rMSH|^~\\&|\n" + bytes(range(256)) * 1000

    message = read(mail_of(content_type=content_type, content=content))

    assert message["Content-Type"].replace('"', "") == content_type
    assert message["Content-Disposition"] == f'attachment; filename="{name}"'
    assert message.get_payload(decode=True) == content


@pytest.mark.parametrize(
    "content_type", ["multipart/mixed; boundary=x", "message/partial", "nonsense", "text/x y"]
)
def test_a_type_that_a_mail_may_not_take_over_is_plain_bytes(content_type):
    message = read(mail_of(content_type=content_type, content=b"--x\r\n\r\n--x--"))
    [part] = [item for item in message.walk() if not item.is_multipart()]

    assert part.get_content_type() == "application/octet-stream"
    assert part.get_payload(decode=True) == b"--x\r\n\r\n--x--"
    if "/" in content_type and " y" not in content_type:
        assert part["X-MessageBox-Content-Type"] == content_type


@pytest.mark.parametrize("text", ["Dag Jill", "Dag Müller"])
def test_a_mail_in_the_mail_is_a_file_and_not_its_headers(text):
    inner = f"From: evil@example.org\nTo: x@example.org\nSubject: Inner\n\n{text}".encode()

    message = read(mail_of(content_type="message/rfc822", content=inner, subject="Outer"))

    assert message["Subject"] == "Outer"
    assert message["From"].addresses[0].addr_spec == JOHN.address
    [part] = message.iter_parts()
    assert part.get_filename() == "message.eml"
    if text.isascii():
        assert part.get_content()["Subject"] == "Inner"
    else:
        assert part.get_content_type() == "application/octet-stream"
        assert part.get_content() == inner


SAME = Attachment("message.txt", SAME_AS_TEXT, "Café, maandag".encode())
SCAN = Attachment("scan.pdf", "application/pdf", b"%PDF-1.7")


def in_html(*attachments: Attachment) -> EmailMessage:
    page = "<p>Café, maandag</p>".encode()
    return read(mail_of(content_type="text/html", content=page, attachments=attachments))


@pytest.mark.parametrize("files", [(), (SCAN,)])
def test_text_that_says_the_same_as_the_html_is_its_other_form(files):
    mail = in_html(SAME, *files)

    both = next(mail.iter_parts()) if files else mail
    plain, page = both.iter_parts()
    assert both.get_content_type() == "multipart/alternative"
    assert plain.get_content_type() == "text/plain" and not plain.get_filename()
    assert plain.get_content().strip() == "Café, maandag"
    assert page.get_content().strip() == "<p>Café, maandag</p>"
    assert mail.get_body(("plain",)) is not None
    assert [part.get_filename() for part in mail.iter_attachments() if files] == [
        file.filename for file in files
    ]


def test_a_text_that_somebody_added_to_html_stays_a_file():
    mail = in_html(Attachment("message.txt", "text/plain; charset=utf-8", b"Kalium 7,1"))

    [file] = mail.iter_attachments()
    assert mail.get_content_type() == "multipart/mixed" and file.get_filename() == "message.txt"


def test_attachments_follow_the_text_in_their_order():
    long_name = "Brief naar de kinderarts over mw. Müller, verwijzing en bijlagen " * 3 + ".pdf"
    message = read(
        mail_of(
            attachments=(
                Attachment(long_name, "application/pdf", b"%PDF" * 999),
                Attachment("../../brief\r\n.txt", "text/plain; charset=iso-8859-1", b"M\xfcller"),
                Attachment('a"b%.xml', "application/xml", b""),
                Attachment("", "image/png", b"\x89PNG"),
            )
        )
    )

    text, *files = message.iter_parts()
    assert text.get_content().strip() == "Dag"
    assert [part.get_filename() for part in files] == [
        long_name,
        ".._.._brief .txt",
        'a"b%.xml',
        "attachment-4.png",
    ]
    assert [part.get_payload(decode=True) for part in files] == [
        b"%PDF" * 999,
        b"M\xfcller",
        b"",
        b"\x89PNG",
    ]
    assert files[1].get_content() == "Müller"


# -- whatever the sender writes ------------------------------------------------------

ANYTHING = st.text(st.characters(), max_size=300)
SENT = {
    "message-id",
    "from",
    "to",
    "cc",
    "date",
    "subject",
    "in-reply-to",
    "references",
    "x-messagebox-xuid",
    "x-messagebox-in-reply-to",
    "x-messagebox-envelope-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "x-messagebox-content-type",
}


def name_in(raw: bytes, header: str) -> str:
    """The display name as the older of Python's readers has it: the newer one puts spaces
    between the encoded words of a long name."""
    value = message_from_bytes(raw)[header].replace("\r\n", "")
    return str(make_header(decode_header(parseaddr(value)[0])))


def shown(text: str) -> str:
    return " ".join(headers.clean(text).split())


@settings(max_examples=150, deadline=None)
@given(
    subject=ANYTHING,
    names=st.lists(ANYTHING, min_size=3, max_size=3),
    carried=st.dictionaries(st.text(st.characters(), max_size=12), ANYTHING, max_size=4),
    answers=ANYTHING,
    identifier=ANYTHING,
    filename=ANYTHING,
    content_type=st.one_of(
        st.sampled_from(["text/plain", "text/html", "message/rfc822"]), ANYTHING
    ),
    content=st.one_of(
        st.binary(max_size=3000), ANYTHING.map(lambda text: text.encode(errors="replace"))
    ),
)
def test_nothing_that_a_sender_writes_adds_or_changes_a_header(
    subject, names, carried, answers, identifier, filename, content_type, content
):
    sender, to, cc = names
    mail = mail_of(
        subject=subject,
        sender=Address(JOHN.address, sender),
        to=(Address(JILL.address, to),),
        cc=(Address("carol@example.org", cc),),
        headers=carried,
        answers=answers,
        in_reply_to=answers,
        id=identifier,
        content_type=content_type,
        content=content,
        attachments=(Attachment(filename, content_type, content),),
    )

    raw = octets(mail)
    message = read(mail)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    ours = [name for name in message if not name.startswith("X-MessageBox-Header-")]
    assert {name.lower() for name in ours} <= SENT
    assert len(ours) == len(set(ours))
    assert len(message.keys()) - len(ours) == len(carried)
    assert shown(str(message["Subject"])) == shown(subject)
    for name, address, display_name in (
        ("From", JOHN.address, sender),
        ("To", JILL.address, to),
        ("Cc", "carol@example.org", cc),
    ):
        [read_address] = message[name].addresses
        assert read_address.addr_spec == address
        assert shown(name_in(raw, name)) == shown(display_name)
    first, second = message.iter_parts()
    assert second.get_filename(failobj="") is not None
    for part in (first, second):
        if part.get_content_type() not in ("message/rfc822", "text/plain", "text/html"):
            assert part.get_payload(decode=True) == content
