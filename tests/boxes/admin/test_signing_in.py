"""Signing in to the admin: who guesses waits, and all of it stands in the log."""

import pytest
from django.test import Client

from boxes.models import LogEntry, User

LOGIN = "/admin/login/"
PASSWORD = "een-lang-wachtwoord"


pytestmark = pytest.mark.usefixtures("root")


def signs_in(client, name, password):
    return client.post(LOGIN, {"username": name, "password": password})


def test_signing_in_and_out_stand_in_the_log():
    client = Client()

    assert signs_in(client, "root", PASSWORD).status_code == 302
    client.post("/admin/logout/")

    entries = LogEntry.objects.order_by("id").values_list("action", "subject", "address")
    subject = User.objects.get().subject
    assert list(entries) == [("sign in", subject, "127.0.0.1"), ("sign out", subject, "127.0.0.1")]


def test_a_failure_stands_in_the_log_with_the_name_and_without_the_password():
    signs_in(Client(), "root", "verkeerd-wachtwoord")

    entry = LogEntry.objects.get()
    assert (entry.outcome, entry.detail, entry.address) == ("sign_in_failed", "root", "127.0.0.1")


def test_who_guesses_too_often_waits_even_with_the_right_password(settings):
    settings.AXES_FAILURE_LIMIT = 3

    answers = [signs_in(Client(), "root", f"gok {n}").status_code for n in range(3)]
    answer = signs_in(Client(), "root", PASSWORD)

    assert answers == [200, 200, 429]
    assert answer.status_code == 429
    assert answer["Retry-After"] == "300"
    assert "Too many failed tries" in answer.text


def test_nobody_is_locked_out_by_another_address(settings):
    settings.AXES_FAILURE_LIMIT = 2
    for n in range(3):
        signs_in(Client(REMOTE_ADDR="198.51.100.7"), "root", f"gok {n}")

    assert signs_in(Client(), "root", PASSWORD).status_code == 302
