"""A forgotten password: a mail with a link that opens once, by a real mail server."""

import re

import pytest

from boxes.models import User
from tests.boxes.sign_in.conftest import PASSWORD, entries, signs_in
from tests.fakes.certificates import Authority
from tests.fakes.smtp import FakeSmtp

ASK = "/accounts/password/reset/"
NEW = "Vier-losse-woorden-9"

pytestmark = pytest.mark.usefixtures("ann")


@pytest.fixture
def smtp(settings):
    settings.MAIL_DOMAIN = "messagebox.example"
    settings.DEFAULT_FROM_EMAIL = "MessageBox <postmaster@messagebox.example>"
    settings.EMAIL_BACKEND = "boxes.sign_in.mail.Backend"
    settings.BASE_URL = "https://messagebox.example"
    with FakeSmtp() as smtp:
        settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.host, smtp.port
        yield smtp


def link_in(mail) -> str:
    """The path of the link that the mail carries."""
    text = mail.message.get_content()
    return re.search(r"https://messagebox\.example(/accounts/\S+)", text)[1]


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_opens_once(browser, smtp):
    asked = browser.post(ASK, {"email": "Ann@example.org"}, follow=True)
    [mail] = smtp.received
    page = browser.get(link_in(mail), follow=True)
    place = page.redirect_chain[-1][0]
    browser.post(place, {"password1": NEW, "password2": NEW})
    again = browser.get(link_in(mail), follow=True)

    assert "Look in your mail" in asked.text
    assert mail.rcpt_tos == ["ann@example.org"]
    assert mail.mail_from == "postmaster@messagebox.example"
    assert link_in(mail) != place  # the secret leaves the address bar
    assert User.objects.get().check_password(NEW)
    assert "used already or is too old" in again.text
    assert entries() == [("password reset", "")]


def test_another_password_is_no_way_around_the_sign_in(browser, smtp):
    browser.post(ASK, {"email": "ann@example.org"})
    place = browser.get(link_in(smtp.received[0]), follow=True).redirect_chain[-1][0]
    browser.post(place, {"password1": NEW, "password2": NEW})

    assert browser.get("/admin/").status_code == 302


def test_an_address_that_nobody_has_gets_the_same_answer_and_no_mail(browser, smtp):
    answer = browser.post(ASK, {"email": "eve@example.org"}, follow=True)

    assert "Look in your mail" in answer.text
    assert smtp.received == []


def test_a_former_address_gets_no_mail(browser, smtp):
    browser.post(ASK, {"email": "ann@example.org"})
    User.objects.update(email="ann@elsewhere.example")
    browser.post(ASK, {"email": "ann@example.org"})
    browser.post(ASK, {"email": "ann@elsewhere.example"})

    assert [mail.rcpt_tos[0] for mail in smtp.received] == [
        "ann@example.org",
        "ann@elsewhere.example",
    ]


def test_a_host_name_that_the_request_made_up_gets_into_no_link(browser, smtp, settings):
    settings.ALLOWED_HOSTS = ["*"]

    browser.post(ASK, {"email": "ann@example.org"}, headers={"Host": "evil.example"})

    assert "evil" not in smtp.received[0].message.get_content()


def test_a_weak_password_is_refused(browser, smtp):
    browser.post(ASK, {"email": "ann@example.org"})
    place = browser.get(link_in(smtp.received[0]), follow=True).redirect_chain[-1][0]

    answer = browser.post(place, {"password1": "12345678", "password2": "12345678"})

    assert "too common" in answer.text
    assert User.objects.get().check_password(PASSWORD)


def test_a_mail_server_that_refuses_is_logged_and_not_told_to_strangers(browser, smtp):
    smtp.fail("rcpt", "450 4.2.1 Mailbox busy")

    answer = browser.post(ASK, {"email": "ann@example.org"}, follow=True)

    assert "Look in your mail" in answer.text
    [(outcome, detail)] = entries()
    assert outcome == "mail_not_sent" and "Mailbox busy" in detail


def test_a_mail_server_elsewhere_is_not_talked_to_without_tls(browser, smtp, settings):
    """As with the boxes' own mail: a server that offers none gets no mail."""
    settings.EMAIL_HOST = "127.1"  # the same machine, by a name that does not say so

    browser.post(ASK, {"email": "ann@example.org"})

    assert smtp.received == []
    assert "STARTTLS" in entries()[0][1]


def test_the_mail_goes_over_tls_to_a_server_that_shows_a_certificate_we_trust(
    browser, settings, smtp, tmp_path
):
    authority = Authority(tmp_path)
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_CA_FILE = str(authority.ca_file)
    with FakeSmtp(security="starttls", context=authority.context()) as secure:
        settings.EMAIL_PORT = secure.port
        browser.post(ASK, {"email": "ann@example.org"})
    with FakeSmtp(security="starttls", context=authority.context("unknown authority")) as forged:
        settings.EMAIL_PORT = forged.port
        browser.post(ASK, {"email": "ann@example.org"})

    assert [mail.encrypted for mail in secure.received] == [True]
    assert forged.received == []


def test_without_mail_the_page_says_whom_to_ask(browser, settings):
    settings.MAIL_DOMAIN = ""

    page = browser.get(ASK).text

    assert "This installation sends no e-mail." in page
    assert 'type="email"' not in page


def test_the_mail_speaks_dutch_to_who_asks_in_dutch(browser, smtp):
    browser.post(ASK, {"email": "ann@example.org"}, headers={"Accept-Language": "nl"})

    [mail] = smtp.received
    assert mail.message["Subject"] == "Een ander wachtwoord voor MessageBox"
    assert "deze link werkt één keer" in mail.message.get_content()


def test_a_signed_in_person_keeps_the_others_out_after_a_reset(browser, smtp):
    signs_in(browser)
    browser.post(ASK, {"email": "ann@example.org"})
    other = type(browser)()
    place = other.get(link_in(smtp.received[0]), follow=True).redirect_chain[-1][0]

    other.post(place, {"password1": NEW, "password2": NEW})

    assert browser.get("/admin/").status_code == 302
