"""What machines that watch the service are told."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils.timezone import now
from prometheus_client.parser import text_string_to_metric_families

from boxes.models import Delivery, Message
from tests.boxes.envelopes import envelope_to
from transports.models import Account, Doorbell, Heartbeat, Webhook
from transports.tasks import dispatch

LABELS = ("bell", "transport", "status", "direction", "state")
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def refuse(*args):
    raise DatabaseError("connection refused")


def figures(client: Client) -> dict[tuple, float]:
    """Name and labels of each sample, with its value, as Prometheus itself would read them."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    return {
        (
            sample.name.removeprefix("messagebox_"),
            *(sample.labels[name] for name in LABELS if name in sample.labels),
        ): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_a_process_is_live_without_a_database(client):
    assert json.loads(client.get("/health/live").text) == {"status": "ok"}


def test_the_service_is_ready_when_database_and_worker_live(client, db):
    Heartbeat.beat()

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "worker": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_without_a_worker_the_service_is_not_ready(client, db):
    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "No worker gave a sign of life" in response.json()["worker"]


def test_an_old_heartbeat_is_no_life(client, db, settings):
    settings.HEARTBEAT_LIMIT = 30
    Heartbeat.objects.create(name="worker", at=now() - timedelta(seconds=31))

    assert client.get("/health/ready").status_code == 503


def test_without_a_database_the_service_is_not_ready_and_says_so(client, db):
    with connection.execute_wrapper(refuse):
        response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["database"] == "The database does not answer."


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_nothing_is_changed_by_asking(client, db, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code in (200, 503)


def test_the_metrics_tell_how_long_the_oldest_delivery_waits(client, john):
    Message.objects.post(john, envelope_to("joe@example.org", "ann@example.org"))
    Delivery.objects.filter(n=1).update(created_at=now() - timedelta(seconds=100))

    assert 100 <= figures(client)["delivery_oldest_waiting_seconds",] < 200


def test_the_metrics_count_deliveries_by_transport_and_status(client, john, jill):
    Message.objects.post(john, envelope_to("jill", "nobody"))
    dispatch()
    Message.objects.post(john, envelope_to("jill", "joe@example.org"))
    Delivery.objects.filter(address="joe@example.org").update(
        status="uncertain", created_at=now() - timedelta(days=30)
    )

    told = figures(client)

    assert told["deliveries_last_day", "box", "delivered"] == 1
    assert told["deliveries_last_day", "box", "failed"] == 1
    assert told["deliveries_last_day", "box", "queued"] == 1
    assert told["deliveries_open", "box", "queued"] == 1
    assert told["deliveries_open", "email", "uncertain"] == 1
    assert ("deliveries_last_day", "email", "uncertain") not in told


def test_the_metrics_count_messages_by_direction(client, john, jill):
    Message.objects.post(john, envelope_to("jill"))
    dispatch()
    Message.objects.receive(john, envelope_to("john"))
    Message.objects.filter(box=jill).update(created_at=now() - timedelta(days=2))

    told = figures(client)

    assert (told["messages_last_day", "OUT"], told["messages_last_day", "IN"]) == (1, 1)


def test_the_metrics_tell_of_the_worker(client, db):
    before = figures(client)
    Heartbeat.beat()
    after = figures(client)

    assert before["worker_alive",] == 0 and ("worker_heartbeat_age_seconds",) not in before
    assert after["worker_alive",] == 1 and after["worker_heartbeat_age_seconds",] < 60


@pytest.mark.django_db(transaction=True)
def test_the_metrics_tell_of_queue_and_doorbell(client, john, jill):
    silent = figures(client)
    Message.objects.post(john, envelope_to("jill"))
    Doorbell.objects.filter(name=Doorbell.DISPATCH).update(rung_at=now() - timedelta(seconds=5))

    told = figures(client)

    assert silent["doorbell_waiting_seconds", "dispatch"] == 0
    assert 5 <= told["doorbell_waiting_seconds", "dispatch"] < 100
    assert told["queue_up",] == 1
    assert told["queue_depth",] == silent["queue_depth",] + 1


def test_the_metrics_name_no_address_box_or_message(client, john):
    message = Message.objects.post(john, envelope_to("joe@example.org", subject="Uitslag"))

    text = client.get("/metrics").text

    assert not [word for word in ("joe", "john", "Uitslag", message.xuid) if word in text]


# -- who may ask --


def test_the_metrics_are_not_for_everybody(client, db):
    response = client.get("/metrics", **ELSEWHERE)

    assert response.status_code == 401
    assert "messagebox_" not in response.text


def test_the_metrics_are_for_who_holds_the_token(client, db, settings):
    settings.METRICS_TOKEN = "meten-is-weten"

    def status(header: str) -> int:
        return client.get("/metrics", HTTP_AUTHORIZATION=header, **ELSEWHERE).status_code

    assert status("Bearer meten-is-weten") == 200
    assert status("bearer meten-is-weten") == 200
    assert status("Bearer meten") == 401
    assert status("Basic meten-is-weten") == 401
    assert status("Bearer ") == 401


def test_an_empty_token_lets_nobody_in(client, db, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ", **ELSEWHERE).status_code == 401


def test_a_proxy_on_this_machine_does_not_make_everybody_local(client, db, settings):
    passed_on = {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    assert client.get("/metrics", **passed_on).status_code == 401

    settings.TRUSTED_PROXIES = 1
    assert client.get("/metrics", **passed_on).status_code == 401
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 200
    forged = {"HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.7"}
    assert client.get("/metrics", **forged).status_code == 401


def test_webhooks_and_accounts_that_fail_are_counted(client, john):
    Webhook.objects.create(box=john, url="https://epd.example.org/x", attempts=3, error="410")
    Webhook.objects.create(box=john, url="https://epd.example.org/y", active=False, error="410")
    Webhook.objects.create(box=john, url="https://epd.example.org/z")
    Account.objects.create(transport="email", host="a.example.org", collect_error="refused")
    Account.objects.create(transport="email", host="b.example.org", box=john)

    told = figures(client)

    assert [told["webhooks", state] for state in ("failing", "given_up", "orphaned", "all")] == [
        1,
        1,
        0,
        3,
    ]
    assert told["accounts_failing", "email"] == 1
