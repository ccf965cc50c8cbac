from email.message import EmailMessage

import pytest

from viewer.clinical import Unreadable
from viewer.readers import read

KIND = "message/rfc822"


def document(*lines, body="Dag"):
    head = ["From: Jan <jan@a.example>", "MIME-Version: 1.0", *lines]
    return read(KIND, ("\r\n".join(head) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape"))


def report(*lines, **others):
    return document(*lines, **others).reports[0]


def codes(found):
    return [notice.code for notice in found.notices]


def test_a_mail_gives_people_texts_images_and_attachments(sample):
    found = read(KIND, sample("message-rfc822/full-html-inline-image-pdf.eml"))

    [mail] = found.reports
    assert (
        mail.title == "Uitslag en groeicurve patiënte Duinmeijer – van der Klaver (g. 14-03-1991)"
    )
    assert [(party.role, party.person, party.identifiers[0].value) for party in mail.parties] == [
        ("from", "Polikliniek Gynaecologie – De Wilgenhof", "poli.gyn@wilgenhof.example"),
        ("to", "Ooijevaar, M. (verloskundige)", "ooievaarsnest@mail.example"),
        ("cc", "Zoë Secretariëel", "zoe@wilgenhof.example"),
    ]
    assert mail.statuses == ("urgent",)
    assert mail.moments[0].iso == "2026-02-10T16:02:00+01:00"
    assert [section.term for section in mail.sections] == ["html_text", "plain_text"]
    assert [
        (one.filename, one.content_type, one.inline, one.content_id) for one in mail.attachments
    ] == [
        ("groei.png", "image/png", True, "groei@wilgenhof"),
        ("Labuitslag patiënte 05-02-2026.pdf", "application/pdf", False, ""),
        ("uitslagen.csv", "text/csv", False, ""),
    ]
    assert mail.attachments[0].content.startswith(b"\x89PNG")
    assert not found.notices


def test_edifact_as_the_text_of_a_mail_is_read_as_what_it_is(sample):
    found = read(KIND, sample("message-rfc822/edifact-in-plain-body.eml"))

    mail, inside = found.reports
    assert mail.kind == "email" and mail.sections
    assert inside.patients[0].bsn == "999990044"
    assert codes(found) == ["recognised_inside"]


def test_an_answer_address_is_only_told_where_it_is_another():
    assert [party.role for party in report("Reply-To: jan@a.example").parties] == ["from"]
    assert [party.role for party in report("Reply-To: piet@b.example").parties] == [
        "from",
        "reply_to",
    ]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Subject: =?utf-8?q?Zo=C3=AB?=", "Zoë"),
        ("Subject: =?utf-8?b?Wm/Dqw==?=\r\n =?utf-8?q?_e.a.?=", "Zoë e.a."),
        ("Subject: Zoë", "Zoë"),
        ("Subject: =?utf-7?q?+ADw-?=", "+ADw-"),
        ("Subject: =?onzin?b?!!!?=", "=?onzin?b?!!!?="),
        ("Subject:", ""),
    ],
)
def test_a_subject_is_decoded(line, title):
    assert report(line).title == title


def test_bare_windows_bytes_in_a_header_are_read():
    content = b"From: a@b.example\r\nSubject: pati\xebnt\r\n\r\nDag"

    assert read(KIND, content).reports[0].title == "patiënt"


def test_a_second_sender_is_told():
    found = document("From: Piet <piet@b.example>")

    assert codes(found) == ["header_repeated"]
    assert [party.person for party in found.reports[0].parties] == ["Jan", "Piet"]


def test_a_wrong_character_set_is_told():
    content = b'From: a@b.example\r\nContent-Type: text/plain; charset="us-ascii"\r\n\r\nZo\xeb'

    found = read(KIND, content)

    assert found.reports[0].sections[0].items[0].lines == ("Zoë",)
    assert codes(found) == ["charset_wrong"]


def test_flowed_lines_are_joined():
    lines = (
        report(
            "Content-Type: text/plain; format=flowed", body="een \r\ntwee\r\n drie\r\n-- \r\nJan"
        )
        .sections[0]
        .items[0]
        .lines
    )

    assert lines == ("een twee", "drie", "-- ", "Jan")


def alternative(plain, html):
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return read(KIND, message.as_bytes())


def test_two_forms_that_tell_other_numbers_are_told():
    assert codes(alternative("Kalium 3,4", "<p>Kalium <b>4,3</b></p>")) == ["alternative_differs"]
    assert codes(alternative("Kalium 3,4", "<style>a{1px}</style><p>Kalium <b>3,4</b></p>")) == []


def test_a_mail_within_a_mail_opens_as_one():
    inner = EmailMessage()
    inner["Subject"] = "Binnenin"
    inner.set_content("tekst")
    outer = EmailMessage()
    outer["From"] = "a@b.example"
    outer.set_content("zie bijlage")
    outer.add_attachment(inner)

    [attachment] = read(KIND, outer.as_bytes()).attachments

    assert (attachment.filename, attachment.content_type) == ("Binnenin.eml", "message/rfc822")
    assert read(KIND, attachment.content).reports[0].title == "Binnenin"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data", "encrypted"),
        ("application/pkcs7-mime; smime-type=signed-data", "signature_unverified"),
        ("application/ms-tnef", "winmail"),
    ],
)
def test_what_cannot_be_opened_is_told(kind, code):
    assert codes(document(f"Content-Type: {kind}")) == [code]


def test_an_attachment_of_a_vague_type_is_recognised(sample):
    content = sample("edifact/medlab-simple.edi").decode()
    [attachment] = document(
        "Content-Type: application/octet-stream",
        'Content-Disposition: attachment; filename="a.edi"',
        body=content,
    ).attachments

    assert attachment.content_type == "application/edifact"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("filename*=utf-8''..%2F..%2Fevil.pdf", "../../evil.pdf"),
        ("filename*0=een; filename*1=twee.pdf", "eentwee.pdf"),
        ('filename="=?utf-8?q?Zo=C3=AB.pdf?="', "Zoë.pdf"),
    ],
)
def test_a_file_name_is_decoded_in_every_notation(line, name):
    [attachment] = document(
        "Content-Type: application/pdf", f"Content-Disposition: attachment; {line}"
    ).attachments

    assert attachment.filename == name


def test_a_missing_boundary_still_shows_the_text():
    found = document("Content-Type: multipart/mixed; boundary=x", body="geen grens")

    assert "mail_defect" in codes(found)
    assert (
        b"geen grens" in b"".join(one.content for one in found.attachments)
        or found.reports[0].sections
    )


def test_headers_that_nobody_asked_for_are_kept():
    assert ("X-Spam", "nee") in [(row.label, row.value) for row in report("X-Spam: nee").rest]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"zomaar tekst",
        b"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n" * 2_500,
        b"From: a@b\r\n"
        + b"Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\n" * 1_500
        + b"\r\n\r\nx",
        b"From: a@b\r\n\r\n" + b"x" * 2_200_000,
    ],
)
def test_what_is_too_much_or_no_mail_is_refused(content):
    with pytest.raises(Unreadable):
        read(KIND, content)
