"""API keys: the secret is seen once, a withdrawn key opens nothing, the log keeps its keys."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry as DjangoLogEntry
from django.contrib.sessions.models import Session
from django.core import signing
from django.urls import reverse
from django.utils.timezone import now

from boxes.models import Access, ApiKey, LogEntry

ADD = "/admin/boxes/apikey/add/"


def key_form(practice, **fields) -> dict:
    inline = {"accesses-TOTAL_FORMS": 0, "accesses-INITIAL_FORMS": 0}
    return {"organization": practice.pk, "label": "EPD van De Linde", **inline, **fields}


def change_page(key: ApiKey) -> str:
    return reverse("admin:boxes_apikey_change", args=(key.pk,))


def secret_in(response) -> str:
    return re.search(r'<code id="key-secret">(\w{43})</code>', response.text)[1]


def test_the_secret_of_a_new_key_is_shown_on_the_answer(browser, practice):
    response = browser.post(ADD, key_form(practice))

    key = ApiKey.objects.get()
    assert response.status_code == 200
    assert key.has_secret(secret_in(response))
    assert key.key_id in response.text
    assert f"{key.key_id}{secret_in(response)}" in response.text
    assert "no-store" in response["Cache-Control"]


def test_the_secret_is_kept_nowhere(browser, practice, caplog):
    with caplog.at_level("DEBUG"):
        secret = secret_in(browser.post(ADD, key_form(practice)))

    assert secret not in browser.get(change_page(ApiKey.objects.get())).text
    sessions = [signing.loads(row.session_data, salt=SESSION_SALT) for row in SESSIONS()]
    kept = [sessions, browser.cookies.output(), caplog.text]
    kept += [list(model.objects.values()) for model in (ApiKey, LogEntry, DjangoLogEntry)]
    assert secret not in repr(kept)


SESSION_SALT = "django.contrib.sessions.SessionStore"
SESSIONS = Session.objects.all


def test_making_a_key_stands_in_the_log(browser, practice, root):
    browser.post(ADD, key_form(practice))

    [entry] = LogEntry.objects.filter(action="admin add")
    assert entry.subject == f"user:{root.pk}"
    assert entry.address == "127.0.0.1"
    assert "EPD van De Linde" in entry.detail


def test_a_key_gets_its_rights_when_it_is_made(browser, practice, john):
    rights = {"accesses-0-box": john.pk, "accesses-0-read": "on", "accesses-TOTAL_FORMS": 1}

    browser.post(ADD, key_form(practice, **rights))

    access = Access.objects.get()
    assert (access.box, access.key, access.read, access.send) == (
        john,
        ApiKey.objects.get(),
        True,
        False,
    )


def test_networks_are_written_one_a_line(browser, practice):
    browser.post(ADD, key_form(practice, networks="10.0.0.0/8\r\n\r\n 2001:db8::/32 "))

    assert ApiKey.objects.get().networks == ["10.0.0.0/8", "2001:db8::/32"]


def test_what_is_no_network_is_refused_by_name(browser, practice):
    response = browser.post(ADD, key_form(practice, networks="10.0.0.0/8\nhet kantoor"))

    assert "het kantoor is not a network; write it as 10.0.0.0/8." in response.text
    assert not ApiKey.objects.exists()


def test_changing_a_key_leaves_its_secret(browser, practice, john_key):
    form = key_form(practice, label="Nieuwe naam", networks="")
    response = browser.post(change_page(john_key.key), form)

    assert response.status_code == 302
    key = ApiKey.objects.get()
    assert key.label == "Nieuwe naam"
    assert key.has_secret(john_key.secret)


def test_a_key_is_withdrawn_with_a_button(browser, john_key):
    page = browser.get(change_page(john_key.key))
    withdraw = reverse("admin:boxes_apikey_withdraw", args=(john_key.key.pk,))

    response = browser.post(withdraw, follow=True)

    assert withdraw in page.text
    assert not ApiKey.objects.get().is_usable
    assert "1 key was withdrawn; it opens nothing any more." in response.text
    assert withdraw not in response.text
    assert LogEntry.objects.filter(action="admin withdraw").count() == 1


def test_the_list_withdraws_several_keys(browser, john_key, jill_key):
    selected = [john_key.key.pk, jill_key.key.pk]
    form = {"action": "withdraw_selected", "_selected_action": selected}

    browser.post("/admin/boxes/apikey/", form)

    assert not ApiKey.objects.filter(revoked_at=None).exists()


def test_a_withdrawal_is_no_link(browser, john_key):
    response = browser.get(reverse("admin:boxes_apikey_withdraw", args=(john_key.key.pk,)))

    assert response.status_code == 405
    assert ApiKey.objects.get().is_usable


def test_who_may_only_look_withdraws_nothing(staff_with, john_key):
    client = staff_with("view_apikey")
    withdraw = reverse("admin:boxes_apikey_withdraw", args=(john_key.key.pk,))

    assert withdraw not in client.get(change_page(john_key.key)).text
    assert client.post(withdraw).status_code == 403
    assert ApiKey.objects.get().is_usable


def test_a_key_that_stands_in_the_log_is_kept(browser, john_key):
    LogEntry.objects.record("list", caller=john_key.key)
    delete = reverse("admin:boxes_apikey_delete", args=(john_key.key.pk,))

    response = browser.post(delete, {"post": "yes"}, follow=True)

    assert "This key stands in the log and is kept. Withdraw it instead." in response.text
    assert ApiKey.objects.exists()


def test_a_key_that_nobody_used_can_go(browser, john_key):
    delete = reverse("admin:boxes_apikey_delete", args=(john_key.key.pk,))

    browser.post(delete, {"post": "yes"})

    assert not ApiKey.objects.exists()
    assert LogEntry.objects.filter(action="admin delete").count() == 1


@pytest.mark.parametrize("state", ["usable", "expired", "withdrawn"])
def test_the_list_shows_keys_by_state(browser, issue_key, john, state):
    made = {
        "usable": issue_key(john, "read").key,
        "expired": issue_key(john, "read", expires_at="2020-01-01T00:00:00Z").key,
        "withdrawn": issue_key(john, "read", revoked_at="2020-01-01T00:00:00Z").key,
    }

    shown = browser.get("/admin/boxes/apikey/", {"state": state}).context["cl"].result_list

    assert list(shown) == [made[state]]


def test_a_key_that_expires_soon_says_so(browser, issue_key, john):
    issue_key(john, "read", expires_at=now() + timedelta(days=3))

    assert "in use, expires soon" in browser.get("/admin/boxes/apikey/").text
