import pytest

from transports.email.url import read_email_url


@pytest.mark.parametrize(
    ("url", "host", "port", "starttls", "tls"),
    [
        ("smtp://localhost", "localhost", 25, False, False),
        ("smtp://localhost:1025/", "localhost", 1025, False, False),
        ("smtp+tls://mail.example.org", "mail.example.org", 587, True, False),
        ("submission://mail.example.org:25", "mail.example.org", 25, True, False),
        ("smtps://mail.example.org", "mail.example.org", 465, False, True),
        ("smtps://[::1]:4650", "::1", 4650, False, True),
    ],
)
def test_the_scheme_says_port_and_encryption(url, host, port, starttls, tls):
    found = read_email_url(url)

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (starttls, tls)
    assert found["EMAIL_HOST_USER"] == found["EMAIL_HOST_PASSWORD"] == ""


def test_the_login_may_have_any_character():
    found = read_email_url("smtps://john%40mail:p%40ss%2Fw%C3%B6rd%25@mail.example.org")

    assert found["EMAIL_HOST_USER"] == "john@mail"
    assert found["EMAIL_HOST_PASSWORD"] == "p@ss/wörd%"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?tls=1",
        "smtp://user:pass#word@mail.example.org",
        "smtp://mail.example.org:99999",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_refused_without_telling_it(url):
    with pytest.raises(ValueError) as caught:
        read_email_url(url)

    assert "pass#word" not in str(caught.value)
