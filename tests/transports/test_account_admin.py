"""Accounts in the admin: a password goes in and never comes out."""

import pytest
from django.urls import reverse

from boxes.models import LogEntry
from tests.boxes.admin.conftest import *  # noqa: F403  the same browsers
from transports.models import Account

SECRET = "geheim-van-de-mailserver"


@pytest.fixture
def account(db) -> Account:
    account = Account(transport="email", host="smtp.example.org", username="linde")
    account.password = SECRET
    account.save()
    return account


def page(account: Account) -> str:
    return reverse("admin:transports_account_change", args=(account.pk,))


def account_form(**fields) -> dict:
    usual = {"transport": "email", "host": "smtp.example.org", "port": 587, "security": "starttls"}
    return {**usual, "username": "linde", "active": "on", **fields}


def test_an_account_is_made_with_its_password_encrypted(browser):
    browser.post("/admin/transports/account/add/", account_form(new_password=SECRET))

    account = Account.objects.get()
    assert account.password == SECRET
    assert SECRET.encode() not in bytes(account.sealed_password)


def test_the_password_is_never_shown(browser, account):
    texts = [browser.get(page(account)).text, browser.get("/admin/transports/account/").text]
    wrong = browser.post(page(account), account_form(port="x", new_password="een-ander")).text

    assert not any(SECRET in text for text in texts)
    assert "een-ander" not in wrong


def test_an_empty_password_keeps_the_old_one(browser, account):
    browser.post(page(account), account_form(host="mail.example.org", new_password=""))

    account.refresh_from_db()
    assert (account.host, account.password) == ("mail.example.org", SECRET)


def test_another_password_replaces_the_old_one_and_stays_out_of_the_log(browser, account):
    browser.post(page(account), account_form(new_password="  met spaties "))

    account.refresh_from_db()
    assert account.password == "  met spaties "
    entry = LogEntry.objects.get(action="admin change")
    assert "assword" in entry.detail and "spaties" not in entry.detail


def test_only_roads_that_have_accounts_are_offered(browser):
    form = browser.get("/admin/transports/account/add/").context["adminform"].form

    names = [name for name, _label in form.fields["transport"].choices]
    assert "email" in names
    assert "box" not in names and "absent" not in names


def test_a_second_account_of_the_installation_is_refused(browser, account):
    response = browser.post("/admin/transports/account/add/", account_form())

    assert response.status_code == 200
    assert Account.objects.count() == 1
