"""What came in becomes known in the worker, and what nobody can read harms nothing."""

from pathlib import Path

import pytest

from boxes.models import Message
from boxes.summary import patient_hash
from tests.boxes.envelopes import envelope_to
from transports import tasks

DATA = Path(__file__).parent.parent / "data"
MEDLAB = "application/vnd.edi.medlab+xml"


def received(box, content: bytes, content_type: str) -> Message:
    return Message.objects.receive(
        box, envelope_to(box.name, content=content, content_type=content_type)
    )


@pytest.fixture
def medlab() -> bytes:
    return next(DATA.rglob("full-grouped.xml")).read_bytes()


def test_a_laboratory_report_becomes_known_with_its_patient_and_flag(john, medlab):
    message = received(john, medlab, MEDLAB)

    tasks.know()

    message.refresh_from_db()
    assert message.known == "known"
    assert message.kind == "laboratory_report"
    assert message.identity == "one"
    assert "DUINMEIJER" in message.patient_name
    assert message.flag == "abnormal"
    assert message.patient_hash == patient_hash(message.bsn) != ""


@pytest.mark.parametrize(
    ("name", "content_type", "flag"),
    [
        ("pdf/simple.pdf", "application/pdf", "unjudged"),
        ("image/full-fax-3-pages-g4.tif", "image/tiff", "unjudged"),
        ("image/simple.png", "image/png", "unjudged"),
        ("message-rfc822/full-html-inline-image-pdf.eml", "message/rfc822", "unjudged"),
        ("text-plain/full.txt", "text/plain", "unjudged"),
        ("zorgmail-medspe-xml/full.xml", "application/vnd.edi.medspe+xml", "unjudged"),
        ("zorgmail-mednip-xml/simple.xml", "application/vnd.edi.mednip+xml", "none"),
    ],
)
def test_what_no_machine_can_judge_is_told_from_what_is_normal(john, name, content_type, flag):
    message = received(john, (DATA / name).read_bytes(), content_type)

    tasks.know()

    message.refresh_from_db()
    assert (message.known, message.flag) == ("known", flag)


ORDER = "MSH|^~\\&|LIS|LAB|EPD|DORP|20260205||ORU^R01|1|P|2.5.1\rPID|1||1||Jansen^Jan\r"
RESULT = "OBX|1|NM|K^Kalium||6.9|mmol/l|3.5-5.0|HH|||F"
INTERCHANGE = "UNB+UNOC:1+1+2+260205:1430+9{}'UNH+1+MEDVRI:1'TXT+Graag vandaag nog'UNT+3+1'UNZ+1+9'"
MAIL = "From: a@b.example\r\nSubject: Uitslag\r\n{}\r\n\r\nGraag bellen"


@pytest.mark.parametrize(
    ("content", "content_type", "urgent"),
    [
        (f"{ORDER}OBR|1|Z1|F1|K^Kalium|S\r{RESULT}", "application/hl7-v2", True),
        (f"{ORDER}OBR|1|Z1|F1|K^Kalium\rTQ1|1||||||||S\r{RESULT}", "application/hl7-v2", True),
        (f"{ORDER}OBR|1|Z1|F1|K^Kalium|R\r{RESULT}", "application/hl7-v2", False),
        (INTERCHANGE.format("+++A"), "application/edifact", True),
        (INTERCHANGE.format("+++C"), "application/edifact", False),
        (MAIL.format("Importance: high"), "message/rfc822", True),
        (MAIL.format("Importance: normal"), "message/rfc822", False),
        (
            '{"resourceType": "Task", "status": "requested", "priority": "asap"}',
            "application/fhir+json",
            True,
        ),
    ],
)
def test_what_is_urgent_by_its_content_says_so(john, content, content_type, urgent):
    message = received(john, content.encode(), content_type)

    tasks.know()

    message.refresh_from_db()
    assert (message.known, message.urgent) == ("known", urgent)


def test_the_declared_type_may_be_vague(john, medlab):
    message = received(john, medlab, "text/xml")

    tasks.know()

    message.refresh_from_db()
    assert message.kind == "laboratory_report"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<MEDLAB_1><", MEDLAB),
        (b"Beste collega", "text/plain"),
        (b"\x00\xff" * 50, "application/x-unheard-of"),
        (b" ", MEDLAB),
    ],
)
def test_what_nobody_can_read_is_left_as_it_is(john, content, content_type):
    message = received(john, content, content_type)

    tasks.know()

    message.refresh_from_db()
    assert message.known in ("unknown", "known")
    assert message.identity in ("", "nobody") and message.patient_name == ""
    assert message.status == "INBOX" and message.body() == content
    assert not Message.objects.not_yet_known().exists()


def test_content_that_takes_too_long_is_given_up(john, medlab, settings):
    settings.RENDER_SECONDS = 0.0001
    message = received(john, medlab, MEDLAB)

    tasks.know()

    message.refresh_from_db()
    assert message.known == "unknown"


def test_without_a_render_server_messages_wait(john, medlab, settings, tmp_path):
    settings.RENDER_SOCKET = str(tmp_path / "nobody")
    message = received(john, medlab, MEDLAB)

    tasks.know()

    message.refresh_from_db()
    assert message.known == "waiting"
