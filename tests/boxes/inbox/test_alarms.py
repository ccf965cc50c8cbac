"""Nothing unseen: what was not sent stands on every page of whoever may read the box."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.models import Access, Delivery, Handling, Message
from tests.boxes.envelopes import envelope_to
from tests.transports.worker import run_worker


@pytest.fixture
def spoil():
    """``spoil(box, "uncertain")``: a message of the box that ended so for its one recipient."""

    def make(box, status: str) -> Message:
        message = Message.objects.post(box, envelope_to("streeklab", subject="Uitslag De Vries"))
        message.deliveries.update(status=status, error="It was so.")
        message.settle()
        message.refresh_from_db()
        return message

    return make


def alarms(page) -> str:
    return page.text.partition('id="alarms"')[2].partition("</div>")[0]


def test_a_box_that_is_not_open_tells_on_every_page_what_failed_in_it(
    anna, john, jill, spoil, received
):
    Access.objects.create(box=jill, user=anna.user, read=True)
    failed, read = spoil(jill, "failed"), received()
    draft = anna.post("/inbox/john/write")["Location"]

    for path in (
        "/inbox/john/inbox",
        f"/inbox/john/inbox/{read.xuid}",
        f"/inbox/john/inbox/{read.xuid}/history",
        "/inbox/john/drafts",
        draft,
        "/accounts/2fa/",
    ):
        told = alarms(anna.get(path))
        assert "Jill Jackson: 1 message was not sent." in told, path
        assert f'href="/inbox/jill/error/{failed.xuid}"' in told
        assert "Vries" not in told


def test_who_may_not_read_a_box_is_told_nothing_of_it(anna, jill, spoil):
    spoil(jill, "failed")

    assert "Jill" not in anna.get("/inbox/john/inbox").text


def test_an_uncertain_one_is_told_also_while_others_are_still_waited_for(anna, john, spoil):
    message = Message.objects.post(john, envelope_to("streeklab", "apotheek"))
    message.deliveries.filter(n=1).update(status=Delivery.Status.UNCERTAIN)
    spoil(john, "uncertain")

    told = alarms(anna.get("/inbox/john/inbox"))

    assert "of 2 messages it is uncertain whether they arrived" in told
    assert 'href="/inbox/john/error"' in told and "sent. Look" not in told


def test_what_waits_too_long_to_be_sent_is_told_and_what_waits_shortly_is_not(anna, john):
    message = Message.objects.post(john, envelope_to("streeklab"))
    assert "waits" not in alarms(anna.get("/inbox/john/inbox"))

    Message.objects.filter(pk=message.pk).update(created_at=now() - timedelta(minutes=16))

    told = alarms(anna.get("/inbox/john/inbox"))
    assert "John Johnson: 1 message waits to be sent since" in told
    assert f'href="/inbox/john/outbox/{message.xuid}"' in told


def test_what_somebody_handled_or_what_arrived_after_all_is_told_no_more(anna, john, jill, spoil):
    handled = spoil(john, "failed")
    Handling.objects.finish(handled, "user:1", "Bert", "telephoned")
    doubt = spoil(john, "uncertain")
    doubt.deliveries.get().confirm()
    Message.objects.post(john, envelope_to("jill"))
    run_worker()

    assert "<li>" not in alarms(anna.get("/inbox/john/inbox"))


def test_an_open_page_hears_of_it_without_being_loaded_again(anna, john, spoil):
    spoil(john, "failed")

    page = anna.get("/inbox/john/inbox").text
    ask = page.partition('id="alarms" data-ask="')[2].partition('"')[0]

    assert "1 message was not sent" in anna.get(ask).text


def test_many_boxes_in_trouble_leave_room_for_the_page(anna, practice, spoil):
    for n in range(9):
        box = practice.boxes.create(name=f"box{n}")
        Access.objects.create(box=box, user=anna.user, read=True)
        spoil(box, "failed")

    told = alarms(anna.get("/inbox/john/inbox"))

    assert told.count("<li>") == 4 and "And 6 things more." in told


def test_the_question_costs_three_queries_however_many_boxes_are_well(
    anna, practice, django_assert_num_queries
):
    from boxes.inbox.alarms import alarms_of

    for n in range(5):
        box = practice.boxes.create(name=f"box{n}")
        Access.objects.create(box=box, user=anna.user, read=True)
        Message.objects.post(box, envelope_to("streeklab"))

    with django_assert_num_queries(3):
        assert alarms_of(anna.user) == []
