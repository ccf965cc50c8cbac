"""No page takes in more than a form, and nothing that is sent to one reaches the disk."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

LIMIT = 1024 * 1024
PAGES = ("/admin/login/", "/", "/demo/", "/nobody/messages/none", "/viewer/")
BOUNDARY = "edge"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


class Unread:
    """A body that is never to be asked for."""

    def read(self, *size):
        raise AssertionError("the body was read")

    readline = read


def form(size: int) -> bytes:
    head = 'Content-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    return f"--{BOUNDARY}\r\n{head}{'x' * size}\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def visitor():
    """Somebody without a login, whose form has the token that it should have."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    return client


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("length", [str(LIMIT + 1), str(10**12), "-1", "much"])
def test_what_is_larger_than_a_form_is_refused_unread(visitor, path, length):
    answer = visitor.generic(
        "POST", path, b"x", MULTIPART, **{"wsgi.input": Unread(), "CONTENT_LENGTH": length}
    )

    assert answer.status_code == 413
    assert answer["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("path", PAGES)
def test_a_file_in_a_form_never_reaches_the_disk(visitor, path, settings, tmp_path):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "nowhere"  # writing there would fail

    answer = visitor.generic("POST", path, form(LIMIT // 2), MULTIPART)

    assert 400 <= answer.status_code < 500


def test_the_api_has_a_limit_of_its_own(client, john_key):
    answer = client.post(
        "/api/v1/john/send",
        {"to": [{"address": "john"}], "contentType": "text/plain", "content": "x" * 2 * LIMIT},
        content_type="application/json",
        headers={"Authorization": john_key.header},
    )

    assert answer.status_code == 200
