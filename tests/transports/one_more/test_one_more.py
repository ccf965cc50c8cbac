"""One more transport, as docs/transports.md describes it: a folder, a fake, a line in the
settings. What every road gets from the house is seen here once, on this one."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.utils.timezone import now

from boxes.models import Delivery, LogEntry, Message
from tests.boxes.admin.conftest import *  # noqa: F403  the same browsers
from tests.boxes.envelopes import envelope_to
from tests.fakes.http import CUT, STALL
from tests.transports.faults import FAULTS
from tests.transports.one_more.fake import FakeLoft
from tests.transports.worker import after_the_pause, run_sweep, run_worker
from transports.models import Account

TO = "pigeon:utrecht"


@pytest.fixture
def loft():
    with FakeLoft() as fake:
        yield fake


@pytest.fixture(autouse=True)
def pigeons(settings):
    settings.TRANSPORTS = [
        "tests.transports.one_more.transport.PigeonTransport",
        *configured.TRANSPORTS,
    ]


@pytest.fixture
def account(john, loft) -> Account:
    account = Account(transport="pigeon", url=loft.url, box=john)
    account.password = "grain"
    account.save()
    return account


def sent(box, *addresses: str, **fields) -> Delivery:
    message = Message.objects.post(box, envelope_to(*(addresses or (TO,)), **fields))
    run_worker()
    return message.deliveries.first()


def reload(row):
    return type(row).objects.get(pk=row.pk)


# -- sending --


def test_a_message_takes_the_new_road(john, loft, account):
    delivery = sent(john)

    [pigeon] = loft.received
    assert (pigeon.loft, pigeon.text) == ("utrecht", "Beste collega")
    assert (delivery.status, delivery.remote_id) == ("sent", f"{delivery.message.xuid}.1")


def test_without_an_account_it_says_so_and_takes_no_other_road(john, loft):
    delivery = sent(john)

    assert delivery.status == "failed"
    assert "The box john has no Pigeon post account" in delivery.error
    assert loft.requests == []


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_each_fault_ends_as_it_should(fault, john, loft, account, settings):
    fault.arrange(loft, settings)

    fault.check(sent(john))


def test_what_is_refused_for_now_arrives_later_and_once(john, loft, account):
    loft.fail("body", "503 Busy")
    delivery = sent(john)
    loft.heal()

    after_the_pause()
    run_worker()

    assert len(loft.received) == 1
    assert reload(delivery).status == "sent"


def test_one_bad_recipient_spoils_no_other(john, loft, account):
    message = Message.objects.post(john, envelope_to(TO, "pigeon:12", "pigeon:delft"))

    run_worker()

    states = list(message.deliveries.values_list("status", flat=True))
    assert states == ["sent", "failed", "sent"]
    assert [pigeon.loft for pigeon in loft.received] == ["utrecht", "delft"]
    assert reload(message).status == "ERROR"


def test_a_stalled_road_holds_up_no_other(john, jill, loft, account, settings):
    settings.ROADS_TIMEOUT = 0.5
    loft.fail("body", STALL)
    for _ in range(3):
        Message.objects.post(john, envelope_to(TO, "jill"))

    run_worker()

    assert Message.objects.in_box(jill).count() == 3


# -- what became of it --


@pytest.mark.parametrize(
    ("state", "status"),
    [("landed", "delivered"), ("read", "read"), ("lost", "undelivered"), ("flying", "sent")],
)
def test_the_system_is_asked_what_became_of_it(john, loft, account, state, status):
    delivery = sent(john)
    loft.received[0].state = state

    after_the_pause()
    run_sweep()

    delivery = reload(delivery)
    assert delivery.status == status
    assert reload(delivery.message).status == ("ERROR" if state == "lost" else "SENT")


def test_nothing_moves_backwards(john, loft, account):
    delivery = sent(john)
    assert delivery.report("read")

    assert not reload(delivery).report("delivered")
    assert not reload(delivery).report("undelivered", "late")
    assert reload(delivery).status == "read"


def test_a_doubt_is_settled_by_the_system_that_has_it(john, loft, account):
    loft.fail("body", CUT)
    delivery = sent(john)
    assert delivery.status == "uncertain"
    loft.heal()
    loft.take({"name": f"{delivery.message.xuid}.1", "loft": "utrecht", "text": "Beste collega"})

    after_the_pause()
    run_sweep()

    assert reload(delivery).status == "sent"
    assert reload(delivery.message).status == "SENT"
    assert len(loft.received) == 1


def test_a_doubt_that_the_system_never_took_is_sent_again(john, loft, account):
    loft.fail("body", CUT)  # the fake notes nothing that it did not answer
    delivery = sent(john)
    loft.heal()
    loft.received.clear()

    after_the_pause()
    run_sweep()
    run_worker()

    assert reload(delivery).status == "sent"
    assert len(loft.received) == 1


def test_a_system_that_cannot_be_asked_now_is_asked_again(john, loft, account):
    delivery = sent(john)
    loft.received[0].state = "landed"
    loft.fail("connect", CUT)
    after_the_pause()
    run_sweep()
    first = reload(delivery)
    loft.heal()

    after_the_pause()
    run_sweep()

    assert (first.status, first.asked) == ("sent", 1)
    assert reload(delivery).status == "delivered"


def test_it_is_not_asked_for_ever(john, loft, account, settings):
    delivery = sent(john)
    for _ in settings.ASK_PAUSES:
        after_the_pause()
        run_sweep()

    assert reload(delivery).ask_at is None


# -- collecting --


@pytest.fixture
def letters(loft) -> dict[str, str]:
    loft.perch.update({"r1": "Beste John", "r2": "Nog een"})
    return loft.perch


def collecting(account: Account, mode: str) -> None:
    Account.objects.filter(pk=account.pk).update(incoming_mode=mode)
    after_the_pause()
    run_sweep()


def contents(box) -> list[bytes]:
    return [message.body() for message in Message.objects.in_box(box).order_by("id")]


def test_in_shadow_copies_are_taken_once_and_nothing_is_removed(john, loft, account, letters):
    collecting(account, "shadow")
    collecting(account, "shadow")

    assert contents(john) == [b"Beste John", b"Nog een"]
    assert set(loft.perch) == {"r1", "r2"}
    assert reload(account).collected_at and reload(account).collect_error == ""


def test_taking_over_removes_what_is_stored_and_doubles_nothing(john, loft, account, letters):
    collecting(account, "shadow")
    loft.perch["r3"] = "Een derde"

    collecting(account, "own")

    assert contents(john) == [b"Beste John", b"Nog een", b"Een derde"]
    assert loft.perch == {}


def test_what_was_removed_here_is_not_fetched_again(john, loft, account, letters):
    collecting(account, "shadow")
    Message.objects.in_box(john).delete()

    collecting(account, "shadow")

    assert contents(john) == []


def test_a_system_that_does_not_answer_is_said_in_the_list_of_accounts(
    browser, john, loft, account, letters
):
    loft.fail("connect", CUT)

    collecting(account, "own")

    assert "could not be reached" in reload(account).collect_error
    assert "could not be reached" in browser.get("/admin/transports/account/").text
    assert reload(account).collected_at is None


def test_an_account_that_is_switched_off_collects_nothing(john, loft, account, letters):
    Account.objects.filter(pk=account.pk).update(active=False)

    collecting(account, "own")

    assert contents(john) == [] and loft.requests == []


def test_one_account_after_the_other_is_collected_by_one_worker(john, jill, loft, account, letters):
    other = Account.objects.create(
        transport="pigeon", url="http://127.0.0.1:1/", box=jill, incoming_mode="own"
    )

    collecting(account, "shadow")

    assert contents(john) == [b"Beste John", b"Nog een"]
    assert "could not be reached" in reload(other).collect_error
    assert not Account.objects.being_collected().exists()


def test_while_one_worker_collects_no_second_begins(john, loft, account, letters):
    other = Account.objects.create(transport="pigeon", url=loft.url, incoming_mode="off")
    Account.objects.filter(pk=other.pk).update(collecting_until=now() + timedelta(minutes=1))
    Account.objects.filter(pk=account.pk).update(incoming_mode="own")

    run_sweep()

    assert contents(john) == []


def test_each_account_has_its_turn_alone(account):
    Account.objects.filter(pk=account.pk).update(incoming_mode="own")

    assert account.claim_collecting(60)
    assert not account.claim_collecting(60)


# -- in the admin --


def test_the_admin_offers_the_road_and_tests_its_account(browser, account, loft):
    assert "Pigeon post" in browser.get("/admin/transports/account/add/").text
    form = browser.get("/admin/transports/account/add/?transport=pigeon").context["adminform"].form
    assert set(form.fields) == {"box", "active", "url", "new_password", "incoming_mode"}
    loft.perch["r1"] = "x"

    answer = browser.post(f"/admin/transports/account/{account.pk}/test/", follow=True)

    assert "The loft let us in; 1 letters wait there." in answer.text
    assert LogEntry.objects.filter(action="admin test").exists()
