"""Two colleagues who share a box, and a person without one."""

import pytest
from django.test import Client

from boxes.models import Access, Box, Message, User
from boxes.summary import Summary
from tests.boxes.admin.conftest import plain_static_files  # noqa: F401
from tests.boxes.envelopes import envelope_to


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def person(john, django_user_model):
    """``person("anna", "read", "send")`` signs somebody in who may do this with john's box."""

    def make(name: str, *rights: str, box: Box = john) -> Client:
        user = User.objects.create_user(name, password=None, first_name=name.title())
        if rights:
            Access.objects.create(box=box, user=user, **dict.fromkeys(rights, True))
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        client.user = user
        return client

    return make


@pytest.fixture
def anna(person) -> Client:
    return person("anna", "read", "send")


@pytest.fixture
def bert(person) -> Client:
    return person("bert", "read", "send")


@pytest.fixture
def received(john):
    """``received(subject="…", flag="abnormal")``: a message in john's inbox, already read by
    the worker."""

    def make(subject: str = "Uitslag", **known) -> Message:
        content = f"{subject} {Message.objects.count()}".encode()
        message = Message.objects.receive(
            john, envelope_to("john", subject=subject, content=content)
        )
        if known:
            Message.objects.know(message, Summary(**known))
        message.refresh_from_db()
        return message

    return make
