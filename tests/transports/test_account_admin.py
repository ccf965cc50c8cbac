"""Accounts in the admin: a password goes in and never comes out."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from boxes.models import LogEntry
from tests.boxes.admin.conftest import *  # noqa: F403  the same browsers
from transports.models import Account

ADD = "/admin/transports/account/add/?transport=email"
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
    usual = {"host": "smtp.example.org", "port": 587, "security": "starttls"}
    incoming = {"incoming_mode": "off", "incoming_port": 993, "incoming_security": "tls"}
    return {**usual, **incoming, "username": "linde", "active": "on", **fields}


def test_the_form_of_a_new_account_speaks_of_no_old_password(browser, account):
    assert "Kept encrypted and never shown.<" in browser.get(ADD).text
    assert "Empty: the old one stays." in browser.get(page(account)).text


def test_an_account_is_made_with_its_password_encrypted(browser):
    browser.post(ADD, account_form(new_password=SECRET))

    account = Account.objects.get()
    assert account.password == SECRET
    assert SECRET.encode() not in bytes(account.sealed_password)


def test_the_password_is_never_shown(browser, account):
    texts = [browser.get(page(account)).text, browser.get("/admin/transports/account/").text]
    wrong = browser.post(page(account), account_form(port="x", new_password="een-ander")).text

    assert not any(SECRET in text for text in texts)
    assert "een-ander" not in wrong


def test_an_empty_password_keeps_the_old_one(browser, account):
    browser.post(page(account), account_form(username="els", new_password=""))

    account.refresh_from_db()
    assert (account.username, account.password) == ("els", SECRET)


@pytest.mark.parametrize(
    "elsewhere", [{"host": "evil.example"}, {"port": 25}, {"security": "none"}]
)
def test_a_kept_password_goes_to_no_other_place(browser, account, elsewhere):
    answer = browser.post(page(account), account_form(**elsewhere))

    assert "Voer het nogmaals in" in answer.text or "enter it once more" in answer.text
    account.refresh_from_db()
    assert (account.host, account.port, account.security) == ("smtp.example.org", 587, "starttls")


def test_with_the_password_entered_again_the_place_may_change(browser, account):
    browser.post(page(account), account_form(host="mail.example.org", new_password="ander"))

    account.refresh_from_db()
    assert (account.host, account.password) == ("mail.example.org", "ander")


def test_another_password_replaces_the_old_one_and_stays_out_of_the_log(browser, account):
    browser.post(page(account), account_form(new_password="  met spaties "))

    account.refresh_from_db()
    assert account.password == "  met spaties "
    entry = LogEntry.objects.get(action="admin change")
    assert "assword" in entry.detail and "spaties" not in entry.detail


def test_only_roads_that_have_accounts_are_offered(browser):
    roads = browser.get("/admin/transports/account/add/").context["roads"]

    names = [road.name for road in roads]
    assert "email" in names
    assert "box" not in names


def test_an_account_asks_for_what_its_road_uses(browser):
    form = browser.get(ADD).context["adminform"].form

    assert {"host", "port", "security", "username", "new_password"} <= set(form.fields)
    assert not {"url", "account_id", "new_secret"} & set(form.fields)


def test_a_connection_is_tested_without_sending_anything(browser, smtp, settings):
    settings.MAIL_DOMAIN = "mail.example"
    account = Account.objects.create(
        transport="email", host="127.0.0.1", port=smtp.port, security="none"
    )

    answer = browser.post(f"/admin/transports/account/{account.pk}/test/", follow=True)

    assert f"The mail server 127.0.0.1:{smtp.port} let us in." in answer.text
    account.refresh_from_db()
    assert account.tested_at and account.test_error == ""
    assert smtp.received == []
    assert LogEntry.objects.filter(action="admin test").exists()


def test_a_test_that_fails_says_what_to_mend_and_stays_visible(browser, smtp, settings):
    settings.MAIL_DOMAIN = "mail.example"
    smtp.fail("ehlo", "554 5.7.1 Go away")
    account = Account.objects.create(
        transport="email", host="127.0.0.1", port=smtp.port, security="none"
    )

    answer = browser.post(f"/admin/transports/account/{account.pk}/test/", follow=True)

    assert "Check the e-mail account" in answer.text
    account.refresh_from_db()
    assert "Go away" in account.test_error
    assert "Go away" in browser.get("/admin/transports/account/").text


def test_a_test_is_no_link_that_a_page_could_follow(browser, account):
    assert browser.get(f"/admin/transports/account/{account.pk}/test/").status_code == 405


def test_collecting_needs_a_box_to_put_it_into(john):
    account = Account(transport="email", host="imap.example.org", incoming_mode="shadow")

    with pytest.raises(ValidationError, match="Choose the box"):
        account.full_clean()
    account.box = john
    account.full_clean()


def test_a_second_account_of_the_installation_is_refused(browser, account):
    response = browser.post(ADD, account_form())

    assert response.status_code == 200
    assert Account.objects.count() == 1
