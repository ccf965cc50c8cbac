"""Messages leave by roads that are not made for care only where an admin approved it."""

import pytest

from boxes.errors import Rejected
from boxes.models import Message
from tests.boxes.admin.conftest import *  # noqa: F403  the same browsers
from tests.boxes.envelopes import envelope_to
from tests.transports.worker import run_worker
from transports.models import ApprovedDomain

JILL = "jill@example.org"


@pytest.fixture(autouse=True)
def policy(settings):
    settings.APPROVE_EVERY_DOMAIN = False
    settings.MAIL_DOMAIN = "mail.example"


def approve(domain: str, box=None) -> ApprovedDomain:
    return ApprovedDomain.objects.create(domain=domain, box=box, reason="agreed in writing")


def test_ordinary_mail_to_a_domain_that_nobody_approved_is_refused_with_the_safe_ways(john):
    with pytest.raises(Rejected) as refused:
        Message.objects.post(john, envelope_to("jill", JILL))

    assert "“example.org” is not approved" in str(refused.value)
    assert "ZorgMail" in str(refused.value)
    assert refused.value.field == "to"
    assert not Message.objects.exists()


def test_typed_text_is_care_content_too(john):
    with pytest.raises(Rejected):
        Message.objects.post(john, envelope_to(JILL, content_type="text/plain", content=b"hoi"))


def test_hidden_recipients_are_judged_as_well(john):
    hidden = envelope_to(JILL).to

    with pytest.raises(Rejected):
        Message.objects.post(john, envelope_to("jill"), recipients=hidden)


@pytest.mark.parametrize("domain", ["example.org", "*"])
@pytest.mark.parametrize("whose", ["the box", "everybody"])
def test_an_approved_domain_is_reached(john, domain, whose):
    approve(domain, john if whose == "the box" else None)

    message = Message.objects.post(john, envelope_to(JILL))

    assert message.deliveries.get().transport == "email"


def test_the_approval_of_one_box_or_domain_is_not_that_of_another(john, jill):
    approve("example.org", jill)
    approve("example.com")

    for address in (JILL, "jill@sub.example.com"):
        with pytest.raises(Rejected):
            Message.objects.post(john, envelope_to(address))


def test_a_domain_is_judged_as_name_servers_read_it(john):
    approve("example.org")

    assert Message.objects.post(john, envelope_to("jill@EXAMPLE.org."))


def test_letters_that_only_look_the_same_are_another_domain(john):
    approve("jansen.nl")

    with pytest.raises(Rejected, match="xn--"):
        Message.objects.post(john, envelope_to("x@\u2c7cansen.nl"))


def test_an_international_domain_is_approved_as_it_goes_over_the_wire(john):
    approved = ApprovedDomain(domain="bücher.example", reason="agreed")
    approved.full_clean()
    approved.save()

    assert approved.domain == "xn--bcher-kva.example"
    assert Message.objects.post(john, envelope_to("jill@Bücher.example"))


def test_our_own_boxes_need_no_approval(john, jill):
    assert Message.objects.post(john, envelope_to("jill"))


def test_an_approval_that_was_withdrawn_stops_what_still_waits(john, smtp, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.port
    approval = approve("example.org")
    message = Message.objects.post(john, envelope_to(JILL))
    approval.delete()

    run_worker()

    delivery = message.deliveries.get()
    assert (delivery.status, smtp.received) == ("failed", [])
    assert "is not approved" in delivery.error


def test_an_admin_approves_with_a_reason_and_is_named(browser, root):
    add = "/admin/transports/approveddomain/add/"

    browser.post(add, {"domain": "example.org"})
    assert not ApprovedDomain.objects.exists()
    browser.post(add, {"domain": "example.org", "reason": "agreement of 1 May"})

    approved = ApprovedDomain.objects.get()
    assert (approved.reason, approved.approved_by) == ("agreement of 1 May", root)


@pytest.mark.parametrize("domain", ["Example.org", "jill@example.org", "example.org/", " x.org"])
def test_what_is_no_domain_is_not_approved(browser, domain):
    browser.post("/admin/transports/approveddomain/add/", {"domain": domain, "reason": "because"})

    assert not ApprovedDomain.objects.filter(domain=domain).exists()
