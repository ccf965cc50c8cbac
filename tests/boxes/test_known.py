"""What was read of a content is known of every message that shares it."""

from dataclasses import replace

import pytest

from boxes.envelope import Address
from boxes.models import Message
from boxes.summary import Summary, patient_hash
from tests.boxes.envelopes import envelope_to
from transports.tasks import dispatch

HAEMOGLOBIN = Summary(
    kind="laboratory_report",
    flag="abnormal",
    status="final",
    identity="one",
    patient_name="DUINMEIJER, Anna",
    birth_date="1991-03-14",
    sex="female",
    bsn="999990032",
    report_numbers=("L-1",),
    sender="Lab Noord",
)


def corrected(summary: Summary) -> Summary:
    return replace(summary, status="corrected")


def changed(**values) -> Summary:
    return replace(HAEMOGLOBIN, **values)


def test_both_copies_of_a_message_become_known(john, jill):
    sent = Message.objects.post(john, envelope_to("jill"))
    dispatch()

    Message.objects.know(sent, HAEMOGLOBIN)

    for message in Message.objects.all():
        assert (message.known, message.flag) == ("known", "abnormal")
        assert message.patient_name == "DUINMEIJER, Anna"
        assert message.bsn == "999990032"


def test_the_patient_number_is_found_by_its_hash_and_stored_unreadable(john):
    message = Message.objects.receive(john, envelope_to("john"))
    Message.objects.know(message, HAEMOGLOBIN)

    found = Message.objects.get(patient_hash=patient_hash("9999 90032"))
    assert found == message
    assert b"999990032" not in bytes(found.sealed_bsn)
    assert "999990032" not in found.patient_hash


def test_a_correction_points_the_earlier_report_at_itself(john):
    first = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1"))
    correction = Message.objects.receive(john, envelope_to("john", content=b"Hb 8,1"))

    Message.objects.know(first, HAEMOGLOBIN)
    Message.objects.know(correction, corrected(HAEMOGLOBIN))

    first.refresh_from_db()
    correction.refresh_from_db()
    assert first.replaced_by == correction
    assert correction.replaced_by is None


def test_a_correction_that_was_read_first_still_replaces(john):
    first = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1"))
    correction = Message.objects.receive(john, envelope_to("john", content=b"Hb 8,1"))

    Message.objects.know(correction, corrected(HAEMOGLOBIN))
    Message.objects.know(first, HAEMOGLOBIN)

    first.refresh_from_db()
    assert first.replaced_by == correction


@pytest.mark.parametrize(
    "other",
    [{"bsn": "999990044"}, {"report_numbers": ("L-2",)}, {"sender": "Lab Zuid"}],
)
def test_another_patient_order_or_sender_is_no_correction(john, other):
    first = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1"))
    second = Message.objects.receive(john, envelope_to("john", content=b"Hb 8,1"))

    Message.objects.know(first, HAEMOGLOBIN)
    Message.objects.know(second, corrected(changed(**other)))

    first.refresh_from_db()
    assert first.replaced_by is None


@pytest.mark.parametrize(
    ("earlier", "later", "replaced"),
    [
        ([(), ("L-1",)], [("ZD-9",), ("L-1",)], True),
        ([("ZD-9",), ("L-1",)], [(), ("L-1",)], True),
        ([("ZD-9",), ()], [("ZD-9",), ("L-1",)], True),
        # One order, two reports.
        ([("ZD-9",), ("L-1",)], [("ZD-9",), ("L-2",)], False),
        # A number that the laboratory used again.
        ([("ZD-8",), ("L-1",)], [("ZD-9",), ("L-1",)], False),
        # An order and a report that happen to have one number.
        ([("7",), ()], [(), ("7",)], False),
        ([(), ("L-1",)], [(), ("L-1", "L-2")], True),
        # The correction is of one of the two samples; the other's results still hold.
        ([(), ("L-1", "L-2")], [(), ("L-1",)], False),
    ],
)
@pytest.mark.parametrize("read_first", ["earlier", "later"])
def test_a_correction_replaces_what_its_numbers_cover(john, earlier, later, replaced, read_first):
    names = ("order_numbers", "report_numbers")
    first = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1"))
    second = Message.objects.receive(john, envelope_to("john", content=b"Hb 8,1"))
    told = [
        (first, changed(**dict(zip(names, earlier, strict=True)), sender="LAB  NOORD")),
        (second, changed(**dict(zip(names, later, strict=True)), status="corrected")),
    ]

    for message, summary in told if read_first == "earlier" else told[::-1]:
        Message.objects.know(message, summary)

    first.refresh_from_db()
    assert first.replaced_by == (second if replaced else None)


def test_of_more_numbers_than_can_be_kept_none_is_compared(john):
    many = changed(report_numbers=tuple(f"L-{number}" for number in range(31)))
    first = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1"))
    second = Message.objects.receive(john, envelope_to("john", content=b"Hb 8,1"))

    Message.objects.know(first, many)
    Message.objects.know(second, corrected(many))

    first.refresh_from_db()
    assert first.replaced_by is None and first.report_numbers == ""


@pytest.mark.parametrize(
    "other",
    [{"sender": Address("stranger")}, {"source": "email"}, {"through": "another key"}],
)
def test_who_claims_to_be_the_laboratory_cannot_replace_its_report(john, other):
    sender = {"sender": Address("lab@duinrand.example")}
    road = {"source": "api", "through": "the laboratory's key"}
    road_of_other = road | {name: value for name, value in other.items() if name != "sender"}
    first = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1", **sender), **road)
    second = Message.objects.receive(
        john,
        envelope_to("john", content=b"Hb 8,1", sender=other.get("sender", sender["sender"])),
        **road_of_other,
    )

    Message.objects.know(first, HAEMOGLOBIN)
    Message.objects.know(second, corrected(HAEMOGLOBIN))

    first.refresh_from_db()
    assert first.replaced_by is None


@pytest.mark.parametrize("known_when_sent", [True, False])
def test_a_correction_between_boxes_replaces_whenever_it_was_read(john, jill, known_when_sent):
    """The worker may read a content before its copy is delivered, and not again."""
    for content, summary in ((b"Hb 7,1", HAEMOGLOBIN), (b"Hb 8,1", corrected(HAEMOGLOBIN))):
        sent = Message.objects.post(john, envelope_to("jill", content=content))
        if known_when_sent:
            Message.objects.know(sent, summary)
        dispatch()
        Message.objects.know(sent, summary)

    for box in (john, jill):
        earlier, later = Message.objects.filter(box=box).order_by("pk")
        assert earlier.replaced_by == later and later.replaced_by is None


def test_another_box_learns_nothing_from_a_correction(john, jill):
    mine = Message.objects.receive(john, envelope_to("john", content=b"Hb 7,1"))
    theirs = Message.objects.receive(jill, envelope_to("jill", content=b"Hb 8,1"))

    Message.objects.know(mine, HAEMOGLOBIN)
    Message.objects.know(theirs, corrected(HAEMOGLOBIN))

    mine.refresh_from_db()
    assert mine.replaced_by is None


def test_what_nobody_can_read_stays_as_it_is_and_is_not_tried_again(john):
    message = Message.objects.receive(john, envelope_to("john"))
    Message.objects.leave_unknown(message)

    message.refresh_from_db()
    assert message.known == "unknown" and message.kind == ""
    assert not Message.objects.not_yet_known().exists()
