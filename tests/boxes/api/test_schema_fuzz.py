"""The API against its own description: whatever is sent, nothing undocumented comes back."""

import functools
import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from boxes.api.views.description import description
from boxes.envelope import Address, Attachment
from boxes.models import Message, Property
from messagebox.wsgi import application
from tests.boxes.envelopes import envelope_to
from transports.models import Webhook

CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 12
# Who comes without a key is sent away before anything of theirs is read.
KEYLESS = 4
OPERATIONS = [
    pytest.param(path, method, id=f"{method} {path.removeprefix('/api/v1')}")
    for path, methods in json.loads(description())["paths"].items()
    for method in methods
]


@pytest.fixture(autouse=True)
def one_connection():
    """Each request runs in the test's transaction, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(issue_key, john, settings):
    settings.KEY_RATE_PER_MINUTE = settings.REFUSAL_RATE_PER_MINUTE = 1_000_000
    settings.MAX_WAIT = 0
    return issue_key(john, "manage")


@pytest.fixture
def message(john):
    envelope = envelope_to(
        "john",
        sender=Address("jill", "Jill"),
        attachments=(Attachment("a.txt", "text/plain", b"x"),),
    )
    message = Message.objects.receive(john, envelope, source="test")
    Property.objects.put(message, "color", "green")
    return message


@pytest.fixture
def webhook(john):
    """To this host, to which nothing is posted."""
    webhook = Webhook(box=john, url="https://127.0.0.1/hook")
    webhook.draw_secret()
    webhook.save()
    return webhook


@functools.cache
def described():
    return schemathesis.openapi.from_wsgi("/api/v1/schema", application)


def fuzz(path, method, call, examples=EXAMPLES):
    """Call with examples that fit the description and with ones that do not."""
    operation = described()[path][method]
    modes = schemathesis.GenerationMode
    for mode in (modes.POSITIVE, modes.NEGATIVE):

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def run(case):
            call(case)

        run()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_a_known_message_answers_as_described(path, method, key, message, webhook):
    known = {"box": "john", "xuid": message.xuid, "n": 1, "name": "color", "webhook": webhook.xuid}

    def call(case):
        wrong = {place for place, one in case.meta.components.items() if one.mode.is_negative}
        if ParameterLocation.PATH not in wrong:
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        # The key is always right.
        told = CHECKS if wrong - {ParameterLocation.HEADER} else CHECKS[:-1]
        case.call_and_validate(headers={"Authorization": key.header}, checks=told)

    fuzz(path, method, call)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nothing_answers_without_a_key(path, method, key):
    def call(case):
        response = case.call(headers={})
        case.validate_response(response, checks=CHECKS[:4])
        assert response.status_code in (401, 404)

    fuzz(path, method, call, KEYLESS)
