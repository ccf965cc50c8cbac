"""What the viewer's tests share: messages in a box, and who may open them."""

from pathlib import Path

import pytest

from boxes import tokens
from boxes.envelope import Address, Attachment, Envelope
from boxes.models import Access, Message, User

DATA = Path(__file__).resolve().parent.parent / "data"


@pytest.fixture
def sample():
    """``sample("text-html/full.html")`` reads one of the sample messages."""
    return lambda path: (DATA / path).read_bytes()


@pytest.fixture
def clinical_sample(sample) -> bytes:
    return sample("zorgmail-medlab-xml/full-grouped.xml")


@pytest.fixture(autouse=True)
def plain_static_names(settings):
    """Pages name their style sheets as they lie in static/; nobody collected them for a test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def patience(settings):
    """A busy machine must not look like a slow renderer; the tests of the limits set their own."""
    settings.RENDER_WAIT, settings.RENDER_SECONDS, settings.RENDER_CPU_SECONDS = 60, 60, 60


@pytest.fixture
def doctor(john) -> User:
    user = User.objects.create_user("doctor", first_name="Anna", last_name="Arts")
    Access.objects.create(box=john, user=user, read=True)
    return user


@pytest.fixture
def receive(john):
    """``receive("text/plain", b"…")`` puts a message into john's inbox."""

    def receive(
        content_type="text/plain", content=b"Goedemorgen", attachments=(), **more
    ) -> Message:
        if isinstance(content, str):
            content = content.encode()
        envelope = Envelope(
            **{
                "to": (Address("john", "Verloskundigenpraktijk Ooievaarsnest"),),
                "sender": Address("lab@duinrand.example", "Streeklab Duinrand"),
                "subject": "Uitslag van dinsdag",
                "content_type": content_type,
                "content": content,
                "attachments": tuple(Attachment(*parts) for parts in attachments),
                **more,
            }
        )
        return Message.objects.receive(john, envelope)

    return receive


@pytest.fixture
def address(doctor):
    """Where the doctor's software opens a message: its path with a fresh token."""

    def address(message: Message, **more) -> str:
        token = tokens.mint_page(message, doctor.subject, **more)
        return f"/{message.box.name}/messages/{message.xuid}?jwt={token}"

    return address


@pytest.fixture
def opened(client, receive, address):
    """A content as the page shows it to a Dutch reader."""

    def opened(content_type="text/plain", content=b"Goedemorgen", query="", **more):
        message = receive(content_type, content, **more)
        response = client.get(f"{address(message)}&lang=nl{query}")
        assert response.status_code == 200
        return response

    return opened
