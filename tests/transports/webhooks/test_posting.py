"""The signature is what the scheme's own library expects, and refuses when anything differs."""

import json
import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Scheme
from standardwebhooks import WebhookVerificationError

from boxes.models import Message
from tests.boxes.envelopes import envelope_to
from transports.models import Webhook
from transports.webhooks.posting import signature
from transports.webhooks.telling import tell_webhooks


def drawn() -> str:
    return Webhook().draw_secret()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50)), st.text("abcXYZ09", min_size=1))
def test_any_body_is_verified_by_the_library_of_the_scheme(content, identifier):
    secret, body = drawn(), json.dumps(content).encode()

    headers = signature(secret, identifier, int(time.time()), body)

    assert Scheme(secret).verify(body, headers) == content


@pytest.mark.parametrize("altered", ["body", "webhook-id", "webhook-timestamp", "secret"])
def test_whatever_is_altered_is_noticed(altered):
    secret, body, moment = drawn(), b'{"a": 1}', int(time.time())
    headers = signature(secret, "event1", moment, body)
    if altered == "body":
        body = b'{"a": 2}'
    elif altered == "secret":
        secret = drawn()
    else:
        headers[altered] = {"webhook-id": "event2", "webhook-timestamp": str(moment - 1)}[altered]

    with pytest.raises(WebhookVerificationError):
        Scheme(secret).verify(body, headers)


def test_the_check_of_the_guide_knows_what_is_genuine():
    guide = Path(settings.BASE_DIR, "docs", "api.md").read_text()
    [written] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    known: dict = {}
    exec(written, known)
    genuine, secret, body, moment = known["genuine"], drawn(), b'{"a": 1}', int(time.time())
    headers = signature(secret, "event1", moment, body)

    assert genuine(headers, body, secret)
    assert genuine(
        {**headers, "webhook-signature": f"v1,x {headers['webhook-signature']}"}, body, secret
    )
    assert not genuine(headers, b'{"a": 2}', secret)
    assert not genuine(headers, body, drawn())
    assert not genuine({**headers, "webhook-id": "event2"}, body, secret)
    assert not genuine(signature(secret, "event1", moment - 301, body), body, secret)


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_knows_another_secret_takes_nothing(jill, hook, receiver):
    webhook = hook(jill, receiver)
    receiver.secret = drawn()
    Message.objects.receive(jill, envelope_to("jill"))

    tell_webhooks()

    webhook.refresh_from_db()
    assert receiver.received == []
    assert webhook.attempts == 1
