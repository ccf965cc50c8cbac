"""The address alone chooses the road, and no disguise leads to a less safe one."""

import pytest
from django.core.checks import run_checks

from boxes.models import Message
from tests.boxes.envelopes import envelope_to
from tests.transports.worker import run_worker
from transports.base import domain_of
from transports.policy import roads_for


@pytest.mark.parametrize(
    ("address", "road"),
    [
        ("jill", "box"),
        ("jill@example.org", "email"),
        ("500012345@lms.lifeline.nl", "zorgmail"),
        ("praktijk@EZORG.nl", "ezorg"),
        ("500012345@lms.lifeline.nl.", "zorgmail"),
        ("500012345@ｌｍｓ.lifeline.nl", "zorgmail"),
        ("500012345@lms。lifeline。nl", "zorgmail"),
        ("sms:+31612345678", "communicationhub"),
        ("letter:Anna Meier; Am Deich 4; 01067; Dresden", "communicationhub"),
        ("https://cell.example/", "personium"),
        ("HTTPS://cell.example", "personium"),
        ("http://me@lms.lifeline.nl/", "personium"),
        ("geen adres", "none"),
        ("Jill", "none"),
    ],
)
def test_an_address_takes_one_road(john, address, road):
    assert roads_for([address], john) == [road]


@pytest.mark.parametrize("address", ["jill@boxes.example", "JILL@Boxes.Example."])
def test_a_box_by_its_mail_address_is_reached_here(john, jill, settings, address):
    settings.MAIL_DOMAIN = "boxes.example"
    message = Message.objects.post(john, envelope_to(address))

    run_worker()

    assert Message.objects.in_box(jill).get().subject == message.subject
    assert message.deliveries.get().transport == "box"


def test_a_box_that_is_named_in_both_forms_gets_one_copy(john, jill, settings):
    settings.MAIL_DOMAIN = "boxes.example"
    message = Message.objects.post(
        john, envelope_to("jill", "jill@boxes.example", "JILL@boxes.example")
    )

    run_worker()

    assert Message.objects.in_box(jill).count() == 1
    assert {item.status for item in message.deliveries.all()} == {"delivered"}


def test_an_address_of_our_domain_that_is_no_box_is_somebodys_mailbox(john, settings):
    settings.MAIL_DOMAIN = "boxes.example"

    assert roads_for(["anna@boxes.example", "jill@other.example"], john) == ["email", "email"]


def test_a_domain_is_read_as_a_name_server_reads_it():
    assert domain_of("a@b@LMS.Lifeline.NL") == "lms.lifeline.nl"
    assert domain_of("jill") == ""


@pytest.mark.parametrize(
    ("name", "value", "identifier"),
    [
        ("EMAIL_TIMEOUT", 200, "transports.E004"),
        ("MAIL_DOMAIN", "https://mail.example.org", "transports.E005"),
        ("TRANSPORTS", ["transports.nowhere.Transport"], "transports.E001"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(settings, name, value, identifier):
    setattr(settings, name, value)

    assert identifier in [fault.id for fault in run_checks()]


def test_the_settings_as_they_are_pass():
    assert not [fault for fault in run_checks() if fault.id.startswith("transports")]
