"""Two workers that end two deliveries of one message at once leave it settled."""

import threading

import pytest
from django.db import connection, transaction

from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_end_one_message_together_settle_it(john):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time: the race cannot be staged")
    message = Message.objects.post(john, envelope_to("jill", "joe"))
    first, second = message.deliveries.all()
    settled = threading.Event()

    def other_worker():
        Delivery.objects.filter(pk=second.pk).update(status="delivered")
        Message.objects.filter(pk=message.pk).settle()
        settled.set()
        connection.close()

    with transaction.atomic():
        list(Message.objects.filter(pk=message.pk).select_for_update())
        Delivery.objects.filter(pk=first.pk).update(status="delivered")
        Message.objects.filter(pk=message.pk).settle()  # the other is still under way
        worker = threading.Thread(target=other_worker)
        worker.start()
        assert not settled.wait(0.3), "the other worker did not wait for this transaction"
    worker.join(10)

    message.refresh_from_db()
    assert message.status == Message.Status.SENT
