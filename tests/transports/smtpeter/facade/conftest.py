"""The façade as software calls it: with one token, in the address."""

import json
from urllib.parse import quote, urlencode

import pytest
from django.http import HttpResponse
from django.test import Client


class Caller:
    """Software that knows SMTPeter's interface and a token."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client()

    def url(self, path: str, **query: str) -> str:
        tokened = {"access_token": self.token, **query} if self.token else query
        return f"/v1/{quote(path, safe='/;@+')}?{urlencode(tokened)}"

    def get(self, path: str, **query: str) -> HttpResponse:
        return self.client.get(self.url(path, **query))

    def post(self, path: str, body: object, kind: str = "application/json") -> HttpResponse:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(self.url(path), raw, content_type=kind)

    def send(self, **body: object) -> HttpResponse:
        return self.post("send", body)


@pytest.fixture(autouse=True)
def facade_on(settings):
    settings.FACADES = ["smtpeter"]
    settings.MAIL_DOMAIN = "mail.example"


@pytest.fixture
def caller_of(issue_key):
    """``caller_of(john, "send")``: with a key of these rights."""

    def make(box, *rights: str, **fields) -> Caller:
        key = issue_key(box, *rights, **fields)
        return Caller(key.key.key_id + key.secret)

    return make


@pytest.fixture
def caller(caller_of, john) -> Caller:
    return caller_of(john, "read", "send")
