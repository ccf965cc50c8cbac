"""Cells over a real line: software of others, our own client, and many callers at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from boxes.models import Message
from transports.models import CellMessage
from transports.personium.client import Login, Session
from transports.wire.http import Site

pytestmark = pytest.mark.django_db(transaction=True)
ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def address(live_server, settings, cells) -> str:
    settings.BASE_URL = live_server.url
    return live_server.url


def test_software_signs_in_sends_lists_and_deletes(address, cells):
    token = cells["a"].token
    form = {"grant_type": "password", "username": token[:16], "password": token[16:]}
    session = requests.Session()
    granted = session.post(f"{address}/a/__token", data=form, timeout=30).json()
    session.headers["Authorization"] = f"Bearer {granted['access_token']}"
    body = {"To": f"{address}/b/", "Title": "Overleg", "Body": "Dag"}

    sent = session.post(f"{address}/a/__message/send", json=body, timeout=30)

    assert sent.status_code == 201
    found = session.get(sent.headers["Location"], timeout=30)
    assert found.json()["d"]["results"]["Result"][0]["Code"] == "201"
    deleted = session.delete(
        sent.headers["Location"], headers={"If-Match": found.headers["ETag"]}, timeout=30
    )
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert session.get(sent.headers["Location"], timeout=30).status_code == 404


def test_our_own_client_finds_a_cell_here(address, cells):
    def session(name: str) -> Session:
        token = cells[name].token
        site = Site("The other installation", f"{address}/{name}/", "an account")
        return Session(Login(site, token[:16], token[16:]))

    outcome = session("a").send(ID, f"{address}/b/", {"Title": "Overleg", "Body": "Dag"})

    assert outcome.code == "201"
    assert session("a").generation == "g1"
    assert session("a").find(ID) == outcome
    assert session("a").count_sent() == 1
    assert session("b").received_ids(25, 0) == [ID]
    assert session("b").received(ID)["From"] == f"{address}/a/"
    session("b").drop(ID)
    assert session("b").received_ids(25, 0) == []


def test_of_many_deliveries_of_one_message_one_is_taken(address, foreign):
    token = foreign.token(f"{address}/b/")
    body = {
        **{"__id": ID, "From": foreign.cell(), "Type": "message", "Title": "t", "Body": "b"},
        **{"Priority": 3, "Status": "unread"},
    }

    def deliver(_number: int) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        path = f"{address}/b/__message/port"
        return requests.post(path, json=body, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(6) as callers:
        statuses = sorted(callers.map(deliver, range(6)))

    assert statuses == [201, 409, 409, 409, 409, 409]
    assert Message.objects.count() == CellMessage.objects.count() == 1


def test_of_many_sends_under_one_identifier_one_is_sent(address, cells):
    def send(_number: int) -> int:
        headers = {"Authorization": f"Bearer {cells['a'].token}"}
        path, body = f"{address}/a/__message/send", {"__id": ID, "To": f"{address}/b/"}
        return requests.post(path, json=body, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(6) as callers:
        statuses = sorted(callers.map(send, range(6)))

    assert statuses == [201, 409, 409, 409, 409, 409]
    assert Message.objects.filter(direction="IN").count() == 1
