"""A client written from the published manual alone, over a real connection.

It knows no library: it writes its requests by hand as an old integration does, without a
Content-Type, and decodes every answer as JSON.
"""

import base64
import http.client
import json
from urllib.parse import urlencode, urlsplit

import pytest

from transports.tasks import dispatch

LETTER = {
    "id": "message1",
    "subject": "Hallo Jill",
    "from": {"displayName": "John Johnson", "address": "john"},
    "to": [{"displayName": "Jill Jackson", "address": "jill"}],
    "dateTime": "2018-03-28 15:30:54",
    "contentType": "text/plain",
    "content": "Beste Jill,\nDit is een voorbeeld bericht.\nmvg John",
}


class ManualClient:
    def __init__(self, host, box, key, secret):
        self.host, self.box = host, box
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.authorization = f"Basic {pair}"

    def call(self, path, body=None):
        """GET, or POST when there is a body; the decoded answer."""
        raw = self.raw(path, body)
        return json.loads(raw)

    def raw(self, path, body=None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.putrequest("GET" if body is None else "POST", f"/api/v1/{self.box}{path}")
        connection.putheader("Authorization", self.authorization)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        self.status = response.status
        return response.read()

    def send(self, envelope):
        return self.call("/send", json.dumps(envelope, indent=4).encode())

    def deliver(self, envelope):
        return self.call("/deliver", json.dumps(envelope, indent=4).encode())

    def legacy_send(self, to, subject, content, metadata):
        body = {
            "from_username": self.box,
            "to": to,
            "subject": subject,
            "content": base64.b64encode(content).decode(),
            "content_type": "text/plain",
            "metadata": base64.b64encode(metadata).decode(),
        }
        return self.call("/default/send", json.dumps(body).encode())["message_id"]

    def list(self, **filters):
        return self.call(f"/messages?{urlencode(filters)}")

    def get(self, xuid):
        return self.call(f"/messages/{xuid}")

    def archive(self, xuid):
        return self.call(f"/messages/{xuid}/archive")

    def unarchive(self, xuid):
        return self.call(f"/messages/{xuid}/unarchive")

    def set_property(self, xuid, name, value):
        body = json.dumps({"name": name, "value": value}).encode()
        return self.call(f"/messages/{xuid}/properties", body)


@pytest.fixture
def host(live_server):
    return urlsplit(live_server.url).netloc


@pytest.fixture
def john_client(host, issue_key, john):
    key = issue_key(john, "read", "send", "deliver")
    return ManualClient(host, "john", key.key.key_id, key.secret)


@pytest.fixture
def jill_client(host, jill_key):
    return ManualClient(host, "jill", jill_key.key.key_id, jill_key.secret)


def test_a_message_goes_from_box_to_box_as_the_manual_tells(john_client, jill_client):
    sent = john_client.send(LETTER)
    assert sent["error"] == []
    dispatch()

    [arrived] = jill_client.list(status="NEW")

    assert arrived["status"] == "INBOX"
    assert arrived["direction"] == "IN"
    assert arrived["contentType"] == "application/vnd.messagebox.envelope+json"
    assert arrived["envelope"]["subject"] == "Hallo Jill"
    assert arrived["envelope"]["dateTime"] == "2018-03-28T15:30:54.000+02:00"
    assert "content" not in arrived["envelope"]
    assert jill_client.get(arrived["xuid"])["envelope"]["content"] == LETTER["content"]
    assert jill_client.raw(f"/messages/{arrived['xuid']}/content").decode() == LETTER["content"]
    assert [message["xuid"] for message in john_client.list(status="SENT")] == [sent["xuid"]]


def test_handled_messages_leave_the_list_and_come_back(john_client):
    xuid = john_client.deliver(LETTER)["xuid"]

    assert john_client.archive(xuid)["error"] == []
    assert john_client.list() == []
    assert [message["xuid"] for message in john_client.list(status="ARCHIVED")] == [xuid]

    assert john_client.unarchive(xuid)["error"] == []
    assert [message["xuid"] for message in john_client.list()] == [xuid]


def test_properties_are_set_and_filtered_on(john_client):
    one, other = (john_client.deliver(LETTER)["xuid"] for _ in range(2))

    assert john_client.set_property(one, "patient id", "Jan de Boer")["error"] == []
    john_client.set_property(one, "color", "green")
    john_client.set_property(other, "color", "green")

    green = john_client.list(_color="green")
    assert [message["xuid"] for message in green] == [other, one]
    both = john_client.list(**{"_patient id": "Jan de Boer", "_color": "green"})
    assert [message["xuid"] for message in both] == [one]
    assert {"name": "patient id", "value": "Jan de Boer"} in both[0]["properties"]


def test_the_legacy_send_answers_a_message_id(john_client, jill_client):
    xuid = john_client.legacy_send("jill/default", "Hallo Jill", b"Hallo Jill", b"test: true")
    dispatch()

    assert john_client.get(xuid)["status"] == "SENT"
    [arrived] = jill_client.list()
    assert jill_client.get(arrived["xuid"])["envelope"]["content"] == "Hallo Jill"


def test_the_whole_list_comes_without_asking_for_pages(john_client):
    for number in range(1100):
        assert john_client.deliver({**LETTER, "id": str(number)})["error"] == []

    found = john_client.list()

    assert [message["envelope"]["id"] for message in found] == [str(n) for n in range(1099, -1, -1)]


def test_a_query_may_be_empty_after_its_question_mark(john_client):
    assert john_client.call("/messages?") == []


def test_every_refusal_is_json_too(john_client):
    for path, body, status in (
        ("/messages/AAAAAAAAAAAAAAAAAAAAAA", None, 404),
        ("/nothing", None, 404),
        ("/send", b"{", 400),
        ("/messages?status=SEEN", None, 400),
    ):
        answer = john_client.call(path, body)
        assert john_client.status == status
        assert answer["error"]


def test_a_wrong_secret_is_told_in_json(host, john, john_key):
    client = ManualClient(host, "john", john_key.key.key_id, "wrong")

    assert client.list()["code"] == "credentials_wrong"
    assert client.status == 401
