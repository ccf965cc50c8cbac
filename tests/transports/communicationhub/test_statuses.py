"""One table between the hub's words and ours."""

import pytest

from boxes.models import Delivery
from transports.communicationhub.statuses import (
    STATUSES,
    shown_for,
    status_named,
    status_of_event,
)


def test_the_table_holds_the_twelve_statuses_in_their_order():
    assert [status.name for status in STATUSES] == (
        "accepted queued sending sent failed delivered undelivered receiving received read "
        "pickedup unknown"
    ).split()


def test_each_status_of_a_delivery_is_shown_by_exactly_one_word():
    shown = [each for status in STATUSES for each in status.shown_for]

    assert sorted(shown) == sorted(Delivery.Status.values)


@pytest.mark.parametrize("reached", ["sent", "delivered", "read", "undelivered"])
def test_a_hub_behind_a_hub_understands_what_we_show(reached):
    assert status_named(shown_for([reached])).proves == reached


@pytest.mark.parametrize(
    ("word", "name"),
    [("Delivered", "delivered"), (" read ", "read"), (3, "sent"), (11, "unknown"), (12, "unknown"),
     (-1, "unknown"), (True, "unknown"), ("lost", "unknown"), (None, "unknown"), ([], "unknown")],
)  # fmt: skip
def test_a_word_that_nobody_knows_is_unknown(word, name):
    assert status_named(word).name == name


@pytest.mark.parametrize(
    ("event", "severity", "name"),
    [
        ("accepted", "", "accepted"),
        ("Delivered", "", "delivered"),
        ("opened", "", "read"),
        ("clicked", "", "read"),
        ("rejected", "", "failed"),
        ("failed", "temporary", "queued"),
        ("failed", "permanent", "undelivered"),
        ("failed", "", "undelivered"),
        ("complained", "", "unknown"),
        ("unsubscribed", "", "unknown"),
        ("stored", "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_an_event_of_mailgun_amounts_to_a_status(event, severity, name):
    assert status_of_event(event, severity).name == name


@pytest.mark.parametrize(
    ("deliveries", "word"),
    [
        (["queued"], "queued"),
        (["failed", "queued"], "queued"),
        (["sending", "queued"], "sending"),
        (["delivered", "failed"], "failed"),
        (["read", "undelivered"], "undelivered"),
        (["sent", "uncertain"], "unknown"),
        (["read", "delivered", "sent"], "sent"),
        (["read", "read"], "read"),
        ([], "unknown"),
    ],
)
def test_a_message_is_as_far_as_the_least_far_of_its_deliveries(deliveries, word):
    assert shown_for(deliveries) == word
