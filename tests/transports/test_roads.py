"""The address alone chooses the road, and no disguise leads to a less safe one."""

import pytest
from django.core.checks import run_checks

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
