"""A host of its own for the Viewer answers messages and nothing else."""

import pytest

from boxes import tokens


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.BASE_URL, settings.VIEWER_BASE_URL = "http://testserver", "http://viewer.example"
    settings.ALLOWED_HOSTS = ["testserver", "viewer.example"]


def test_it_shows_messages(client, receive, doctor):
    message = receive()
    token = tokens.mint_page(message, doctor.subject)

    answer = client.get(
        f"/john/messages/{message.xuid}?jwt={token}", headers={"Host": "viewer.example"}
    )

    assert answer.status_code == 200
    assert "Goedemorgen" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/admin/login/", "/api/v1/", "/api/v1/docs", "/health/ready", "/metrics", "/demo/", "/"],
)
def test_it_answers_nothing_else(client, path, db):
    page = client.get(path, headers={"Host": "viewer.example"})
    assert page.status_code == 404 and 'href="/"' not in page.text  # no way to nowhere
    assert client.get(path).status_code != 404 or path == "/demo/"
