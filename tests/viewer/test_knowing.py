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
